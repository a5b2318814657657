# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The keys of an attempt's steps: what a host meets for the n-th time, or a batch for the hosts that it has."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from . import ids
from .errors import MixedBatchError
from .plan import batched
from .records import EVERY_HOST, Contract, Step


class Keys:
    """Counts what is met, and knows what an earlier attempt met; `steps` are the run's as they are, by host and key."""

    def __init__(self, run: str, steps: Mapping[tuple[str, str], Step], *, drift: str) -> None:
        self._run = run
        self._steps = steps
        self._drift = drift
        self._counts: Counter[tuple[str, str]] = Counter()
        self._met: set[tuple[str, str]] = set()
        self._once: dict[tuple[str, str], list[str]] = defaultdict(list)  # keys of one step, a batch each
        for step in steps.values():
            if step.batch:
                self._once[step.path, step.key.rpartition("#")[2]].append(step.key)

    def meet(
        self, host: str, path: str, contract: Contract, batch: Sequence[str] = (), *, is_going_back: bool = False
    ) -> str:
        """Return the key of a step: its path and how often this host has met it in this attempt, itself included.

        One that is done once for a `batch` is known by the hosts that it was done for. Raise MixedBatchError.
        """
        own = f"{path} for {ids.digest(*sorted(batch), length=8)}" if batch else path
        self._counts[host, own] += 1
        number = str(self._counts[host, own])
        key = f"{own}#{number}"
        if batch:
            keys = self._once.get((path, number), [])
            key = self._of_batch(keys, contract, batch, is_going_back=is_going_back) or key
        self._met.add((host, key))
        return key

    def has_met(self, step: Step) -> bool:
        """Tell whether this attempt has come to a step."""
        return (step.host, step.key) in self._met

    def _of_batch(self, keys: Sequence[str], contract: Contract, batch: Sequence[str], *, is_going_back: bool) -> str:
        """Return the key of what an earlier attempt did or began for the batch; "" if that is nothing."""
        known = batched((self._steps[EVERY_HOST, key] for key in keys), batch)
        is_repeatable = contract.is_idempotent or not contract.has_effect or self._drift == "rerun"
        if not known.is_mixed:
            return known.unfinished if known.missing else known.answer
        if is_repeatable and not is_going_back:
            return known.unfinished
        if self._drift == "refuse" and not is_going_back:
            step = self._steps[EVERY_HOST, known.answer]
            done = [host for host in batch if host not in known.missing]
            raise MixedBatchError(self._run, step=step.name, where=step.where, done=done, missing=known.missing)
        return known.answer
