# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""saga resume"""

import os
from pathlib import Path

import pytest


class Became(BaseException):
    """What this process would be now."""


@pytest.fixture
def resumed(past, monkeypatch, tmp_path):
    """Return what the command line becomes: words, folder, what is new in the environment."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)

    def become(_path, words, environment):
        raise Became(words, Path.cwd(), {name: environment[name] for name in environment.keys() - os.environ.keys()})

    monkeypatch.setattr(os, "execve", become)

    def resume(*arguments):
        with pytest.raises(Became) as became:
            past.saga("resume", *arguments)
        return became.value.args

    return resume


def test_the_recorded_command_goes_on_with_the_run_in_its_folder(past, resumed):
    past.begin().end()
    words, folder, environment = resumed(past.last().id)
    assert words == ["ansible-playbook", "-i", "two words", "site.yml"]
    assert folder == past.folder
    assert environment == {"SAGA_RUN_ID": past.last().id, "SAGA_JOURNAL": f"sqlite://{past.path}"}


def test_a_command_that_is_typed_here_is_run_here(past, resumed):
    past.begin().end()
    words, folder, environment = resumed(past.last().id, "../site.yml", "-e", "a=1", "--limit", "h1")
    assert words == ["ansible-playbook", "../site.yml", "-e", "a=1", "--limit", "h1"]
    assert folder == past.folder / "elsewhere"
    assert environment["SAGA_RUN_ID"] == past.last().id


def test_a_journal_is_found_again_from_the_folder_of_the_run(past, resumed, monkeypatch):
    past.begin().end()
    run = past.last().id
    monkeypatch.setattr(past, "path", Path("..") / "state" / "journal.db")
    _words, _folder, environment = resumed(run)
    assert Path(environment["SAGA_JOURNAL"].removeprefix("sqlite://")).resolve() == past.folder / "state" / "journal.db"


def test_a_run_that_saga_run_began_is_durable_again(past, resumed):
    work = past.begin(command=("saga", "run", "site.yml"))
    work.end()
    words, _folder, environment = resumed(work.run.id)
    assert words == ["ansible-playbook", "site.yml"]
    assert environment["ANSIBLE_STRATEGY"] == "saga.ops.linear"
    assert environment["SAGA_TYPED"] == "saga run"


def test_a_run_that_has_ended_is_not_resumed(past):
    past.begin().end("completed")
    said = past.saga("resume", past.last().id)
    assert (said.code, said.err) == (
        1,
        f"saga: run {past.last().id} is completed: there is nothing to resume; the next start is a new run\n",
    )


def test_a_run_that_somebody_works_on_is_not_resumed(past):
    work = past.begin()
    said = past.saga("resume", work.run.id)
    assert said.code == 1
    assert f"is being worked on by process {work.slice.owner.pid}" in said.err


def test_a_command_with_values_that_were_not_recorded_has_to_be_typed(past):
    work = past.begin(command=("ansible-playbook", "site.yml", "-e", "token=***"))
    work.end()
    said = past.saga("resume", work.run.id)
    assert said.code == 1
    assert f"saga resume {work.run.id} PLAYBOOK [options of ansible-playbook]" in said.err


def test_a_folder_that_is_gone_is_named(past):
    work = past.begin(directory="/proc/nowhere/shop")
    work.end()
    assert "/proc/nowhere/shop, where run" in past.saga("resume", work.run.id).err
