# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What follows a failure: the policy in force, and the one that a step's risk asks for."""

from __future__ import annotations

from .failure import Advised, Risk, advise, in_force
from .retrying import NextTry, next_try

__all__ = ["Advised", "NextTry", "Risk", "advise", "in_force", "next_try"]
