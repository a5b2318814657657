# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The page of the five questions: its playbook is run, killed, and asked; what it shows is what was said."""

import re
from pathlib import Path

import pytest

from playground import Project, kill_tree

pytestmark = pytest.mark.xdist_group("looking")  # one play for all of them

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "looking.md").read_text()
[PLAYBOOK] = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
SHOWN = [
    (command, said)
    for command, said in re.findall(r"```console\n\$ saga ([^\n]*)\n(.*?)```", PAGE, re.DOTALL)
    if not command.startswith("completion")
]


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What each command of the page says of a run that was killed in the middle."""
    project = Project(tmp_path_factory.mktemp("looking") / "orders", hosts=("db1", "db2"))
    project.playbook = "move.yml"
    project.write("move.yml", PLAYBOOK)
    assert "is parked" in project.run(LOGNAME="bob").output
    [run] = project.asked(lambda journal: journal.runs())
    assert asked(project, "approve", run.id, "--why", "the window is open").code == 0
    project.write("hold", "")
    process = project.start(LOGNAME="ann")
    project.until(lambda: all((project.folder / f"copy-{host}").exists() for host in ("db1", "db2")))
    kill_tree(process)
    return {command: asked(project, *split(command, run.id)).output for command, _said in SHOWN}


def asked(project, *arguments):
    environment = project.environment
    project.environment = lambda **more: environment(LOGNAME="ann", **more)
    try:
        return project.saga(*arguments)
    finally:
        project.environment = environment


def split(command, run):
    words = re.findall(r"'[^']*'|\S+", command)
    return [run if re.fullmatch(ULID, word) else word.strip("'") for word in words]


ULID = "01[0-9A-Z]{24}"
MASKS = {
    ULID: "ID",
    r"\d{4}-\d\d-\d\d[T ][\d:.]+Z?": "TIME",
    r"\d+ (second|minute)s? ago|just now": "AGO",
    r"process \d+ on \S+": "PROCESS",
    r"cd \S+ && \S*ansible-playbook": "COMMAND",
    r"\d+\.\d s\b": "LASTED",
    r"\d:\d\d:\d\d\.\d+": "LASTED",
    r"\b[0-9a-f]{64}\b": "HASH",
    " +": " ",
    "-+": "-",
}


def masked(text):
    """Lines, without what differs from run to run, nor the width of columns; two hosts may end in any order."""
    for pattern, word in MASKS.items():
        text = re.sub(pattern, word, text)
    return sorted(line.strip() for line in text.splitlines() if line.strip())


@pytest.mark.parametrize(("command", "said"), SHOWN, ids=[command for command, _said in SHOWN])
def test_the_page_shows_what_is_said(told, command, said):
    assert masked(told[command]) == masked(said)


def test_each_of_the_five_questions_has_one_command():
    asked_of = [PAGE.index(f"\n## {number}. ") for number in range(1, 6)]
    assert asked_of == sorted(asked_of)
    for start, end in zip(asked_of, [*asked_of[1:], PAGE.index("\n## More")], strict=True):
        assert PAGE[start:end].count("```console\n$ saga ") == 1
