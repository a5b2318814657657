# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is owed to undo when a run goes back, in which order, and where a pivot stops the way."""

from __future__ import annotations

from .extent import back_to
from .owed import ALL_THE_WAY, Debt, Undoing, is_there, is_within, owed, remaining
from .reopening import reopened

__all__ = ["ALL_THE_WAY", "Debt", "Undoing", "back_to", "is_there", "is_within", "owed", "remaining", "reopened"]
