# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Secrets planted wherever a play can have them, and everything that comes out of it looked through for them.

A word of each kind of place is looked for on its own: in what is printed, in the journal and beside it, in what each
command shows of the run, in what is sent and left for others.
"""

import base64
import http.server
import json
import signal
import subprocess
import threading

import pytest

from commands import answers

VAULTED = "v4ulted-word"
PLACES = (
    *("no-log-argument", "no-log-result", "no-log-item", "no-log-failure", "no-log-registered"),
    *("vaulted-environment", "vaulted-item", "vaulted-failure", "vaulted-default", "extra-variable", "captured"),
    "typed-variable",
)
TASKS = """
- name: Argument
  ansible.builtin.command: echo {{ words.argument }}
  no_log: true
- name: Result
  ansible.builtin.command: cat {{ playbook_dir }}/secret-{{ inventory_hostname }}
  no_log: true
- name: Registered
  ansible.builtin.command: cat {{ playbook_dir }}/registered
  changed_when: false
  no_log: true
  register: kept
- name: Items
  ansible.builtin.command: echo {{ item }}
  loop: ["{{ words.item }}", plain]
  no_log: true
- name: Environment
  ansible.builtin.command: sh -c 'test -n "$TOKEN"'
  environment: {TOKEN: "{{ vaulted.environment }}"}
- name: Vaulted items
  ansible.builtin.command: "true {{ item }}"
  loop: ["{{ vaulted.item }}"]
  no_log: true
- name: Extra variable
  ansible.builtin.command: echo {{ extra }} {{ typed }}
  no_log: true
- name: Captured
  ansible.builtin.command: echo {{ inventory_hostname }}
  vars:
    saga: {compensate: Undo it, capture: {token: "vaulted.captured"}}
- name: Use what was kept
  ansible.builtin.command: test {{ kept.stdout | length }} -gt 3
  changed_when: false
- name: Handled failure
  block:
    - name: Fail
      ansible.builtin.fail: {msg: "{{ words.failure }}"}
      no_log: true
  rescue:
    - name: Go on
      ansible.builtin.command: echo rescued
      changed_when: false
- name: Exception
  ansible.builtin.command: echo {{ vaulted.failure | int(default='x') + none }}
  no_log: true
  when: breaks | default(false) | bool
"""
HANDLERS = """
- name: Undo it
  ansible.builtin.command: "true {{ saga_step.captured.token | default('') }}"
  no_log: true
"""


def word(place):
    return f"s3cr3t-{place}"


@pytest.fixture
def planted(project):
    """A play with a word of its own in each place, and the arguments that it is started with."""
    project.write("password", "open sesame")
    plain = {"argument": word("no-log-argument"), "item": word("no-log-item"), "failure": word("no-log-failure")}
    project.write("vars/words.yml", {"words": plain})
    sealed = {
        name: {"__vault__": word(f"vaulted-{name}" if name != "captured" else "captured")}
        for name in ("environment", "item", "failure", "captured")
    }
    lines = ["vaulted:"]
    for name, found in sealed.items():
        lines += [f"  {line}" for line in encrypted(project, name, found["__vault__"]).splitlines()]
    project.write("group_vars/db.yml", "\n".join(lines) + "\n")
    project.write("secret-h1", word("no-log-result"))
    project.write("registered", word("no-log-registered"))
    project.write("extra.json", json.dumps({"extra": word("extra-variable")}))
    project.play(TASKS, HANDLERS, head="  vars_files: [vars/words.yml]")
    typed = ("-e", f"typed={word('typed-variable')}")
    return ("--limit", "h1", "--vault-password-file", "password", "-e", "@extra.json", *typed, "--diff", "-vv")


def encrypted(project, name, value):
    command = [project.bin / "ansible-vault", "encrypt_string", "--vault-password-file", "password", "--name", name]
    done = subprocess.run(
        [*command, value], cwd=project.folder, env=project.environment(), capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.fixture
def hook():
    """A web hook that takes whatever it is sent: its address, and that."""
    sent = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            sent.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", sent
    server.shutdown()
    server.server_close()
    thread.join()


COMMANDS = (
    *(("runs",), ("runs", "--json"), ("status",), ("status", "--json"), ("pending", "--json")),
    *(("audit",), ("audit", "--json"), ("audit", "--verify")),
    *(("watch", "--once"), ("watch", "--once", "--json"), ("export",)),
    *(("report", "--format", form) for form in ("html", "markdown", "junit")),
)


def outputs(project, run, steps):
    """Return what each command shows of the run, by the command."""
    shown = [("show", run, step, *form) for step in steps for form in ((), ("--json",))]
    asked = [*COMMANDS, *shown]
    said = answers([(project.folder, command) for command in asked], project.environment())
    return {" ".join(command): answer.out + answer.err for command, answer in zip(asked, said, strict=True)}


def kept(project):
    """Yield every file that was left in the project, but those in which the secrets were written down."""
    written_by_us = {"words.yml", "secret-h1", "registered", "extra.json", "password", "db.yml", "output"}
    for path in project.folder.rglob("*"):
        if path.is_file() and path.name not in written_by_us:
            yield str(path.relative_to(project.folder)), path.read_bytes()


def found(text):
    """Return the places whose words a text has, as they are, or as JSON, Base64 or a URL would hide them."""
    data = text if isinstance(text, bytes) else text.encode()
    return {
        place
        for place in PLACES
        for form in (word(place), word(place).replace("-", "%2D"), base64.b64encode(word(place).encode()).decode())
        if form.encode() in data
    }


@pytest.mark.core
@pytest.mark.parametrize(
    "vault_id", ["", pytest.param("default", marks=pytest.mark.sweep)], ids=["not stored", "encrypted"]
)
def test_no_secret_is_shown_stored_or_sent(project, planted, hook, vault_id):
    """Killed, resumed, failed and undone; with every output that there is."""
    url, sent = hook
    enabled = project.environment()["ANSIBLE_CALLBACKS_ENABLED"]
    with_everything = {
        "ANSIBLE_CALLBACKS_ENABLED": f"{enabled},saga.ops.jsonl,saga.ops.otel",
        "ANSIBLE_SHOW_CUSTOM_STATS": "true",
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"{url}/telemetry",
        "SAGA_ANCHOR": f"{url}/anchor",
        "SAGA_JSONL_PATH": "events.jsonl",
        "SAGA_NOTIFY": f"{url}/notify",
        "SAGA_NOTIFY_ON": "stopped,parked,compensated,completed",
        "SAGA_VAULT_ID": vault_id,
    }
    killed = project.run(*planted, SAGA_TEST_KILL="before_outcome:Use what was kept:1", **with_everything)
    assert killed.code == -signal.SIGKILL, killed.output
    printed = [killed.output]
    with_everything["ANSIBLE_STDOUT_CALLBACK"] = "saga.ops.progress"
    printed.append(project.run(*planted, "-e", "breaks=true", **with_everything).output)
    run = project.last_run()
    assert run.state == "compensated", printed[-1]
    assert {step.name for step in project.steps()} >= {"Argument", "Items", "Captured", "Go on", "Exception", "Undo it"}
    steps = dict.fromkeys(step.name for step in project.steps())
    shown = dict(enumerate(printed)) | outputs(project, run.id, steps) | dict(kept(project)) | dict(sent)
    assert {"events.jsonl", "/telemetry/v1/traces", "/telemetry/v1/metrics", "/anchor", "/notify"} <= shown.keys()
    for form in ("html", "markdown", "junit"):
        assert "Use what was kept" in shown[f"report --format {form}"]
    assert {name: places for name, text in shown.items() if (places := found(text))} == {}
    assert [path for path, text in sent if found(text)] == []
    tries = {step.name: step.executions for step in project.steps()}
    assert tries["Registered"] == (1 if vault_id else 2)  # it is encrypted, or else done again: it may be repeated
    assert ("is encrypted with the vault id 'default'" in shown[f"show {run.id} Registered"]) == bool(vault_id)
