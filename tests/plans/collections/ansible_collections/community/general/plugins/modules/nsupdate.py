# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: nsupdate
short_description: A stand-in for community.general.nsupdate
description: It has the name and the options that the playbooks use, and does nothing.
author: the saga.ops contributors
options:
  key_algorithm: {description: See community.general.nsupdate., type: raw}
  key_name: {description: See community.general.nsupdate., type: raw}
  key_secret: {description: See community.general.nsupdate., type: raw}
  record: {description: See community.general.nsupdate., type: raw}
  server: {description: See community.general.nsupdate., type: raw}
  ttl: {description: See community.general.nsupdate., type: raw}
  type: {description: See community.general.nsupdate., type: raw}
  value: {description: See community.general.nsupdate., type: raw}
  zone: {description: See community.general.nsupdate., type: raw}
"""
EXAMPLES = ""
RETURN = ""


def main():
    """Do nothing."""
    AnsibleModule(
        argument_spec={
            "key_algorithm": {"type": "raw"},
            "key_name": {"type": "raw"},
            "key_secret": {"type": "raw"},
            "record": {"type": "raw"},
            "server": {"type": "raw"},
            "ttl": {"type": "raw"},
            "type": {"type": "raw"},
            "value": {"type": "raw"},
            "zone": {"type": "raw"},
        }
    ).exit_json()


if __name__ == "__main__":
    main()
