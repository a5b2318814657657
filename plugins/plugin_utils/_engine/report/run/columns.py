# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report as the page's script reads it: columns of numbers, and each text once.

Texts are numbers into `texts`; hosts and steps are numbers into their lists, -1: none. Times are whole milliseconds
since the run began, -1: unknown.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ...records import Event
from .axis import pieces
from .characters import clean, short
from .tones import Tone, tone
from .view import Report, Row

_MOST_DATA = 600  # characters of an event's data, and of what a failed step has said
_TOLD_ELSEWHERE = frozenset({"began", "on"})


class Texts:
    """Each text once, by its number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._known: dict[str, int] = {}  # by the text as it was before it was clean

    def number(self, text: str) -> int:
        """Return the number of a text."""
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = self._numbers.setdefault(clean(text), len(self._numbers))
        return known

    def all(self) -> list[str]:
        """Return the texts in the order of their numbers."""
        return list(self._numbers)


def columns(report: Report) -> str:
    """Return the report as JSON that may stand inside of a script element."""
    texts = Texts()
    hosts = {host: number for number, host in enumerate(report.hosts)}
    steps = {row.key: number for number, row in enumerate(report.rows)}
    start = report.run.started
    content = {
        "schema": 1,
        "made": _since(report.made, start),
        "started": round(1000 * start),
        "tones": [str(each) for each in Tone],
        "hosts": [texts.number(host) for host in hosts],
        "steps": [_row(row, texts, hosts) for row in report.rows],
        "bars": _bars(report, texts, hosts, steps),
        "attempts": [
            [each.number, _since(each.began, start), _since(each.ended or each.last, start)] for each in report.attempts
        ],
        "pieces": [[_since(begin, start), _since(end, start)] for begin, end in pieces(report)],
        "messages": [
            [steps[key], hosts[host], texts.number(short(text, _MOST_DATA))]
            for (host, key), text in report.messages.items()
            if key in steps and host in hosts
        ],
        "events": _events(report, texts, hosts, steps),
    }
    words = texts.all()
    content["texts"] = words
    content["text_tones"] = _toned(report, words)
    return _safe(json.dumps(content, ensure_ascii=True, separators=(",", ":")))


def _safe(text: str) -> str:
    """Return JSON without a mark that could end the element around it; in JSON these stand in strings only."""
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _since(moment: float | None, start: float) -> int:
    return -1 if moment is None else max(0, round(1000 * (moment - start)))


def _row(row: Row, texts: Texts, hosts: Mapping[str, int]) -> list[Any]:
    states, forecasts = [-1] * len(hosts), [-1] * len(hosts)
    for host, word in row.states.items():
        states[hosts[host]] = texts.number(word)
        forecasts[hosts[host]] = texts.number(row.forecasts.get(host, "nothing"))
    return [
        texts.number(row.name),
        texts.number(row.where),
        row.play,
        texts.number(row.key),
        texts.number(row.kind),
        texts.number(row.contract),
        int(row.is_for_all),
        row.of - 1,
        states if row.states else [],
        forecasts if row.states else [],
    ]


def _bars(report: Report, texts: Texts, hosts: Mapping[str, int], steps: Mapping[str, int]) -> list[list[int]]:
    start = report.run.started
    known = [each for each in report.bars if each.host in hosts and each.key in steps]
    known.sort(key=lambda each: hosts[each.host])  # and in the order of their begins, as they are
    return [
        [hosts[each.host] for each in known],
        [steps[each.key] for each in known],
        [_since(each.began, start) for each in known],
        [_since(each.ended, start) for each in known],
        [each.attempt for each in known],
        [texts.number(each.word) for each in known],
    ]


def _events(report: Report, texts: Texts, hosts: Mapping[str, int], steps: Mapping[str, int]) -> list[list[int]]:
    start, events = report.run.started, report.events
    return [
        [event.seq for event in events],
        [_since(event.time, start) for event in events],
        [event.attempt for event in events],
        [texts.number(event.type) for event in events],
        [hosts.get(str(event.data.get("on") or event.host), -1) for event in events],
        [steps.get(event.step, -1) for event in events],
        [texts.number(event.actor) for event in events],
        [texts.number(_data(event)) for event in events],
        [texts.number(str(event.data.get("state", "")) if event.step else "") for event in events],
    ]


def _data(event: Event) -> str:
    told = {name: value for name, value in event.data.items() if name not in _TOLD_ELSEWHERE and value not in ("", [])}
    return short(", ".join(f"{name}: {_plain(value)}" for name, value in told.items()), _MOST_DATA)


def _plain(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return " ".join(str(each) for each in value)
    return str(value)


def _toned(report: Report, words: Iterable[str]) -> list[int]:
    """Return the number of each text's tone, -1 where the text is no word about a step."""
    said = {each.word for each in report.bars} | {word for row in report.rows for word in row.states.values()}
    said |= {str(event.data["state"]) for event in report.events if event.step and "state" in event.data}
    order = list(Tone)
    return [order.index(tone(word)) if word in said else -1 for word in words]
