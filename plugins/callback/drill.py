# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Strikes where ``saga drill`` says, and tells it what the targets say. For drills only; never enable it yourself."""

from __future__ import annotations

DOCUMENTATION = r"""
name: drill
type: aggregate
short_description: The part of C(saga drill) that is inside of ansible-playbook
version_added: 0.1.0
author:
  - saga.ops contributors (@saga-ops)
description:
  - Kills the controller, or lets a step fail, at the moment that C(saga drill) is to try; and notes down when work on
    a step begins and ends.
  - C(saga drill) enables it for the processes that it starts, and gives them a folder with an order, and a secret that
    the order has, too. Without these it does nothing, so that enabling it anywhere else has no effect.
requirements:
  - none; C(saga drill) enables it
"""

EXAMPLES = r"""
typed: |
  saga drill --reset reset.yml -i inventory.yml site.yml
"""

from ansible.plugins.callback import CallbackBase

from ..plugin_utils._bridge import drilling


class CallbackModule(CallbackBase):
    """Does nothing, unless a drill has started this process."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "saga.ops.drill"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        """Take up the order, if there is one."""
        super().__init__()
        self._drill = drilling.begin()

    def v2_runner_on_ok(self, result: object) -> None:
        """Keep what a target says of its state, if that was asked."""
        if self._drill is not None:
            self._drill.keep(result)
