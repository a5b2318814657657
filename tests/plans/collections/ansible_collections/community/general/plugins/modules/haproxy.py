# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: haproxy
short_description: A stand-in for community.general.haproxy
description: It has the name and the options that the playbooks use, and does nothing.
author: the saga.ops contributors
options:
  backend: {description: See community.general.haproxy., type: raw}
  host: {description: See community.general.haproxy., type: raw}
  socket: {description: See community.general.haproxy., type: raw}
  state: {description: See community.general.haproxy., type: raw}
  wait: {description: See community.general.haproxy., type: raw}
  wait_interval: {description: See community.general.haproxy., type: raw}
  wait_retries: {description: See community.general.haproxy., type: raw}
"""
EXAMPLES = ""
RETURN = ""


def main():
    """Do nothing."""
    AnsibleModule(
        argument_spec={
            "backend": {"type": "raw"},
            "host": {"type": "raw"},
            "socket": {"type": "raw"},
            "state": {"type": "raw"},
            "wait": {"type": "raw"},
            "wait_interval": {"type": "raw"},
            "wait_retries": {"type": "raw"},
        }
    ).exit_json()


if __name__ == "__main__":
    main()
