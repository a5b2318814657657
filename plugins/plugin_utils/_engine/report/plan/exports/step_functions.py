# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A graph as a state machine of AWS Step Functions, in the Amazon States Language.

Plays are done by workers that take them from a queue, where the targets can be reached; questions are published to a
topic. Both come with a task token, which whoever has done the work, or answers, sends back.
"""

from __future__ import annotations

import json
from typing import Any

from .nodes import Graph, Node

_LONGEST = 60  # characters of a play's name in the name of a state, which has 80
_DEAD = ["States.Timeout", "States.HeartbeatTimeout", "SagaUnknown"]  # nobody knows what became of the play


def step_functions(graph: Graph) -> str:
    """Return the state machine as JSON."""
    states: dict[str, Any] = {}
    names = [_name(node) for node in graph.nodes]
    for node, after in zip(graph.nodes, [*names[1:], ""], strict=True):
        states |= _states(node, after=f"Begin {after}" if after else "Completed")
    states["Completed"] = {"Type": "Succeed"}
    states["Over"] = {
        "Type": "Fail",
        "Error": "SagaOver",
        "Cause": "The run is over, and has not done what it was to do: it is undone, or given up.",
    }
    comment = (
        f"{graph.workflow}, a state for each play. The execution's name is the run's id, so a retry resumes and never "
        "starts from zero. Set REGION and ACCOUNT, the queue saga-plays and the topic saga-questions."
    )
    document = {"Comment": " ".join([comment, *graph.notes]), "StartAt": f"Begin {names[0]}", "States": states}
    return json.dumps(document, indent=2, ensure_ascii=False)


def _name(node: Node) -> str:
    place = f"{node.first}" if node.first == node.last else f"{node.first}-{node.last}"
    return f"{place} {node.title}"[:_LONGEST].strip()


def _states(node: Node, *, after: str) -> dict[str, Any]:
    name = _name(node)
    return {
        f"Begin {name}": {
            "Type": "Pass",
            "Result": {"answer": "", "why": ""},
            "ResultPath": "$.said",
            "Next": f"Play {name}",
        },
        f"Play {name}": _play(node, ask=f"Ask {name}", judge=f"Judge {name}"),
        f"Judge {name}": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.play.result", "StringEquals": "done", "Next": after},
                {"Variable": "$.play.result", "StringEquals": "over", "Next": "Over"},
            ],
            "Default": f"Ask {name}",
        },
        f"Ask {name}": _ask(node, then=f"Play {name}"),
    }


def _play(node: Node, *, ask: str, judge: str) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {
            "QueueUrl": "https://sqs.REGION.amazonaws.com/ACCOUNT/saga-plays",
            "MessageBody": {
                "run.$": "$$.Execution.Name",
                "last_play": node.last_play,
                "answer.$": "$.said.answer",
                "why.$": "$.said.why",
                "token.$": "$$.Task.Token",
            },
        },
        "HeartbeatSeconds": 60,
        "TimeoutSeconds": 86400,
        "ResultPath": "$.play",
        "Retry": [{"ErrorEquals": _DEAD, "IntervalSeconds": 90, "MaxAttempts": 5, "BackoffRate": 2.0}],
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.play", "Next": ask}],
        "Next": judge,
    }


def _ask(node: Node, *, then: str) -> dict[str, Any]:
    gates = [{"step": gate.step, "where": gate.where, "prompt": gate.prompt} for gate in node.gates]
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::sns:publish.waitForTaskToken",
        "Parameters": {
            "TopicArn": "arn:aws:sns:REGION:ACCOUNT:saga-questions",
            "Message": {
                "run.$": "$$.Execution.Name",
                "play": node.title,
                "gates": gates,
                "what.$": "$.play",
                "answers": {"answer": "resume, approve, deny, retry, skip, done, compensate or abort", "why": "..."},
                "token.$": "$$.Task.Token",
            },
        },
        "ResultPath": "$.said",
        "Next": then,
    }
