# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of contracts that belong to the playbooks of a command line."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from ansible.utils.collection_loader._collection_finder import _get_collection_playbook_path

from .._engine.contracts import Sidecar, sidecar
from .settings import Settings


def sidecars(playbooks: Sequence[str], books: Sequence[int], chosen: Settings) -> Mapping[int, Sidecar]:
    """Return the sidecar of each play, by the play's number from 1; raise ContractError.

    `books` has, for each play, the number of its playbook from 0. One file that is named is for all of them.
    """
    if chosen.contracts:
        path = Path(chosen.contracts)
        named = sidecar.load(path, shown=_shown(path), is_asked_for=True)
        return dict.fromkeys(range(1, len(books) + 1), named)
    found = [_beside(name) for name in playbooks]
    return {number: found[book] for number, book in enumerate(books, start=1) if book < len(found) and found[book].path}


def _beside(playbook: str) -> Sidecar:
    in_collection = _get_collection_playbook_path(playbook)
    path = Path(in_collection[1] if in_collection else playbook).resolve()
    beside = path.parent / sidecar.NAME
    if beside == path:  # the playbook itself has that name
        return Sidecar()
    return sidecar.load(beside, shown=_shown(beside), is_asked_for=False)


def _shown(path: Path) -> str:
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative
