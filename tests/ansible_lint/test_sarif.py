# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The SARIF of saga check against its schema, as a generator made types of it that take no other keys."""

from pathlib import Path

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._cli import sarif
from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import Contract
from ansible_collections.saga.ops.plugins.plugin_utils._engine.rules import check
from pydantic import ValidationError
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Schema

from outlines import a_play, a_task, an_outline

FILE = "- name: Move\n  tasks:\n    - name: Open  # noqa: SAGA003 because\n"


@pytest.fixture
def log():
    tasks = a_task("Open", Contract(), where="site.yml:3"), a_task("Pay", Contract(), where="/a role/main.yml:3")
    findings = check(an_outline(a_play(*tasks, where="site.yml:1")), lambda file: FILE if file == "site.yml" else "")
    return sarif.document(findings, version="1.0.0", root=Path.cwd())


def test_what_is_written_is_sarif(log):
    assert len(log["runs"][0]["results"]) == 4
    Schema.model_validate(log)


def test_what_is_not_sarif_would_be_found(log):
    log["runs"][0]["results"][0]["place"] = "site.yml"
    with pytest.raises(ValidationError, match="place"):
        Schema.model_validate(log)
