# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run as JUnit XML, as pipelines show the results of tests: a suite per play, a case per step and host."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from ...records import RunState
from ...slotted import dataclass
from ..timeline import AT_WORK
from .characters import clean, one_line
from .tones import Tone, tone
from .view import Report, Row

_KINDS = {Tone.FAILED: "failure", Tone.DOUBT: "error", Tone.DONE: "", Tone.HANDLED: ""}

_TOLD = frozenset({"failure", "error"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A step on a host; `time` in seconds."""

    name: str
    time: float
    kind: str  # failure, error, skipped; empty: it is fine
    word: str
    text: str

    @property
    def message(self) -> str:
        """What a pipeline shows in its list."""
        return one_line(f"{self.word}: {self.text}" if self.text else self.word)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A play; `time` in seconds."""

    name: str
    cases: tuple[Case, ...]

    @property
    def time(self) -> float:
        return sum(case.time for case in self.cases)

    @property
    def counts(self) -> Counter[str]:
        """How many cases are of each kind."""
        return Counter(case.kind for case in self.cases)


def junit(report: Report) -> str:
    """Return the run as JUnit XML."""
    began = datetime.fromtimestamp(report.run.started, tz=UTC).strftime("%Y-%m-%dT%H:%M:%S")
    all_suites = suites(report)
    counts: Counter[str] = sum((suite.counts for suite in all_suites), Counter())
    properties = {
        "run": report.run.id,
        "workflow": report.run.workflow,
        "state": str(report.run.state),
        "reason": report.run.reason,
        "attempts": str(report.run.attempt),
        "audit": report.verified,
        "next": report.command or report.next,
    }
    return _template().render(report=report, suites=all_suites, counts=counts, began=began, properties=properties)


def suites(report: Report) -> tuple[Suite, ...]:
    """Return the run's plays, with a case for each step on each host."""
    times: dict[tuple[str, str], float] = defaultdict(float)
    for each in report.bars:
        if each.began is not None and each.ended is not None:
            times[each.host, each.key] += each.ended - each.began
    plays: dict[int, list[Row]] = {}
    for row in report.rows:
        if row.kind != "block":
            plays.setdefault(row.play, []).append(row)
    found = tuple(_suite(report, number, rows, times) for number, rows in sorted(plays.items()))
    if any(case.kind in _TOLD for suite in found for case in suite.cases):
        return found
    return (*found, *_unfinished(report))


def _unfinished(report: Report) -> Iterator[Suite]:
    """Yield a suite for a run that is not completed, and of which no case says so: it must not look like a success."""
    run = report.run
    if run.state is RunState.COMPLETED:
        return
    is_at_work = report.is_live is not False and run.state in {RunState.RUNNING, RunState.COMPENSATING}
    said = "\n".join(filter(None, (run.reason, report.next, report.command)))
    kind, word = ("skipped", AT_WORK) if is_at_work else ("error", str(run.state))
    yield Suite(name="run", cases=(Case(name=run.workflow, time=0.0, kind=kind, word=word, text=said),))


def _suite(report: Report, number: int, rows: list[Row], times: dict[tuple[str, str], float]) -> Suite:
    cases: list[Case] = []
    met: Counter[str] = Counter()
    for row in rows:
        title = _title(report, row)
        met[title] += 1
        title = f"{title} ({met[title]})" if met[title] > 1 else title  # a pipeline knows a case by its name
        cases += _cases(report, row, title, times)
    name = next((row.key for row in rows if row.kind in {"step", "handler"}), f"{number} ").partition("/")[0]
    return Suite(name=f"play {name}".strip(), cases=tuple(cases))


def _cases(report: Report, row: Row, title: str, times: dict[tuple[str, str], float]) -> Iterator[Case]:
    if not row.states and row.kind == "step":
        yield Case(name=title, time=0.0, kind="skipped", word="to come", text="")
    for host, word in row.states.items():
        kind = _KINDS.get(tone(word), "skipped")
        said = "\n".join(filter(None, (report.messages.get((host, row.key)), row.where))) if kind in _TOLD else ""
        yield Case(name=f"{title} [{host}]", time=times[host, row.key], kind=kind, word=word, text=said)


def _title(report: Report, row: Row) -> str:
    if row.of:
        return f"{'undo' if row.kind == 'undo' else 'verify'} of {report.rows[row.of - 1].name}: {row.name}"
    return row.name


@lru_cache(maxsize=1)
def _template() -> Template:
    text = files(__package__).joinpath("junit.xml").read_text(encoding="utf-8")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_cleaned
    )
    return environment.from_string(text)


def _cleaned(value: object) -> object:
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value
