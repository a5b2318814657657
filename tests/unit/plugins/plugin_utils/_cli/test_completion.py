# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""saga completion, in a real bash"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
eval "$(saga completion bash)"
COMP_LINE=$1 COMP_POINT=${#1} COMP_TYPE=9
_python_argcomplete saga
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture
def offered(past):
    """What bash offers at the end of a line."""

    def ask(line, journal=past.path):
        bin_ = Path(sys.executable).parent  # where saga is
        surroundings = {"PATH": f"{bin_}:{os.environ['PATH']}", "HOME": str(past.folder), "LC_ALL": "C.UTF-8"}
        done = subprocess.run(
            ["bash", "-c", SCRIPT, "bash", line],
            env=surroundings | {"SAGA_JOURNAL": f"sqlite:///{journal}"},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        assert done.stderr == ""
        return [word.strip() for word in done.stdout.splitlines() if word.strip()]

    return ask


def test_commands_are_offered(offered):
    assert offered("saga pa") == ["pause"]
    assert {"status", "show"} <= set(offered("saga s"))


def test_options_are_offered(offered):
    assert offered("saga status --js") == ["--json"]


def test_runs_are_offered(offered, past):
    first, second = past.begin("shop/a.yml"), past.begin("shop/b.yml", targets=("h2",))
    assert set(offered("saga status 0")) == {first.run.id, second.run.id}
    assert offered(f"saga decide {first.run.id[:-1]}") == [first.run.id]


def test_the_steps_and_hosts_of_the_run_are_offered(offered, past):
    work = past.begin()
    work.do("Copy", "h1", "h2")
    work.do("Switch")
    assert set(offered(f"saga decide {work.run.id} --step ")) == {"Copy", "Switch"}
    assert set(offered(f"saga show {work.run.id} Copy --host ")) == {"h1", "h2"}


def test_a_name_that_could_steer_the_terminal_is_not_offered(offered, past):
    work = past.begin()
    work.do("Copy\x1b[2J")
    work.do("Copy it")
    assert offered(f"saga decide {work.run.id} --step Co") == ["Copy\\ it"]


def test_a_journal_that_is_not_there_offers_nothing(offered, tmp_path):
    assert offered("saga status 0", journal=tmp_path / "none.db") == []
    assert not (tmp_path / "none.db").exists()


def test_a_shell_that_nobody_knows_is_refused(past):
    assert past.saga("completion", "cmd").code == 2
