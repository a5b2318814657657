# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The linear strategy, durable."""

from __future__ import annotations

DOCUMENTATION = r"""
name: linear
short_description: Runs tasks in lockstep, as a durable saga
version_added: 0.1.0
author:
  - saga.ops contributors (@saga-ops)
description:
  - Runs a play as P(ansible.builtin.linear#strategy) does, and makes it a durable saga.
  - Every completed step is answered from the journal when the same playbook is started again after a crash, so that
    execution goes on exactly where each host stopped.
  - When the play fails, the compensations that its steps name run in reverse order of the steps' starts.
  - Targets are locked for the run, and every change of state is an audit event.
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
  strategy: saga.ops.linear
  tasks:
    - name: Make it
      ansible.builtin.command: mkdir linear
      vars: {saga: {effect: side_effect, idempotent: false, compensate: Remove it}}
  handlers:
    - name: Remove it
      ansible.builtin.command: rm -rf linear
"""

from ansible.plugins.strategy.linear import StrategyModule as Linear

from ..plugin_utils._bridge.strategy import Durable


class StrategyModule(Durable, Linear):
    """The linear strategy, durable."""
