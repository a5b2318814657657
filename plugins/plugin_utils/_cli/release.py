# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which copy of the collection this is: its version, and where it lies."""

from __future__ import annotations

import json
from pathlib import Path

HOME = Path(__file__).parents[3]


def version() -> str:
    """Return the version that the copy says it is."""
    manifest, galaxy = HOME / "MANIFEST.json", HOME / "galaxy.yml"
    if manifest.exists():  # as ansible-galaxy installs it
        return str(json.loads(manifest.read_text(encoding="utf-8"))["collection_info"]["version"])
    if not galaxy.exists():
        return "unknown"
    import yaml  # noqa: PLC0415  for this one question

    return str(yaml.safe_load(galaxy.read_text(encoding="utf-8"))["version"])
