# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of the module saga.ops.prune; plugins/action/prune.py does it, on the controller."""

from __future__ import annotations

DOCUMENTATION = r"""
module: prune
short_description: Forgets ended runs that nobody needs any more
version_added: 0.1.0
author:
  - saga.ops contributors (@saga-ops)
description:
  - Does what C(saga prune) does. A run is forgotten with all that is known of it, its audit too.
  - An unfinished run is never forgotten.
options:
  older_than:
    description: Only runs that ended longer ago than this, like V(12h) or V(30d).
    type: str
    required: true
  keep:
    description: How many of the last ended runs of each workflow are kept, however old.
    type: int
    default: 1
  workflow:
    description: Only the runs of this workflow.
    type: str
    default: ''
extends_documentation_fragment:
  - saga.ops._journal
attributes:
  check_mode:
    description: Says what would be done, and changes nothing.
    support: full
"""

EXAMPLES = r"""
- name: Forget what is older than a quarter of a year
  hosts: localhost
  gather_facts: false
  tasks:
    - name: Forget
      saga.ops.prune:
        older_than: 90d
        keep: 10
"""

RETURN = r"""
runs:
  description: The runs that were forgotten, oldest first, each with C(id), C(workflow), C(state) and C(updated).
  type: list
  elements: dict
  returned: success
msg:
  description: What was done, or why it was refused, in a sentence.
  type: str
  returned: always
"""
