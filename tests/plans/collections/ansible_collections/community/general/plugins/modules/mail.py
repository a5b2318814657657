# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: mail
short_description: A stand-in for community.general.mail
description: It has the name and the options that the playbooks use, and does nothing.
author: the saga.ops contributors
options:
  body: {description: See community.general.mail., type: raw}
  subject: {description: See community.general.mail., type: raw}
  to: {description: See community.general.mail., type: raw}
"""
EXAMPLES = ""
RETURN = ""


def main():
    """Do nothing."""
    AnsibleModule(
        argument_spec={"body": {"type": "raw"}, "subject": {"type": "raw"}, "to": {"type": "raw"}}
    ).exit_json()


if __name__ == "__main__":
    main()
