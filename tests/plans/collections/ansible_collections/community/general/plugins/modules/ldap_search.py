# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: ldap_search
short_description: A stand-in for community.general.ldap_search
description: It has the name and the options that the playbooks use, and does nothing.
author: the saga.ops contributors
options:
  attrs: {description: See community.general.ldap_search., type: raw}
  dn: {description: See community.general.ldap_search., type: raw}
  filter: {description: See community.general.ldap_search., type: raw}
"""
EXAMPLES = ""
RETURN = ""


def main():
    """Do nothing."""
    AnsibleModule(
        argument_spec={"attrs": {"type": "raw"}, "dn": {"type": "raw"}, "filter": {"type": "raw"}}
    ).exit_json()


if __name__ == "__main__":
    main()
