# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of the module saga.ops.lease_info; plugins/action/lease_info.py does it, on the controller."""

from __future__ import annotations

DOCUMENTATION = r"""
module: lease_info
short_description: Says who holds which target, and who waits for it
version_added: 0.1.0
author:
  - saga.ops contributors (@saga-ops)
description:
  - Returns the leases that durable runs hold in a journal.
options:
  targets:
    description:
      - Only these targets. A target is the name of a lease, which is the host's unless C(saga_lock_key) says else.
    type: list
    elements: str
    default: []
  run:
    description: Only the leases of the runs whose ids begin so.
    type: str
    default: ''
extends_documentation_fragment:
  - saga.ops._journal
attributes:
  check_mode:
    description: Changes nothing, in check mode or not.
    support: full
"""

EXAMPLES = r"""
- name: Look who works on a host
  hosts: localhost
  gather_facts: false
  tasks:
    - name: Ask who holds it
      saga.ops.lease_info:
        targets: [db1]
      register: held

    - name: Say who does
      ansible.builtin.debug:
        msg: "{{ item.target }} is held by run {{ item.run }} since {{ item.since }}"
      loop: "{{ held.leases }}"
      loop_control: {label: "{{ item.target }}"}
"""

RETURN = r"""
leases:
  description: The leases, by the names of their targets.
  type: list
  elements: dict
  returned: success
  contains:
    target:
      description: The name of the lease.
      type: str
      sample: db1
    run:
      description: The id of the run that holds it.
      type: str
      sample: 01M8242AA4GJDWHVPJXB4PAA35
    workflow:
      description: That run's workflow.
      type: str
      sample: shop/site.yml
    state:
      description: That run's state.
      type: str
      sample: parked
    owner:
      description: The process that took it.
      type: str
    user:
      description: Whose process that was.
      type: str
    since:
      description: Since when it is held.
      type: str
      sample: "2026-01-31T23:59:59Z"
    expires:
      description:
        - Until when, by the journal's clock, if it is not renewed. Null of a run that waits to be decided about.
      type: str
    waiting:
      description: Who waits for it, first come first, each with C(workflow), C(process), C(names) and C(since).
      type: list
      elements: dict
"""
