# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What controllers have to do: the n-th job of each follows from the seed, so that anybody can go on with it."""

import random
from dataclasses import dataclass

from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import Contract

from history.targets import NAMES

CONTRACTS = {
    "again": Contract(is_idempotent=True),
    "once": Contract(),
    "looked for": Contract(verify=("Is it there",)),
}
SHORT = 0.04  # seconds; no longer than a lease's margin, so that a lease that is kept outlasts it
HOT = NAMES[:8]


@dataclass(frozen=True)
class Task:
    name: str
    kind: str  # one of the contracts
    seconds: float
    has_worker: bool
    is_long: bool = False  # at one of its targets, and the lease has to be renewed meanwhile


@dataclass(frozen=True)
class Job:
    workflow: str
    targets: tuple[str, ...]
    tasks: tuple[Task, ...]
    later: tuple[str, ...]  # targets that it takes when it is about to begin the last task
    are_targets: bool  # or mere locks

    def seconds(self, task, target, *, ttl):
        """Return how long a task takes at a target."""
        return 1.3 * ttl if task.is_long and target == self.targets[0] else task.seconds

    def targets_of(self, number):
        """Return the targets of its n-th task."""
        return self.targets + (self.later if number == len(self.tasks) - 1 else ())

    @property
    def size(self):
        """How many steps it has."""
        return sum(len(self.targets_of(number)) for number in range(len(self.tasks)))


def job(seed, who, number):
    """Return the n-th job of a controller."""
    draw = random.Random(f"{seed}/{who}/{number}")  # noqa: S311  no secret: a history is to be drawn again
    chosen = {draw.choice(HOT) if draw.random() < 0.5 else draw.choice(NAMES) for _ in range(draw.randint(1, 5))}
    targets = tuple(sorted(chosen))
    later = tuple(sorted({draw.choice(HOT), draw.choice(NAMES)} - {*targets})) if draw.random() < 0.3 else ()
    tasks = tuple(_task(draw, place) for place in range(draw.randint(1, 3)))
    return Job(f"{who}/{number}", targets, tasks, later, are_targets=draw.random() < 0.5)


def _task(draw, place):
    kind = draw.choice([*CONTRACTS])
    has_worker = draw.random() < 0.4
    # A worker that is at it for a while may find itself without its controller.
    seconds = draw.uniform(0.2, 0.6) if has_worker and draw.random() < 0.4 else draw.uniform(0.002, SHORT)
    is_long = kind == "again" and draw.random() < 0.1
    return Task(f"{place + 1} {kind}", kind, seconds, has_worker, is_long)
