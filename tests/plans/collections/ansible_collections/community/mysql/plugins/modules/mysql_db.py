#!/usr/bin/python
# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = """
module: mysql_db
short_description: A stand-in for community.mysql.mysql_db
description: It has the name and the options that the playbooks use, and does nothing.
author: the saga.ops contributors
options:
  login_password: {description: See community.mysql.mysql_db., type: raw}
  login_port: {description: See community.mysql.mysql_db., type: raw}
  login_user: {description: See community.mysql.mysql_db., type: raw}
  name: {description: See community.mysql.mysql_db., type: raw}
  state: {description: See community.mysql.mysql_db., type: raw}
  target: {description: See community.mysql.mysql_db., type: raw}
"""
EXAMPLES = ""
RETURN = ""

from ansible.module_utils.basic import AnsibleModule


def main():
    AnsibleModule(
        argument_spec=dict.fromkeys(
            ["login_password", "login_port", "login_user", "name", "state", "target"], {"type": "raw"}
        )
    ).exit_json()


if __name__ == "__main__":
    main()
