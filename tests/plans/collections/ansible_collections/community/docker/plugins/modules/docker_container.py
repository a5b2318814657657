#!/usr/bin/python
# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
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

from ansible.module_utils.basic import AnsibleModule


def main():
    AnsibleModule(
        argument_spec=dict.fromkeys(
            [
                "comparisons",
                "env",
                "force_kill",
                "image",
                "keep_volumes",
                "memory",
                "name",
                "published_ports",
                "restart_policy",
                "state",
                "volumes",
            ],
            {"type": "raw"},
        )
    ).exit_json()


if __name__ == "__main__":
    main()
