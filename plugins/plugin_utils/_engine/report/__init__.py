# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people are shown of a run: values, not drawings."""

from __future__ import annotations

from .advice import Advice
from .play_by_play import put_off
from .questions import About, Left, Question, as_data, decision, in_doubt, launched_by, questions
from .status import Line, View, counted, describe, forecast, standing, view

__all__ = [
    "About",
    "Advice",
    "Left",
    "Line",
    "Question",
    "View",
    "as_data",
    "counted",
    "decision",
    "describe",
    "forecast",
    "in_doubt",
    "launched_by",
    "put_off",
    "questions",
    "standing",
    "view",
]
