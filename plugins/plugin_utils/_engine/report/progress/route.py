# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way that a run goes: the steps that its plan foresees, and those that came on the way, in one order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...records import EVERY_HOST, PlannedStep


class Route:
    """Paths of steps in the order of the playbook; one that nobody foresaw has its place where it was met."""

    def __init__(self, plan: Iterable[PlannedStep] = ()) -> None:
        self._places: dict[str, str] = {}  # file:line of each planned path, handlers too
        self._order: list[str] = []
        self._index: dict[str, int] = {}
        self._planned = 0
        self._found: dict[tuple[str, str], str] = {}
        self.furthest = ""  # the path that is furthest along of those that were met
        self.since = 0.0  # when the first host came to it
        self.foresee(plan)

    def foresee(self, plan: Iterable[PlannedStep]) -> None:
        """Take the steps of a plan, after all that was met before."""
        for planned in plan:
            self._places.setdefault(planned.path, planned.where)
            if not is_handler(planned.path) and planned.path not in self._index:
                self._index[planned.path] = len(self._order)
                self._order.append(planned.path)
                self._planned += 1

    def __len__(self) -> int:
        return len(self._order)

    @property
    def is_foreseen(self) -> bool:
        """True when there is a plan of it."""
        return bool(self._planned)

    @property
    def is_open(self) -> bool:
        """True when steps were met that nobody foresaw."""
        return len(self._order) > self._planned

    def meet(self, path: str, *, at: float) -> None:
        """Take a step that a host has come to, at this time."""
        if path not in self._index:
            place = self._index[self.furthest] + 1 if self.furthest else 0
            self._order.insert(place, path)
            for number in range(place, len(self._order)):
                self._index[self._order[number]] = number
        if not self.furthest or self._index[path] > self._index[self.furthest]:
            self.furthest, self.since = path, at

    def position(self, path: str) -> int:
        """Return the place of a step, counted from 1; 0: it is not on the way."""
        return self._index.get(path, -1) + 1

    def find(self, name: str, where: str, known: Mapping[str, tuple[str, str]]) -> str:
        """Return the path of the first step with a name and a place; `known` has them of paths that were met."""
        found = self._found.get((name, where), "")
        if not found:
            found = next((path for path in self._order if (name, where) == self._told(path, known)), "")
            self._found[name, where] = found
        return found

    def _told(self, path: str, known: Mapping[str, tuple[str, str]]) -> tuple[str, str]:
        return known.get(path) or (name_of(path), self.where(path))

    def where(self, path: str) -> str:
        """Return file:line of a step that is foreseen."""
        return self._places.get(path, "")


def path_of(key: str, host: str = "") -> str:
    """Return the path in a step's key; a step of EVERY_HOST may have the digest of its batch in it."""
    path = key.rpartition("#")[0] or key
    return path.rpartition(" for ")[0] or path if host == EVERY_HOST and _has_batch(path) else path


def name_of(path: str) -> str:
    """Return the step's name as far as its path tells it."""
    return path.rpartition("/")[2].removeprefix("id:").replace("\u2215", "/")


def is_handler(path: str) -> bool:
    """Tell whether a path is that of a handler."""
    return path.split("/")[1:2] == ["handlers"]


def is_forward(path: str) -> bool:
    """Tell whether a path is of what the playbook does, not of what undoes or looks for it."""
    return not path.startswith(("undo ", "verify "))


def _has_batch(path: str) -> bool:
    digest = path.rpartition(" for ")[2]
    return len(digest) == 8 and all(mark in "0123456789abcdef" for mark in digest)  # noqa: PLR2004  as Keys makes it
