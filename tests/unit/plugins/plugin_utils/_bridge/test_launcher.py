# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""In whose name a process works."""

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._bridge.launcher import launcher


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
    ],
)
def test_a_job_is_in_the_name_of_who_launched_it_and_else_of_its_account(variables, name):
    assert launcher(variables) == name
