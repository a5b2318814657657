# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a SQLite journal came to its schema, step by step."""

from __future__ import annotations

import re
from importlib.resources import files


def scripts() -> dict[int, str]:
    """Return what leads to each schema from the one before."""
    folder = files(__package__)
    found = {name: re.match(r"(\d{4})_\w+\.sql$", name) for name in (item.name for item in folder.iterdir())}
    return {int(match[1]): folder.joinpath(name).read_text(encoding="utf-8") for name, match in found.items() if match}
