# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The free strategy, durable."""

from __future__ import annotations

DOCUMENTATION = r"""
name: free
short_description: Runs each host as fast as it goes, as a durable saga
version_added: 0.1.0
author:
  - saga.ops contributors (@saga-ops)
description:
  - Runs a play as P(ansible.builtin.free#strategy) does, and makes it a durable saga, as
    P(saga.ops.linear#strategy) does for lockstep.
  - As under P(ansible.builtin.free#strategy), C(run_once) does not keep a task from running on every host.
extends_documentation_fragment:
  - saga.ops._saga
  - saga.ops._audit
  - saga.ops._parts
  - saga.ops._secrets
  - saga.ops._redis
"""

EXAMPLES = r"""
- name: Make a directory that a failure takes away again
  hosts: localhost
  gather_facts: false
  strategy: saga.ops.free
  tasks:
    - name: Make it
      ansible.builtin.command: mkdir free
      vars: {saga: {effect: side_effect, idempotent: false, compensate: Remove it}}
  handlers:
    - name: Remove it
      ansible.builtin.command: rm -rf free
"""

from ansible.plugins.strategy.free import StrategyModule as Free

from ..plugin_utils._bridge.strategy import Durable


class StrategyModule(Durable, Free):
    """The free strategy, durable."""
