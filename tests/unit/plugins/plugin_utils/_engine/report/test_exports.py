# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A plan as a workflow of another engine: its nodes, and what each engine's own checker says of what is written."""

import json
import shutil
import subprocess

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import PlaybookError
from ansible_collections.saga.ops.plugins.plugin_utils._engine.plan.outline import Unfollowed
from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import Approval, Contract
from ansible_collections.saga.ops.plugins.plugin_utils._engine.report.plan.exports import EXPORTS, graph_of
from hera.workflows import Workflow
from statelint.linter import Linter

from outlines import a_play, a_task, an_outline

GATED = Contract(is_idempotent=True, compensate=("Undo it",), approval=Approval(prompt="Is {{ app }} approved?"))
NAMED = Contract(is_idempotent=True, compensate=("Undo it",), approval=Approval(approvers=("bob",)))


def a_workflow(**facts):
    return an_outline(
        a_play(a_task("Copy"), name="Copy the {{ what }} / to 'there'"),
        a_play(a_task("Switch", GATED), a_task("Cut over", GATED), a_task("Named", NAMED), name="Switch"),
        a_play(a_task("Tell"), name=""),
        **facts,
    )


@pytest.fixture
def graph():
    return graph_of(a_workflow())


# ---- which nodes


def test_each_play_is_a_node_and_the_last_one_goes_to_the_end(graph):
    assert [(node.first, node.last, node.last_play) for node in graph.nodes] == [(1, 1, 1), (2, 2, 2), (3, 3, 0)]
    assert [node.id for node in graph.nodes] == ["play-1-copy-the-what-to-there", "play-2-switch", "play-3"]


def test_a_gate_that_names_who_approves_is_not_the_engines_to_open(graph):
    assert [(gate.step, gate.is_open) for gate in graph.nodes[1].gates] == [
        ("Switch", True),
        ("Cut over", True),
        ("Named", False),
    ]
    [note] = graph.notes
    assert note.startswith("Named (site.yml:")
    assert "type 'saga approve' as themselves" in note


def test_plays_share_a_node_where_one_of_them_is_not_recorded():
    graph = graph_of(an_outline(a_play(a_task()), a_play(a_task(), is_durable=False, strategy="debug", name="Look")))
    assert [(node.first, node.last, node.last_play) for node in graph.nodes] == [(1, 2, 0)]
    assert "Play 2 (Look) runs under debug and is not recorded" in graph.notes[0]


def test_a_workflow_of_which_nothing_is_recorded_is_refused():
    with pytest.raises(PlaybookError, match=r"no play of shop/site\.yml is durable"):
        graph_of(an_outline(a_play(a_task(), is_durable=False)))


def test_includes_that_nobody_can_follow_are_told_of():
    unknown = Unfollowed(play=1, name="Include", where="site.yml:3", what="{{ x }}.yml", why="its name is a template")
    graph = graph_of(an_outline(a_play(a_task(), unfollowed=(unknown,))))
    assert "the run parks all the same" in graph.notes[0]


# ---- Argo


def argo(graph):
    return yaml.safe_load(EXPORTS["argo"](graph))


def test_argo_knows_every_word_of_its_manifest(graph):
    """The types of hera are made of Argo's own schema; what they do not know would be lost on the way through."""
    document = argo(graph)
    kept = Workflow.from_dict(document).to_dict()
    assert kept == document


def test_argo_would_lose_a_word_that_it_does_not_know(graph):
    document = argo(graph)
    document["spec"]["templates"][0]["stepz"] = []
    assert Workflow.from_dict(document).to_dict() != document


def test_argo_finds_every_template_and_every_parameter_that_is_named(graph):
    spec = argo(graph)["spec"]
    templates = {template["name"]: template for template in spec["templates"]}
    assert spec["entrypoint"] in templates
    for template in spec["templates"]:
        for step in [step for group in template.get("steps", []) for step in group]:
            asked = [each["name"] for each in templates[step["template"]].get("inputs", {}).get("parameters", [])]
            given = [each["name"] for each in step.get("arguments", {}).get("parameters", [])]
            needed = [
                each["name"]
                for each in templates[step["template"]].get("inputs", {}).get("parameters", [])
                if "default" not in each
            ]
            assert set(needed) <= set(given) <= set(asked)


def test_nothing_of_a_playbook_is_a_template_of_argo(graph):
    assert "{{ app }}" not in EXPORTS["argo"](graph)
    assert "Is <app> approved?" in EXPORTS["argo"](graph)


def test_a_retry_in_argo_has_the_run_of_its_workflow(graph):
    [start] = [template for template in argo(graph)["spec"]["templates"] if template["name"] == "start"]
    assert {"name": "RUN", "value": "{{workflow.name}}"} in start["script"]["env"]
    assert "set -- site.yml\n" in start["script"]["source"]


# ---- Step Functions


def test_the_state_machine_is_one_by_the_states_language(graph):
    document = json.loads(EXPORTS["stepfunctions"](graph))
    assert [str(problem) for problem in Linter.validate(document)] == []


def test_a_state_machine_with_a_state_that_is_nowhere_is_none(graph):
    document = json.loads(EXPORTS["stepfunctions"](graph))
    document["States"]["Play 2 Switch"]["Next"] = "Nowhere"
    assert Linter.validate(document)


def test_a_name_of_a_state_is_short_enough_and_its_own():
    long = "Copy " * 40
    graph = graph_of(an_outline(a_play(a_task(), name=long), a_play(a_task(), name=long)))
    states = json.loads(EXPORTS["stepfunctions"](graph))["States"]
    assert len(states) == 2 * 4 + 2
    assert max(len(name) for name in states) <= 80


# ---- AWX

_ENDS = {"type": "list", "elements": "dict", "options": {"identifier": {"type": "str"}}}
_NAMED = {"type": "list", "elements": "dict", "options": {"name": {"type": "str"}}}
_NODE = {
    # As awx.awx.workflow_job_template documents them, those that the export uses.
    "identifier": {"type": "str", "required": True},
    "extra_data": {"type": "dict", "default": {}},
    "all_parents_must_converge": {"type": "bool"},
    "unified_job_template": {
        "type": "dict",
        "required": True,
        "options": {
            "name": {"type": "str"},
            "description": {"type": "str"},
            "type": {"type": "str", "choices": ["job_template", "workflow_approval"]},
            "timeout": {"type": "int", "default": 0},
            "organization": {"type": "dict", "options": {"name": {"type": "str"}}},
        },
    },
    "related": {
        "type": "dict",
        "options": {"success_nodes": _ENDS, "failure_nodes": _ENDS, "always_nodes": _ENDS, "credentials": _NAMED},
    },
}
_WORKFLOW = {
    "name": {"type": "str", "required": True},
    "organization": {"type": "str"},
    "destroy_current_nodes": {"type": "bool"},
    "workflow_nodes": {"type": "list", "elements": "dict", "options": _NODE},
}


class _Loader(yaml.SafeLoader):
    """Reads what is marked as Ansible's to leave alone."""


_Loader.add_constructor("!unsafe", lambda loader, node: f"unsafe {loader.construct_scalar(node)}")


def awx(graph):
    [play] = yaml.load(EXPORTS["awx"](graph), Loader=_Loader)  # noqa: S506  a safe one
    template, workflow = play["tasks"]
    return template["awx.awx.job_template"], workflow["awx.awx.workflow_job_template"]


def test_awx_knows_every_option_of_the_workflow(graph):
    _template, workflow = awx(graph)
    assert ArgumentSpecValidator(_WORKFLOW).validate(workflow).error_messages == []
    workflow["workflow_nodes"][0]["succes_nodes"] = []
    assert ArgumentSpecValidator(_WORKFLOW).validate(workflow).error_messages != []


def test_each_launch_of_the_workflow_in_awx_is_one_run(graph):
    template, workflow = awx(graph)
    assert template["extra_vars"] == {"saga_run_id": "unsafe workflow-{{ awx_workflow_job_id }}"}
    assert template["ask_variables_on_launch"]
    jobs = [node for node in workflow["workflow_nodes"] if node["unified_job_template"]["type"] == "job_template"]
    assert {node["unified_job_template"]["name"] for node in jobs} == {template["name"]}
    assert all("saga_last_play" in node["extra_data"] or "compensate" in str(node["extra_data"]) for node in jobs)


def test_in_awx_each_way_leads_to_a_node_and_each_failure_of_a_play_to_somebody(graph):
    _template, workflow = awx(graph)
    nodes = {node["identifier"]: node for node in workflow["workflow_nodes"]}
    assert len(nodes) == len(workflow["workflow_nodes"])
    for node in nodes.values():
        for way in ("success_nodes", "failure_nodes"):
            assert {end["identifier"] for end in node["related"][way]} <= set(nodes)
    for play in ("play-1-copy-the-what-to-there", "play-2-switch", "play-3"):
        [instead] = nodes[play]["related"]["failure_nodes"]
        assert nodes[instead["identifier"]]["unified_job_template"]["type"] == "workflow_approval"


def test_in_awx_gates_of_a_play_are_asked_about_one_after_the_other(graph):
    _template, workflow = awx(graph)
    nodes = {node["identifier"]: node for node in workflow["workflow_nodes"]}
    [after_first] = nodes["play-2-switch-approve-1-yes"]["related"]["failure_nodes"]
    [after_second] = nodes["play-2-switch-approve-2-yes"]["related"]["failure_nodes"]
    assert (after_first["identifier"], after_second["identifier"]) == ("play-2-switch-approve-2", "play-2-switch-look")
    assert nodes["play-2-switch-approve-2-no"]["extra_data"]["saga_decision_step"] == "Cut over"
    assert not any("approve-3" in name for name in nodes)  # who approves that one is named


def test_awx_runs_one_playbook_for_a_job():
    with pytest.raises(PlaybookError, match="import them into one with import_playbook"):
        EXPORTS["awx"](graph_of(a_workflow(playbooks=("a.yml", "b.yml"))))


# ---- the program


def test_the_program_of_a_node_is_a_shells(graph):
    program = EXPORTS["script"](graph_of(a_workflow(playbooks=("a b.yml", "c.yml"))))
    assert "set -- 'a b.yml' c.yml\n" in program
    for check in (["sh", "-n"], [shutil.which("shellcheck"), "-s", "sh", "-"]):
        done = subprocess.run(check, input=program, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
