# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The saga as a picture: plays as lanes, steps in order, and under them the way back.

Here is only geometry, as shapes; the page's template draws them. A short plan has boxes with names; in a long one
steps are small, and steps without effect that follow each other share one mark.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from ...slotted import dataclass, field
from . import wording
from .view import PlanView, StepRow, UnitRow

WIDTH = 1160
_FEW = 3  # hosts that fit beside a play's name
_ROOMY = 48  # marks that still get boxes with names
_LETTER = 6.3  # of the font in a box, on average
_MARGIN = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One thing to draw: box, diamond, line, or text; `style` is a class of the page's style sheet."""

    kind: str
    style: str
    x: float = 0
    y: float = 0
    width: float = 0
    height: float = 0
    text: str = ""
    title: str = ""
    href: str = ""
    points: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagram:
    """A drawing and its size."""

    width: int
    height: int
    shapes: tuple[Shape, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    """One step, or several without effect."""

    rows: tuple[StepRow, ...]

    @property
    def row(self) -> StepRow:
        return self.rows[0]

    @property
    def is_quiet(self) -> bool:
        return self.row.effect == wording.WITHOUT_EFFECT


@dataclass(frozen=True, slots=True, kw_only=True)
class _Size:
    """Measures of one way to draw."""

    step: float
    quiet: float
    height: float
    gap: float
    undo: float  # height of a compensation
    has_names: bool
    unit: float = 18


_BOXES = _Size(step=132, quiet=46, height=46, gap=14, undo=30, has_names=True)
_DOTS = _Size(step=34, quiet=50, height=26, gap=6, undo=12, has_names=False)


def diagram(view: PlanView) -> Diagram:
    """Return the picture of a plan."""
    rows = view.rows_by_play()
    lanes = [(play, list(_marks(rows[play.number]))) for play in view.plays]
    size = _BOXES if sum(len(marks) for _play, marks in lanes) <= _ROOMY else _DOTS
    pen = _Pen(size=size, barrier=min(view.way_back.pivots, default=0) if view.way_back.order else 0)
    for play, marks in lanes:
        durable = "" if play.is_durable else ", not durable"
        title = f"{play.number}  {play.name}: {wording.targets(play, most=_FEW)}{durable}"
        pen.is_durable = play.is_durable
        pen.lane(title, marks)
    return Diagram(width=WIDTH, height=int(pen.y + _MARGIN), shapes=tuple(pen.shapes))


def _marks(steps: Sequence[StepRow]) -> Iterator[_Mark]:
    """Yield the marks of a play: steps without effect that follow each other in one unit share one."""
    forward = [row for row in steps if row.is_forward]
    for (is_quiet, _units), rows in groupby(forward, key=lambda row: (row.effect == wording.WITHOUT_EFFECT, row.units)):
        if is_quiet:
            yield _Mark(rows=tuple(rows))
        else:
            yield from (_Mark(rows=(row,)) for row in rows)


@dataclass(slots=True, kw_only=True)
class _Pen:
    """Draws lane after lane, line after line."""

    size: _Size
    barrier: int  # the first pivot: no way back leads across it
    y: float = 6
    is_durable: bool = True  # the lane in hand
    has_undo: bool = False  # one is drawn, so the next has something to lead back to
    shapes: list[Shape] = field(default_factory=list)

    def lane(self, title: str, marks: Sequence[_Mark]) -> None:
        top = self.y
        self.shapes.append(Shape(kind="text", style="lane", x=_MARGIN, y=top + 17, text=fit(title, WIDTH - 40)))
        self.y = top + 28
        for line in self._lines(marks):
            self._line(line)
        if not marks:
            self.y += 6
        self.shapes.insert(0, Shape(kind="box", style="lane", x=2, y=top, width=WIDTH - 4, height=self.y - top))
        self.y += 10

    def _lines(self, marks: Sequence[_Mark]) -> Iterator[list[tuple[float, _Mark]]]:
        """Yield marks with their places, as many as there is room for in a line."""
        x, line = float(_MARGIN), list[tuple[float, _Mark]]()
        for mark in marks:
            width = self._width(mark)
            if line and x + width > WIDTH - _MARGIN:
                yield line
                x, line = float(_MARGIN), []
            line.append((x, mark))
            x += width + self.size.gap
        if line:
            yield line

    def _width(self, mark: _Mark) -> float:
        return self.size.quiet if mark.is_quiet else self.size.step

    def _line(self, line: Sequence[tuple[float, _Mark]]) -> None:
        levels = max(len(_units(mark)) for _x, mark in line)
        top = self.y + levels * self.size.unit
        middle = top + self.size.height / 2
        end = line[-1][0] + self._width(line[-1][1])
        self.shapes.append(_stroke("way", (line[0][0], middle), (end, middle)))
        for x, mark in line:
            self._mark(x, top, mark)
        self._brackets(line, top)
        has_undo = any(mark.row.compensation or mark.row.number == self.barrier for _x, mark in line)
        if has_undo:
            self._undo(line, top + self.size.height)
        self.y = top + self.size.height + (self.size.undo + 26 if has_undo else 12)

    def _mark(self, x: float, top: float, mark: _Mark) -> None:
        row, height = mark.row, self.size.height
        shared = {"title": _title(mark), "href": f"#step-{row.number}"}
        if mark.is_quiet:
            words = wording.spans([each.number for each in mark.rows])
            box = Shape(
                kind="pill", style="none", x=x, y=top + height / 2 - 9, width=self.size.quiet, height=18, **shared
            )
            self.shapes.append(box)
            self._text("small", x + self.size.quiet / 2, top + height / 2 + 4, fit(words, self.size.quiet + 6, 5.6))
            return
        style = "pivot" if row.is_pivot else "unknown" if not row.is_known else "effect" if row.idempotent else "once"
        style += " handler" if row.section == "handler" else " rescue" if row.section == "rescue" else ""
        if row.is_pivot:
            self.shapes.append(_diamond(x, top - 2, self.size.step, height + 4, style=f"step {style}", **shared))
        else:
            box = Shape(kind="box", style=f"step {style}", x=x, y=top, width=self.size.step, height=height, **shared)
            self.shapes.append(box)
        self._named(x, top, row)

    def _named(self, x: float, top: float, row: StepRow) -> None:
        center, middle = x + self.size.step / 2, top + self.size.height / 2
        if not self.size.has_names:
            self._text("number", center, middle + 4, str(row.number))
            return
        if row.is_pivot:
            self._text("number", center, middle - 2, str(row.number))
            self._text("name", center, middle + 11, fit(row.task, self.size.step - 44))
            return
        first, second = split(row.task, self.size.step - 17 - 7 * len(str(row.number)), self.size.step - 12)
        self.shapes.append(Shape(kind="text", style="number", x=x + 6, y=top + 18, text=str(row.number)))
        self.shapes.append(
            Shape(kind="text", style="name", x=x + 11 + 7 * len(str(row.number)), y=top + 18, text=first)
        )
        self.shapes.append(Shape(kind="text", style="name", x=x + 6, y=top + 34, text=second))

    def _text(self, style: str, x: float, y: float, text: str) -> None:
        self.shapes.append(Shape(kind="text", style=f"{style} middle", x=x, y=y, text=text))

    def _brackets(self, line: Sequence[tuple[float, _Mark]], top: float) -> None:
        """Draw a bracket over the steps of each unit, outer ones higher; it may go on in the next line."""
        deepest = max(len(_units(mark)) for _x, mark in line)
        for level in range(deepest):
            for unit, group in groupby(line, key=lambda at: _units(at[1])[level : level + 1]):
                if not unit:
                    continue
                places = list(group)
                left, right = places[0][0], places[-1][0] + self._width(places[-1][1])
                y = top - 4 - (deepest - level - 1) * self.size.unit
                corners = ((left, y), (left, y - 5), (right, y - 5), (right, y))
                self.shapes.append(_stroke("unit", *corners))
                words = f"{unit[0].name} ↩ {', '.join(unit[0].compensation)}"
                room = max(right - left, 60)
                self.shapes.append(
                    Shape(kind="text", style="unit", x=left + 4, y=y - 7, text=fit(words, room, 5.6), title=words)
                )

    def _undo(self, line: Sequence[tuple[float, _Mark]], bottom: float) -> None:
        """Draw what undoes each step under it, and the arrows from each to the one before, up to the pivot."""
        top, before = bottom + 16, None
        for x, mark in line:
            row = mark.row
            if row.is_pivot and row.number == self.barrier:
                place = x + self.size.step / 2
                self.shapes.append(_stroke("barrier", (place, bottom + 4), (place, top + self.size.undo + 4)))
            if row.compensation:
                self._undone(x, top, row, before)
                before = x
                self.has_undo = True

    def _undone(self, x: float, top: float, row: StepRow, before: float | None) -> None:
        is_moot = 0 < self.barrier < row.number or not self.is_durable
        middle, words = x + self.size.step / 2, ", ".join(row.compensation)
        way = "moot" if is_moot else "back arrow"
        self.shapes.append(_stroke(way, (middle, top - 16), (middle, top - 1)))
        style = "undo moot" if is_moot else "undo"
        title = (
            words
            if not is_moot
            else f"{words} (not after pivot {self.barrier})"
            if self.is_durable
            else f"{words} (not durable)"
        )
        box = Shape(kind="box", style=style, x=x, y=top, width=self.size.step, height=self.size.undo, title=title)
        self.shapes.append(box)
        if self.size.has_names:
            self._text("name", middle, top + 19, fit(words, self.size.step - 10))
        if self.has_undo and not is_moot:
            end = x - 11 if before is None else before + self.size.step + 1
            self.shapes.append(_stroke(way, (x, top + self.size.undo / 2), (end, top + self.size.undo / 2)))


def _units(mark: _Mark) -> list[UnitRow]:
    """Return the units around a step that are undone as a whole, outer first."""
    return [unit for unit in reversed(mark.row.units) if unit.compensation]


def _title(mark: _Mark) -> str:
    if mark.is_quiet:
        listed = [f"{row.number} {row.task}" for row in mark.rows]
        return "\n".join(["No effect:", *listed[:20], *(["..."] if len(listed) > 20 else [])])  # noqa: PLR2004
    row = mark.row
    undone = wording.undo(row)
    told = [
        f"{row.number} {wording.place(row)}",
        f"{row.module}, {row.where}",
        f"{wording.effect(row)}, {'' if row.idempotent else 'not '}idempotent, on {wording.hosts(row)} hosts",
        f"undone by {undone}" if undone and not row.is_pivot else "",
    ]
    return "\n".join(line for line in told if line)


def _stroke(style: str, *points: tuple[float, float]) -> Shape:
    return Shape(kind="line", style=style, points=" ".join(f"{x:g},{y:g}" for x, y in points))


def _diamond(x: float, y: float, width: float, height: float, *, style: str, title: str, href: str) -> Shape:
    corners = ((x + width / 2, y), (x + width, y + height / 2), (x + width / 2, y + height), (x, y + height / 2))
    points = " ".join(f"{left:g},{top:g}" for left, top in corners)
    return Shape(kind="diamond", style=style, points=points, title=title, href=href)


def fit(text: str, room: float, letter: float = _LETTER) -> str:
    """Return as much of a text as there is room for."""
    most = max(int(room / letter), 1)
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def split(text: str, first: float, second: float) -> tuple[str, str]:
    """Return a text in two lines, broken at a space where one is near."""
    most = int(first / _LETTER)
    if len(text) <= most:
        return text, ""
    cut = text.rfind(" ", most // 2, most + 1)
    cut = cut if cut > 0 else most
    return text[:cut], fit(text[cut:].strip(), second)
