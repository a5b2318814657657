# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from ansible.module_utils.basic import AnsibleModule

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


def main():
    """Do nothing."""
    AnsibleModule(
        argument_spec={
            "login_password": {"type": "raw"},
            "login_port": {"type": "raw"},
            "login_user": {"type": "raw"},
            "name": {"type": "raw"},
            "state": {"type": "raw"},
            "target": {"type": "raw"},
        }
    ).exit_json()


if __name__ == "__main__":
    main()
