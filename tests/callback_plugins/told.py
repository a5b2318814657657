# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Writes down what callbacks are told, a line each, into the file told; and how often a strategy prepared a host."""

from pathlib import Path

from ansible.plugins.callback import CallbackBase
from ansible.plugins.strategy import StrategyBase

DOCUMENTATION = """
name: told
type: aggregate
short_description: Writes down what callbacks are told
description: For tests.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "told"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self):
        super().__init__()
        prepare = StrategyBase.add_tqm_variables

        def counted(*arguments, **keywords):
            _write("prepared", "a host")
            return prepare(*arguments, **keywords)

        StrategyBase.add_tqm_variables = counted

    def v2_playbook_on_task_start(self, task, is_conditional):
        _write("start", task.get_name())

    def v2_playbook_on_handler_task_start(self, task):
        _write("start", task.get_name())

    def v2_playbook_on_notify(self, handler, host):
        _write("notify", handler.get_name(), host.get_name())

    def v2_runner_on_ok(self, result):
        _write("ok", *_of(result))

    def v2_runner_on_skipped(self, result):
        _write("skipped", *_of(result))

    def v2_runner_on_failed(self, result, ignore_errors=False):
        _write("failed", *_of(result))

    def v2_runner_item_on_ok(self, result):
        _write("item", *_of(result))


def _of(result):
    word = "restored" if result._result.get("saga_restored") else "now"
    return result._task.get_name(), result._host.get_name(), word


def _write(*words):
    with Path("told").open("a") as file:
        file.write(" | ".join(words) + "\n")
