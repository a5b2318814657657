# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: mysql_query
short_description: A stand-in for community.mysql.mysql_query
description: It has the name and the options that the playbooks use, and does nothing.
author: the saga.ops contributors
options:
  login_db: {description: See community.mysql.mysql_query., type: raw}
  login_port: {description: See community.mysql.mysql_query., type: raw}
  query: {description: See community.mysql.mysql_query., type: raw}
"""
EXAMPLES = ""
RETURN = ""


def main():
    """Do nothing."""
    AnsibleModule(
        argument_spec={"login_db": {"type": "raw"}, "login_port": {"type": "raw"}, "query": {"type": "raw"}}
    ).exit_json()


if __name__ == "__main__":
    main()
