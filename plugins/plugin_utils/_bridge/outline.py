# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From Ansible's plays to an outline: what would run, on how many hosts, and what each step promises."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from ansible import constants as C  # noqa: N812  its name all over Ansible
from ansible.errors import AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.playbook.block import Block
from ansible.playbook.handler import Handler
from ansible.template import Templar
from ansible.utils.helpers import pct_to_int

from .._engine.contracts import Promised
from .._engine.errors import ContractError
from .._engine.plan.outline import PlannedPlay, PlannedTask, Problem, Role, Section, Unfollowed, names_of
from .._engine.slotted import dataclass, field
from . import naming
from .delegates import is_known_per_item_only
from .includes import brought, is_include
from .promises import Promises

_BUILT_IN = frozenset({"linear", "free", "host_pinned"})


def strategy_of(play: Any) -> tuple[str, bool]:
    """Return the strategy that a play would run under, and whether that is durable.

    A play that names none is planned as `saga run` and the callback would run it.
    """
    name = str(play.strategy)
    if name.startswith("saga.ops."):
        return name, True
    ds = play.get_ds()
    short = name.removeprefix("ansible.builtin.").removeprefix("ansible.legacy.")
    is_named = isinstance(ds, dict) and "strategy" in ds
    is_open = "saga.ops.durable" in (C.CALLBACKS_ENABLED or ())
    if short in _BUILT_IN and (is_open or not is_named):
        return f"saga.ops.{short}", True
    return name, False


class Found(NamedTuple):
    """A task where it stands."""

    task: Any
    section: Section
    is_rescued: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Here:
    """The play in hand; the lists grow while its blocks are walked."""

    play: Any
    ordinal: int
    unfollowed: list[Unfollowed] = field(default_factory=list)
    late: list[Any] = field(default_factory=list)  # handlers that come with included roles


@dataclass(slots=True, kw_only=True)
class Reading:
    """Reads the plays of one command line; numbers, problems and what was not followed add up over all of them."""

    tqm: Any
    promises: Promises
    is_following: bool = True  # dynamic includes
    locks_delegates: bool = True
    seals: bool = False  # a vault id is named that encrypts what may not be in the clear
    strategy_of: Callable[[Any], tuple[str, bool]] = strategy_of  # a play's, and whether it is durable
    problems: list[Problem] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _unreadable: set[str] = field(default_factory=set)
    _met: list[tuple[str, str]] = field(default_factory=list)

    def play(self, play: Any, ordinal: int, *, playbook: str, hosts: list[Any] | None) -> PlannedPlay:
        """Return one play; `hosts` are None when only a run knows them."""
        variables = self._variables(play)
        here = _Here(play=play, ordinal=ordinal)
        compiled = play.compile()
        for found in _tasks(compiled):
            self._note(found.task)
        blocks = [block.filter_tagged_tasks(variables) for block in compiled]
        found = list(self._walk(blocks, here))
        handlers = [*play.compile_roles_handlers(), *play.handlers, *here.late]
        listed = [each._replace(section=Section.HANDLER) for each in self._walk(handlers, here)]
        size = len(hosts or ())
        tasks = [self._task(each, here, size) for each in (*found, *listed)]
        name, is_durable = self.strategy_of(play)
        return PlannedPlay(
            number=ordinal,
            name=str(play.get_name()),
            where=naming.where(play),
            playbook=playbook,
            strategy=name,
            is_durable=is_durable,
            pattern=_pattern(play),
            hosts=tuple(host.name for host in hosts or ()),
            are_hosts_known=hosts is not None,
            unlocked=tuple(host.name for host in hosts or () if host.implicit),
            batches=_batches(play, variables, size, self.tqm.get_loader()),
            tasks=_serving(tasks, [each.task for each in (*found, *listed)]),
            unfollowed=tuple(here.unfollowed),
            force_handlers=bool(play.force_handlers) or C.DEFAULT_FORCE_HANDLERS,
            any_errors_fatal=play.any_errors_fatal is True,
            max_fail_percentage=_number(play.max_fail_percentage),
        )

    def _variables(self, play: Any) -> Any:
        try:
            return self.tqm.get_variable_manager().get_vars(play=play)
        except AnsibleError:  # a file of variables that an earlier play is to make
            return {}

    def unmatched(self) -> None:
        """Note the entries of sidecar files that look as if they meant a task; where all includes were followed.

        A file may serve several playbooks: an entry that is like no task of these may be about another's.
        """
        for sidecar in {id(found): found for found in self.promises.sidecars.values()}.values():
            for error in sidecar.unmatched(self._met):
                if error.nearest:
                    self.problems.append(Problem(kind="SAGA002", what=error.what, where=error.where))

    def _walk(self, blocks: Iterable[Any], here: _Here) -> Iterator[Found]:
        """Yield the tasks of blocks, those of dynamic includes in their places."""
        for found in _tasks(blocks):
            self._note(found.task)
            if not is_include(found.task):
                if naming.module(found.task) in naming.CONTROLLER_ONLY:
                    self._promised(found.task, here)  # it must hold, even if the task is no step
                else:
                    yield found
                continue
            self._promised(found.task, here)
            got = brought(found.task, here.play, self.tqm) if self.is_following else None
            if got is None or got.unknown:
                here.unfollowed.append(_unfollowed(found.task, here.ordinal, got))
                continue
            here.late.extend(got.handlers)
            for inner in self._walk(got.blocks, here):
                section = inner.section if found.section is Section.MAIN else found.section
                yield Found(inner.task, section, inner.is_rescued or found.is_rescued)

    def _task(self, found: Found, here: _Here, size: int) -> PlannedTask:
        task = found.task
        promised = self._promised(task, here)
        is_once = task.run_once is True or (not isinstance(task, Handler) and naming.bypasses_hosts(task))
        return PlannedTask(
            number=next(self._numbers),
            play=here.ordinal,
            name=naming.title(task),
            path=naming.path(naming.play_name(here.play, here.ordinal), task, promised.contract),
            where=naming.where(task),
            module=naming.module(task),
            role=task._role.get_name() if task._role else "",
            section=found.section,
            contract=promised.contract,
            sources=promised.sources,
            is_known=promised.is_known,
            is_readable=task._uuid not in self._unreadable,
            units=promised.units,
            hosts=min(1, size) if is_once else size,
            is_once=is_once,
            delegate=str(task.delegate_to or ""),
            is_delegate_locked=self._is_delegate_locked(task),
            listens=_topics(task) if isinstance(task, Handler) else (),
            is_conditional=bool(naming.listed(task.when)),
            is_loop=task.loop is not None or bool(task.loop_with),
            is_async=bool(task.async_val),
            is_no_log=bool(task.no_log),
            is_sealed=self.seals,
            is_registered=bool(naming.own(task, "register")),
            has_until=bool(naming.listed(task.until)) or task.retries is not None,
            ignores_errors=bool(task.ignore_errors),
            is_rescued=found.is_rescued,
        )

    def _is_delegate_locked(self, task: Any) -> bool:
        """Tell whether a run takes the lease of a task's delegate; of a template, that it does if there is one."""
        own = task.get_vars().get("saga_lock_delegates")
        is_on = self.locks_delegates if own is None or "{{" in str(own) else boolean(own, strict=False)
        if not task.delegate_to or not is_on or is_known_per_item_only(task):
            return False
        name = str(task.delegate_to)
        return "{{" in name or "{%" in name or name in self.tqm.get_inventory().hosts

    def _promised(self, task: Any, here: _Here) -> Promised:
        try:
            return self.promises.of(task, here.play, here.ordinal)
        except ContractError as error:
            about = error.about or naming.title(task)
            problem = Problem(kind="SAGA001", what=error.what, where=error.where, task=about)
            self._unreadable.add(task._uuid)
            if problem not in self.problems:
                self.problems.append(problem)
            return self.promises.by_catalogue(task)

    def _note(self, task: Any) -> None:
        self._met.append((task._role.get_name() if task._role else "", naming.title(task)))


def _tasks(blocks: Iterable[Any], section: Section = Section.MAIN, *, is_rescued: bool = False) -> Iterator[Found]:
    for block in blocks:
        parts = ((block.block, Section.MAIN), (block.rescue, Section.RESCUE), (block.always, Section.ALWAYS))
        for items, part in parts:
            here = part if section is Section.MAIN else section
            rescued = is_rescued or (part is Section.MAIN and bool(block.rescue))
            for item in items:
                if isinstance(item, Block):
                    yield from _tasks([item], here, is_rescued=rescued)
                elif item.action not in C._ACTION_META:
                    yield Found(item, here, rescued)


def _serving(tasks: list[PlannedTask], sources: list[Any]) -> tuple[PlannedTask, ...]:
    """Return the tasks with what each handler is for."""
    notified = {str(name) for task in sources for name in naming.listed(task.notify)}
    undoing: set[str] = set()
    verifying: set[str] = set()
    for task in tasks:
        for contract in (task.contract, *(unit.contract for unit in task.units)):
            undoing.update(contract.compensate)
            verifying.update(contract.verify)
    uses = ((Role.NOTIFIED, notified), (Role.COMPENSATION, undoing), (Role.VERIFICATION, verifying))
    served = ((task, {use for use, names in uses if task.is_handler and names & names_of(task)}) for task in tasks)
    return tuple(replace(task, serves=frozenset(found)) if found else task for task, found in served)


def _topics(handler: Any) -> tuple[str, ...]:
    """Return a handler's topics as written: ansible-core adds them once more with the role's name."""
    ds = handler.get_ds()
    written = ds.get("listen") if isinstance(ds, dict) else handler.listen
    return tuple(str(topic) for topic in naming.listed(written))


def _unfollowed(include: Any, ordinal: int, got: Any) -> Unfollowed:
    return Unfollowed(
        play=ordinal,
        name=naming.title(include),
        where=naming.where(include),
        what=got.what if got else "",
        why=got.unknown if got else "it is followed when it is met",
    )


def _pattern(play: Any) -> str:
    ds = play.get_ds()
    hosts = ds.get("hosts") if isinstance(ds, dict) else play.hosts
    return ",".join(str(item) for item in naming.listed(hosts))


def _batches(play: Any, variables: Any, size: int, loader: Any) -> tuple[int, ...]:
    """Return the sizes of a play's batches, as PlaybookExecutor makes them."""
    try:
        serial = naming.listed(Templar(loader=loader, variables=variables).template(play.serial)) or [-1]
    except AnsibleError:  # what only a run knows; Ansible itself asks when the play starts
        serial = [-1]
    left, sizes, index = size, [], 0
    while left:
        wanted = pct_to_int(serial[index], size)
        sizes.append(min(left, wanted) if wanted > 0 else left)
        left -= sizes[-1]
        index = min(index + 1, len(serial) - 1)
    return tuple(sizes)


def _number(value: Any) -> float | None:
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError):
        return None  # a template
