# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A graph as a Workflow of Argo Workflows: a step for each play, and a suspended node where somebody has to answer."""

from __future__ import annotations

from typing import Any

from .manifest import written
from .nodes import Graph, Node, plain
from .script import body

ANSWERS = ("resume", "approve", "deny", "retry", "skip", "done", "compensate", "abort")
_RESULT = "/tmp/saga-result"  # noqa: S108  in a container of its own
# Without a proof of its death, a dead attempt's lease has to run out first; saga_lock_ttl is a minute.
_RETRIES = {"limit": "5", "retryPolicy": "Always", "backoff": {"duration": "90s", "factor": "2", "maxDuration": "1h"}}
_PLACES = {
    "image": "registry.example/ansible-saga:latest",
    "project": "/project",
    "inventory": "inventory",
    "journal": "redis://saga-journal:6379/0",
}


def argo(graph: Graph) -> str:
    """Return the manifest, for `argo submit`."""
    document = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"generateName": f"{graph.id}-"},
        "spec": {
            "entrypoint": "plays",
            "arguments": {"parameters": [{"name": name, "value": value} for name, value in _PLACES.items()]},
            "templates": [_plays(graph), _play(), _ask(), _answer(), _start(graph), _over()],
        },
    }
    return written(document, [*_HEAD, *graph.notes])


_HEAD = (
    "Durable plays, a node each; the workflow's name is the run's id, so a retry resumes and never starts from zero.",
    "Parameters to set: image (with ansible-core, saga.ops and the project), project (its folder there), inventory,",
    "journal (a server that every pod reaches).",
)


def _plays(graph: Graph) -> dict[str, Any]:
    return {"name": "plays", "steps": [[_node(node)] for node in graph.nodes]}


def _node(node: Node) -> dict[str, Any]:
    return {
        "name": node.id,
        "template": "play",
        "arguments": _given(**{"last-play": str(node.last_play), "about": _about(node), "answer": "", "why": ""}),
    }


def _about(node: Node) -> str:
    waits = [f"{gate.prompt or 'an approval of ' + plain(gate.step)} ({gate.where})" for gate in node.gates]
    return f"{node.title}: {'; '.join(waits)}" if waits else node.title


def _play() -> dict[str, Any]:
    """Return the template of a node: start, then an answer as often as the run asks for one."""
    started = "{{steps.start.outputs.parameters.result}}"
    more = ("last-play", "about")
    return {
        "name": "play",
        "inputs": _named("last-play", "about", "answer", "why"),
        "steps": [
            [{"name": "start", "template": "start", "arguments": _passed("last-play", "answer", "why")}],
            [
                {"name": "ask", "template": "ask", "when": f"{started} == ask", "arguments": _passed(*more)},
                {"name": "over", "template": "over", "when": f"{started} == over"},
            ],
        ],
    }


def _ask() -> dict[str, Any]:
    said = {name: f"{{{{steps.answer.outputs.parameters.{name}}}}}" for name in ("answer", "why")}
    go_on = {"parameters": [*_passed("last-play", "about")["parameters"], *_given(**said)["parameters"]]}
    return {
        "name": "ask",
        "inputs": _named("last-play", "about"),
        "steps": [
            [{"name": "answer", "template": "answer", "arguments": _passed("about")}],
            [{"name": "go-on", "template": "play", "arguments": go_on}],
        ],
    }


def _answer() -> dict[str, Any]:
    choice = {
        "name": "answer",
        "default": "resume",
        "enum": list(ANSWERS),
        "description": "What 'saga status' and 'saga pending' ask for: approve or deny a gate; retry, skip or done for "
        "what failed or is in doubt; compensate undoes all; abort gives the run up; resume: it was decided elsewhere.",
    }
    why = {"name": "why", "default": "answered in Argo", "description": "The reason; it goes into the audit."}
    return {
        "name": "answer",
        "inputs": {"parameters": [{"name": "about"}, choice, why]},
        "suspend": {},
        "outputs": {
            "parameters": [
                {"name": each["name"], "valueFrom": {"supplied": {}, "default": each["default"]}}
                for each in (choice, why)
            ],
        },
    }


def _start(graph: Graph) -> dict[str, Any]:
    said = {"LAST_PLAY": "last-play", "ANSWER": "answer", "WHY": "why"}
    return {
        "name": "start",
        "inputs": _named(*said.values()),
        "retryStrategy": _RETRIES,
        "script": {
            "image": "{{workflow.parameters.image}}",
            "workingDir": "{{workflow.parameters.project}}",
            "command": ["sh"],
            "env": [
                {"name": "RUN", "value": "{{workflow.name}}"},
                {"name": "INVENTORY", "value": "{{workflow.parameters.inventory}}"},
                {"name": "SAGA_JOURNAL", "value": "{{workflow.parameters.journal}}"},
                {"name": "RESULT", "value": _RESULT},
                *({"name": name, "value": f"{{{{inputs.parameters.{given}}}}}"} for name, given in said.items()),
            ],
            "source": body(graph) + "\n",
        },
        "outputs": {"parameters": [{"name": "result", "valueFrom": {"path": _RESULT}}]},
    }


def _over() -> dict[str, Any]:
    return {
        "name": "over",
        "container": {
            "image": "{{workflow.parameters.image}}",
            "command": ["sh", "-c"],
            "args": ["echo 'The run is over, and has not done what it was to do: undone, or given up.'; exit 1"],
        },
    }


def _named(*names: str) -> dict[str, Any]:
    return {"parameters": [{"name": name} for name in names]}


def _given(**values: str) -> dict[str, Any]:
    return {"parameters": [{"name": name, "value": value} for name, value in values.items()]}


def _passed(*names: str) -> dict[str, Any]:
    return _given(**{name: f"{{{{inputs.parameters.{name}}}}}" for name in names})
