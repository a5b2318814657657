# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What modules do to the world, as data: one file for each collection, and one that the user may add."""

from __future__ import annotations

from .rules import Entry, Task
from .shelf import Catalogue

__all__ = ["Catalogue", "Entry", "Task"]
