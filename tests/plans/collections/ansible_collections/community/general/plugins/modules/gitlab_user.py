# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: gitlab_user
short_description: A stand-in for community.general.gitlab_user
description: It has the name and the options that the playbooks use, and does nothing.
author: the saga.ops contributors
options:
  api_token: {description: See community.general.gitlab_user., type: raw}
  api_url: {description: See community.general.gitlab_user., type: raw}
  state: {description: See community.general.gitlab_user., type: raw}
  username: {description: See community.general.gitlab_user., type: raw}
"""
EXAMPLES = ""
RETURN = ""


def main():
    """Do nothing."""
    AnsibleModule(
        argument_spec={
            "api_token": {"type": "raw"},
            "api_url": {"type": "raw"},
            "state": {"type": "raw"},
            "username": {"type": "raw"},
        }
    ).exit_json()


if __name__ == "__main__":
    main()
