# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: postgresql_pg_hba
short_description: A stand-in for community.postgresql.postgresql_pg_hba
description: It has the name and the options that the playbooks use, and does nothing.
author: the saga.ops contributors
options:
  contype: {description: See community.postgresql.postgresql_pg_hba., type: raw}
  databases: {description: See community.postgresql.postgresql_pg_hba., type: raw}
  dest: {description: See community.postgresql.postgresql_pg_hba., type: raw}
  method: {description: See community.postgresql.postgresql_pg_hba., type: raw}
  source: {description: See community.postgresql.postgresql_pg_hba., type: raw}
  state: {description: See community.postgresql.postgresql_pg_hba., type: raw}
  users: {description: See community.postgresql.postgresql_pg_hba., type: raw}
"""
EXAMPLES = ""
RETURN = ""


def main():
    """Do nothing."""
    AnsibleModule(
        argument_spec={
            "contype": {"type": "raw"},
            "databases": {"type": "raw"},
            "dest": {"type": "raw"},
            "method": {"type": "raw"},
            "source": {"type": "raw"},
            "state": {"type": "raw"},
            "users": {"type": "raw"},
        }
    ).exit_json()


if __name__ == "__main__":
    main()
