# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The keys of an attempt's steps: what a host meets for the n-th time, or a batch for the hosts that it has."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from . import ids
from .errors import MixedBatchError
from .plan import Batched, batched
from .promises import Contract
from .records import EVERY_HOST, Step


class Keys:
    """Counts what is met, and knows what an earlier attempt met; `steps` are the run's as they are, by host and key."""

    def __init__(self, run: str, steps: Mapping[tuple[str, str], Step]) -> None:
        self._run = run
        self._steps = steps
        self._counts: Counter[tuple[str, str]] = Counter()
        self._met: set[tuple[str, str]] = set()
        self._wholes: dict[tuple[str, str], list[str]] = defaultdict(list)  # marks of units, as a host met them
        self._once: dict[tuple[str, str], list[str]] = defaultdict(list)  # keys of one step, a batch each
        for step in steps.values():
            if step.batch:
                self._once[step.path, step.key.rpartition("#")[2]].append(step.key)

    def meet(self, host: str, path: str) -> str:
        """Return the key of a step: its path and how often this host has met it in this attempt, itself included."""
        key = f"{path}#{self._count(host, path)}"
        self._met.add((host, key))
        return key

    def coming(self, host: str, path: str) -> str:
        """Return the key that the host's next meeting with a step has."""
        return f"{path}#{self._counts[host, path] + 1}"

    def meet_batch(self, path: str, contract: Contract, batch: Sequence[str], *, drift: str) -> str:
        """Return the key of a step that is done once for a batch: it is known by the hosts that it was done for.

        `drift` says what becomes of one that was done for some of them. Raise MixedBatchError.
        """
        own = f"{path} for {ids.digest(*sorted(batch), length=8)}"
        number = str(self._count(EVERY_HOST, own))
        known = batched((self._steps[EVERY_HOST, key] for key in self._once.get((path, number), ())), batch)
        if known.is_mixed:
            key = self._of_mixed(known, contract, batch, drift=drift)
        else:
            key = known.unfinished if known.missing else known.answer
        key = key or f"{own}#{number}"
        self._met.add((EVERY_HOST, key))
        return key

    def meet_unit(self, host: str, path: str, mark: str) -> str:
        """Return the key of a unit that a step is a part of: its path, and the how-manieth of its copies this is."""
        marks = self._wholes[host, path]
        if mark not in marks:
            marks.append(mark)
        key = f"{path}#{marks.index(mark) + 1}"
        self._met.add((host, key))
        return key

    def has_met(self, step: Step) -> bool:
        """Tell whether this attempt has come to a step."""
        return (step.host, step.key) in self._met

    def _count(self, host: str, path: str) -> int:
        self._counts[host, path] += 1
        return self._counts[host, path]

    def _of_mixed(self, known: Batched, contract: Contract, batch: Sequence[str], *, drift: str) -> str:
        is_repeatable = contract.is_idempotent or not contract.has_effect
        if drift == "rerun" or (is_repeatable and drift == "refuse"):
            return known.unfinished
        if drift == "accept":
            return known.answer
        step = self._steps[EVERY_HOST, known.answer]
        done = [host for host in batch if host not in known.missing]
        raise MixedBatchError(self._run, step=step.name, where=step.where, done=done, missing=known.missing)
