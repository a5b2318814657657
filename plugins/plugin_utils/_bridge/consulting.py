# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays that ask the journal, or tell it something: what their modules and lookups share, on the controller."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, ClassVar

from ansible.plugins.action import ActionBase

from .._engine.begin import Means
from .._engine.clock import SystemClock
from .._engine.errors import EngineError, RunUnknownError
from .._engine.finding import find_run
from .._engine.journal.access import Access
from .._engine.journal.opening import absolute, existing_journal, spool_path, without_password
from .._engine.records import Run
from .._engine.slotted import dataclass
from .._engine.spool import Spool
from . import settings
from .launcher import launcher

JOURNAL = {"type": "str", "default": ""}
REASON = {"type": "str", "required": True}
WHICH_RUN = {"run": {"type": "str", "default": ""}, "workflow": {"type": "str", "default": ""}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A journal as it is called from any folder, and how it is reached."""

    url: str
    access: Access

    @property
    def environment(self) -> dict[str, str]:
        """The same for a process that is started: a command line would show a password to everybody."""
        password = {"SAGA_REDIS_PASSWORD": self.access.password} if self.access.password else {}
        return {"SAGA_JOURNAL": self.url, **password}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a task asks, in whose name; `may_write` is false in check mode."""

    given: Mapping[str, Any]
    variables: Mapping[str, Any]
    by: str
    may_write: bool
    place: Place


class Consulting(ActionBase):
    """A module that works on the controller, with the journal that is there; its door says what is done with it."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    ARGUMENTS: ClassVar[Mapping[str, Any]] = {}

    def run(self, tmp: Any = None, task_vars: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return what the journal answers; a refusal is a failed result with its sentence."""
        super().run(tmp, task_vars)
        variables = dict(task_vars or {})
        _validated, given = self.validate_argument_spec(argument_spec={**self.ARGUMENTS, "journal": JOURNAL})
        if "why" in given and self.ARGUMENTS["why"].get("required") and not any(map(str.isalnum, given["why"])):
            return {"failed": True, "changed": False, "msg": "why: say in words why; it goes into the audit"}
        asked = Asked(
            given=given,
            variables=variables,
            by=launcher(variables),
            may_write=not self._task.check_mode,
            place=place(given["journal"], variables, self._loader),
        )
        try:
            return self.answer(asked)
        except EngineError as error:
            return {"failed": True, "changed": False, "msg": str(error)}

    def answer(self, asked: Asked) -> dict[str, Any]:
        """Return the result of the task; an EngineError is its failure."""
        with consulted(asked.place) as means:
            return self.consult(means, asked)

    def consult(self, means: Means, asked: Asked) -> dict[str, Any]:
        """Return the result of a task that needs no more than the journal."""
        raise NotImplementedError


def place(journal: str, variables: Mapping[str, Any], loader: Any) -> Place:
    """Return the journal that is named, else the one that a durable play with these variables would use."""
    chosen = settings.read(variables, loader)
    url, password = without_password(journal) if journal else (chosen.journal, "")
    return Place(url=absolute(url), access=replace(chosen.access, password=password or chosen.access.password))


def run_meant(means: Means, *, named: str, workflow: str) -> Run:
    """Return the run that is named, else the newest of the workflow, else the newest of all; raise RunUnknownError."""
    if named or not workflow:
        return find_run(means.journal, named)
    found = means.journal.runs(workflow=workflow)
    if not found:
        raise RunUnknownError("", f"there is none of the workflow {workflow!r}")
    return found[0]


@contextmanager
def consulted(where: Place) -> Iterator[Means]:
    """Open a journal that is there; raise a JournalError when there is none."""
    clock = SystemClock()
    journal = existing_journal(where.url, clock=clock, access=where.access)
    try:
        yield Means(journal=journal, spool=Spool(spool_path(where.url)).guarded(), clock=clock, tell=lambda _text: None)
    finally:
        journal.close()
