# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What a plain run does without is not loaded by it: loading is most of what a durable start costs."""

import json

import pytest

CALLBACK = """
import json, os, sys
from ansible.plugins.callback import CallbackBase

class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_NAME = "loaded"

    def v2_playbook_on_stats(self, stats):
        with open(os.environ["LOADED"], "w") as file:
            json.dump(sorted(sys.modules), file)
"""
OURS = "ansible_collections.saga.ops.plugins.plugin_utils."
NOT_NEEDED = {
    f"{OURS}{name}"
    for name in (
        "_bridge.anchoring",
        "_bridge.answering",
        "_bridge.planning",
        "_bridge.resuming",
        "_bridge.telemetry",
        "_cli",
        "_engine.audit.anchors",
        "_engine.audit.breaks",
        "_engine.audit.verifying",
        "_engine.drill",
        "_engine.inspection",
        "_engine.journal.memory",
        "_engine.journal.redis.store",
        "_engine.moving",
        "_engine.operator",
        "_engine.report.closeup",
        "_engine.report.resume",
        "_engine.report.run",
    )
} | {"opentelemetry", "redis", "rich"}


@pytest.mark.core
def test_a_plain_run_loads_nothing_that_only_others_need(project):
    project.play("- name: One\n  ansible.builtin.raw: '{{ effect }} one'\n")
    project.write("callback_plugins/loaded.py", CALLBACK)
    loaded = project.folder / "loaded.json"
    done = project.run(LOADED=str(loaded))
    assert done.code == 0, done.output
    found = set(json.loads(loaded.read_text()))
    assert f"{OURS}_engine.run" in found
    assert found & NOT_NEEDED == set()
