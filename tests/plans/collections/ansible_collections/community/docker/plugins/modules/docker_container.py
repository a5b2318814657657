# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: docker_container
short_description: A stand-in for community.docker.docker_container
description: It has the name and the options that the playbooks use, and does nothing.
author: the saga.ops contributors
options:
  comparisons: {description: See community.docker.docker_container., type: raw}
  env: {description: See community.docker.docker_container., type: raw}
  force_kill: {description: See community.docker.docker_container., type: raw}
  image: {description: See community.docker.docker_container., type: raw}
  keep_volumes: {description: See community.docker.docker_container., type: raw}
  memory: {description: See community.docker.docker_container., type: raw}
  name: {description: See community.docker.docker_container., type: raw}
  published_ports: {description: See community.docker.docker_container., type: raw}
  restart_policy: {description: See community.docker.docker_container., type: raw}
  state: {description: See community.docker.docker_container., type: raw}
  volumes: {description: See community.docker.docker_container., type: raw}
"""
EXAMPLES = ""
RETURN = ""


def main():
    """Do nothing."""
    AnsibleModule(
        argument_spec={
            "comparisons": {"type": "raw"},
            "env": {"type": "raw"},
            "force_kill": {"type": "raw"},
            "image": {"type": "raw"},
            "keep_volumes": {"type": "raw"},
            "memory": {"type": "raw"},
            "name": {"type": "raw"},
            "published_ports": {"type": "raw"},
            "restart_policy": {"type": "raw"},
            "state": {"type": "raw"},
            "volumes": {"type": "raw"},
        }
    ).exit_json()


if __name__ == "__main__":
    main()
