# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: get_certificate
short_description: A stand-in for community.crypto.get_certificate
description: It has the name and the options that the playbooks use, and does nothing.
author: the saga.ops contributors
options:
  host: {description: See community.crypto.get_certificate., type: raw}
  port: {description: See community.crypto.get_certificate., type: raw}
  server_name: {description: See community.crypto.get_certificate., type: raw}
"""
EXAMPLES = ""
RETURN = ""


def main():
    """Do nothing."""
    AnsibleModule(
        argument_spec={"host": {"type": "raw"}, "port": {"type": "raw"}, "server_name": {"type": "raw"}}
    ).exit_json()


if __name__ == "__main__":
    main()
