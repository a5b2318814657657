# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: lvol
short_description: A stand-in for community.general.lvol
description: It has the name and the options that the playbooks use, and does nothing.
author: the saga.ops contributors
options:
  lv: {description: See community.general.lvol., type: raw}
  shrink: {description: See community.general.lvol., type: raw}
  size: {description: See community.general.lvol., type: raw}
  vg: {description: See community.general.lvol., type: raw}
"""
EXAMPLES = ""
RETURN = ""


def main():
    """Do nothing."""
    AnsibleModule(
        argument_spec={"lv": {"type": "raw"}, "shrink": {"type": "raw"}, "size": {"type": "raw"}, "vg": {"type": "raw"}}
    ).exit_json()


if __name__ == "__main__":
    main()
