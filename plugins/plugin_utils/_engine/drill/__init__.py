# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drills: whether a playbook survives what it promises. What is tried, how it is judged, and the matrix of that.

All of it is pure; the command line does what has an effect, the callback ``saga.ops.drill`` strikes.
"""

from __future__ import annotations

from .cases import Case, Moment, Part, cases, parts
from .judging import Baseline, Fault, Seen, Verdict, Word, judge
from .naming import Blame, blamed
from .orders import Act, Mark, Order

__all__ = [
    "Act",
    "Baseline",
    "Blame",
    "Case",
    "Fault",
    "Mark",
    "Moment",
    "Order",
    "Part",
    "Seen",
    "Verdict",
    "Word",
    "blamed",
    "cases",
    "judge",
    "parts",
]
