# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit: events chained by their hashes, and the proof that nothing is missing from the chain."""

from __future__ import annotations

from .anchors import Anchor
from .breaks import Chain
from .chain import End, Fault, Finding, seal, sealed
from .filtering import Filter
from .kept import Kept, Witness
from .verifying import examine, verify

__all__ = [
    "Anchor",
    "Chain",
    "End",
    "Fault",
    "Filter",
    "Finding",
    "Kept",
    "Witness",
    "examine",
    "seal",
    "sealed",
    "verify",
]
