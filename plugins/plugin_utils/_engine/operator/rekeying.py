# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Storing a run's key as somebody has sealed it anew: what the key has sealed stays as it is."""

from __future__ import annotations

from .. import owners
from ..begin import Means
from ..errors import RunUnknownError
from ..records import Run
from ..sealing import RekeyError, vault_id_of
from .writing import commit, entry, revised


def rekey(means: Means, run: Run, seal: str, *, by: str = "") -> Run:
    """Store a run's key as it is sealed now, whether or not somebody works on the run: who does has the key already.

    Raise RekeyError if somebody else has sealed it anew since the run was looked at, RunBusyError if the run changes
    at this very moment.
    """
    now = next((found for found in means.journal.runs(run=run.id) if found.id == run.id), None)
    if now is None:
        raise RunUnknownError(run.id, "it is not there any more")
    if now.seal != run.seal:
        raise RekeyError(f"the key of run {run.id} was sealed anew by somebody else just now; look, and try again")
    after = revised(now, seal=seal)
    told = {"from": vault_id_of(now.seal), "to": vault_id_of(seal)}
    commit(means, now, [entry("run.rekeyed", after, by or owners.user(), after, **told)])
    return after
