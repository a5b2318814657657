# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: elb_target
short_description: A stand-in for community.aws.elb_target
description: It has the name and the options that the playbooks use, and does nothing.
author: the saga.ops contributors
options:
  state: {description: See community.aws.elb_target., type: raw}
  target_group_name: {description: See community.aws.elb_target., type: raw}
  target_id: {description: See community.aws.elb_target., type: raw}
  target_port: {description: See community.aws.elb_target., type: raw}
  target_status: {description: See community.aws.elb_target., type: raw}
  target_status_timeout: {description: See community.aws.elb_target., type: raw}
"""
EXAMPLES = ""
RETURN = ""


def main():
    """Do nothing."""
    AnsibleModule(
        argument_spec={
            "state": {"type": "raw"},
            "target_group_name": {"type": "raw"},
            "target_id": {"type": "raw"},
            "target_port": {"type": "raw"},
            "target_status": {"type": "raw"},
            "target_status_timeout": {"type": "raw"},
        }
    ).exit_json()


if __name__ == "__main__":
    main()
