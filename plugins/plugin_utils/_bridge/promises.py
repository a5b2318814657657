# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task promises: its own words, those of what stands around it, the sidecar's, the catalogue's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ansible.playbook.block import Block
from ansible.playbook.task import Task
from ansible.playbook.task_include import TaskInclude

from .._engine import contracts
from .._engine.contracts import Declaration, Layer, Promised, Sidecar
from .._engine.errors import ContractError
from .._engine.promises import Contract
from .._engine.slotted import dataclass, field
from . import capturing, naming, sealing
from .settings import Settings
from .sidecars import sidecars


@dataclass(frozen=True, slots=True, kw_only=True)
class _Around:
    """Something with a contract around a task; `mark` tells it from others of the same path in this process."""

    source: str
    name: str
    where: str
    said: Declaration
    thing: Any
    mark: str


@dataclass(slots=True, kw_only=True)
class Promises:
    """Reads contracts, by one catalogue and the sidecar of each play's playbook; each task is read once."""

    catalogue: contracts.Catalogue = field(default_factory=contracts.Catalogue.load)
    sidecars: Mapping[int, Sidecar] = field(default_factory=dict)  # by the play's number, from 1
    refuse: Callable[[ContractError], None] | None = None  # of what only a run with a key can store; None: it can
    _read: dict[str, tuple[Promised, tuple[str, ...]]] = field(default_factory=dict)

    @classmethod
    def of_command(
        cls,
        playbooks: Sequence[str],
        books: Sequence[int],
        chosen: Settings,
        *,
        refuse: Callable[[ContractError], None] | None = None,
    ) -> Promises:
        """Return what a command line reads contracts by; `books` has, for each play, its playbook's number from 0.

        `refuse` gets what asks for encryption where no vault id is named; without it, that is raised.
        """
        catalogue = contracts.Catalogue.load(chosen.catalogue)
        return cls(
            catalogue=catalogue,
            sidecars=sidecars(playbooks, books, chosen),
            refuse=None if chosen.vault_id else refuse or refused,
        )

    def of(self, task: Task, play: Any, ordinal: int) -> Promised:
        """Return what a task of a play promises; raise ContractError."""
        return self._of(task, play, ordinal)[0]

    def by_catalogue(self, task: Task) -> Promised:
        """Return what a task promises if nothing that is said of it counts."""
        return self._layered(task, [], naming.where(task))

    def named(self, task: Task, play: Any, ordinal: int) -> naming.Named:
        """Return what names a task of a play; raise ContractError."""
        promised, marks = self._of(task, play, ordinal)
        return naming.named(task, play, ordinal, promised, marks=marks)

    def _of(self, task: Task, play: Any, ordinal: int) -> tuple[Promised, tuple[str, ...]]:
        known = self._read.get(task._uuid)
        if known is None:
            known = self._read[task._uuid] = self._promised(task, play, ordinal)
        return known

    def _promised(self, task: Task, play: Any, ordinal: int) -> tuple[Promised, tuple[str, ...]]:
        place = naming.where(task)
        # An include is no step: what stands on it is said of what it brings.
        layers = [] if isinstance(task, TaskInclude) else list(_own(task))
        if layers:
            _must_be_a_step(task, place)
        around = list(_around(task, play))
        layers += [Layer(source=found.source, said=found.said.inherited) for found in around]
        role = task._role.get_name() if task._role else ""
        beside = self.sidecars[ordinal].of(name=naming.title(task), role=role) if ordinal in self.sidecars else None
        if beside is not None:
            _must_be_a_step(task, beside.where)
            layers.append(Layer(source="sidecar", said=beside.said))
        promised = self._layered(task, layers, place if beside is None or len(layers) > 1 else beside.where)
        if self.refuse is not None:
            faults = (
                capturing.closed(promised.contract, naming.title(task), task.no_log, place),
                sealing.asked_for(task, naming.title(task), place),
            )
            for fault in filter(None, faults):
                self.refuse(fault)
        units, marks = [], []
        for found in around:
            path = naming.unit_path(naming.play_name(play, ordinal), found.thing, found.name, found.said.id)
            unit = contracts.unit(found.said, path=path, name=found.name, where=found.where)
            if unit is not None:
                fault = capturing.closed(unit.contract, found.name, naming.own(found.thing, "no_log"), found.where)
                if fault is not None and self.refuse is not None:
                    self.refuse(fault)
                units.append(unit)
                marks.append(found.mark)
        return contracts.with_units(promised, units), tuple(marks)

    def _layered(self, task: Task, layers: Sequence[Layer], where: str) -> Promised:
        known = self.catalogue.entry(naming.catalogued(task))
        default = Contract(effect=known.effect, is_idempotent=known.is_idempotent)
        why = f"catalogue: {known.why}"
        return contracts.layered(layers, default, why=why, is_known=known.is_known, where=where)


def refused(error: ContractError) -> None:
    """Raise an error that would be kept for later elsewhere."""
    raise error


def _must_be_a_step(task: Task, where: str) -> None:
    if (module := naming.module(task)) in naming.CONTROLLER_ONLY:
        raise ContractError(f"{naming.title(task)!r} is no step ({module}): it has nothing to promise", where=where)


def _own(task: Task) -> Iterator[Layer]:
    for source, said in (("task", _by_vars(task)), ("tag", _by_tags(task))):
        if not said.is_empty:
            yield Layer(source=source, said=said)


def _around(task: Task, play: Any) -> Iterator[_Around]:
    """Yield what has a contract around a task: blocks and includes, then roles, then the play; the nearest first.

    An include is around itself: its contract has to hold before it has brought anything.
    """
    for thing in (*([task] if isinstance(task, TaskInclude) else ()), *naming.around(task)):
        name = naming.title(thing) if isinstance(thing, TaskInclude) else _block_name(thing)
        said = _said(thing, name)
        if not said.is_empty:
            kind = "block" if isinstance(thing, Block) else "include"
            yield _found(f"{kind} {name!r}", name, thing, said)
    for role in reversed(task.get_dep_chain() or ()):
        if role.from_include:
            continue  # it has its variables of the include, which was there before
        said = _said(role, f"role {role.get_name()}")
        if not said.is_empty:
            yield _found(f"role {role.get_name()}", f"role {role.get_name()}", role, said)
    said = _said(play, str(play.get_name()))
    if not said.is_empty:
        yield _found("play", str(play.get_name()), play, said)


def _said(thing: Any, name: str) -> Declaration:
    try:
        return _by_vars(thing).over(_by_tags(thing))
    except ContractError as error:
        error.about = name
        raise


def _found(source: str, name: str, thing: Any, said: Declaration) -> _Around:
    where = naming.where(thing.vars.get("saga")) or naming.where(thing)
    return _Around(source=source, name=name, where=where, said=said, thing=thing, mark=thing._uuid)


def _block_name(block: Block) -> str:
    ds = block.get_ds()
    return str((ds.get("name") if isinstance(ds, dict) else "") or "block")


def _by_vars(thing: Any) -> Declaration:
    said = (thing.vars or {}).get("saga")
    where = "" if said is None else naming.where(said) or naming.where(thing)
    return contracts.declared_by_vars(said, where=where)


def _by_tags(thing: Any) -> Declaration:
    tags = _tags(thing)
    # A role does not know where it stands, its tags do.
    where = naming.where(thing) or next(filter(None, map(naming.where, tags)), "") if tags else ""
    return contracts.declared_by_tags(tags, where=where)


def _tags(thing: Any) -> list[Any]:
    """Return the tags that were written on a thing.

    Ansible hands those around an import to the blocks in its file, and a worker sends an include back with all that it
    has inherited; but what an import_playbook says is nowhere else than in its plays.
    """
    if not isinstance(thing, (Block, Task)) or (ds := thing.get_ds()) is None:
        return list(naming.own(thing, "tags") or [])
    tags = naming.listed(ds.get("tags")) if isinstance(ds, dict) else []
    return [part.strip() for tag in tags for part in str(tag).split(",")]
