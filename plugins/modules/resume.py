# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of the module saga.ops.resume; plugins/action/resume.py does it, on the controller."""

from __future__ import annotations

DOCUMENTATION = r"""
module: resume
short_description: Goes on with a run
version_added: 0.1.0
author:
  - saga.ops contributors (@saga-ops)
description:
  - Does what C(saga resume) does. It starts C(ansible-playbook) with the command that began the run, in its folder, and
    shows what that prints.
  - It fails as that does, also when the run is parked, stopped or undone at its end.
  - In check mode it shows what a resume would do.
options:
  run:
    description: How the id of the run begins.
    type: str
    default: ''
  workflow:
    description: The workflow whose newest run is meant, where O(run) is not given.
    type: str
    default: ''
  arguments:
    description:
      - The playbook and the options, a word each, where the command that began the run is not fully recorded. Values of
        extra vars never are.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - saga.ops._journal
attributes:
  check_mode:
    description: Shows what a resume would do, and changes nothing.
    support: full
"""

EXAMPLES = r"""
- name: Go on with what the night has left
  hosts: localhost
  gather_facts: false
  tasks:
    - name: Look for runs that have stopped
      saga.ops.run_info:
        workflow: shop/site.yml
        state: [stopped]
      register: left

    - name: Resume them
      saga.ops.resume:
        run: "{{ item.id }}"
      loop: "{{ left.runs }}"
      loop_control: {label: "{{ item.id }}"}
"""

RETURN = r"""
run:
  description: The id of the run.
  type: str
  returned: success
  sample: 01M8242AA4GJDWHVPJXB4PAA35
state:
  description: The state of the run after it.
  type: str
  returned: when there is such a run
  sample: completed
attempt:
  description: How many processes have worked on the run then.
  type: int
  returned: as state
rc:
  description: The exit code of C(ansible-playbook).
  type: int
  returned: as state
msg:
  description: Why it failed, in a sentence.
  type: str
  returned: failure
"""
