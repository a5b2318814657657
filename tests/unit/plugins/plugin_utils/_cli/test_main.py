# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""saga itself: help, exit codes, the journal that is meant, and how it ends when nobody listens."""

import os
import pty
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._cli.exits import Exit
from ansible_collections.saga.ops.plugins.plugin_utils._cli.main import main

ROOM = "ansible_collections.saga.ops.plugins.plugin_utils._cli"
SCREEN = "ansible_collections.saga.ops.plugins.plugin_utils._screen.screen"
START = "from ansible_collections.saga.ops.plugins.plugin_utils._cli.main import main; import sys; sys.exit(main())"


def start(past, *arguments, before="", **keywords):
    """Start saga as a process of its own."""
    surroundings = {"PATH": os.environ["PATH"], "HOME": str(past.folder), "LC_ALL": "C.UTF-8", "TERM": "xterm"}
    return subprocess.Popen(
        [sys.executable, "-c", before + START, *arguments],
        cwd=past.folder,
        env=surroundings | keywords.pop("env", {}),
        **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | keywords,
    )


def ended(process):
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


@pytest.fixture
def talkative(past):
    """A run whose audit is longer than a pipe can hold."""
    work = past.begin()
    for number in range(150):
        work.do(f"Copy number {number}")
    work.end("completed")
    return past


def test_the_help_names_every_command_and_every_exit_code(capsys):
    assert main(["--help"]) == 0
    said = capsys.readouterr().out
    for word in ("runs", "status", "audit", "abandon", "unlock", "decide", *(code.meaning for code in Exit)):
        assert word in said


def test_the_version_says_which_copy_is_loaded(capsys):
    assert main(["--version"]) == 0
    version, _, home = capsys.readouterr().out.strip().partition(", ")
    assert version.startswith("saga.ops 0.")
    assert home.endswith("ansible_collections/saga/ops")


@pytest.mark.parametrize("arguments", [[], ["frobnicate"], ["abandon"], ["runs", "--state", "lost"], ["runs", "--js"]])
def test_a_command_line_that_cannot_be_understood_is_a_sentence(capsys, arguments):
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert said.startswith("saga: ")
    assert said.count("\n") == 1


@pytest.mark.parametrize("arguments", [["runs"], ["status"], ["audit", "01"], ["unlock", "h1", "--why", "it burns"]])
def test_a_journal_that_is_not_there_is_not_made(tmp_path, capsys, arguments):
    journal = tmp_path / "state" / "journal.db"
    assert main([*arguments, "--journal", str(journal)]) == 4
    assert f"saga: there is no journal at {journal}" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [["runs"], ["status"], ["unlock", "h1", "--why", "it burns"]])
def test_a_relative_journal_in_a_folder_that_was_removed_is_a_sentence_with_a_way_out(past, arguments):
    folder = past.folder / "gone"
    folder.mkdir()
    leave = f"import os; os.chdir({str(folder)!r}); os.rmdir({str(folder)!r}); "
    code, _out, err = ended(start(past, *arguments, "--journal", "state/journal.db", before=leave))
    assert code == 4
    assert err.startswith("saga: the journal state/journal.db cannot be used: the folder that you are in was removed; ")
    assert err.count("\n") == 1
    past.begin().end()
    folder.mkdir()
    code, _out, err = ended(start(past, "runs", "--journal", str(past.path), before=leave))
    assert (code, err) == (0, "")


def test_a_command_loads_no_other_command_and_nothing_that_it_does_not_need(past):
    past.begin().end()
    tell = "import atexit, sys; atexit.register(lambda: print(*sys.modules, sep='\\n', file=sys.stderr)); "
    code, _out, err = ended(start(past, "status", before=tell, env={"SAGA_JOURNAL": str(past.path)}))
    loaded = {name.removeprefix(f"{ROOM}.") for name in err.split()}
    assert code == 0
    assert "status" in loaded
    assert loaded & {"drill", "plan", "report", "ansible", "jinja2", "yaml", "redis", "rich.table"} == set()


def test_an_empty_file_is_no_journal(tmp_path, capsys):
    (tmp_path / "journal.db").touch()
    assert main(["runs", "--journal", f"sqlite://{tmp_path}/journal.db"]) == 4
    assert (tmp_path / "journal.db").stat().st_size == 0


def test_something_else_than_a_journal_is_refused(tmp_path, capsys):
    (tmp_path / "journal.db").write_text("my diary\n" * 100)
    assert main(["runs", "--journal", str(tmp_path / "journal.db")]) == 4
    assert "is damaged or is no journal" in capsys.readouterr().err


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE run SET state = 'gone'",
        "UPDATE event SET data = '{'",
        "UPDATE run SET back = '[1]'",
        "UPDATE run SET targets = replace(hex(zeroblob(50000)), '0', '[')",
    ],
)
def test_a_row_that_nobody_can_read_is_a_sentence(past, statement):
    past.begin().end()
    with closing(sqlite3.connect(past.path)) as database, database:
        database.execute(statement)
    said = past.saga("audit")
    assert said.code == 4
    assert "is damaged or is no journal: a record cannot be read" in said.err


def test_an_empty_journal_has_no_run_to_show(past):
    past.means()
    assert past.saga("status").code == 1
    assert past.saga("runs").err == "saga: the journal has no runs yet\n"


def test_the_journal_is_the_one_that_a_play_would_use(past):
    past.begin().end()
    by_environment = start(past, "runs", env={"SAGA_JOURNAL": f"sqlite://{past.path}"})
    assert "shop/site.yml" in ended(by_environment)[1]
    (past.folder / "ansible.cfg").write_text(f"[saga]\njournal = {past.path}\n")
    by_configuration = start(past, "status")
    code, out, _err = ended(by_configuration)
    assert code == 0
    assert "SAGA_JOURNAL" not in out  # whoever types that command has it from ansible.cfg, too


def test_without_a_configuration_the_journal_is_in_the_state_directory(past):
    code, _out, err = ended(start(past, "runs"))
    assert code == 4
    assert f"there is no journal at {past.folder}/.local/state/saga/journal.db" in err


def test_a_configuration_that_ansible_refuses_is_a_sentence(past):
    (past.folder / "ansible.cfg").write_text("[saga\n")
    code, _out, err = ended(start(past, "runs"))
    assert code == 4
    assert err.startswith("saga: the journal of this configuration cannot be used: ")
    assert "Traceback" not in err


def test_a_reader_that_goes_away_ends_it_quietly(talkative):
    process = start(talkative, "audit", talkative.last().id, "--json", "--journal", str(talkative.path))
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait(60) == Exit.CLOSED


def test_ctrl_c_ends_it_quietly(talkative):
    words = ("audit", talkative.last().id, "--json", "--journal", str(talkative.path))
    # A shell without a terminal starts what it puts into the background with the signal ignored; so may be ours.
    heed = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    process = start(talkative, *words, before=heed)
    process.stdout.readline()  # it has begun, and cannot go on: nobody reads the rest
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == Exit.INTERRUPTED
    assert process.stderr.read() == ""
    process.stdout.close()
    process.stderr.close()


def on_a_terminal(past, *arguments, columns, before=""):
    """Return what saga draws on a terminal of so many columns."""
    ours, theirs = pty.openpty()
    process = start(past, *arguments, before=before, stdout=theirs, text=False, env={"COLUMNS": str(columns)})
    os.close(theirs)
    drawn = b""
    while True:
        try:
            drawn += os.read(ours, 65536)
        except OSError:  # Linux says so when the other end is closed
            break
    os.close(ours)
    process.stderr.close()
    assert process.wait(60) == 0
    return drawn.decode().replace("\r\n", "\n")


def test_a_terminal_gets_colours(past):
    past.killed(lambda work: work.do("Copy"))
    drawn = on_a_terminal(past, "status", "--journal", str(past.path), columns=150)
    assert "\x1b[32mok" in drawn


def test_a_file_gets_no_colours(past):
    past.killed(lambda work: work.do("Copy"))
    assert "\x1b" not in past.saga("status").out


def test_a_long_table_is_plain_on_a_terminal_too(past):
    past.begin().end("completed")
    few = f"import {SCREEN} as screen; screen._MOST_ROWS = 2; "
    arguments = ("audit", "--journal", str(past.path))
    assert on_a_terminal(past, *arguments, columns=250, before=few) == past.saga("audit").out
    assert "\x1b" in on_a_terminal(past, *arguments, columns=250)


@pytest.mark.parametrize("columns", [40, 100, 200])
def test_a_narrow_terminal_folds_and_cuts_nothing(past, columns):
    past.begin().end(reason=" ".join(f"word{number}" for number in range(60)))
    drawn = on_a_terminal(past, "runs", "--journal", str(past.path), columns=columns)
    assert past.last().id in drawn
    for number in range(60):
        assert f"word{number}" in drawn


def test_without_rich_the_same_is_said_in_plain_text(past):
    past.killed(lambda work: work.do("Copy"))
    without = "import sys; sys.modules['rich'] = sys.modules['rich.console'] = None; "
    arguments = "audit", past.last().id
    assert (
        on_a_terminal(past, *arguments, "--journal", str(past.path), columns=200, before=without)
        == past.saga(*arguments).out
    )
