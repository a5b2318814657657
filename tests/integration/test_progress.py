# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What somebody sees who looks on: on a terminal, in a pipeline, under ansible-runner, and from another process."""

import json
import os
import re
import signal
import subprocess
import time

import ansible_runner
import pytest

from terminals import Terminal

VIEW = {"ANSIBLE_STDOUT_CALLBACK": "saga.ops.progress"}
TASKS = """
    - name: Take a backup
      ansible.builtin.raw: "{{ effect }} backup"
      vars: {saga: {idempotent: true, compensate: Remove the backup}}
    - name: Look
      ansible.builtin.raw: sleep 0.5
      changed_when: false
      vars: {saga: {effect: none}}
    - name: Switch
      ansible.builtin.raw: "test {{ inventory_hostname }} != h2 -o -e mended || { echo no such slot >&2; exit 3; }"
      vars: {saga: {idempotent: true, on_failure: stop}}
    - name: Use it
      ansible.builtin.raw: "{{ effect }} used; sleep 0.5"
      vars: {saga: {idempotent: true}}
"""
HANDLERS = """
    - name: Remove the backup
      ansible.builtin.raw: "test {{ inventory_hostname }} != h3 -o -e mended && {{ effect }} removed"
"""


@pytest.fixture
def on_terminal(project):
    """Start the project's play on a terminal of its own."""
    terminals = []

    def start(*arguments, command="ansible-playbook", columns=100, lines=30, **environment):
        known = {name: value for name, value in project.environment(**VIEW).items() if name != "ANSIBLE_NOCOLOR"}
        line = [project.bin / command, *(["site.yml"] if command == "ansible-playbook" else ["watch"]), *arguments]
        env = {**known, "TERM": "xterm-256color", "SAGA_ENFORCE": "off", **environment}
        terminals.append(Terminal(line, cwd=project.folder, env=env, columns=columns, lines=lines))
        return terminals[-1]

    yield start
    for terminal in terminals:
        terminal.close()


def body(text):
    """Return lines without what differs from run to run: ids and times."""
    return re.sub(r"\b[0-9A-Z]{26}\b", "RUN", re.sub(r"\b\d+ (s|min)\b", "TIME", text))


def lines_of(text):
    return [line.strip() for line in body(text).splitlines()]


def in_order(expected, lines):
    """Return the expected lines that do not come, each after the one before it."""
    left = iter(lines)
    return [line for line in expected if not any(line == found for found in left)]


@pytest.mark.core
@pytest.mark.sample
def test_a_failure_scrolls_above_the_picture_and_the_last_lines_are_the_farewell(project, on_terminal):
    project.play(TASKS, HANDLERS)
    terminal = on_terminal()
    assert terminal.end() == 2
    assert any("h1  at work" in picture for picture in terminal.pictures)
    shown = lines_of(terminal.all())
    expected = [
        "failed: [h2] Switch  site.yml:13",
        "non-zero return code",
        "rc: 3",
        "stderr: no such slot",
        "steps: 1 failed, 10 done",
        "'Switch' failed on h2",
        "3 hosts: 1 failed, 2 done",
        "failed: [h2] Switch  site.yml:13: non-zero return code",
        "saga: run RUN is stopped: 'Switch' failed on h2",
    ]
    assert in_order(expected, shown) == []
    assert sum("step 4 of 4" in line for line in shown) == 1  # earlier pictures have left nothing behind
    assert shown[-2].startswith("saga: look with 'saga status RUN'")


@pytest.mark.core
@pytest.mark.sample
def test_without_a_terminal_each_step_has_a_line_and_no_line_steers_one(project):
    project.play(TASKS, HANDLERS)
    first = project.run(**VIEW)
    (project.folder / "mended").touch()
    second = project.resume(COLUMNS="60", **VIEW)
    expected = ["[1/4] Take a backup: 3 changed", "[2/4] Look: 3 ok", "failed: [h2] Switch  site.yml:13"]
    expected += ["stderr: no such slot", "[3/4] Switch: 2 changed, 1 failed", "[4/4] Use it: 2 changed"]
    assert in_order(expected, lines_of(first.output)) == []
    expected = ["[1/4] Take a backup: 3 restored", "[2/4] Look: 3 restored", "[3/4] Switch: 1 changed, 2 restored"]
    expected += ["[4/4] Use it: 1 changed, 2 restored", "steps: 10 restored, 12 done", "3 hosts: 3 done"]
    assert in_order(expected, lines_of(second.output)) == []
    assert "no such slot" not in second.output
    assert max(len(line) for line in second.output.splitlines() if not line.startswith("saga: ")) <= 60
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", first.output + second.output)


@pytest.mark.core
@pytest.mark.sample
def test_ansible_runner_gets_the_events_and_plain_lines(project):
    project.play(TASKS, HANDLERS)
    (project.folder / "runner").mkdir()
    ran = ansible_runner.run(
        private_data_dir=str(project.folder / "runner"),
        project_dir=str(project.folder),
        inventory=str(project.folder / "inventory.yml"),
        playbook="site.yml",
        envvars=project.environment(**VIEW, TERM="xterm-256color"),
        quiet=True,
    )
    assert ran.status == "failed"
    events = list(ran.events)
    [failure] = [event for event in events if event["event"] == "runner_on_failed"]
    assert failure["stdout"].splitlines()[0] == "failed: [h2] Switch  site.yml:13"
    output = "\n".join(event["stdout"] for event in events if event["stdout"])
    assert in_order(["[1/4] Take a backup: 3 changed", "3 hosts: 1 failed, 2 done"], lines_of(output)) == []
    assert "\x1b" not in output


def test_somebody_else_sees_the_run_while_it_goes_on_and_when_it_has_ended(project, on_terminal):
    project.play(TASKS.replace("used; sleep 0.5", "used; while test -e hold; do sleep 0.1; done"), HANDLERS)
    (project.folder / "mended").touch()
    project.resume()  # from now on it is known how long it takes
    project.write("hold", "")
    process = project.start()
    project.until(lambda: len(project.asked(lambda journal: journal.runs())) == 2)
    with (project.folder / "pictures").open("w") as pictures:
        lines = subprocess.Popen(
            [project.bin / "saga", "watch", "--json"], cwd=project.folder, env=project.environment(), stdout=pictures
        )
    terminal = on_terminal(command="saga")
    terminal.until(lambda text: "at work" in text)
    project.until((project.folder / "pictures").read_text)
    (project.folder / "hold").unlink()
    assert terminal.end() == 0
    assert project.wait(process).code == 0
    assert lines.wait(30) == 0
    told = [json.loads(line) for line in (project.folder / "pictures").read_text().splitlines()]
    assert [line["run"]["state"] for line in told][-1] == "completed"
    assert {line["run"]["state"] for line in told[:-1]} == {"running"}
    assert told[-1]["standings"] == {"done": 3}
    assert told[-1]["counts"]["done"] == 12
    assert any("at work" in picture for picture in terminal.pictures)
    assert (
        in_order(["steps: 12 done", "h1  done  4/4", "h2  done  4/4", "h3  done  4/4"], lines_of(terminal.text())) == []
    )
    assert terminal.text().count("site.yml") == 1
    assert any(" left" in picture for picture in terminal.pictures)


@pytest.mark.sweep
def test_a_process_that_is_killed_leaves_the_terminal_as_it_should_be_and_a_resume_shows_what_is_restored(
    project, on_terminal
):
    project.play(TASKS.replace("sleep 0.5\n      changed", "sleep 3\n      changed"), HANDLERS)
    (project.folder / "mended").touch()
    terminal = on_terminal()
    terminal.until(lambda text: "at work" in text and "Look" in text)
    terminal.process.send_signal(signal.SIGKILL)
    terminal.end()
    assert not re.search(rb"\x1b\[\?(25l|1049h|7l)", terminal.raw)
    assert terminal.screen.cursor.x == 0
    assert not terminal.screen.cursor.hidden
    again = on_terminal()
    assert again.end() == 0
    assert "steps: 3 restored, 12 done" in lines_of(again.all())


@pytest.mark.sweep
def test_the_way_back_is_shown_with_what_could_not_be_undone(project, on_terminal):
    project.play(TASKS.replace("on_failure: stop", "on_failure: compensate"), HANDLERS)
    terminal = on_terminal()
    terminal.end()
    shown = lines_of(terminal.all())
    assert any("compensating" in picture for picture in terminal.pictures)
    expected = ["steps: 1 failed, 1 could not be undone, 2 undone, 5 done"]
    assert in_order(expected, shown) == [], terminal.all()
    (project.folder / "mended").touch()
    watched = on_terminal("--once", command="saga")
    watched.end()
    assert any(
        line.startswith("h3  compensation failed  1 to undo  Take a backup") for line in lines_of(watched.text())
    )


@pytest.mark.sweep
def test_a_run_that_waits_for_somebody_says_so(project, on_terminal):
    project.play(
        TASKS.replace("{idempotent: true, on_failure: stop}", "{approval: required, on_failure: stop}"), HANDLERS
    )
    terminal = on_terminal()
    assert terminal.end() == 2
    shown = lines_of(terminal.all())
    assert in_order(["steps: 3 wait for a decision, 6 done", "3 hosts: 3 waiting"], shown) == [], terminal.all()
    assert "saga approve" in shown[-2] or "saga approve" in shown[-1]


@pytest.mark.sweep
@pytest.mark.core
def test_a_question_has_the_terminal_for_itself(project, on_terminal):
    project.play(
        """
    - name: Wait
      ansible.builtin.raw: sleep 0.5
    - name: Ask
      ansible.builtin.pause: {prompt: Is it well}
      register: answer
    - name: Use it
      ansible.builtin.raw: "{{ effect }} {{ answer.user_input }}; sleep 0.5"
"""
    )
    terminal = on_terminal("--limit", "h1")
    terminal.until(lambda text: "Is it well" in text)
    terminal.read(1.5)
    assert "at work" not in terminal.text()
    assert "Is it well:" in terminal.text().splitlines()[-1]
    terminal.type("yes\r")
    assert terminal.end() == 0, terminal.all()
    assert project.effects() == ["h1 yes"]
    assert "at work" in terminal.pictures[-3] or any("Use it" in picture for picture in terminal.pictures)


@pytest.mark.sweep
def test_a_prompt_for_a_variable_between_two_plays_has_the_terminal_for_itself(project, on_terminal):
    project.play("- ansible.builtin.raw: sleep 0.5")
    site = project.folder / "site.yml"
    site.write_text(
        site.read_text()
        + """
- name: Ask
  hosts: db
  gather_facts: false
  vars_prompt: [{name: word, prompt: Which word, private: false}]
  tasks:
    - ansible.builtin.raw: "{{ effect }} {{ word }}"
"""
    )
    terminal = on_terminal()
    terminal.until(lambda text: "Which word" in text)
    terminal.read(1)
    assert terminal.text().splitlines()[-1] == "Which word:"
    terminal.type("yes\n")
    assert terminal.end() == 0
    assert project.effects() == ["h1 yes", "h2 yes", "h3 yes"]


@pytest.mark.sweep
@pytest.mark.parametrize(
    ("environment", "has_colours"),
    [
        ({}, True),
        ({"NO_COLOR": "1"}, False),
        ({"ANSIBLE_NOCOLOR": "1"}, False),
        ({"NO_COLOR": "1", "ANSIBLE_FORCE_COLOR": "1"}, True),
    ],
)
def test_colours_are_as_they_were_asked_for(project, on_terminal, environment, has_colours):
    project.play(TASKS.replace("sleep 0.5", "sleep 1"), HANDLERS)
    terminal = on_terminal(**environment)
    terminal.until(lambda text: "at work" in text)
    assert bool(re.search(rb"\x1b\[[0-9;]+m", terminal.raw)) == has_colours
    terminal.end()


@pytest.mark.sweep
def test_a_terminal_that_moves_no_cursor_gets_plain_lines(project, on_terminal):
    project.play(TASKS, HANDLERS)
    terminal = on_terminal(TERM="dumb", ANSIBLE_NOCOLOR="1")
    terminal.end()
    assert b"\x1b" not in terminal.raw
    assert "[1/4] Take a backup: 3 changed" in lines_of(terminal.all())


@pytest.mark.sweep
def test_a_terminal_that_becomes_narrower_shows_one_picture(project, on_terminal):
    project.play(TASKS.replace("sleep 0.5", "sleep 3"), HANDLERS)
    (project.folder / "mended").touch()
    terminal = on_terminal(columns=120)
    terminal.until(lambda text: "at work" in text)
    terminal.resize(50, 20)
    terminal.read(2.5)
    assert max(map(len, terminal.pictures[-1].splitlines())) <= 50
    assert terminal.end() == 0
    assert in_order(["steps: 12 done", "3 hosts: 3 done"], lines_of(terminal.all())) == []


@pytest.mark.sweep
def test_what_a_target_says_steers_no_terminal(project, on_terminal):
    project.play(
        r"""
    - name: Fail
      ansible.builtin.raw: printf 'bell \a title \033]0;mine\007 red \033[31m\033[2J' >&2; exit 1
      vars: {saga: {on_failure: stop}}
"""
    )
    terminal = on_terminal(ANSIBLE_NOCOLOR="1")
    terminal.end()
    assert b"\x07" not in terminal.raw
    assert b"\x1b]0" not in terminal.raw
    assert b"\x1b[2J" not in terminal.raw
    assert r"\x1b]0;mine\x07" in terminal.all().replace("\n", "")


@pytest.mark.sweep
@pytest.mark.core
def test_verbose_is_the_default_callback_with_the_picture_below(project, on_terminal):
    project.play(TASKS, HANDLERS)
    (project.folder / "mended").touch()
    terminal = on_terminal("-v", lines=60)
    assert terminal.end() == 0
    assert in_order(["TASK [Take a backup] *****"], [line[:26] for line in lines_of(terminal.all())]) == []
    assert any(line.startswith("changed: [h1] => {") for line in lines_of(terminal.all()))
    assert any("at work" in picture for picture in terminal.pictures)
    assert terminal.all().count("step 4 of 4") == 1


@pytest.mark.sweep
@pytest.mark.core
def test_a_play_that_is_not_durable_is_shown_as_such(project, on_terminal):
    project.play(TASKS, HANDLERS)
    site = project.folder / "site.yml"
    site.write_text(site.read_text().replace("  strategy: saga.ops.linear\n", "").replace("  strategy: linear\n", ""))
    done = project.run(ANSIBLE_CALLBACKS_ENABLED="crash", **VIEW)
    assert done.code == 2
    expected = ["[1] Take a backup: 3 changed", "[2] Look: 3 ok", "failed: [h2] Switch  site.yml:12"]
    expected += [
        "[3] Switch: 2 changed, 1 failed",
        "[4] Use it: 2 changed",
        "site.yml  not recorded",
        "step 4  TIME",
        "3 hosts: 1 failed, 2 done",
    ]
    assert in_order(expected, lines_of(done.output)) == [], done.output


@pytest.mark.sweep
def test_check_mode_and_diffs_are_shown(project):
    project.play(
        """
    - name: Write
      ansible.builtin.copy: {dest: "{{ playbook_dir }}/{{ inventory_hostname }}.txt", content: "hello\\n"}
"""
    )
    done = project.run("--check", "--diff", **VIEW)
    assert done.code == 0, done.output
    expected = ["+hello", "Write: 3 changed", "check mode: nothing is changed, nothing is recorded"]
    assert in_order(expected, [re.sub(r"^\[\d\] ", "", line) for line in lines_of(done.output)]) == [], done.output
    assert not (project.folder / "h1.txt").exists()


@pytest.mark.sweep
def test_each_host_at_its_own_pace_has_a_line_for_each_step_in_the_end(project):
    project.play(TASKS, HANDLERS)
    project.name_strategy("saga.ops.free")
    (project.folder / "mended").touch()
    done = project.resume(**VIEW)
    steps = sorted(line for line in lines_of(done.output) if line.startswith("["))
    assert steps == [
        "[1/4] Take a backup: 3 changed",
        "[2/4] Look: 3 ok",
        "[3/4] Switch: 3 changed",
        "[4/4] Use it: 3 changed",
    ]


@pytest.mark.sweep
def test_an_item_that_fails_is_told_with_its_message_and_a_secret_is_not(project):
    project.play(
        """
    - name: Loop
      ansible.builtin.raw: "test {{ item }} != b || { echo broken >&2; exit 4; }"
      loop: [a, b]
      ignore_errors: true
    - name: Hide
      ansible.builtin.raw: echo geheim >&2; exit 5
      no_log: true
      vars: {saga: {on_failure: stop}}
"""
    )
    done = project.run("--limit", "h1", **VIEW)
    lines = lines_of(done.output)
    expected = ["failed: [h1] Loop (item=b)  site.yml:6", "stderr: broken", "[1/2] Loop: 1 ignored"]
    assert in_order([*expected, "failed: [h1] Hide  site.yml:10"], lines) == [], done.output
    assert "geheim" not in done.output


@pytest.mark.sweep
def test_whoever_looks_on_can_leave_with_ctrl_c(project, on_terminal):
    project.play(TASKS.replace("sleep 0.5", "sleep 4"), HANDLERS)
    process = project.start()
    project.until(lambda: bool(project.asked(lambda journal: journal.runs())))
    terminal = on_terminal(command="saga")
    terminal.until(lambda text: "at work" in text)
    terminal.type("\x03")
    assert terminal.end() == 130
    assert "Traceback" not in terminal.all()
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(30)
    time.sleep(0.1)
    dead = on_terminal(command="saga")
    assert dead.end() == 0
    assert "nobody" in dead.text()
    assert "in doubt" in dead.text() or "between steps" in dead.text()
