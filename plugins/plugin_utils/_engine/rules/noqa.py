# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Comments that take a finding for granted: ``# noqa: SAGA003, SAGA005 the reason``.

One counts for the task or play in whose lines it stands; above a task, no further right than its dash, for that task.
A comment inside of a block or play counts for the inner task that it stands in, and for nothing else.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

import yaml

from ..slotted import dataclass

_BREAK = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")  # as YAML counts lines
_MARK = re.compile(r"(?:^|(?<=\s))#")
_ID = r"(?i:saga)\d+"
_NOQA = re.compile(rf"#+\s*noqa(?::\s*|\s+)(?P<rules>(?:SAGA\w*|{_ID})(?:(?:\s*,\s*|\s+){_ID})*)\b(?P<reason>.*)")
_LISTS = frozenset({"tasks", "pre_tasks", "post_tasks", "handlers", "block", "rescue", "always"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Noqa:
    """One comment: its line, the lines of what it is about, and what it says."""

    line: int
    first: int  # of the task or play that it is about; 0: of none
    rules: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    """A play, task or block: its lines, from 1, and the column of its dash."""

    first: int
    last: int
    dash: int


class Comments:
    """The comments of one file, and which task or play each line is of."""

    def __init__(self, text: str) -> None:
        """Read a file's text; one that is no YAML has no comments."""
        if "noqa" not in text.lower():  # nearly all files, and reading one as YAML takes long
            text = ""
        self._lines = _BREAK.split(text)
        try:
            self._items = _items(yaml.compose(text, Loader=yaml.SafeLoader), len(self._lines))
            found = [*_comments(text)]
        except yaml.YAMLError:
            self._items, found = [], []
        self.noqa = tuple(
            Noqa(
                line=line,
                first=self._subject(line, column, is_alone=is_alone),
                rules=tuple(dict.fromkeys(re.split(r"[\s,]+", said["rules"].upper()))),
                reason=said["reason"].strip(" \t-:;,.\u2013\u2014"),
            )
            for line, column, is_alone, comment in found
            if (said := _NOQA.match(comment))
        )

    def about(self, line: int) -> Iterator[Noqa]:
        """Yield the comments on the task or play that has this line."""
        first = self._first(line)
        return (noqa for noqa in self.noqa if first and noqa.first == first)

    def _first(self, line: int) -> int:
        """Return where the innermost task or play begins that has a line; 0: none has."""
        return max((item.first for item in self._items if item.first <= line <= item.last), default=0)

    def _subject(self, line: int, column: int, *, is_alone: bool) -> int:
        if not is_alone:
            return self._first(line)
        below = next((number for number, text in enumerate(self._lines[line:], start=line + 1) if _says(text)), 0)
        following = [item.first for item in self._items if item.first == below and item.dash >= column]
        around = [item.first for item in self._items if item.first <= line <= item.last and item.dash < column]
        return max(following or around, default=0)


def _says(line: str) -> bool:
    return line.strip() not in {"", "---"} and not line.lstrip().startswith("#")


def _items(root: yaml.Node | None, lines: int) -> list[_Item]:
    """Return all plays, blocks, tasks and handlers of a file."""
    found: list[_Item] = []
    pending: list[tuple[yaml.Node | None, int]] = [(root, lines)]
    while pending:
        node, last = pending.pop()
        if not isinstance(node, yaml.SequenceNode):
            continue
        starts = [entry.start_mark.line + 1 for entry in node.value]
        for entry, end in zip(node.value, [*(start - 1 for start in starts[1:]), last], strict=True):
            if isinstance(entry, yaml.MappingNode):
                first = entry.start_mark.line + 1
                found.append(_Item(first=first, last=max(first, end), dash=node.start_mark.column))
                pending += _inner(entry, end)
    return found


def _inner(entry: yaml.MappingNode, last: int) -> Iterator[tuple[yaml.Node, int]]:
    """Yield the lists of tasks in a play or block, each with its last line."""
    starts = [key.start_mark.line + 1 for key, _value in entry.value]
    for (key, value), end in zip(entry.value, [*(start - 1 for start in starts[1:]), last], strict=True):
        if isinstance(key, yaml.ScalarNode) and key.value in _LISTS:
            yield value, end


def _comments(text: str) -> Iterator[tuple[int, int, bool, str]]:
    """Yield line, column, whether it stands alone, and text of every comment."""
    spans = [*_scalars(text)]
    begins = [begin for begin, _end in spans]
    offset = 0
    for number, line in enumerate(_BREAK.split(text), start=1):
        for mark in _MARK.finditer(line):
            at = offset + mark.start()
            nearest = bisect_right(begins, at) - 1
            if nearest < 0 or at >= spans[nearest][1]:
                yield number, mark.start(), not line[: mark.start()].strip(), line[mark.start() :]
                break
        found = _BREAK.match(text, offset + len(line))
        offset = found.end() if found else len(text)


def _scalars(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the values of a text begin and end; the first line of a block of text may have a comment."""
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        if isinstance(token, yaml.ScalarToken):
            begin = token.start_mark.index
            if token.style in {"|", ">"}:
                header = _BREAK.search(text, begin)
                begin = header.end() if header else begin
            yield begin, token.end_mark.index
