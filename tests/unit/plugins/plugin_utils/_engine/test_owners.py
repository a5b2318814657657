# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Whether the process that worked on a run still lives."""

import os
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine import owners

from samples import ELSEWHERE, HERE


@pytest.fixture
def child():
    """A process of our own that lives until its input ends."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield process
    process.kill()
    process.communicate()


@pytest.fixture
def childs_owner(child):
    return replace(HERE, pid=child.pid, born=owners.born(child.pid))


def test_this_process_is_alive():
    assert owners.is_alive(owners.this_process()) is True


def test_a_live_child_is_alive(childs_owner):
    assert owners.is_alive(childs_owner) is True


def test_a_killed_child_is_dead(child, childs_owner):
    child.kill()
    child.wait()
    assert owners.is_alive(childs_owner) is False


def test_a_child_that_nobody_has_waited_for_is_dead_all_the_same(child, childs_owner):
    """A zombie does no work; whoever started it may never ask for its end."""
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert owners.is_alive(childs_owner) is False


def test_a_later_process_with_the_same_pid_is_another(childs_owner):
    assert owners.is_alive(replace(childs_owner, born="12")) is False


def test_a_process_of_an_earlier_boot_is_dead_even_if_one_of_this_boot_looks_the_same():
    assert owners.is_alive(replace(HERE, boot="an earlier boot")) is False


def test_a_process_of_another_machine_is_neither_known_alive_nor_known_dead():
    assert owners.is_alive(ELSEWHERE) is None


def test_an_owner_whose_birth_is_unknown_is_not_taken_for_a_dead_pid():
    """No process has this pid: unknown must not equal unknown."""
    assert owners.is_alive(replace(HERE, pid=2**30, born="")) is False


def test_a_process_is_born_once():
    assert HERE.born
    assert owners.born(os.getpid()) == HERE.born


@pytest.mark.skipif(sys.platform != "linux", reason="other systems are asked with ps, which prints no name")
def test_a_process_whose_name_looks_like_the_fields_after_it_is_told_apart():
    """Linux writes the name in the middle of the line, unescaped."""
    rename = "import ctypes; ctypes.CDLL(None).prctl(15, b') Z 1 2 3 (', 0, 0, 0); print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", rename], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        owner = replace(HERE, pid=process.pid, born=owners.born(process.pid))
        assert owners.is_alive(owner) is True
        process.communicate()


def test_the_person_behind_sudo_is_the_user(monkeypatch):
    monkeypatch.setenv("SUDO_USER", "ada")
    assert owners.user() == "ada"


def test_an_owner_reads_as_a_process_on_a_machine():
    assert str(ELSEWHERE) == "process 1 on another.example"


@pytest.mark.parametrize("is_a_leader", [True, False])
def test_an_ended_process_takes_with_it_all_that_it_has_started(is_a_leader):
    program = "import subprocess; print(subprocess.Popen(['sleep', '60']).pid, flush=True); input()"
    command = [sys.executable, "-c", program]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=is_a_leader
    ) as process:
        grandchild = int(process.stdout.readline())
        born = owners.born(grandchild)
        owners.end(process.pid)
        assert process.wait(10) == -9
    deadline = time.monotonic() + 10
    while owners.born(grandchild) == born:
        assert time.monotonic() < deadline


def test_a_process_that_is_gone_can_be_ended(child):
    child.kill()
    child.wait()
    owners.end(child.pid)
