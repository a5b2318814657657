# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of the module saga.ops.abandon; plugins/action/abandon.py does it, on the controller."""

from __future__ import annotations

DOCUMENTATION = r"""
module: abandon
short_description: Gives a run up
version_added: 0.1.0
author:
  - saga.ops contributors (@saga-ops)
description:
  - Does what C(saga abandon) does. The run is never resumed, nothing is undone, its targets are free.
  - A run that was given up already is left as it is. One that somebody works on is not given up; for that there is
    M(saga.ops.control).
options:
  run:
    description: How the id of the run begins.
    type: str
    required: true
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
- name: Give up a run that nobody will finish
  hosts: localhost
  gather_facts: false
  tasks:
    - name: Look for it
      saga.ops.run_info:
        workflow: shop/site.yml
        state: [open]
        newest: true
      register: found

    - name: Give it up
      saga.ops.abandon:
        run: "{{ found.runs[0].id }}"
        why: the change was withdrawn
"""

RETURN = r"""
run:
  description: The id of the run.
  type: str
  returned: success
  sample: 01M8242AA4GJDWHVPJXB4PAA35
freed:
  description: The targets that it has let go of.
  type: list
  elements: str
  returned: success
standing:
  description: What it did that nothing will undo, each with C(host), C(step), C(key) and C(where).
  type: list
  elements: dict
  returned: changed
msg:
  description: What was done, or why it was refused, in a sentence.
  type: str
  returned: always
"""
