# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In whose name a process works."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._engine import owners

# AWX adds these to the extra vars of every job: who has launched it. Its processes all run as one account.
_NAMES = ("awx_user_name", "tower_user_name")


def launcher(variables: Mapping[str, Any]) -> str:
    """Return who AWX says has launched the job; without AWX, the account behind this process."""
    named = (str(variables[name]) for name in _NAMES if variables.get(name))
    return next(named, "") or owners.user()
