# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""[I13] Every playbook of the corpus, under the stock strategy and made durable: the outcome is the same.

That is: the exit code, every variable of every host, the groups, the statistics, the effects and their order, the
files, the recap, and every line that is printed.
"""

import os

import pytest

from cases import CASES, DOORS, outcome

# One after the other where that makes the order of effects that of the hosts; where hosts go at their own pace,
# there is only each host's own order to compare.
FORKS = {"linear": "1", "free": "5"}


# What is compared on the oldest and the newest ansible-core, whenever anything is.
SAMPLE = {"errors", "handlers", "loops"}

TWO_DOORS = {"errors"}  # of these

# What is compared in lockstep besides, whenever anything is; the rest is part of the sweep.
OFTEN = {"batches"}


def comparisons():
    for case in CASES.values():
        is_sample = case.name in SAMPLE
        is_long = not is_sample and case.name not in OFTEN
        yield comparison(
            case, "linear", ["linear", "callback"] if case.name in TWO_DOORS else ["linear"], is_long=is_long
        )
        if "free" in case.doors:
            yield comparison(case, "free", ["free"], is_long=case.name != "errors")
        if not is_sample and "callback" in case.doors:
            yield comparison(case, "linear", ["callback"], is_long=True)


def comparison(case, strategy, doors, *, is_long=False):
    """Return what to compare with a stock strategy, and when."""
    marks = [
        pytest.mark.skipif(not case.is_known_to_this_core, reason=f"needs ansible-core {case.minimum}"),
        *([pytest.mark.sweep] if is_long else []),
        *([pytest.mark.core] if case.core and "linear" in doors else []),
        *([pytest.mark.sample] if case.name in SAMPLE and "linear" in doors else []),
    ]
    return pytest.param(case, strategy, doors, marks=marks, id=f"{case.name}-{'-'.join(doors)}")


@pytest.mark.parametrize(("case", "strategy", "doors"), list(comparisons()))
def test_a_playbook_has_the_outcome_that_it_has_under_the_stock_strategy(tmp_path, case, strategy, doors):
    expected = run(case, tmp_path / "stock", strategy, {"ANSIBLE_STRATEGY": strategy})
    assert expected.code == case.code, os.linesep.join(expected.output)
    for door in doors:
        durable = run(case, tmp_path / door, strategy, DOORS[door].environment)
        must_be_alike(durable, expected, is_ordered=strategy == "linear")


def run(case, folder, strategy, environment):
    project = case.project(folder)
    done = case.run(project, **{"ANSIBLE_FORKS": FORKS[strategy], **environment})
    is_recorded = "saga: run" in done.output
    assert is_recorded == (
        environment in [door.environment for door in DOORS.values()] and "--check" not in case.arguments
    )
    if is_recorded:
        assert project.last_run().state == ("stopped" if case.code else "completed")
        assert project.audit_findings() == []
    return outcome(project, done)


def must_be_alike(durable, expected, *, is_ordered):
    assert durable.code == expected.code, os.linesep.join(durable.output)
    assert durable.recap == expected.recap
    assert durable.by_host() == expected.by_host()
    assert durable.variables == expected.variables
    assert durable.files == expected.files
    if is_ordered:
        assert durable.effects == expected.effects
        assert durable.output == expected.output
