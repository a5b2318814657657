# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: k8s_taint
short_description: A stand-in for kubernetes.core.k8s_taint
description: It has the name and the options that the playbooks use, and does nothing.
author: the saga.ops contributors
options:
  kubeconfig: {description: See kubernetes.core.k8s_taint., type: raw}
  name: {description: See kubernetes.core.k8s_taint., type: raw}
  taints: {description: See kubernetes.core.k8s_taint., type: raw}
"""
EXAMPLES = ""
RETURN = ""


def main():
    """Do nothing."""
    AnsibleModule(
        argument_spec={"kubeconfig": {"type": "raw"}, "name": {"type": "raw"}, "taints": {"type": "raw"}}
    ).exit_json()


if __name__ == "__main__":
    main()
