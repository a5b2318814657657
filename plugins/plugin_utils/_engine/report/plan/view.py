# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that a plan shows, as values: what is drawn stands here, how it is drawn stands beside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...plan.auditing import Auditing, auditing
from ...plan.crash import Crash, Explained, crash, legend
from ...plan.forward import at_once, forward
from ...plan.locking import Locking, locking
from ...plan.outline import Outline, PlannedPlay, PlannedTask, Problem, Unfollowed
from ...plan.totals import Totals, totals
from ...plan.way_back import WayBack, way_back
from ...policy import Advised, Risk, advise, in_force
from ...slotted import dataclass
from .notes import notes

_LOCAL = frozenset(
    f"ansible.builtin.{name}"
    for name in ("add_host", "assert", "fail", "group_by", "include_vars", "meta", "set_fact", "validate_argument_spec")
)
_TELLING = frozenset({"ansible.builtin.debug", "ansible.builtin.set_stats"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a rule says about a plan; `severity` is error or warning."""

    rule: str
    severity: str
    where: str
    task: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayRow:
    """A play in the head of a plan."""

    number: int
    name: str
    where: str
    strategy: str
    is_durable: bool
    hosts: tuple[str, ...]
    pattern: str
    are_hosts_known: bool
    batches: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRow:
    """A block, include, role or play that is undone as a whole."""

    path: str
    name: str
    compensation: tuple[str, ...]
    verify: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """A step or handler in the table of a plan."""

    number: int
    play: int
    role: str
    task: str
    where: str
    module: str
    section: str
    is_forward: bool  # False: a handler that nothing notifies
    hosts: int  # 0: unknown
    at_once: int  # hosts that it hits before anybody sees that it is wrong; 0: unknown
    idempotent: bool
    effect: str
    is_known: bool
    is_pivot: bool
    compensation: tuple[str, ...]
    units: tuple[UnitRow, ...]
    verify: tuple[str, ...]
    serves: tuple[str, ...]
    sources: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    crash: Crash
    in_force: str  # the policy, empty where there is none
    proposed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRow:
    """The steps that have one policy, for one reason."""

    in_force: str
    proposed: str
    is_declared: bool
    why: str
    steps: tuple[int, ...]

    @property
    def is_apart(self) -> bool:
        """True when what is in force is not what is proposed."""
        return self.in_force != self.proposed


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """A workflow before it runs, as it is shown."""

    workflow: str
    playbooks: tuple[str, ...]
    journal: str
    sidecars: tuple[str, ...]
    totals: Totals
    plays: tuple[PlayRow, ...]
    steps: tuple[StepRow, ...]
    unfollowed: tuple[Unfollowed, ...]
    legend: tuple[Explained, ...]
    way_back: WayBack
    policies: tuple[PolicyRow, ...]
    locking: Locking
    auditing: Auditing
    problems: tuple[Problem, ...]
    findings: tuple[Finding, ...]

    def rows_by_play(self) -> dict[int, list[StepRow]]:
        """Return the steps of each play, handlers too."""
        rows: dict[int, list[StepRow]] = {play.number: [] for play in self.plays}
        for row in self.steps:
            rows[row.play].append(row)
        return rows


def view_plan(outline: Outline, findings: Iterable[Finding] = ()) -> PlanView:
    """Return what is to be shown of an outline and of what the rules found in it."""
    back = way_back(outline)
    risks = dict(_risks(outline, back))
    steps = tuple(_row(play, task, risks.get(task.number)) for play in outline.plays for task in play.tasks)
    return PlanView(
        workflow=outline.workflow,
        playbooks=outline.playbooks,
        journal=outline.journal,
        sidecars=outline.sidecars,
        totals=totals(outline),
        plays=tuple(_play(play) for play in outline.plays),
        steps=steps,
        unfollowed=tuple(each for play in outline.plays for each in play.unfollowed),
        legend=tuple(legend(row.crash for row in steps)),
        way_back=back,
        policies=tuple(_policies(risks)),
        locking=locking(outline),
        auditing=auditing(outline),
        problems=outline.problems,
        findings=tuple(findings),
    )


def _play(play: PlannedPlay) -> PlayRow:
    return PlayRow(
        number=play.number,
        name=play.name,
        where=play.where,
        strategy=play.strategy,
        is_durable=play.is_durable,
        hosts=play.hosts,
        pattern=play.pattern,
        are_hosts_known=play.are_hosts_known,
        batches=play.batches,
    )


def _row(play: PlannedPlay, task: PlannedTask, risk: Risk | None) -> StepRow:
    contract = task.contract
    return StepRow(
        number=task.number,
        play=task.play,
        role=task.role,
        task=task.name,
        where=task.where,
        module=task.module,
        section=str(task.section),
        is_forward=risk is not None,
        hosts=task.hosts,
        at_once=at_once(play, task),
        idempotent=contract.is_repeatable,
        effect=str(contract.effect),
        is_known=task.is_known,
        is_pivot=task.is_pivot,
        compensation=contract.compensate,
        units=tuple(
            UnitRow(
                path=f"{task.play}/{unit.path}",
                name=unit.name,
                compensation=unit.contract.compensate,
                verify=unit.contract.verify,
            )
            for unit in task.units
        ),
        verify=contract.verify,
        serves=tuple(sorted(str(role) for role in task.serves)),
        sources=tuple(sorted(task.sources.items())),
        notes=tuple(notes(task)),
        crash=crash(play, task),
        in_force=in_force(risk) if risk else "",
        proposed=advise(risk).words if risk else "",
    )


def _risks(outline: Outline, back: WayBack) -> Iterator[tuple[int, Risk]]:
    """Yield what each step is judged by, with its number."""
    index = 0
    for play, task in forward(outline):
        while task.number > back.failing[index].last:
            index += 1
        failing = back.failing[index]
        yield (
            task.number,
            Risk(
                contract=task.contract,
                is_undone=task.is_undone,
                at_once=at_once(play, task),
                outcome=failing.outcome,
                is_past_pivot=failing.outcome == "parks" and failing.pivot > 0,
                is_handled=task.ignores_errors or task.is_rescued,
                is_local=task.module in _LOCAL,
                is_tried_again=task.has_until,
                is_report=task.module in _TELLING and not task.is_registered and not task.contract.has_effect,
            ),
        )


def _policies(risks: dict[int, Risk]) -> Iterator[PolicyRow]:
    groups: dict[tuple[str, Advised], list[int]] = {}
    for number, risk in risks.items():
        groups.setdefault((in_force(risk), advise(risk)), []).append(number)
    for (force, advised), numbers in groups.items():
        yield PolicyRow(
            in_force=force,
            proposed=advised.words,
            is_declared=advised.is_declared,
            why=advised.why,
            steps=tuple(numbers),
        )
