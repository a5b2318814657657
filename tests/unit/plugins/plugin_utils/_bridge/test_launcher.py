# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""In whose name a process works."""

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._bridge.launcher import launcher, sliced_run, workflow_of_job


@pytest.fixture(autouse=True)
def account(monkeypatch):
    monkeypatch.setenv("SUDO_USER", "awx")


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({"awx_user_name": "carl", "tower_user_name": "other"}, "carl"),
        ({"tower_user_name": "carl"}, "carl"),
        ({"awx_user_name": "", "tower_user_name": None}, "awx"),
        ({}, "awx"),
        ({"awx_schedule_name": "Nightly"}, "schedule Nightly"),
        ({"awx_parent_job_schedule_name": "Nightly"}, "schedule Nightly"),
        ({"awx_user_name": "carl", "awx_schedule_name": "Nightly"}, "carl"),
    ],
)
def test_a_job_is_in_the_name_of_who_launched_it_and_else_of_its_account(variables, name):
    assert launcher(variables) == name


@pytest.mark.parametrize(
    ("variables", "playbooks", "name"),
    [
        ({"awx_job_template_name": "Move orders"}, ["plays/move.yml"], "Move orders: plays/move.yml"),
        ({"tower_job_template_name": "Move orders"}, ["./move.yml", "tell.yml"], "Move orders: move.yml tell.yml"),
        ({"awx_job_template_name": "Check"}, ["saga.ops.smoke"], "Check: saga.ops.smoke"),
        ({"awx_job_template_name": "Move orders"}, ["/srv/orders/move.yml"], ""),
        ({"awx_job_id": 7}, ["move.yml"], ""),
        ({}, ["move.yml"], ""),
    ],
)
def test_a_jobs_workflow_is_called_by_its_template_and_where_its_playbook_is_in_the_project(variables, playbooks, name):
    assert workflow_of_job(variables, playbooks) == name


@pytest.mark.parametrize(
    ("variables", "run"),
    [
        ({"awx_workflow_job_id": 500}, "awx-500"),
        ({"awx_workflow_job_id": 501, "saga_run": {"id": "awx-500", "workflow": "Move: move.yml"}}, "awx-500"),
        ({"awx_workflow_job_id": 501, "saga_run": {"id": "awx-500", "workflow": "Other: move.yml"}}, "awx-501"),
        ({"awx_workflow_job_id": 501, "saga_run": "awx-500"}, "awx-501"),
        ({}, ""),
    ],
)
def test_the_slices_of_a_launch_share_a_run_and_go_on_with_that_of_an_earlier_node(variables, run):
    assert sliced_run(variables, "Move: move.yml") == run
