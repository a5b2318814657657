# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The callback saga.ops.otel: real plays, and a collector that understands OTLP."""

import time

import pytest

from collector import Collector
from playground import IS_SECOND_DOOR

CALLBACKS = "crash,saga.ops.otel" + (",saga.ops.durable" if IS_SECOND_DOOR else "")
SITE = """
    - name: Look
      ansible.builtin.raw: "true"
      vars: {saga: {effect: none}}
    - name: Make
      ansible.builtin.raw: "{{ effect }} made"
      vars: {saga: {effect: side_effect, idempotent: true, compensate: Undo}}
    - name: Switch
      ansible.builtin.raw: "{{ effect }} switch; test ! -e {{ playbook_dir }}/broken"
      vars: {saga: {effect: side_effect, idempotent: true, on_failure: {retry: {attempts: 2}}}}
"""
UNDO = """
    - name: Undo
      ansible.builtin.raw: "{{ effect }} undone"
"""


@pytest.fixture
def collector():
    with Collector() as collector:
        yield collector


@pytest.fixture
def told(project, collector):
    """Run the playbook, telling the collector."""

    def run(*arguments, **environment):
        own = {"ANSIBLE_CALLBACKS_ENABLED": CALLBACKS, "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
        return project.run(*arguments, **(own | environment))

    project.play(SITE, UNDO)
    return run


@pytest.mark.core
@pytest.mark.sample
def test_an_attempt_is_a_trace_with_a_span_for_each_step_on_each_host(told, collector):
    done = told()
    assert done.code == 0, done.output
    assert "telemetry" not in done.output
    root = collector.one("saga attempt")
    play = collector.one("play 1 Move")
    steps = [span for span in collector.spans if "saga.step.key" in span.facts]
    assert sorted((span.name, span.facts["saga.step.host"]) for span in steps) == [
        (name, host) for name in ("Look", "Make", "Switch") for host in ("h1", "h2", "h3")
    ]
    assert {span.trace for span in collector.spans} == {root.trace}
    assert (root.parent, play.parent) == ("", root.id)
    assert {span.parent for span in steps} == {play.id}
    assert root.facts["saga.run.state"] == "completed"
    assert root.resource["service.name"] == "saga.ops"
    assert all(root.start <= span.start <= span.end <= root.end for span in steps)
    assert not any(span.is_error for span in collector.spans)
    made = collector.one("Make", step__host="h1")
    assert (made.facts["saga.step.effect"], made.facts["saga.step.idempotent"]) == ("side_effect", True)
    assert collector.counted("saga.steps", step__state="ok", step__kind="step") == 9
    assert collector.counted("saga.step.duration") == 9
    assert collector.counted("saga.runs", run__state="completed") == 1


@pytest.mark.core
def test_the_attempt_after_a_kill_is_linked_to_the_killed_one_and_tells_of_it(told, collector, project):
    killed = told(SAGA_TEST_KILL="after_effect:h1:2", SAGA_TEST_KILL_TREE="1")
    assert killed.code < 0, killed.output
    assert not collector.named("saga attempt")
    done = told()
    assert done.code == 0, done.output
    died = collector.one("saga attempt", attempt=1)
    root = collector.one("saga attempt", attempt=2)
    assert (died.facts["saga.run.state"], died.is_error, died.words) == ("died", True, "died")
    assert (died.trace, died.id, {"saga.link": "earlier attempt", "saga.attempt": 1}) in root.links
    assert died.trace != root.trace
    lost = collector.one("Make", attempt=1, step__host="h1")
    assert (lost.facts["saga.step.state"], lost.is_error) == ("in doubt", True)
    again = collector.one("Make", attempt=2, step__host="h1")
    assert (lost.trace, lost.id, {"saga.link": "tried before"}) in again.links
    assert {(name, facts["saga.step.host"]) for name, facts in root.happenings} >= {("step.in_doubt", "h1")}
    assert collector.counted("saga.runs", run__state="died") == 1
    assert collector.counted("saga.in_doubt") >= 1
    assert collector.counted("saga.steps.restored") >= 3


@pytest.mark.sweep
def test_what_a_killed_attempt_had_sent_is_sent_again_as_the_same(told, collector, project):
    project.play(
        """
        - name: Make
          ansible.builtin.raw: "{{ effect }} made"
        - name: Wait
          ansible.builtin.raw: sleep 3
          vars: {saga: {effect: none}}
        - name: Switch
          ansible.builtin.raw: "{{ effect }} switch"
        """
    )
    told("--limit", "h1", SAGA_TEST_KILL="before_outcome:Switch:1", OTEL_BSP_SCHEDULE_DELAY="200")
    [sent] = collector.named("Make")
    assert told("--limit", "h1").code == 0
    made = collector.named("Make")
    assert made[1:] == [sent]
    assert {span.parent for span in made} == {collector.one("play 1 Move", attempt=1).id}


def test_retries_and_compensations_are_spans_linked_to_what_they_are_about(told, collector, project):
    (project.folder / "broken").touch()
    done = told("--limit", "h1")
    assert done.code != 0
    first, second = (collector.one("Switch", step__try=number) for number in (1, 2))
    assert (first.is_error, second.is_error) == (True, True)
    assert (first.trace, first.id, {"saga.link": "tried before"}) in second.links
    made, undone = collector.one("Make"), collector.one("Undo")
    assert (made.trace, made.id, {"saga.link": "undoes"}) in undone.links
    assert undone.facts["saga.step.kind"] == "compensation"
    root = collector.one("saga attempt")
    assert (root.facts["saga.run.state"], root.is_error, undone.parent) == ("compensated", True, root.id)
    assert {"run.compensating", "compensation.done"} <= {name for name, _facts in root.happenings}
    assert collector.counted("saga.retries", step__state="failed") == 1
    assert collector.counted("saga.compensations", compensation__outcome="done") == 1
    assert collector.counted("saga.steps", step__kind="compensation") == 1


@pytest.mark.sweep
def test_a_wait_for_an_operator_is_a_trace_of_its_own(told, collector, project):
    project.play(
        """
        - name: Switch
          ansible.builtin.raw: "{{ effect }} switch"
          vars: {saga: {effect: irreversible, approval: required}}
        """
    )
    parked = told("--limit", "h1")
    assert "is parked" in parked.output
    decided = project.saga("approve", project.last_run().id, "--why", "it is night")
    assert decided.code == 0, decided.output
    assert told("--limit", "h1").code == 0
    first, second = (collector.one("saga attempt", attempt=number) for number in (1, 2))
    wait = collector.one("saga wait")
    assert (wait.facts["saga.asks"], wait.facts["saga.answer"]) == ("approval", "approve")
    assert wait.trace not in {first.trace, second.trace}
    assert [link[:2] for link in wait.links] == [(first.trace, first.id)]
    assert wait.end > first.end
    assert not first.is_error
    assert collector.counted("saga.waits", asks="approval") == 1
    assert collector.counted("saga.decisions", answer="approve") == 1


@pytest.mark.sweep
def test_who_started_the_run_has_a_span_of_it_in_his_own_trace(told, collector):
    trace, span = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    assert told(TRACEPARENT=f"00-{trace}-{span}-01").code == 0
    stand_in, root = collector.one("saga run"), collector.one("saga attempt")
    assert (stand_in.trace, stand_in.parent) == (trace, span)
    assert [link[:2] for link in stand_in.links] == [(root.trace, root.id)]
    assert [link[:2] for link in root.links] == [(trace, span)]
    assert root.trace != trace


SECRETS = ("in-a-variable", "in-an-argument", "in-a-result", "in-a-failure", "in-a-loop", "in-the-header")


@pytest.mark.sweep
def test_no_value_reaches_the_collector(told, collector, project):
    project.play(
        """
        - name: Tell {{ planted }}
          ansible.builtin.raw: "{{ effect }} in-an-argument; echo in-a-result"
          register: said
          loop: [in-a-loop]
        - name: Remember
          ansible.builtin.set_fact: {kept: "{{ said.results[0].stdout }}"}
        - name: Fail
          ansible.builtin.fail: {msg: "in-a-failure {{ kept }}"}
        """
    )
    told("-e", "planted=in-a-variable", OTEL_EXPORTER_OTLP_HEADERS="authorization=in-the-header")
    assert len(collector.named("saga attempt")) == 1
    assert any(headers.get("authorization") == "in-the-header" for headers in collector.headers)
    assert [word for word in SECRETS for body in collector.bodies if word.encode() in body] == []


# What must not hold up a run, or break it


def flushed(done):
    assert done.code == 0, done.output
    assert done.output.count("saga telemetry:") == 1, done.output
    return " ".join(done.output.split())  # Ansible wraps what it warns of


@pytest.mark.sweep
def test_a_collector_that_is_away_costs_one_warning(told):
    said = flushed(told(OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9", SAGA_OTEL_FLUSH="1"))
    assert "spans and metrics were not sent" in said, said
    assert "Traceback" not in said


def test_a_collector_that_hangs_holds_the_end_up_for_as_long_as_was_chosen(told, collector, project):
    began = time.monotonic()
    assert told("--limit", "h1", OTEL_SDK_DISABLED="true").code == 0
    plain = time.monotonic() - began
    collector.hang()
    began = time.monotonic()
    said = flushed(told("--limit", "h1", SAGA_OTEL_FLUSH="2"))
    assert "the collector did not take them within 2 s" in said
    assert time.monotonic() - began < plain + 2 + 6


@pytest.mark.sweep
def test_a_collector_that_refuses_is_quoted(told, collector):
    collector.status = 401
    assert "401" in flushed(told("--limit", "h1", SAGA_OTEL_FLUSH="3"))


@pytest.mark.sweep
@pytest.mark.parametrize(
    "environment",
    [{"OTEL_SDK_DISABLED": "true"}, {"OTEL_TRACES_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "none"}],
    ids=["disabled", "none"],
)
def test_what_is_not_wanted_is_not_sent(told, collector, environment):
    done = told("--limit", "h1", **environment)
    assert (done.code, collector.bodies) == (0, [])
    assert "telemetry" not in done.output


@pytest.mark.sweep
def test_the_environment_names_what_sends(told, collector):
    own = {"OTEL_SERVICE_NAME": "moves", "OTEL_RESOURCE_ATTRIBUTES": "service.instance.id=blue,team=db"}
    assert told("--limit", "h1", **own).code == 0
    resource = collector.one("saga attempt").resource
    assert [resource[name] for name in ("service.name", "service.instance.id", "team")] == ["moves", "blue", "db"]


@pytest.mark.sweep
def test_metrics_alone_can_be_had(told, collector):
    assert told("--limit", "h1", OTEL_TRACES_EXPORTER="none").code == 0
    assert (collector.spans, collector.counted("saga.runs")) == ([], 1)


@pytest.mark.sweep
def test_without_the_package_the_play_runs_and_the_message_names_it(told, collector, project):
    hidden = project.folder / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text("import sys\nsys.modules['opentelemetry'] = None\n")
    said = flushed(told("--limit", "h1", PYTHONPATH=str(hidden)))
    assert "the Python package opentelemetry-sdk is missing" in said
    assert "pip install 'ansible-saga[otel]'" in said
    assert collector.bodies == []


@pytest.mark.sweep
def test_workers_send_nothing(told, collector, project):
    """They are forks of a process that has sent something, and live as long as their steps."""
    project.play(
        """
        - name: Wait
          ansible.builtin.raw: "{{ effect }} waited; sleep 2"
        """
    )
    done = told("--forks", "3", OTEL_BSP_SCHEDULE_DELAY="100", OTEL_METRIC_EXPORT_INTERVAL="100")
    assert done.code == 0, done.output
    identities = [(span.trace, span.id) for span in collector.spans]
    assert len(set(identities)) == len(identities) == 5
    assert len({resource["service.instance.id"] for resource, _metrics in collector.metrics}) == 1
    assert collector.counted("saga.steps") == 3
