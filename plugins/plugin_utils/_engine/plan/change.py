# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One thing that is not as it was when a run's last attempt began, in the words that people read."""

from __future__ import annotations

from collections.abc import Sequence

from ..slotted import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference; `what` is one of the words below, `is_weighty` says that the option ``drift`` decides about it.

    changed, gone, inserted: a step in the part that is done.  input: a done step names an extra var that changed.
    undo: so does a step that is owed to undo, or its compensation.  vanished: a host of the run is no host now.
    variable, version, joins, unknown: what is only shown.
    """

    what: str
    path: str = ""  # of a step; a host's name; an extra var's or a collection's
    where: str = ""
    before: str = ""  # where a step stood; the version that was
    names: tuple[str, ...] = ()
    is_weighty: bool = True

    @property
    def subject(self) -> str:
        """What people would say has changed."""
        return {"vanished": "the hosts", "input": "the extra vars", "undo": "the extra vars"}.get(
            self.what, "the playbook"
        )

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self._words()}"

    def _words(self) -> str:  # noqa: PLR0911  a sentence for each kind
        match self.what:
            case "changed":
                moved = f" (it stood at {self.before} then)" if self.before not in {"", self.where} else ""
                return f"{self.path} has changed since it was done{moved}"
            case "gone":
                return f"{self.path} was done and is not there now (under a new name it would be done again)"
            case "inserted":
                return f"{self.path} is new, before the place where the run stopped"
            case "input":
                return f"{self.path} was done with another value of {_extra_vars(self.names)}"
            case "undo":
                return f"{self.path} is to be undone, and was done with another value of {_extra_vars(self.names)}"
            case "vanished":
                left = "; ".join(self.names) or "nothing was done there"
                return f"{self.path} is a host of the run, and of no play now: {left}"
            case "joins":
                return f"{listed(self.names)} {'join' if len(self.names) > 1 else 'joins'} the run"
            case "version":
                return f"{self.path} was {self.before} and is {self.names[0]}"
            case "variable":
                return f"the extra var {self.path} {self.names[0]}"
            case _:
                return "whether extra vars changed cannot be told: the key that marked them is not beside the journal"


def listed(names: Sequence[str], *, most: int = 10) -> str:
    """Return names as people list them; of very many, the first ones."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def _extra_vars(names: Sequence[str]) -> str:
    return f"the extra var{'s' if len(names) > 1 else ''} {', '.join(names)}"
