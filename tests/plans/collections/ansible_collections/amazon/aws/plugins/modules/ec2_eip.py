# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: ec2_eip
short_description: A stand-in for amazon.aws.ec2_eip
description: It has the name and the options that the playbooks use, and does nothing.
author: the saga.ops contributors
options:
  public_ip: {description: See amazon.aws.ec2_eip., type: raw}
  release_on_disassociation: {description: See amazon.aws.ec2_eip., type: raw}
  state: {description: See amazon.aws.ec2_eip., type: raw}
"""
EXAMPLES = ""
RETURN = ""


def main():
    """Do nothing."""
    AnsibleModule(
        argument_spec={
            "public_ip": {"type": "raw"},
            "release_on_disassociation": {"type": "raw"},
            "state": {"type": "raw"},
        }
    ).exit_json()


if __name__ == "__main__":
    main()
