# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: k8s
short_description: A stand-in for kubernetes.core.k8s
description: It has the name and the options that the playbooks use, and does nothing.
author: the saga.ops contributors
options:
  definition: {description: See kubernetes.core.k8s., type: raw}
  kind: {description: See kubernetes.core.k8s., type: raw}
  kubeconfig: {description: See kubernetes.core.k8s., type: raw}
  name: {description: See kubernetes.core.k8s., type: raw}
  namespace: {description: See kubernetes.core.k8s., type: raw}
  state: {description: See kubernetes.core.k8s., type: raw}
  wait: {description: See kubernetes.core.k8s., type: raw}
  wait_condition: {description: See kubernetes.core.k8s., type: raw}
"""
EXAMPLES = ""
RETURN = ""


def main():
    """Do nothing."""
    AnsibleModule(
        argument_spec={
            "definition": {"type": "raw"},
            "kind": {"type": "raw"},
            "kubeconfig": {"type": "raw"},
            "name": {"type": "raw"},
            "namespace": {"type": "raw"},
            "state": {"type": "raw"},
            "wait": {"type": "raw"},
            "wait_condition": {"type": "raw"},
        }
    ).exit_json()


if __name__ == "__main__":
    main()
