# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Every way in which a step goes wrong, for every kind of effect: what the run does, and what an operator types next.

What is seen is held against tests/crash/failures.yml, of which tools/failures.py makes the tables of docs/failures.md.
``SAGA_TEST_WRITE_FAILURES=1 pytest tests/crash/test_failures.py`` writes it anew; read the difference as an operator.
"""

import fcntl
import json
import os
from pathlib import Path

import pytest
import yaml

from sshd import SSHD, sshd

GOLDEN = Path(__file__).with_name("failures.yml")

EFFECTS = {
    "none": "effect: none",
    "idempotent": "effect: side_effect, idempotent: true, compensate: Undo act",
    "with verify": "effect: side_effect, idempotent: false, verify: Is it there, compensate: Undo act",
    "without verify": "effect: side_effect, idempotent: false, compensate: Undo act",
    "irreversible": "effect: irreversible, idempotent: false",
}

ACT = "{{ effect }} acted"
MENDED = "test -e {{ playbook_dir }}/mended"

# How the step breaks the first time; with the file `mended` it does not.
KINDS = {
    "failed": {"command": f"{MENDED} || exit 1; {ACT}"},
    "unreachable": {"command": ACT, "is_away": True},
    "timeout": {"command": f"{ACT}; {MENDED} || sleep 20", "keywords": "timeout: 2"},
    "killed worker": {"command": f"{ACT}; {MENDED} || kill -9 $PPID"},
    "killed controller": {"command": ACT, "environment": {"SAGA_TEST_KILL": "after_effect:h1:2"}},
    "killed with all its workers": {
        "command": ACT,
        "environment": {"SAGA_TEST_KILL": "after_effect:h1:2", "SAGA_TEST_KILL_TREE": "1"},
    },
    "lost lease": {"command": f"{ACT}; {MENDED} || SAGA unlock h1 --why 'to see what happens'"},
    "lost journal": {"command": f"{ACT}; {MENDED} || mv {{{{ playbook_dir }}}}/state {{{{ playbook_dir }}}}/lost"},
    "SIGTERM": {"command": f"{ACT}; {MENDED} || kill -TERM $(ps -o ppid= $PPID); sleep 1"},
    "worker out of memory": {
        "command": f"{ACT}; {MENDED} || {{ prlimit --pid $PPID --as=1000000; yes | head -c 200000000; }}"
    },
    "target rebooted by the step": {"command": f"{ACT}; {MENDED} || kill -9 $PPID", "is_remote": True},
}

# What the default suite tries of it; the rest are long, and part of the sweep.
QUICK = {
    ("failed", "idempotent"),
    ("timeout", "without verify"),
    ("killed worker", "with verify"),
    ("killed with all its workers", "without verify"),
    ("lost lease", "without verify"),
    ("lost journal", "without verify"),
    ("target rebooted by the step", "with verify"),
}


def cells():
    for kind in KINDS:
        for effect in EFFECTS:
            marks = [] if (kind, effect) in QUICK else [pytest.mark.sweep]
            yield pytest.param(kind, effect, id=f"{kind}, {effect}", marks=marks)


@pytest.fixture
def reached(request, project, tmp_path):
    """Variables with which h1 is reached, for the kinds that need a connection which can break."""
    if not KINDS[request.getfixturevalue("kind")].get("is_remote"):
        yield {}
    elif SSHD is None:
        pytest.skip("there is no sshd on this machine")
    else:
        with sshd(tmp_path / "sshd") as variables:
            yield variables


@pytest.mark.parametrize(("kind", "effect"), list(cells()))
def test_what_follows_a_failure_is_what_the_documentation_says(project, kind, effect, reached):
    """[I1] [I7] [I8] [I9] [I14]"""
    seen = observed(project, KINDS[kind], EFFECTS[effect], reached)
    assert project.audit_findings() == []
    if os.environ.get("SAGA_TEST_WRITE_FAILURES"):
        write(kind, effect, seen)
    assert yaml.safe_load(GOLDEN.read_text())[kind][effect] == seen


def observed(project, kind, contract, reached):
    """Break the step, do what the status says, and return what was seen."""
    play(project, kind, contract, reached)
    first = project.run("--limit", "h1", **kind.get("environment", {}))
    if (project.folder / "lost").exists():
        (project.folder / "lost").rename(project.folder / "state")
    status = json.loads(project.saga("status", "--json").output)
    line = next(line for line in status["steps"] if line["name"] == "Act")
    at = line["hosts"].get("h1", {})  # a step without an effect has no intent
    seen = {
        "code": first.code,
        "run": str(project.last_run().state),
        "step": at.get("state", "to come"),
        "resume": at.get("resume", "run"),
        "next": told(project, status["next"]),
    }
    project.write("mended", "")
    then = followed(project, status)
    return seen | {"then": then, "effects": [line.split()[1] for line in project.effects()]}


def play(project, kind, contract, reached):
    command = kind["command"].replace("SAGA", str(project.bin / "saga"))
    if kind.get("is_away"):
        mended = "lookup('ansible.builtin.fileglob', playbook_dir ~ '/mended')"
        reached = {"ansible_connection": f"{{{{ 'local' if {mended} else 'ssh' }}}}", "ansible_host": "127.0.0.1"}
        reached["ansible_port"] = 1
    variables = "".join(f"\n            {name}: {json.dumps(value)}" for name, value in reached.items())
    project.play(
        f"""
        - name: Make
          ansible.builtin.raw: "{{{{ effect }}}} made"
          vars: {{saga: {{effect: side_effect, compensate: Undo}}}}
        - name: Act
          ansible.builtin.raw: "{command}"
          {kind.get("keywords", "tags: []")}
          vars:
            saga: {{{contract}}}{variables}
        - name: After
          ansible.builtin.raw: "{{{{ effect }}}} after"
        """,
        f"""
        - name: Undo
          ansible.builtin.raw: "{{{{ effect }}}} unmade"
        - name: Undo act
          ansible.builtin.raw: "{{{{ effect }}}} unacted"
        - name: Is it there
          ansible.builtin.raw: grep acted {project.effects_file}
        """,
    )


def told(project, advice):
    """Return the command that the status names, without what differs from run to run."""
    words = [word.replace(project.last_run().id, "RUN") for word in advice["command"]]
    if words[:1] and Path(words[0]).name == "ansible-playbook":
        return "the same command"
    return " ".join(words) or "nothing"


def followed(project, status):
    """Do what the status says; an operator sees at the target whether the step has happened."""
    command = status["next"]["command"]
    if command[:2] == ["saga", "decide"]:
        answer = "done" if "h1 acted" in project.effects() else "retry"
        run = project.last_run().id
        decided = project.saga("decide", run, "--step", "Act", answer, "--why", "I have looked at h1")
        assert decided.code == 0, decided.output
    if not command:
        return "nothing is left to do"
    done = project.run("--limit", "h1")
    return f"{project.last_run().state}, code {done.code}"


def write(kind, effect, seen):
    with GOLDEN.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        known = yaml.safe_load(file) or {}
        known.setdefault(kind, {})[effect] = seen
        ordered = {
            kind: {name: known[kind][name] for name in EFFECTS if name in known[kind]}
            for kind in KINDS
            if kind in known
        }
        file.truncate(0)
        file.write("# SPDX-License-Identifier: GPL-3.0-or-later\n# Copyright (c) 2026, the saga.ops contributors\n")
        yaml.safe_dump(ordered, file, sort_keys=False, width=120)
