# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: elb_application_lb
short_description: A stand-in for amazon.aws.elb_application_lb
description: It has the name and the options that the playbooks use, and does nothing.
author: the saga.ops contributors
options:
  listeners: {description: See amazon.aws.elb_application_lb., type: raw}
  name: {description: See amazon.aws.elb_application_lb., type: raw}
  state: {description: See amazon.aws.elb_application_lb., type: raw}
  subnets: {description: See amazon.aws.elb_application_lb., type: raw}
"""
EXAMPLES = ""
RETURN = ""


def main():
    """Do nothing."""
    AnsibleModule(
        argument_spec={
            "listeners": {"type": "raw"},
            "name": {"type": "raw"},
            "state": {"type": "raw"},
            "subnets": {"type": "raw"},
        }
    ).exit_json()


if __name__ == "__main__":
    main()
