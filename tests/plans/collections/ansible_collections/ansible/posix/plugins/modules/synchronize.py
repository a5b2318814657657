# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: synchronize
short_description: A stand-in for ansible.posix.synchronize
description: It has the name and the options that the playbooks use, and does nothing.
author: the saga.ops contributors
options:
  checksum: {description: See ansible.posix.synchronize., type: raw}
  dest: {description: See ansible.posix.synchronize., type: raw}
  src: {description: See ansible.posix.synchronize., type: raw}
"""
EXAMPLES = ""
RETURN = ""


def main():
    """Do nothing."""
    AnsibleModule(
        argument_spec={"checksum": {"type": "raw"}, "dest": {"type": "raw"}, "src": {"type": "raw"}}
    ).exit_json()


if __name__ == "__main__":
    main()
