# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which nodes an engine gets of a workflow, and why plays share one that cannot be started apart."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ....errors import PlaybookError
from ....plan.outline import Outline, PlannedPlay
from ....slotted import dataclass

_LONGEST = 40  # characters of a play's name in an id


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A step that waits for an approval."""

    step: str
    where: str
    prompt: str
    is_open: bool  # whoever launches the workflow may answer: no approvers are named, and one person is enough


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One start of the playbooks: up to the end of a play, after what earlier nodes did."""

    first: int  # plays, from 1
    last: int
    title: str
    is_end: bool  # the last node has no last play: plays that are added later are run by it
    gates: tuple[Gate, ...] = ()

    @property
    def last_play(self) -> int:
        """What saga_last_play is for this node."""
        return 0 if self.is_end else self.last

    @property
    def id(self) -> str:
        """A name of letters, digits and hyphens, unique in its workflow."""
        place = f"play-{self.first}" if self.first == self.last else f"plays-{self.first}-{self.last}"
        slug = re.sub(r"[^a-z0-9]+", "-", self.title.lower())[:_LONGEST].strip("-")
        return f"{place}-{slug}" if slug else place


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """A workflow as nodes that follow each other."""

    workflow: str
    playbooks: tuple[str, ...]
    nodes: tuple[Node, ...]
    notes: tuple[str, ...] = ()  # what whoever deploys it should know, a sentence each

    @property
    def id(self) -> str:
        """The workflow's name in letters, digits and hyphens."""
        return re.sub(r"[^a-z0-9]+", "-", self.workflow.lower()).strip("-")[:_LONGEST].strip("-") or "saga"


def graph_of(outline: Outline) -> Graph:
    """Return the nodes of a workflow; raise PlaybookError when it has none that may be started twice."""
    plays = outline.plays
    if not any(play.is_durable for play in plays):
        raise PlaybookError(
            f"no play of {outline.workflow} is durable, so an engine that starts it again would do all of it again; "
            "name a durable strategy (docs/doors.md)"
        )
    apart = [play for play in plays if not play.is_durable]
    groups = [plays] if apart else [(play,) for play in plays]
    nodes = tuple(_node(group, is_end=group[-1] is plays[-1]) for group in groups)
    return Graph(
        workflow=outline.workflow, playbooks=outline.playbooks, nodes=nodes, notes=tuple(_notes(outline, apart, nodes))
    )


def _node(plays: tuple[PlannedPlay, ...], *, is_end: bool) -> Node:
    gates = (
        Gate(
            step=step.name,
            where=step.where,
            prompt=plain(step.contract.approval.prompt),
            is_open=not step.contract.approval.approvers and not step.contract.approval.is_two_person,
        )
        for play in plays
        for step in play.steps
        if step.contract.approval is not None
    )
    return Node(
        first=plays[0].number,
        last=plays[-1].number,
        title=", ".join(plain(play.name) for play in plays),
        is_end=is_end,
        gates=tuple(gates),
    )


def _notes(outline: Outline, apart: list[PlannedPlay], nodes: tuple[Node, ...]) -> Iterator[str]:
    for play in apart:
        yield (
            f"Play {play.number} ({plain(play.name)}) runs under {play.strategy} and is not recorded: each start of "
            "the playbook would run it, so all plays are one node."
        )
    if any(play.unfollowed for play in outline.plays):
        yield "Includes that only a run can follow may bring approvals that are not drawn: the run parks all the same."
    for node in nodes:
        for gate in node.gates:
            if not gate.is_open:
                yield (
                    f"{plain(gate.step)} ({gate.where}) names who may approve it: they type 'saga approve' as "
                    "themselves, and tell the engine to go on."
                )


def plain(text: str) -> str:
    """Return a text without what engines and Ansible would take for a template of theirs, on one line."""
    return " ".join(re.sub(r"\{[{%#]-?\s*(.*?)\s*-?[}%#]\}", r"<\1>", text, flags=re.DOTALL).split())
