# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of the module saga.ops.decision; plugins/action/decision.py does it, on the controller."""

from __future__ import annotations

DOCUMENTATION = r"""
module: decision
short_description: Decides about what a durable run waits for
version_added: 0.1.0
author:
  - saga.ops contributors (@saga-ops)
description:
  - Answers what a parked or stopped run waits for, as C(saga decide), C(saga approve) and C(saga deny) do.
  - A decision that may not be made fails with the sentence that the command line would say, and changes nothing.
  - The run is not resumed by it; that is done with the command that began it.
options:
  run:
    description: How the id of the run begins.
    type: str
    required: true
  answer:
    description:
      - V(approve) lets a step begin that waits for an approval, V(deny) lets it fail before it begins.
      - V(retry) does a step again that failed or is in doubt, V(skip) goes on without it, V(done) takes it as done.
      - V(compensate) turns the run back, V(abort) gives it up.
    type: str
    required: true
    choices: [approve, deny, retry, skip, done, compensate, abort]
  step:
    description: The step's name, path or key. Not needed where only one step waits.
    type: str
    default: ''
  host:
    description: The host on which it is decided about. Without a value, all hosts on which the step waits.
    type: str
    default: ''
  why:
    description: The reason, for the audit. Only V(approve) may do without, unless its gate asks for one.
    type: str
    default: ''
  variables:
    description: Variables that a step is tried again with, for V(retry) only. They are stored in the journal.
    type: dict
    default: {}
extends_documentation_fragment:
  - saga.ops._journal
attributes:
  check_mode:
    description: Says what would be decided, and changes nothing.
    support: full
"""

EXAMPLES = r"""
- name: Approve what waits, once the change is approved
  hosts: localhost
  gather_facts: false
  tasks:
    - name: Approve
      saga.ops.decision:
        run: "{{ run }}"
        answer: approve
        why: "change {{ change.number }} is approved"

    - name: Try a failed step again with another value
      saga.ops.decision:
        run: 01M8242AA4
        step: Grow the volume
        host: db1
        answer: retry
        variables: {size: 40}
        why: there was no room for 60
"""

RETURN = r"""
run:
  description: The id of the run.
  type: str
  returned: when the decision is made, or would be in check mode
  sample: 01M8242AA4GJDWHVPJXB4PAA35
state:
  description: The state of the run after it.
  type: str
  returned: as run
  sample: parked
step:
  description: The name of the step that was decided about; empty for a decision about the run.
  type: str
  returned: as run
  sample: Grow the volume
hosts:
  description: The hosts on which it was decided about.
  type: list
  elements: str
  returned: as run
  sample: [db1]
msg:
  description: What was decided, or why it was refused, in a sentence.
  type: str
  returned: always
waiting:
  description: What still waits, each with step, hosts, about (approval, failure, doubt, compensation) and command.
  type: list
  elements: dict
  returned: as run
"""
