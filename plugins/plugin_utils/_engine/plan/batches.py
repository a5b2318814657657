# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A step that is done once for a batch (run_once under serial), known again where the batches are others.

A host that left or came, or a --limit, moves the hosts of every later batch. So such a step is known by the hosts that
it was done for, not by the batch that it was done in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..records import Step, StepState
from ..slotted import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Batched:
    """What a journal has of a step for the hosts of a batch; a key is "" where there is none."""

    answer: str = ""  # the key of one that is done for some of them
    unfinished: str = ""  # the key of one that was begun for some of them
    missing: tuple[str, ...] = ()  # those that no done one is for

    @property
    def is_mixed(self) -> bool:
        """True when the step is done for some of the batch, and not for others."""
        return bool(self.answer and self.missing)


def batched(steps: Iterable[Step], batch: Sequence[str]) -> Batched:
    """Return what is known of a step for a batch, given all that the journal has of it for any batch."""
    alike = [step for step in steps if set(batch) & set(step.batch)]
    done = {host: step.key for step in alike if _is_done(step) for host in step.batch}
    covered = [host for host in batch if host in done]
    return Batched(
        answer=done[covered[0]] if covered else "",
        unfinished=next((step.key for step in alike if not _is_done(step)), ""),
        missing=tuple(host for host in batch if host not in done),
    )


def _is_done(step: Step) -> bool:
    if step.state.is_failure:
        return bool(step.is_handled)
    return step.state in {StepState.OK, StepState.SKIPPED}
