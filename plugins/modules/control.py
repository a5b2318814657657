# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of the module saga.ops.control; plugins/action/control.py does it, on the controller."""

from __future__ import annotations

DOCUMENTATION = r"""
module: control
short_description: Pauses a run, or cancels it
version_added: 0.1.0
author:
  - saga.ops contributors (@saga-ops)
description:
  - Does what C(saga pause) and C(saga cancel) do.
  - Whoever works on the run sees the wish before the next step begins. Until then the steps in hand go on.
  - A run that nobody works on cannot be paused; cancelled, it is given up at once.
  - What a run is asked for already is not asked again.
options:
  run:
    description: How the id of the run begins.
    type: str
    required: true
  wish:
    description:
      - V(pause) lets it park before its next step. It keeps its targets and can be resumed.
      - V(cancel) ends it before its next step. What it did stays, and its targets are free.
    type: str
    required: true
    choices: [pause, cancel]
  compensate:
    description: Whether what it did is undone. Only with O(wish=cancel), and only of a run that somebody works on.
    type: bool
    default: false
  why:
    description: The reason, in words; it goes into the audit.
    type: str
    required: true
extends_documentation_fragment:
  - saga.ops._journal
attributes:
  check_mode:
    description: Says what would be done, and changes nothing.
    support: full
"""

EXAMPLES = r"""
- name: Stop a run before the shop opens
  hosts: localhost
  gather_facts: false
  tasks:
    - name: Look for it
      saga.ops.run_info:
        workflow: shop/site.yml
        state: [running]
        newest: true
      register: found

    - name: Pause it
      saga.ops.control:
        run: "{{ found.runs[0].id }}"
        wish: pause
        why: the shop opens at eight
"""

RETURN = r"""
run:
  description: The id of the run.
  type: str
  returned: success
  sample: 01M8242AA4GJDWHVPJXB4PAA35
is_over:
  description: Whether the run has ended by this, since nobody was at work on it.
  type: bool
  returned: success
msg:
  description: What was done, or why it was refused, in a sentence.
  type: str
  returned: always
"""
