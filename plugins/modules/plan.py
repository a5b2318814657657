# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of the module saga.ops.plan; plugins/action/plan.py does it, on the controller."""

from __future__ import annotations

DOCUMENTATION = r"""
module: plan
short_description: Shows what a playbook would do, or what a resume would
version_added: 0.1.0
author:
  - saga.ops contributors (@saga-ops)
description:
  - Shows what C(saga plan) shows. Nothing is run, and no target is asked.
  - The playbook is read by a process of its own, with the configuration of this one.
options:
  playbook:
    description: The playbook. Of a resume, without a value, the one that the run was started with.
    type: path
    default: ''
  arguments:
    description: Options as for C(ansible-playbook), a word each, like V(-i), V(inventory.yml), V(--limit), V(db1).
    type: list
    elements: str
    default: []
  resume:
    description: How the id of the run begins whose resume is planned, as V(text) or V(json).
    type: str
    default: ''
  format:
    description: How the plan is shown.
    type: str
    default: text
    choices: [text, markdown, html, json]
  dest:
    description: The file that it is written to, which V(text) cannot be. Without a value it is shown.
    type: path
    default: ''
extends_documentation_fragment:
  - saga.ops._journal
attributes:
  check_mode:
    description: Plans, and writes no file.
    support: full
"""

EXAMPLES = r"""
- name: Plan a playbook before it is run
  hosts: localhost
  gather_facts: false
  tasks:
    - name: Show what it would do
      saga.ops.plan:
        playbook: site.yml
        arguments: [--limit, db1]

    - name: Write it down for the change request
      saga.ops.plan:
        playbook: site.yml
        format: markdown
        dest: plan.md
"""

RETURN = r"""
lines:
  description: What was shown.
  type: list
  elements: str
  returned: success
dest:
  description: The file that was written; empty if there is none.
  type: str
  returned: success
msg:
  description: Why it cannot be planned, in a sentence.
  type: str
  returned: failure
"""
