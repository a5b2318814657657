# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: elb_target_group
short_description: A stand-in for community.aws.elb_target_group
description: It has the name and the options that the playbooks use, and does nothing.
author: the saga.ops contributors
options:
  health_check_path: {description: See community.aws.elb_target_group., type: raw}
  modify_targets: {description: See community.aws.elb_target_group., type: raw}
  name: {description: See community.aws.elb_target_group., type: raw}
  port: {description: See community.aws.elb_target_group., type: raw}
  protocol: {description: See community.aws.elb_target_group., type: raw}
  vpc_id: {description: See community.aws.elb_target_group., type: raw}
"""
EXAMPLES = ""
RETURN = ""


def main():
    """Do nothing."""
    AnsibleModule(
        argument_spec={
            "health_check_path": {"type": "raw"},
            "modify_targets": {"type": "raw"},
            "name": {"type": "raw"},
            "port": {"type": "raw"},
            "protocol": {"type": "raw"},
            "vpc_id": {"type": "raw"},
        }
    ).exit_json()


if __name__ == "__main__":
    main()
