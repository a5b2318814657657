# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a step promises: read from what stands on it, around it and beside it, completed from the catalogue.

=========  ==========================================================
parse      one declaration: its keys, its tags
values     the types of its values
policies   the keys that have parts of their own
layers     several declarations about one step; the nearest wins
sidecar    the file of contracts beside a playbook
catalogue  what modules do, where nobody declares it
=========  ==========================================================
"""

from __future__ import annotations

from .catalogue import Catalogue, Entry, Task
from .layers import Layer, Promised, layered, unit, with_units
from .parse import Declaration, declared_by_tags, declared_by_vars, resolve
from .sidecar import Sidecar

__all__ = [
    "Catalogue",
    "Declaration",
    "Entry",
    "Layer",
    "Promised",
    "Sidecar",
    "Task",
    "declared_by_tags",
    "declared_by_vars",
    "layered",
    "resolve",
    "unit",
    "with_units",
]
