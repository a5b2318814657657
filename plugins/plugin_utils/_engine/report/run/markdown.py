# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run as Markdown, short enough for a ticket or a summary of a pipeline; no mark in a name means anything."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

from ... import clock
from ...records import Step
from ..plan.markdown import plain
from .characters import one_line, short
from .tones import Tone, tone
from .view import Report, Row, by_name

_FEW = 5  # hosts that are named one by one
_MOST_ROWS = 200
_MOST_SAID = 300


def markdown(report: Report) -> str:
    """Return the run as Markdown."""
    sections = (_head, _next, _failures, _left, _steps, _decisions, _drift)
    return "\n".join(line for section in sections for line in section(report)) + "\n"


def some(hosts: Sequence[str]) -> str:
    """Return the names of a few hosts, and how many more there are."""
    more = len(hosts) - _FEW
    named = ", ".join(hosts[:_FEW])
    return f"{named} and {more} more" if more > 0 else named


def counted(report: Report) -> str:
    """Return how many steps on hosts stand how, in words."""
    return ", ".join(f"{number} {each}" for each, number in report.counts.items()) or "none has begun"


def _head(report: Report) -> Iterator[str]:
    run = report.run
    way = ", going back" if run.is_going_back and run.state.is_resumable else ""
    yield f"# Run {plain(run.id)} of {plain(run.workflow)}: {run.state}{way}"
    yield ""
    began = next(iter(report.attempts), None)
    by = f" by {began.actor}" if began is not None and began.actor else ""
    told = {
        "reason": run.reason,
        "at work": report.who,
        "began": f"{clock.text(run.started)}{by}",
        "last change": clock.text(report.changed),
        "attempts": str(run.attempt),
        "hosts": str(len(report.hosts)),
        "steps on hosts": counted(report),
        "audit": report.verified,
    }
    yield from _table(("", ""), [(word, plain(value)) for word, value in told.items() if value])
    for finding in report.findings or ():
        yield f"- {plain(finding.what)}"


def _next(report: Report) -> Iterator[str]:
    yield from ("", "## Next", "", plain(report.next))
    if report.command:
        yield from _typed(report.command)
    for each in report.asked:
        yield from ("", f"{plain(each.title)} on {plain(some(each.hosts))}: {plain(each.known)}")
        yield from _typed(each.command)


def _failures(report: Report) -> Iterator[str]:
    bad = [row for row in report.rows if Tone.FAILED in row.counts or Tone.DOUBT in row.counts]
    if not bad:
        return
    yield from ("", "## Failed, or in doubt", "")
    for row in bad:
        for word, hosts in _bad(row):
            yield f"- {plain(row.name)}: {word} on {plain(some(hosts))} ({plain(row.where)}){_said(report, row, hosts)}"


def _said(report: Report, row: Row, hosts: Sequence[str]) -> str:
    said = dict.fromkeys(report.messages[host, row.key] for host in hosts if (host, row.key) in report.messages)
    first = next(iter(said), "")
    more = f" (and {len(said) - 1} other messages)" if len(said) > 1 else ""
    return f": {plain(short(one_line(first), _MOST_SAID))}{more}" if first else ""


def _left(report: Report) -> Iterator[str]:
    yield from _listed("Still to be undone, latest first", report.owed)
    yield from _listed("Done, or perhaps done, and not undone", report.standing)


def _listed(title: str, steps: Iterable[Step]) -> Iterator[str]:
    groups = by_name(steps)
    if groups:
        yield from ("", f"## {title}", "")
    for name, group in groups:
        by = f", by {', '.join(group[0].contract.compensate)}" if group[0].contract.compensate else ""
        yield f"- {plain(name)} on {plain(some([step.doer for step in group]))}{plain(by)}"


def _steps(report: Report) -> Iterator[str]:
    yield from ("", "## Steps", "")
    if not report.rows:
        yield "No step has begun."
        return
    met = [each for each in Tone if any(each in row.counts for row in report.rows)]
    yield from _table(
        ("#", "step", "where", *(str(each) for each in met)),
        [
            (str(row.number), plain(_title(report, row)), plain(row.where), *_cells(row, met))
            for row in report.rows[:_MOST_ROWS]
        ],
    )
    if len(report.rows) > _MOST_ROWS:
        yield from ("", f"And {len(report.rows) - _MOST_ROWS} steps more.")


def _title(report: Report, row: Row) -> str:
    if row.of:
        return f"{'undo' if row.kind == 'undo' else 'verify'} of {report.rows[row.of - 1].name}: {row.name}"
    return f"handler: {row.name}" if row.kind == "handler" else row.name


def _cells(row: Row, met: Sequence[Tone]) -> Iterator[str]:
    if not row.states:
        yield from ("to come", *("" for _each in met[1:]))
        return
    counts = row.counts
    yield from (str(counts.get(each, "")) for each in met)


def _decisions(report: Report) -> Iterator[str]:
    if not report.choices:
        return
    names = {row.key: row.name for row in report.rows}
    yield from ("", "## Decisions", "")
    yield from _table(
        ("when", "who", "what", "about", "why"),
        [
            (
                clock.text(each.at),
                plain(each.who),
                plain(each.what),
                plain(names.get(each.about, each.about) + (f" on {some(each.hosts)}" if each.hosts else "")),
                plain(each.why),
            )
            for each in report.choices
        ],
    )


def _drift(report: Report) -> Iterator[str]:
    if not report.drifts:
        return
    yield from ("", "## Drift that was accepted", "")
    for each in report.drifts:
        yield from (f"- {clock.text(each.at)} by {plain(each.who)}: {plain(what)}" for what in each.what)


def _bad(row: Row) -> Iterator[tuple[str, list[str]]]:
    groups: dict[str, list[str]] = {}
    for host, word in row.states.items():
        if tone(word).is_bad:
            groups.setdefault(word, []).append(host)
    yield from groups.items()


def _typed(command: str) -> Iterator[str]:
    """Yield a command as a block of code whose fence nothing in it can close."""
    line = one_line(command)
    longest = max((len(list(group)) for mark, group in itertools.groupby(line) if mark == "`"), default=0)
    fence = "`" * max(3, longest + 1)
    yield from ("", f"{fence}console", line, fence)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)
