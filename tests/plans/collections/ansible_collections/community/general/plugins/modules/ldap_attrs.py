# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: ldap_attrs
short_description: A stand-in for community.general.ldap_attrs
description: It has the name and the options that the playbooks use, and does nothing.
author: the saga.ops contributors
options:
  attributes: {description: See community.general.ldap_attrs., type: raw}
  dn: {description: See community.general.ldap_attrs., type: raw}
  state: {description: See community.general.ldap_attrs., type: raw}
"""
EXAMPLES = ""
RETURN = ""


def main():
    """Do nothing."""
    AnsibleModule(
        argument_spec={"attributes": {"type": "raw"}, "dn": {"type": "raw"}, "state": {"type": "raw"}}
    ).exit_json()


if __name__ == "__main__":
    main()
