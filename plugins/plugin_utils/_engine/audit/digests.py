# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a journal keeps beside its events, told by them: an event has the digests of what is written with it.

``data.digests`` of an event:

============  =============================================================================================
results       of an event about a step: SHA-256 of each result as it is stored, the whole under "", loop items
              under their keys; "" for one that was emptied
captured      of an event about a step: SHA-256 of what was captured for its compensation
command       of the command that began the run, and the folder that it was typed in
targets       of the names of the run's targets
slices        by the attempt's number: of the slice's command, folder and targets; "" for one that was dropped
============  =============================================================================================

The last event that tells of something counts.
"""

from __future__ import annotations

import hashlib
from typing import Any

from .. import ids
from ..records import Dropping, Entry, Result, Run, Slice, Step

_TOLD = frozenset({Dropping, Result, Run, Slice, Step})


def of_text(text: str) -> str:
    """Return the digest of a stored text; of an emptied one nothing."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() if text else ""


def of_entry(entry: Entry) -> dict[str, Any]:
    """Return the digests of what an entry puts."""
    digests: dict[str, Any] = {}
    for put in entry.puts:
        if type(put) not in _TOLD:  # leases, which may be thousands
            continue
        match put:
            case Result():
                digests.setdefault("results", {})[put.item] = of_text(put.payload)
            case Step() if entry.step and put.captured:
                digests["captured"] = of_text(put.captured)
            case Run():
                digests |= of_run(put)
            case Slice():
                digests.setdefault("slices", {})[str(put.attempt)] = of_slice(put)
            case Dropping():
                digests.setdefault("slices", {})[str(put.attempt)] = ""
    return digests


def of_run(run: Run) -> dict[str, str]:
    return {"command": ids.digest(run.directory, *run.command), "targets": ids.digest(*run.targets)}


def of_slice(part: Slice) -> str:
    return ids.digest(ids.digest(part.directory, *part.command), *part.targets)
