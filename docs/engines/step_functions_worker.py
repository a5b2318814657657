# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Does the plays of a state machine that `saga plan --export stepfunctions` has written: takes them from the queue.

Beside it stand the project and play.sh, which `saga plan move.yml --export script --output play.sh` has written.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import boto3

PROJECT = Path(os.environ.get("SAGA_PROJECT", "."))
HEARTBEAT = 20  # seconds; the state machine waits for 60


def do_one(queue: str, *, wait: int = 20) -> bool:
    """Do the next play of the queue, if one comes within so many seconds; tell whether one has come."""
    sqs, machine = boto3.client("sqs"), boto3.client("stepfunctions")
    messages = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=wait).get("Messages", [])
    for message in messages:
        # Should this worker die, its heartbeat ends, and the state machine sends the play once more.
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        asked = json.loads(message["Body"])
        code, word = played(asked, machine)
        if code:
            machine.send_task_failure(taskToken=asked["token"], error="SagaUnknown", cause=f"play.sh ended with {code}")
        else:
            machine.send_task_success(taskToken=asked["token"], output=json.dumps({"result": word}))
    return bool(messages)


def played(asked: dict[str, Any], machine: Any) -> tuple[int, str]:
    """Return the code of play.sh and its word: done, ask or over."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result"
        said = {"RUN": asked["run"], "LAST_PLAY": str(asked["last_play"]), "RESULT": str(result)}
        said |= {"ANSWER": asked["answer"], "WHY": asked["why"]}
        environment = {"INVENTORY": "inventory.yml"} | os.environ | said
        process = subprocess.Popen(["sh", "play.sh"], cwd=PROJECT, env=environment)
        while process.poll() is None:
            try:
                process.wait(HEARTBEAT)
            except subprocess.TimeoutExpired:
                machine.send_task_heartbeat(taskToken=asked["token"])
        return process.returncode, result.read_text().strip() if result.exists() else ""


if __name__ == "__main__":
    while True:
        do_one(sys.argv[1])
