# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of the module saga.ops.run_info; plugins/action/run_info.py does it, on the controller."""

from __future__ import annotations

DOCUMENTATION = r"""
module: run_info
short_description: Says which runs there are, and where one of them stands
version_added: 0.1.0
author:
  - saga.ops contributors (@saga-ops)
description:
  - Returns the facts of durable runs that C(saga runs --json) and C(saga status --json) print.
options:
  run:
    description: How the id of one run begins. RV(status) says where it stands.
    type: str
    default: ''
  workflow:
    description: Only runs of this workflow.
    type: str
    default: ''
  state:
    description: Only runs in one of these states. V(open) stands for all that can be resumed.
    type: list
    elements: str
    default: []
    choices: [running, compensating, stopped, parked, completed, compensated, abandoned, open]
  newest:
    description: Only the newest of them. RV(status) says where it stands.
    type: bool
    default: false
extends_documentation_fragment:
  - saga.ops._journal
attributes:
  check_mode:
    description: Changes nothing, in check mode or not.
    support: full
"""

EXAMPLES = r"""
- name: Look whether a run waits for somebody
  hosts: localhost
  gather_facts: false
  tasks:
    - name: Ask for the unfinished runs of a workflow
      saga.ops.run_info:
        workflow: shop/site.yml
        state: [open]
      register: found

    - name: Say which they are
      ansible.builtin.debug:
        msg: "{{ found.runs | map(attribute='id') | join(', ') }}"

    - name: Look at the newest run
      saga.ops.run_info:
        newest: true
      register: newest

    - name: Say what to do next
      ansible.builtin.debug:
        msg: "{{ newest.status.next.say }}"
"""

RETURN = r"""
runs:
  description:
    - The runs, newest first, each with C(id), C(workflow), C(state), C(reason), C(started), C(updated), C(attempt),
      C(targets), C(is_going_back), C(command), C(directory) and C(at_work) (C(is_live), C(who)).
  type: list
  elements: dict
  returned: success
status:
  description:
    - Where the run stands, with C(run), C(slices), C(asked), C(steps), C(in_doubt), C(changed), C(line), C(waiting),
      C(owed), C(standing) and C(next), as in C(saga status --json).
  type: dict
  returned: when O(run) or O(newest) is given
"""
