# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A graph as a playbook that makes a job template and a workflow of AWX, with the modules of awx.awx.

A workflow of AWX has no way back to an earlier node, so what a loop is elsewhere is a chain here: the play, its gates,
and one more start after somebody has looked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ....errors import PlaybookError
from ....slotted import dataclass, field
from .manifest import Literal, written
from .nodes import Gate, Graph, Node, plain

_PLACES = {
    "organization": "Default",
    "project": "PROJECT",
    "inventory": "INVENTORY",
    "execution_environment": "EXECUTION ENVIRONMENT with saga.ops",
    "credentials": ["MACHINE CREDENTIAL", "JOURNAL CREDENTIAL"],
}


@dataclass(slots=True, kw_only=True)
class _Step:
    """A node of the workflow: a job, or with `ask` an approval; `then` and `instead` are where it leads."""

    id: str
    extra: dict[str, Any] = field(default_factory=dict)
    ask: str = ""
    name: str = ""
    then: str = ""
    instead: str = ""


def awx(graph: Graph) -> str:
    """Return the playbook; raise PlaybookError for more than one of the user's."""
    if len(graph.playbooks) > 1:
        raise PlaybookError(
            f"a job of AWX runs one playbook, and these are {', '.join(graph.playbooks)}; "
            "import them into one with import_playbook, and export that"
        )
    template = f"saga: {graph.id}"
    steps = [step for node, after in zip(graph.nodes, _after(graph), strict=True) for step in _steps(node, after=after)]
    play = {
        "name": f"Make the workflow of {graph.workflow}",
        "hosts": "localhost",
        "gather_facts": False,
        "vars": dict(_PLACES),
        "tasks": [_job_template(graph, template), _workflow(graph, template, steps)],
    }
    return "---\n" + written([play], [*_HEAD, *graph.notes])


_HEAD = (
    "Durable plays, a job each; the workflow job's number is the run's id, so a relaunch of a node resumes the run.",
    "Set the vars. The journal has to be a server that every job reaches.",
)


def _after(graph: Graph) -> list[str]:
    return [*(node.id for node in graph.nodes[1:]), ""]


def _steps(node: Node, *, after: str) -> Iterator[_Step]:
    """Yield what a node becomes: where a job fails, the run has parked, stopped or gone back, and somebody looks."""
    gates = [gate for gate in node.gates if gate.is_open]
    asks = [f"{node.id}-approve-{number}" for number in range(1, len(gates) + 1)]
    look = f"{node.id}-look"
    yield _Step(id=node.id, extra=_up_to(node), then=after, instead=[*asks, look][0])
    for gate, ask, following in zip(gates, asks, [*asks, look][1:], strict=True):
        yield _Step(
            id=ask,
            ask=gate.prompt or f"{plain(gate.step)} ({gate.where}) waits for an approval.",
            name=f"Approve {plain(gate.step)}",
            then=f"{ask}-yes",
            instead=f"{ask}-no",
        )
        yield _Step(id=f"{ask}-yes", extra=_up_to(node) | _decision("approve", gate), then=after, instead=following)
        yield _Step(id=f"{ask}-no", extra=_up_to(node) | _decision("deny", gate))
    yield _Step(
        id=look,
        ask=f"{node.title} has not come to its end. The job's artifact saga_run, and 'saga status', say what waits; "
        "decide there. Approve: the run goes on. Deny: it is undone.",
        name=f"Go on with {node.title}",
        then=f"{node.id}-again",
        instead=f"{node.id}-undo",
    )
    yield _Step(id=f"{node.id}-again", extra=_up_to(node), then=after)
    yield _Step(id=f"{node.id}-undo", extra=_decision("compensate"))


def _up_to(node: Node) -> dict[str, Any]:
    return {"saga_last_play": node.last_play}


def _decision(answer: str, gate: Gate | None = None) -> dict[str, Any]:
    said = {"saga_decision": answer, "saga_decision_why": "answered in the workflow"}
    # A name with a template in it would be templated once more on its way.
    return said if gate is None or "{" in gate.step else said | {"saga_decision_step": gate.step}


def _job_template(graph: Graph, name: str) -> dict[str, Any]:
    return {
        "name": "Make the job template",
        "awx.awx.job_template": {
            "name": name,
            "organization": "{{ organization }}",
            "project": "{{ project }}",
            "playbook": graph.playbooks[0],
            "inventory": "{{ inventory }}",
            "execution_environment": "{{ execution_environment }}",
            "credentials": "{{ credentials }}",
            "ask_variables_on_launch": True,
            "extra_vars": {"saga_run_id": Literal("workflow-{{ awx_workflow_job_id }}")},
        },
    }


def _workflow(graph: Graph, template: str, steps: list[_Step]) -> dict[str, Any]:
    return {
        "name": "Make the workflow",
        "awx.awx.workflow_job_template": {
            "name": graph.workflow,
            "organization": "{{ organization }}",
            "destroy_current_nodes": True,
            "workflow_nodes": [_node(step, template) for step in steps],
        },
    }


def _node(step: _Step, template: str) -> dict[str, Any]:
    related = {
        "success_nodes": [{"identifier": step.then}] if step.then else [],
        "failure_nodes": [{"identifier": step.instead}] if step.instead else [],
        "always_nodes": [],
        "credentials": [],
    }
    if step.ask:
        return {
            "identifier": step.id,
            "unified_job_template": {"name": step.name, "description": step.ask, "type": "workflow_approval"},
            "related": related,
        }
    return {
        "identifier": step.id,
        "unified_job_template": {
            "name": template,
            "type": "job_template",
            "organization": {"name": "{{ organization }}"},
        },
        "extra_data": step.extra,
        "all_parents_must_converge": False,
        "related": related,
    }
