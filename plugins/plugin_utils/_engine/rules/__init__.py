# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with a workflow before it runs: pure functions over its outline.

==================  ==============================================================
catalogue           the rules as data: what, why, how to mend
finding             one fault that a rule found
names               SAGA001, 002, 013: what cannot be read, resolved or followed
undoing             SAGA003, 004, 006, 009: the way back
doubts              SAGA005, 007, 008, 014: what must not be done twice
targets             SAGA010, 011, 012: what is not locked, or not recorded
telling             how a rule says what it found
noqa                comments that take a finding for granted
check               all rules at once, and SAGA015
verdict             what findings mean for a run that is about to begin
==================  ==============================================================
"""

from __future__ import annotations

from .catalogue import RULES, Rule
from .check import check, read
from .finding import Finding, Severity
from .verdict import Enforce, Verdict, counted, summary, verdict

__all__ = [
    "RULES",
    "Enforce",
    "Finding",
    "Rule",
    "Severity",
    "Verdict",
    "check",
    "counted",
    "read",
    "summary",
    "verdict",
]
