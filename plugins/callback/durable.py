# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the built-in strategies durable."""

from __future__ import annotations

DOCUMENTATION = r"""
name: durable
type: aggregate
short_description: Makes plays of the built-in strategies durable sagas
version_added: 0.1.0
author:
  - saga.ops contributors (@saga-ops)
description:
  - Makes every play of P(ansible.builtin.linear#strategy), P(ansible.builtin.free#strategy) and
    P(ansible.builtin.host_pinned#strategy) a durable saga, as P(saga.ops.linear#strategy) does for the plays that name
    it. No play is edited.
  - Its options are those of P(saga.ops.linear#strategy), from the same environment, configuration and variables. They
    are read when the first durable play starts. ansible-core passes over a callback whose own options are not valid,
    and the play would then run without being recorded.
requirements:
  - enabled in the configuration, C(callbacks_enabled = saga.ops.durable)
"""

EXAMPLES = r"""
ansible.cfg: |
  [defaults]
  callbacks_enabled = saga.ops.durable
"""

from ansible.playbook import Playbook
from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    """Opens the door before the first play."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "saga.ops.durable"
    CALLBACK_NEEDS_ENABLED = True

    def v2_playbook_on_start(self, playbook: Playbook) -> None:
        """Make the built-in strategies durable, or end the process.

        ansible-core makes a warning of whatever a callback raises, at its import or later, and runs the plays all the
        same: unrecorded. So what may fail is done here, and its failure is an exit.
        """
        try:
            from ..plugin_utils._bridge.doors import open_built_in  # noqa: PLC0415
            from ..plugin_utils._bridge.strategy import Durable  # noqa: PLC0415
        except Exception as error:  # noqa: BLE001
            self._display.error(f"saga.ops.durable: {error}")
            raise SystemExit(1) from None
        open_built_in(Durable)
