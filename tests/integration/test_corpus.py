# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""[I13] Every playbook of the corpus, under the stock strategy and made durable: the outcome is the same.

That is: the exit code, every variable of every host, the groups, the statistics, the effects and their order, the
files, the recap, and every line that is printed.
"""

import functools
import os

import pytest

from cases import CASES, DOORS, ROOT, outcome

# One after the other where that makes the order of effects that of the hosts; where hosts go at their own pace,
# there is only each host's own order to compare.
FORKS = {"linear": "1", "free": "5"}


def pairs():
    for case in CASES.values():
        for door in case.doors:
            stock, _environment, plugin = DOORS[door]
            marks = [
                pytest.mark.xdist_group(f"{case.name} {stock}"),
                pytest.mark.skipif(not case.is_known_to_this_core, reason=f"needs ansible-core {case.minimum}"),
                pytest.mark.skipif(not (ROOT / "plugins" / plugin).exists(), reason=f"there is no {plugin} yet"),
            ]
            if door == "linear" and case.core:
                marks.append(pytest.mark.core)
            if door != "linear" and not case.core:
                marks.append(pytest.mark.sweep)
            yield pytest.param(case, door, marks=marks, id=f"{case.name}-{door}")


@pytest.fixture(scope="session")
def stock_outcome(tmp_path_factory):
    """Return what a case leaves under a stock strategy; each is run once."""

    @functools.cache
    def found(name, strategy):
        return run(CASES[name], tmp_path_factory.mktemp(name) / "stock", strategy, {"ANSIBLE_STRATEGY": strategy})

    return found


def run(case, folder, strategy, environment):
    project = case.project(folder)
    done = case.run(project, **{"ANSIBLE_FORKS": FORKS[strategy], **environment})
    return outcome(project, done)


@pytest.mark.parametrize(("case", "door"), list(pairs()))
def test_a_playbook_has_the_outcome_that_it_has_under_the_stock_strategy(tmp_path, stock_outcome, case, door):
    strategy, environment, _plugin = DOORS[door]
    expected = stock_outcome(case.name, strategy)
    assert expected.code == case.code, os.linesep.join(expected.output)
    durable = run(case, tmp_path, strategy, environment)
    assert durable.code == expected.code, os.linesep.join(durable.output)
    assert durable.recap == expected.recap
    assert durable.by_host() == expected.by_host()
    assert durable.variables == expected.variables
    assert durable.files == expected.files
    if strategy == "linear":
        assert durable.effects == expected.effects
        assert durable.output == expected.output
