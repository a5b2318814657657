# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Durable plays in Temporal: an activity for each play, a signal for each answer.

Beside it stand the project and play.sh, which `saga plan move.yml --export script --output play.sh` has written.
"""

import asyncio
import os
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

QUEUE = "saga-plays"
PROJECT = Path(os.environ.get("SAGA_PROJECT", "."))


@dataclass
class Node:
    """One start of the playbook: up to which play (0: to its end), and what somebody has said before."""

    last_play: int
    answer: str = ""
    why: str = ""


@activity.defn
async def play(node: Node) -> str:
    """Return done, ask or over; raise when it is not known what became of it, so that Temporal tries again."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result"
        said = {"LAST_PLAY": str(node.last_play), "ANSWER": node.answer, "WHY": node.why, "RESULT": str(result)}
        run = {"RUN": activity.info().workflow_id, "INVENTORY": os.environ.get("INVENTORY", "inventory.yml")}
        process = await asyncio.create_subprocess_exec("sh", "play.sh", cwd=PROJECT, env={**os.environ, **run, **said})
        ending = asyncio.ensure_future(process.wait())
        try:
            while not (await asyncio.wait({ending}, timeout=10))[0]:
                activity.heartbeat()
        except asyncio.CancelledError:
            process.terminate()  # steps in hand get 10 seconds; the run can be resumed
            await ending
            raise
        if process.returncode:
            raise ApplicationError(f"play.sh ended with {process.returncode}", type="SagaUnknown")
        return result.read_text().strip()


@workflow.defn
class Plays:
    """Plays one after the other; the workflow's id is the run's id."""

    def __init__(self) -> None:
        self._said: tuple[str, str] | None = None

    @workflow.signal
    def answer(self, answer: str, why: str) -> None:
        """Take what somebody says to what the run waits for."""
        self._said = (answer, why)

    @workflow.run
    async def run(self, last_plays: list[int]) -> str:
        """Do the plays up to each of these; [1, 2, 0] are three nodes."""
        for last_play in last_plays:
            word = await self._done(Node(last_play))
            while word == "ask":
                await workflow.wait_condition(lambda: self._said is not None)
                said, self._said = self._said, None
                word = await self._done(Node(last_play, *said))
            if word == "over":
                raise ApplicationError("the run is over: undone, or given up", non_retryable=True)
        return "done"

    @staticmethod
    async def _done(node: Node) -> str:
        return await workflow.execute_activity(
            play,
            node,
            start_to_close_timeout=timedelta(days=1),
            heartbeat_timeout=timedelta(minutes=1),
            # Where its death cannot be proven, the lease of a dead attempt has to run out first.
            retry_policy=RetryPolicy(initial_interval=timedelta(seconds=90), maximum_attempts=6),
        )


async def main() -> None:
    """Work for the server at TEMPORAL_ADDRESS."""
    client = await Client.connect(os.environ.get("TEMPORAL_ADDRESS", "localhost:7233"))
    await Worker(client, task_queue=QUEUE, workflows=[Plays], activities=[play]).run()


if __name__ == "__main__":
    asyncio.run(main())
