# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of the module saga.ops.unlock; plugins/action/unlock.py does it, on the controller."""

from __future__ import annotations

DOCUMENTATION = r"""
module: unlock
short_description: Frees one target, whoever holds it
version_added: 0.1.0
author:
  - saga.ops contributors (@saga-ops)
description:
  - Does what C(saga unlock) does. The run that held the target can write no more, and starts no further step.
  - A step in hand goes on until it ends, on this target too. Look with M(saga.ops.lease_info) first.
  - A target that nobody holds is left as it is.
options:
  target:
    description: The name of the lease, which is the host's unless C(saga_lock_key) says else.
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
- name: Free a host whose run will never come back
  hosts: localhost
  gather_facts: false
  tasks:
    - name: Free it
      saga.ops.unlock:
        target: db1
        why: its controller was scrapped
"""

RETURN = r"""
target:
  description: The target.
  type: str
  returned: success
run:
  description: The id of the run that held it.
  type: str
  returned: when somebody held it
  sample: 01M8242AA4GJDWHVPJXB4PAA35
state:
  description: The state of that run.
  type: str
  returned: as run
  sample: parked
owner:
  description: The process that had taken it.
  type: str
  returned: as run
was_at_work:
  description: Whether somebody was at work on that run. Null if that cannot be known from here.
  type: bool
  returned: as run
msg:
  description: What was done, or why it was refused, in a sentence.
  type: str
  returned: always
"""
