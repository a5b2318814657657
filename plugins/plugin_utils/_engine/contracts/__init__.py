# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a step promises: read from variables and tags, completed from the catalogue."""

from __future__ import annotations

from .catalogue import Catalogue, Entry, Task
from .parse import Declaration, declared_by_tags, declared_by_vars, resolve

__all__ = ["Catalogue", "Declaration", "Entry", "Task", "declared_by_tags", "declared_by_vars", "resolve"]
