# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The examples of docs/engines, each with the engine's own library where there is one, and real plays."""

import json
import re
import runpy
import subprocess
import sys
import time
from dataclasses import dataclass

import boto3
import pytest
from moto import mock_aws
from temporalio import activity, workflow

from engines import EXAMPLES, Engine
from planned_exports import exported
from playground import kill_tree

IN_ORDER = ["copy"] * 3 + ["switch", "announce"]


@pytest.fixture
def engine(project, monkeypatch):
    engine = Engine(project, run="order-7")
    surroundings = engine.environment(SAGA_PROJECT=project.folder)
    for name in ("RUN", "RESULT"):  # an example has to bring them itself
        del surroundings[name]
    for name, value in surroundings.items():
        monkeypatch.setenv(name, str(value))
    return engine


# ---- Temporal


DRIVER = """
import asyncio, runpy, sys
from dataclasses import replace
from temporalio.testing import ActivityEnvironment
example = runpy.run_path(sys.argv[1])
environment = ActivityEnvironment()
environment.info = replace(environment.info, workflow_id=sys.argv[2])
print(asyncio.run(environment.run(example["play"], example["Node"](int(sys.argv[3]), *sys.argv[4:]))))
"""


def started(engine, *node):
    """Start the activity in a worker's process, as Temporal would call it."""
    words = [sys.executable, "-c", DRIVER, EXAMPLES / "temporal_plays.py", engine.run, *map(str, node)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


def temporal(engine, *node):
    """Return the activity's word, or the name of what it raises."""
    out, err = started(engine, *node).communicate(timeout=120)
    return err.splitlines()[-1] if "Traceback" in err else out.splitlines()[-1]


@pytest.mark.sweep
def test_temporal_plays_a_run_through_a_park_a_lost_worker_and_a_retry(engine):
    assert temporal(engine, 1) == "done"
    assert temporal(engine, 2) == "ask"
    assert temporal(engine, 2, "approve", "change 4711") == "done"
    engine.let("announce.hangs")
    with started(engine, 0) as worker:
        engine.project.until(engine.hangs)
        kill_tree(worker)
    assert engine.did() == IN_ORDER[:-1]
    assert temporal(engine, 0) == "done"
    assert temporal(engine, 0) == "done"  # Temporal has not heard of it, and tries again
    assert engine.did() == IN_ORDER
    assert engine.project.last_run().id == "order-7"


@pytest.mark.sweep
def test_temporal_is_told_when_nobody_knows_what_became_of_a_play(engine, monkeypatch):
    monkeypatch.setenv("INVENTORY", "nowhere.yml")
    monkeypatch.setenv("ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED", "true")
    assert "ApplicationError: SagaUnknown: play.sh ended with" in temporal(engine, 1)


def test_temporal_takes_the_example_for_a_workflow_and_an_activity():
    example = runpy.run_path(str(EXAMPLES / "temporal_plays.py"))
    assert workflow._Definition.must_from_class(example["Plays"]).name == "Plays"
    assert activity._Definition.must_from_callable(example["play"]).name == "play"


# ---- Step Functions


@dataclass
class Machine:
    """The state machine of the example in moto, which carries it out; its queue, and who is asked."""

    engine: Engine
    plays: str = ""
    questions: str = ""
    execution: str = ""

    def __post_init__(self):
        sqs, sns, self.client = boto3.client("sqs"), boto3.client("sns"), boto3.client("stepfunctions")
        self.plays = sqs.create_queue(QueueName="saga-plays")["QueueUrl"]
        self.questions = sqs.create_queue(QueueName="mailbox")["QueueUrl"]
        mailbox = sqs.get_queue_attributes(QueueUrl=self.questions, AttributeNames=["QueueArn"])["Attributes"]
        topic = sns.create_topic(Name="saga-questions")["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=mailbox["QueueArn"])
        written = exported(self.engine.project, "move.yml", "stepfunctions")
        for place, real in {
            "https://sqs.REGION.amazonaws.com/ACCOUNT/saga-plays": self.plays,
            "arn:aws:sns:REGION:ACCOUNT:saga-questions": topic,
            '"IntervalSeconds": 90': '"IntervalSeconds": 1',
        }.items():
            assert place in written
            written = written.replace(place, real)
        role = "arn:aws:iam::123456789012:role/saga"
        made = self.client.create_state_machine(name="move", definition=written, roleArn=role)
        started = self.client.start_execution(stateMachineArn=made["stateMachineArn"], name="order-7", input="{}")
        self.execution = started["executionArn"]
        self.worker = runpy.run_path(str(EXAMPLES / "step_functions_worker.py"))

    def work(self):
        """Let a worker do a play; return whether there was one."""
        return self.worker["do_one"](self.plays, wait=1)

    def asked(self):
        """Return what somebody is asked, if anybody is."""
        found = boto3.client("sqs").receive_message(QueueUrl=self.questions, WaitTimeSeconds=1).get("Messages", [])
        for message in found:
            boto3.client("sqs").delete_message(QueueUrl=self.questions, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(json.loads(message["Body"])["Message"]) for message in found]

    def answer(self, asked, answer):
        said = json.dumps({"answer": answer, "why": "change 4711"})
        self.client.send_task_success(taskToken=asked["token"], output=said)

    def end(self, answers):
        """Work until the machine has ended, giving these answers; return how it has ended."""
        deadline = time.monotonic() + 150
        while (status := self.client.describe_execution(executionArn=self.execution)["status"]) == "RUNNING":
            assert time.monotonic() < deadline
            self.work()
            for asked in self.asked():
                self.answer(asked, answers.pop(0))
        return status


@pytest.fixture
def machine(engine, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "none")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        yield Machine(engine)


@pytest.mark.sweep
def test_step_functions_carry_a_run_through_a_park_and_what_nobody_knows_of(engine, machine, monkeypatch):
    with monkeypatch.context() as broken:  # the first try does not come to the journal
        broken.setenv("SAGA_LOCK_TTL", "nonsense")
        machine.engine.project.until(machine.work)
    assert engine.did() == []
    assert machine.end(["resume", "approve"]) == "SUCCEEDED"
    assert engine.did() == IN_ORDER
    assert (engine.project.last_run().id, engine.project.last_run().state) == ("order-7", "completed")


@pytest.mark.sweep
def test_step_functions_end_with_a_failure_when_the_run_is_undone(engine, machine):
    assert machine.end(["deny"]) == "FAILED"
    assert engine.did() == ["copy"] * 3 + ["drop"] * 3


# ---- n8n


@pytest.mark.sweep
def test_n8n_runs_commands_that_play_the_run(engine):
    """An expression of n8n is put in place by hand; the rest of a command is a shell's."""
    document = json.loads((EXAMPLES / "n8n.json").read_text())
    nodes = {node["name"]: node for node in document["nodes"]}
    words, answers = [], {"Play 2 Switch the traffic": ["resume", "approve"]}
    for name, node in nodes.items():
        for answer in answers.get(name, ["resume"]) if node["type"].endswith("executeCommand") else []:
            command = node["parameters"]["command"].removeprefix("=").replace("{{ $execution.id }}", "17")
            command = re.sub(r"\{\{ \[.*?\}\}", answer, command)
            assert "{{" not in command
            words.append(
                subprocess.run(["sh", "-c", command], check=True, capture_output=True, text=True).stdout.strip()
            )
    assert words == ["done", "ask", "done", "done"]
    assert engine.did() == IN_ORDER
    assert engine.project.last_run().id == "n8n-17"


def test_n8n_is_given_links_to_nodes_that_are_there():
    document = json.loads((EXAMPLES / "n8n.json").read_text())
    names = {node["name"] for node in document["nodes"]}
    links = document["connections"]
    assert len(names) == len(document["nodes"]) == len({node["id"] for node in document["nodes"]})
    assert set(links) <= names
    assert {end["node"] for found in links.values() for ends in found["main"] for end in ends} <= names
    ends = names - set(links)
    assert ends == {"Completed", "Over"}


# ---- what is exported is what the page shows


@pytest.mark.parametrize(
    ("kind", "name"), [("argo", "argo.yml"), ("stepfunctions", "step_functions.json"), ("awx", "awx.yml")]
)
def test_an_example_is_what_the_plan_exports(project, kind, name):
    project.write("move.yml", (EXAMPLES / "move.yml").read_text())
    done = project.saga("plan", "move.yml", "-e", "saga_workflow=orders/move", "--export", kind, "--output", "written")
    assert done.code == 0, done.output
    assert (project.folder / "written").read_text() == (EXAMPLES / name).read_text()
