# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs on their way from one journal to another: a file of typed lines, written and read a run at a time.

What is read may come from anywhere: nothing of it is believed before all of it is, and nothing is overwritten by it.
"""

from __future__ import annotations

from .bringing import Brought, Fate, bring, judge
from .choosing import Choice, chosen
from .reading import Found, Header, How, read
from .taking import Taken, give_up, settle, take
from .writing import closing, lines, opening

__all__ = [
    "Brought",
    "Choice",
    "Fate",
    "Found",
    "Header",
    "How",
    "Taken",
    "bring",
    "chosen",
    "closing",
    "give_up",
    "judge",
    "lines",
    "opening",
    "read",
    "settle",
    "take",
]
