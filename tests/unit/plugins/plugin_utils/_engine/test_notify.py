# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Telling somebody that a run has ended or waits: what is told, to a command or a web hook, and what may go wrong."""

import json
import os
import shlex
import socket
import sys
import threading
import time
from pathlib import Path

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.notify import Address, Notice, document
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import Run, RunState

from hook import PATIENCE, listening

RUN = Run(id="R1", workflow="shop/site.yml", state=RunState.PARKED, started=1.0, updated=2.0, targets=("h1", "h2"))
TOLD = document(RUN, reason="paused by ann", command=("saga", "resume", "R1"))


def notified(target, timeout=PATIENCE, content=TOLD):
    """Return what went wrong."""
    return Notice(Address(target=target, timeout=timeout), content).start().ended()


def python(code):
    return shlex.join([sys.executable, "-c", code])


@pytest.fixture
def hook():
    with listening() as server:
        yield server


def test_the_document_says_what_happened_and_what_to_type():
    assert TOLD == {
        "schema": 1,
        "event": "parked",
        "run": "R1",
        "workflow": "shop/site.yml",
        "state": "parked",
        "reason": "paused by ann",
        "targets": ["h1", "h2"],
        "questions": [],
        "next": {"command": ["saga", "resume", "R1"], "text": "saga resume R1"},
    }


def test_a_command_finds_the_document_on_its_standard_input(tmp_path):
    told = tmp_path / "told"
    assert notified(shlex.join(["cp", "/dev/stdin", str(told)])) == ""
    assert json.loads(told.read_text()) == TOLD


def test_no_shell_reads_the_command(tmp_path):
    mark = tmp_path / "mark"
    assert notified(f"true ; touch {mark}") == ""
    assert not mark.exists()


def test_a_command_that_does_not_read_is_as_good_as_one_that_does():
    assert notified("true", content={"long": "x" * 1_000_000}) == ""


def test_a_command_that_fails_is_told_without_its_arguments():
    said = notified(python("import sys; sys.exit(3)") + " s3cr3t")
    assert said == f"nobody was notified: the command {sys.executable!r} ended with 3"


def test_a_command_that_is_not_there_is_told():
    said = notified("/proc/nowhere/notify s3cr3t")
    assert (
        said == "nobody was notified: the command '/proc/nowhere/notify' cannot be started (No such file or directory)"
    )


def test_a_command_that_hangs_is_killed_with_all_that_it_has_started(tmp_path):
    pids = tmp_path / "pids"
    script = f"sleep 300 & echo $$ $! >{shlex.quote(str(pids))}; wait"
    assert notified(shlex.join(["sh", "-c", script]), timeout=2.0).endswith("took longer than 2 s")
    for pid in map(int, pids.read_text().split()):
        until_gone(pid)


def until_gone(pid):
    deadline = time.monotonic() + PATIENCE
    while is_alive(pid):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_command_does_not_hold_up_whoever_starts_it():
    notice = Notice(Address(target="sleep 300", timeout=1.0), TOLD).start()
    assert notice._thread.is_alive()
    assert "took longer" in notice.ended()


def test_a_web_hook_is_posted_the_document(hook):
    assert notified(f"http://{hook.place}/saga?channel=ops") == ""
    [(path, headers, body)] = hook.posted
    assert (path, body) == ("/saga?channel=ops", TOLD)
    assert headers["Content-Type"] == "application/json"
    assert "Authorization" not in headers


def test_who_calls_a_web_hook_is_a_header_of_the_call(hook):
    assert notified(f"http://ann:pass%20word@{hook.place}/") == ""
    [(_path, headers, _body)] = hook.posted
    assert headers["Authorization"] == "Basic YW5uOnBhc3Mgd29yZA=="
    assert headers["Host"] == hook.place


def test_a_web_hook_that_refuses_is_told_without_what_is_secret_in_its_address(hook):
    hook.code = 500
    said = notified(f"http://ann:s3cr3t@{hook.place}/token/s3cr3t?key=s3cr3t")
    assert said == f"nobody was notified: http://{hook.place} answered 500"


def test_a_web_hook_that_is_slow_is_left_alone_after_the_timeout(hook):
    hook.go_on.clear()
    began = time.monotonic()
    assert notified(f"http://{hook.place}/", timeout=0.3).endswith("took longer than 0.3 s")
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("code", [302, 307])
def test_no_redirect_is_followed(hook, code):
    hook.code, hook.headers = code, {"Location": f"http://{hook.place}/elsewhere"}
    assert notified(f"http://{hook.place}/").endswith(f"answered {code}")
    assert len(hook.posted) == 1


def test_a_port_that_nobody_listens_on_is_told():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        said = notified(f"http://ann:s3cr3t@{place}/")
    assert said == f"nobody was notified: http://{place} cannot be reached ({os.strerror(111)})"


def test_what_is_no_answer_is_told():
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=hang_up, args=[server])
        thread.start()
        said = notified(f"http://127.0.0.1:{server.getsockname()[1]}/")
        thread.join()
    assert "cannot be reached" in said


def test_a_process_that_can_start_no_thread_is_told_so_and_goes_on(monkeypatch):
    def refuse(_thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert notified("true") == "nobody was notified: the command 'true' could not be called: no thread can be started"


def hang_up(server):
    caller, _address = server.accept()
    caller.close()


@pytest.mark.parametrize(
    "target",
    [
        "ftp://files.example/",
        "file:///etc/passwd",
        "http://",
        "http://h:s3cr3t/",
        "http://h/ x",
        "'open",
        "http://[::1",
    ],
)
def test_what_is_no_address_is_refused_without_being_shown(target):
    with pytest.raises(ValueError, match=r"called|quotation") as caught:
        Address(target=target)
    assert "s3cr3t" not in str(caught.value)
