# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Anchors a run's audit when an attempt begins and when it ends, where the options say: see the engine's anchors.

The run does not depend on it: an anchor that cannot be kept is a warning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible.utils.display import Display

from .._engine import clock
from .._engine.audit.anchors import Anchor, Haven

if TYPE_CHECKING:
    from .watchers import Watch

display = Display()


class Anchoring:
    """A watcher that keeps where the audit ended."""

    CALLBACK_NAME = "saga_anchor"

    def __init__(self, haven: Haven) -> None:
        self._haven = haven
        self._watch: Watch | None = None

    def saga_began(self, watch: Watch) -> None:
        """Anchor what the run has come to; no worker has been forked yet, so there may be a thread."""
        self._watch = watch
        self._anchor(watch)

    def saga_ended(self) -> None:
        """Anchor what the attempt has made of it."""
        if self._watch is not None:
            self._anchor(self._watch)

    def _anchor(self, watch: Watch) -> None:
        anchor = Anchor.of(watch.run.id, watch.end(), clock.text(watch.clock.now()))
        if trouble := self._haven.keep(anchor):
            display.warning(f"saga: {trouble}")
