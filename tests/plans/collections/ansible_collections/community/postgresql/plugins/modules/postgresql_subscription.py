# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: postgresql_subscription
short_description: A stand-in for community.postgresql.postgresql_subscription
description: It has the name and the options that the playbooks use, and does nothing.
author: the saga.ops contributors
options:
  connparams: {description: See community.postgresql.postgresql_subscription., type: raw}
  login_db: {description: See community.postgresql.postgresql_subscription., type: raw}
  name: {description: See community.postgresql.postgresql_subscription., type: raw}
  publications: {description: See community.postgresql.postgresql_subscription., type: raw}
  state: {description: See community.postgresql.postgresql_subscription., type: raw}
  subsparams: {description: See community.postgresql.postgresql_subscription., type: raw}
"""
EXAMPLES = ""
RETURN = ""


def main():
    """Do nothing."""
    AnsibleModule(
        argument_spec={
            "connparams": {"type": "raw"},
            "login_db": {"type": "raw"},
            "name": {"type": "raw"},
            "publications": {"type": "raw"},
            "state": {"type": "raw"},
            "subsparams": {"type": "raw"},
        }
    ).exit_json()


if __name__ == "__main__":
    main()
