# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a playbook foresees, and how it and its surroundings have drifted since a run began."""

from __future__ import annotations

from .batches import Batched, batched
from .change import Change, listed
from .drift import change_of, drifted, has_changed, is_handler, settled
from .inputs import Given
from .surroundings import Past, Present, compare, follow, given_now

__all__ = [
    "Batched",
    "Change",
    "Given",
    "Past",
    "Present",
    "batched",
    "change_of",
    "compare",
    "drifted",
    "follow",
    "given_now",
    "has_changed",
    "is_handler",
    "listed",
    "settled",
]
