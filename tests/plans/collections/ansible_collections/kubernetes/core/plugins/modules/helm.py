# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: helm
short_description: A stand-in for kubernetes.core.helm
description: It has the name and the options that the playbooks use, and does nothing.
author: the saga.ops contributors
options:
  chart_ref: {description: See kubernetes.core.helm., type: raw}
  chart_version: {description: See kubernetes.core.helm., type: raw}
  kubeconfig: {description: See kubernetes.core.helm., type: raw}
  name: {description: See kubernetes.core.helm., type: raw}
  release_namespace: {description: See kubernetes.core.helm., type: raw}
  release_state: {description: See kubernetes.core.helm., type: raw}
"""
EXAMPLES = ""
RETURN = ""


def main():
    """Do nothing."""
    AnsibleModule(
        argument_spec={
            "chart_ref": {"type": "raw"},
            "chart_version": {"type": "raw"},
            "kubeconfig": {"type": "raw"},
            "name": {"type": "raw"},
            "release_namespace": {"type": "raw"},
            "release_state": {"type": "raw"},
        }
    ).exit_json()


if __name__ == "__main__":
    main()
