# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a drill refuses, and why."""

from __future__ import annotations

from ..errors import EngineError


class DrillError(EngineError):
    """A drill may not begin, or would tell nothing."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the drill is called off: {why}")
