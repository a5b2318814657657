# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON, as all commands print it; :mod:`.._engine.facts` says what a run is in it."""

from __future__ import annotations

import json
from typing import Any

from .._engine.facts import SCHEMA, of_run

__all__ = ["document", "line", "of_run"]


def document(**content: Any) -> str:
    """Return a JSON document."""
    return json.dumps({"schema": SCHEMA, **content}, indent=2)


def line(**content: Any) -> str:
    """Return a line of JSON Lines."""
    return json.dumps({"schema": SCHEMA, **content})
