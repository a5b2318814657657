# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: route53
short_description: A stand-in for amazon.aws.route53
description: It has the name and the options that the playbooks use, and does nothing.
author: the saga.ops contributors
options:
  overwrite: {description: See amazon.aws.route53., type: raw}
  record: {description: See amazon.aws.route53., type: raw}
  state: {description: See amazon.aws.route53., type: raw}
  ttl: {description: See amazon.aws.route53., type: raw}
  type: {description: See amazon.aws.route53., type: raw}
  value: {description: See amazon.aws.route53., type: raw}
  wait: {description: See amazon.aws.route53., type: raw}
  zone: {description: See amazon.aws.route53., type: raw}
"""
EXAMPLES = ""
RETURN = ""


def main():
    """Do nothing."""
    AnsibleModule(
        argument_spec={
            "overwrite": {"type": "raw"},
            "record": {"type": "raw"},
            "state": {"type": "raw"},
            "ttl": {"type": "raw"},
            "type": {"type": "raw"},
            "value": {"type": "raw"},
            "wait": {"type": "raw"},
            "zone": {"type": "raw"},
        }
    ).exit_json()


if __name__ == "__main__":
    main()
