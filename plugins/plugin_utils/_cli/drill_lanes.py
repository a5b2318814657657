# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lanes of a drill: a case is tried in the next one that is free, and each is measured by runs of its own.

Nearly all of a drill is time of ansible-playbook's processes, which use a core each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from queue import SimpleQueue

from .._engine.drill import Baseline, Case, Part, Verdict
from .._engine.drill.refusals import DrillError
from .._engine.slotted import dataclass
from .drill_cases import baseline, tried
from .drill_stage import Stage
from .drill_text import progress

Choose = Callable[[Sequence[Part]], Sequence[Case]]
"""Returns what is tried of what an uninterrupted run has done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lane:
    stage: Stage
    measure: Baseline
    cases: Sequence[Case]


def drilled(stages: Sequence[Stage], choose: Choose, *, doubts: str) -> tuple[list[Verdict], tuple[Part, ...]]:
    """Drill, one case on each stage at a time; return the verdicts in the order of the cases, and what was done."""
    with ThreadPoolExecutor(len(stages)) as pool:
        try:
            measures = list(pool.map(baseline, stages))
            lanes = [
                _Lane(stage=stage, measure=measure, cases=choose(measure.parts))
                for stage, measure in zip(stages, measures, strict=True)
            ]
            return _tried(pool, _alike(lanes), doubts), measures[0].parts
        except BaseException:
            for stage in stages:
                stage.stop()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _alike(lanes: Sequence[_Lane]) -> Sequence[_Lane]:
    """Return the lanes; raise DrillError when they do not do the same."""
    first, *others = ([(case.part.key, case.moment) for case in lane.cases] for lane in lanes)
    if not first:
        raise DrillError("no step has such a name, or matters at such a moment")
    if any(other != first for other in others):
        raise DrillError("the hosts of the lanes are not alike: the playbook does not do the same steps on each")
    return lanes


def _tried(pool: ThreadPoolExecutor, lanes: Sequence[_Lane], doubts: str) -> list[Verdict]:
    total, free = len(lanes[0].cases), SimpleQueue[_Lane]()
    for lane in lanes:
        free.put(lane)

    def one(number: int) -> Verdict:
        lane = free.get()  # there is one: the pool has as many threads
        try:
            return tried(lane.stage, lane.cases[number], lane.measure, name=f"case-{number + 1}", doubts=doubts)
        finally:
            free.put(lane)

    numbers = {pool.submit(one, number): number for number in range(total)}
    found: dict[int, Verdict] = {}
    for future in as_completed(numbers):
        found[numbers[future]] = verdict = future.result()
        took = sum(each.seconds for each in found.values()) / len(found)
        progress(len(found), total, verdict, left=took * (total - len(found)) / len(lanes))
    return [found[number] for number in range(total)]
