# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""[I14] Every playbook of the corpus, killed somewhere and started again, ends as if nothing had been.

[I1] [I4] No effect happens twice but those that a case.yml names: what the task itself repeats, and what the failure
that ends a play makes happen again. Where the kill falls is drawn; SAGA_TEST_SEED draws again as before.
"""

import os
import random
import re
import sys
from collections import Counter

import pytest

from cases import CASES, DOORS, NEVER, outcome, points
from playground import kill_tree

SEED = os.environ.get("SAGA_TEST_SEED", "1")
DURABLE = DOORS["linear"].environment

# A playbook's points are cut into equal parts, and in each part one is drawn. A test takes some of the parts, so that
# the run that nobody kills is made once for them. The first test of a playbook is the sample, the others are the sweep.
PARTS = 24
EARLY_AND_LATE = ((7, 17), *((first, first + 6, first + 12, first + 18) for first in range(6)))
SOMEWHERE = ((14,), *EARLY_AND_LATE[1:])
DENSE = {"batches", "delegation", "errors", "handlers", "includes", "loops"}
OFTEN = {"loops"}  # what is tried whenever anything is

RECORDED = {name: case for name, case in CASES.items() if "--check" not in case.arguments}


def controllers():
    for case in RECORDED.values():
        for number, parts in enumerate(EARLY_AND_LATE if case.name in DENSE else SOMEWHERE):
            yield kills(
                case, parts, is_long=number > 0 or case.name not in OFTEN, is_core=case.name in OFTEN and number == 0
            )


def trees():
    for case in RECORDED.values():
        yield kills(case, (10,), is_long=case.name != "loops")
        yield kills(case, (1, 4, 7, 13, 16, 19), is_long=True)


def kills(case, parts, *, is_long, is_core=False):
    marks = [
        pytest.mark.skipif(not case.is_known_to_this_core, reason=f"needs ansible-core {case.minimum}"),
        *([pytest.mark.sweep] if is_long else []),
        *([pytest.mark.core] if is_core else []),
    ]
    return pytest.param(case, parts, marks=marks, id=f"{case.name}-{'-'.join(map(str, parts))}")


@pytest.mark.parametrize(("case", "parts"), list(controllers()))
def test_a_playbook_whose_controller_is_killed_ends_as_if_nothing_had_been(tmp_path, case, parts):
    expected, there = uninterrupted(case, tmp_path / "uninterrupted")
    for part in parts:
        project = case.killed(tmp_path / f"part-{part}", drawn(case, part, there), **DURABLE)
        done = case.run(project, **DURABLE)
        must_have_ended(case, project, done, expected)
        assert counted(case, project.effects()) == counted(case, expected.effects)


@pytest.mark.parametrize(("case", "parts"), list(trees()))
def test_a_playbook_whose_whole_tree_is_killed_ends_as_if_nothing_had_been(tmp_path, case, parts):
    """Steps in doubt are done again, by an operator's word if need be: only they may have happened twice."""
    expected, there = uninterrupted(case, tmp_path / "uninterrupted")
    for part in parts:
        project = case.killed(tmp_path / f"part-{part}", drawn(case, part, there), kill_whole_tree, **DURABLE)
        done = decided(case, project)
        must_have_ended(case, project, done, expected)
        more = counted(case, project.effects()) - counted(case, expected.effects)
        assert counted(case, expected.effects) - counted(case, project.effects()) == Counter()
        assert set(more.values()) <= {1}
        assert len({line.split()[0] for line in more}) == len(more), "only one step of a host can be in hand"


def uninterrupted(case, folder):
    """Return what a case leaves when nobody kills it, and how many points it reaches."""
    project = case.project(folder)
    done = case.run(project, **DURABLE, **NEVER)
    assert done.code == case.code, done.output
    return outcome(project, done), points(project)


def drawn(case, part, there):
    """Return the number of a point in a part of them."""
    among = random.Random(f"{SEED} {case.name} {part}").random()  # noqa: S311  a draw, no secret
    number = max(1, int((part + among) * there / PARTS))
    sys.stdout.write(f"{case.name} is killed at point {number} of {there}; SAGA_TEST_SEED={SEED}\n")
    return number


def decided(case, project):
    """Start a killed run again and have every step in doubt tried again, until the run has ended."""
    for _ in range(10):
        done = case.run(project, **DURABLE)
        doubtful = [step for step in project.steps() if step.is_in_doubt]
        if not doubtful:
            break
        for step in doubtful:
            which = ("--host", step.doer, "--step", step.key)
            said = project.saga("decide", project.last_run().id, *which, "retry", "--why", "nothing is lost by it")
            assert said.code == 0, said.output
    return done


def kill_whole_tree(process):
    """Wait until the process has stopped at its point, and kill it with its workers and their modules."""
    if os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT).si_code == os.CLD_STOPPED:
        kill_tree(process)


def must_have_ended(case, project, done, expected):
    found = outcome(project, done)
    assert found.code == expected.code, done.output
    assert masked(case, found.variables) == masked(case, expected.variables)
    assert found.files == expected.files
    assert ordered(case, found) == ordered(case, expected)
    assert project.last_run().state == ("stopped" if case.code else "completed")
    assert project.audit_findings() == []


def masked(case, variables):
    pattern = rf"\b({'|'.join(case.anew) or '(?!)'}): .*"
    return {name: re.sub(pattern, r"\1: ...", value) for name, value in variables.items()}


def ordered(case, found):
    """Return each host's effects in the order in which they first happened, without those that may happen again."""
    return {
        host: list(dict.fromkeys(line for line in lines if not is_again(case, line)))
        for host, lines in found.by_host().items()
    }


def counted(case, effects):
    return Counter(line for line in effects if not is_again(case, line))


def is_again(case, line):
    return line.split()[1] in case.again
