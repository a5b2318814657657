# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run on its way, drawn: the same lines for the callback and for `saga watch`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from .._engine.records import RunState
from .._engine.report.progress import Counts, HostProgress, Picture, Standing
from .layout import Line, Span, clean, columns, fitted, gauge, spread

_STYLES = {
    Standing.FAILED: "bad",
    Standing.UNREACHABLE: "bad",
    Standing.COMPENSATION_FAILED: "bad",
    Standing.IN_DOUBT: "bad",
    Standing.WAITING: "alarm",
    Standing.RETRYING: "busy",
    Standing.COMPENSATING: "busy",
    Standing.AT_WORK: "busy",
    Standing.BETWEEN: "quiet",
    Standing.COMPENSATED: "good",
    Standing.DONE: "good",
}
_STATES = {
    RunState.COMPLETED: "good",
    RunState.COMPENSATED: "good",
    RunState.ABANDONED: "quiet",
    RunState.PARKED: "alarm",
    RunState.STOPPED: "alarm",
}
_WIDEST = 110  # a line that is longer is not read at one glance
_SHOWN = 10  # hosts, where there is room
_HEAD = 5  # lines around the hosts
_FEW = 8  # seconds
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def drawn(picture: Picture, *, width: int, height: int, now: float, most: int = _SHOWN) -> list[Line]:
    """Return the picture as lines; no more than fit, and of hosts those first that somebody should look at."""
    width = min(width, _WIDEST)
    room = min(most, max(height - _HEAD - bool(picture.reason) - min(len(picture.slices), 4), 1))
    lines = [_head(picture, width), _way(picture, width, now)]
    words = counted(picture.counts)
    lines += [fitted((Span("  "), *_counted(words)), width)] if words else []
    lines += [fitted((Span(f"  {clean(picture.reason)}", "alarm"),), width)] if picture.reason else []
    lines += _slices(picture, width)
    return [*lines, *_hosts(picture, width, now, room)]


def duration(seconds: float) -> str:
    """Return how long something lasts, in its two largest units."""
    whole = int(max(seconds, 0.0))
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE:02} s"
    if whole < _DAY:
        return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE:02} min"
    return f"{whole // _DAY} d {whole % _DAY // _HOUR:02} h"


def about(seconds: float) -> str:
    """Return about how long something will last: no more exactly than an estimate is."""
    if seconds < _FEW:
        return "a few seconds left"
    if seconds < _MINUTE:
        return f"about {round(seconds / 5) * 5} s left"
    if seconds < _HOUR:
        return f"about {round(seconds / _MINUTE)} min left"
    return f"about {seconds / _HOUR:.1f} h left"


def numbered(picture: Picture) -> str:
    """Return the step that a run is at, and of how many."""
    if not picture.step:
        return f"{picture.steps} steps" if picture.steps else ""
    if not picture.steps:
        return f"step {picture.step}"
    many = " or more" if picture.is_open else ""
    return f"step {picture.step} of {picture.steps}{many}"


def undone(counts: Counts) -> str:
    """Return how far a run on its way back is."""
    return f"{counts.compensated} of {counts.compensated + counts.compensation_failed + counts.owed} undone"


def counted(counts: Counts) -> list[tuple[str, str]]:
    """Return what a run has had that somebody may want to know, each with its style."""
    told = (
        (counts.failed, "failed", "bad"),
        (counts.in_doubt, "in doubt", "bad"),
        (counts.waiting, f"wait{'s' if counts.waiting == 1 else ''} for a decision", "alarm"),
        (counts.compensation_failed, "could not be undone", "bad"),
        (counts.compensated, "undone", "good"),
        (counts.owed, "left to undo", "busy"),
        (counts.retried, "retried", "busy"),
        (counts.restored, "restored", "cyan"),
        (counts.done, "done", ""),
    )
    return [(f"{number} {word}", style) for number, word, style in told if number]


def _counted(words: Sequence[tuple[str, str]]) -> Line:
    parts = [(Span(", " if number else "steps: ", "quiet"), Span(*word)) for number, word in enumerate(words)]
    return tuple(span for pair in parts for span in pair)


def _head(picture: Picture, width: int) -> Line:
    is_told = picture.state is RunState.COMPENSATING or not picture.state.is_resumable
    way = ", going back" if picture.is_going_back and not is_told else ""
    state = f"{picture.state}{way}" if picture.run else "not recorded" if picture.step else "begins"
    style = _STATES.get(picture.state, "busy") if picture.run else "quiet"
    left = (Span(clean(picture.workflow) or "play", "head"), Span("  "), Span(state, style))
    attempt = f"attempt {picture.attempt} of " if picture.attempt > 1 else ""
    return spread(left, (Span(f"{attempt}run {clean(picture.run)}", "quiet"),) if picture.run else (), width)


def _way(picture: Picture, width: int, now: float) -> Line:
    end = picture.ended if picture.ended is not None else now
    spent = duration(end - picture.began) if picture.began else ""
    rest = "" if picture.left is None else about(picture.left - (now - picture.at))
    told = [undone(picture.counts) if picture.is_going_back else numbered(picture), spent, rest]
    words = "  ".join(word for word in told if word)
    size = max(min(width - len(words) - 4, 40), 8) if picture.steps else 0
    style = _way_style(picture)
    name = clean(picture.name) if picture.step and not picture.is_over and not picture.is_going_back else ""
    room = width - size - len(words) - 8
    shown = (*gauge(picture.share, size, style=style), Span("  ")) if size else ()
    tail = (Span(f"  {name}"),) if name and room >= len(name) else ()
    return fitted((Span("  "), *shown, Span(words, "quiet"), *tail), width)


def _way_style(picture: Picture) -> str:
    if picture.is_going_back and picture.state is not RunState.COMPENSATED:
        return "bad" if picture.counts.compensation_failed else "alarm"
    return "bad" if picture.is_over and picture.counts.failed else "good"


def _slices(picture: Picture, width: int) -> list[Line]:
    rows = [
        (
            Span(f"  slice {part.attempt}", "quiet"),
            Span(
                part.state if part.is_at_work is not False or _is_over(part.state) else f"{part.state}: nobody at work"
            ),
            Span(f"{part.targets} target{'' if part.targets == 1 else 's'}", "quiet"),
        )
        for part in picture.slices
    ]
    shown = columns(rows[:3] if len(rows) > 4 else rows, width, elastic=1)  # noqa: PLR2004  one line more says as much
    more = len(rows) - len(shown)
    return [*shown, (Span(f"  {more} more slices", "quiet"),)] if more else shown


def _is_over(state: str) -> bool:
    return state not in {RunState.RUNNING, RunState.COMPENSATING}


def _hosts(picture: Picture, width: int, now: float, room: int) -> list[Line]:
    shown = picture.hosts
    if len(shown) > room:  # then those that nothing happens on are told by their number
        shown = tuple(host for host in shown if host.standing.is_on)[: max(room - 1, 0)]
    lines = columns([_host(host, picture, now) for host in shown], width, elastic=3)
    rest = picture.hosts[len(shown) :]
    return [*lines, fitted(_summed(rest, picture, is_all=not shown), width)] if rest else lines


def _host(host: HostProgress, picture: Picture, now: float) -> Sequence[Span]:
    style = _STYLES[host.standing]
    at = (f"{host.position}/{picture.steps}" if picture.steps else str(host.position)) if host.position else "-"
    at = (f"{host.owed} to undo" if host.owed else "-") if picture.is_going_back else at
    return (
        Span(f"  {clean(host.host)}"),
        Span(_kind(host, picture)[0] if picture.is_over else str(host.standing), style),
        Span(at, "quiet"),
        Span(
            clean(host.step) if host.standing not in {Standing.DONE, Standing.COMPENSATED} else "",
            "" if host.standing.is_on else "quiet",
        ),
        Span(_note(host, picture, now), "quiet"),
    )


def _note(host: HostProgress, picture: Picture, now: float) -> str:
    if host.standing is Standing.RETRYING:
        often = "once" if host.tries == 1 else f"{host.tries} times"
        return f"failed {often}, again in {duration(host.due - now)}"
    if host.standing.is_busy and host.since and not picture.is_over:
        return duration(now - host.since)
    if host.standing.is_bad or host.standing is Standing.WAITING:
        return clean(host.where)
    return ""


def _summed(hosts: Sequence[HostProgress], picture: Picture, *, is_all: bool) -> Line:
    counts = Counter(_kind(host, picture) for host in hosts)
    these = f"host{'' if len(hosts) == 1 else 's'}" if is_all else "more"
    told = [(Span(", ", "quiet"), Span(f"{count} {word}", style)) for (word, style), count in counts.items()]
    return (Span(f"  {len(hosts)} {these}: "), *[span for pair in told for span in pair][1:])


def _kind(host: HostProgress, picture: Picture) -> tuple[str, str]:
    """Return in words where hosts stand that are only counted, and the style of that."""
    word = str(host.standing)
    if host.standing is Standing.BETWEEN and picture.is_over:
        word = "not at work"
    elif host.standing is Standing.BETWEEN and not picture.is_going_back:
        word = "done with this step" if host.position == picture.step else "still to come to it"
    return word, _STYLES[host.standing]
