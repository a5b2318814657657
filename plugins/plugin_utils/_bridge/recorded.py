# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a step has returned, out of the journal, as plain data: nothing in it is a template, whatever a target wrote."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible.errors import AnsibleLookupError

from .._engine import codec
from .._engine.audit.refusals import ResultDoubtedError
from .._engine.begin import Means
from .._engine.errors import NotStartedError
from .._engine.inspection import stored
from .._engine.records import EVERY_HOST, Run, Step
from .._engine.sealing import Place, is_sealed, opened
from . import results
from .core import text
from .sealing import Passwords


class NothingRecordedError(AnsibleLookupError):
    """A step has no result that could be given; a default may take its place."""


def recorded(means: Means, run: Run, name: str, host: str, *, loader: Any) -> Any:
    """Return what a step returned on a host.

    Raise NotStartedError, NothingRecordedError or SealingError; ResultDoubtedError if it is not as it was written.

    `loader` is Ansible's, with the passwords that open what is encrypted.
    """
    step = _found(means.journal.steps(run.id), run, name, host)
    whose = f"{step.name!r} ({step.where}) on {step.doer}, in run {run.id}"
    if step.is_withheld:
        raise NothingRecordedError(
            f"the result of {whose}, is not in the journal: it holds what may not be written down (no_log, or a "
            f"vault), and no saga_vault_id encrypted it; name one, register in that step's play what you need of it "
            f"without no_log, or give a default="
        )
    known = stored(means, step)
    if known.doubt:
        raise ResultDoubtedError(run.id, known.doubt)
    payload = known.results.get("")
    if not payload:
        raise NothingRecordedError(
            f"{whose}, has returned nothing yet: it is {step.state}; look with 'saga show {run.id} {step.key!r}', or "
            f"give a default="
        )
    if is_sealed(payload):
        payload = opened(run, Passwords(loader)).open(payload, Place(run.id, step.host, step.key))
    return results.remarked(payload, text.untrusted(codec.unpack(codec.pack(results.public(payload)))))


def _found(steps: Sequence[Step], run: Run, name: str, host: str) -> Step:
    """Return the step that is meant: by its key, or else by name or path, of what the playbook does."""
    there = [step for step in steps if host in {step.host, step.doer} or step.host == EVERY_HOST]
    found = [step for step in there if step.key == name]
    found = found or [step for step in there if step.is_forward and not step.is_unit and name in {step.name, step.path}]
    if len(found) == 1:
        return found[0]
    if found:
        keys = [f"{step.name}, key {step.key}" for step in found]
        raise NotStartedError(run.id, step=name, candidates=keys, is_ambiguous=True)
    known = list(dict.fromkeys(step.name for step in there if step.is_forward))
    raise NotStartedError(run.id, step=f"{name} on {host}", candidates=known, is_ambiguous=False)
