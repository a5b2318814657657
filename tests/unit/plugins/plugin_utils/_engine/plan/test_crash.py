# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What a crash around a step leads to."""

from dataclasses import replace

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.plan.crash import SEPARATOR, Crash, crash, legend
from ansible_collections.saga.ops.plugins.plugin_utils._engine.plan.outline import Role, Section
from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import Approval, OnDoubt
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import RunState, StepState
from ansible_collections.saga.ops.plugins.plugin_utils._engine.report import forecast

from planned import a_handler, a_large, a_move, a_play, a_task
from samples import IDEMPOTENT, ONCE, PIVOT, READ_ONLY, a_run, a_step

VERIFIED = replace(ONCE, verify=("Is it there",))


def around(task, **play):
    return crash(a_play(task, **play), task)


@pytest.mark.parametrize(
    ("contract", "word"),
    [
        (READ_ONLY, "run again"),
        (IDEMPOTENT, "run again"),
        (ONCE, "ask"),
        (PIVOT, "ask"),
        (VERIFIED, "verify"),
        (replace(IDEMPOTENT, verify=("Is it there",)), "run again"),
        (replace(ONCE, on_in_doubt=OnDoubt.RERUN), "run again"),
        (replace(IDEMPOTENT, on_in_doubt=OnDoubt.ESCALATE), "ask"),
        (replace(VERIFIED, on_in_doubt=OnDoubt.VERIFY), "verify"),
        (replace(ONCE, compensate=("Undo it",), on_in_doubt=OnDoubt.COMPENSATE), "compensate"),
    ],
)
def test_a_doubt_is_answered_as_the_contract_says(contract, word):
    assert around(a_task(contract=contract)).during == word


@pytest.mark.parametrize("contract", [READ_ONLY, IDEMPOTENT, ONCE, PIVOT])
@pytest.mark.parametrize("is_withheld", [False, True])
def test_the_words_are_those_that_status_says_of_a_step_in_doubt_and_of_one_that_is_done(contract, is_withheld):
    task = a_task(contract=contract, is_no_log=is_withheld, is_registered=is_withheld)
    run = a_run(state=RunState.STOPPED)
    doubt = forecast(run, a_step(contract=contract, state=StepState.STARTED), is_live=False)
    done = forecast(run, a_step(contract=contract, is_withheld=is_withheld), is_live=False)
    said = around(task)
    assert (said.during, said.after) == (doubt, done.removesuffix(" (result not stored)"))


def test_a_step_with_an_effect_has_an_intent_and_one_without_has_none():
    assert around(a_task(contract=READ_ONLY)).durable == "result"
    assert around(a_task(contract=ONCE)).durable == "intent, result"


def test_a_loop_keeps_the_items_that_ended():
    said = around(a_task(contract=ONCE, is_loop=True))
    assert (said.durable, said.during) == ("intent, items, result", "keep items, ask")


def test_a_loop_without_an_effect_has_no_page_for_its_items():
    said = around(a_task(contract=READ_ONLY, is_loop=True))
    assert (said.durable, said.during) == ("result", "run again")


def test_a_job_is_looked_for_before_anything_else():
    assert around(a_task(contract=ONCE, is_async=True)).during == "look for its job, ask"
    assert around(a_task(contract=READ_ONLY, is_async=True)).durable == "intent, job, result"


def test_a_secret_result_that_nothing_registers_is_replayed():
    said = around(a_task(contract=ONCE, is_no_log=True))
    assert (said.durable, said.after) == ("intent, outcome", "replay")


def test_a_secret_result_that_a_vault_id_encrypts_is_replayed_though_it_is_registered():
    said = around(a_task(contract=ONCE, is_no_log=True, is_registered=True, is_sealed=True))
    assert (said.durable, said.after) == ("intent, encrypted result", "replay")


def test_a_step_that_is_done_once_is_replayed_for_all():
    assert around(a_task(is_once=True)).after == "replay for all"


def test_a_notified_handler_is_notified_again():
    assert around(a_handler(serves=(Role.NOTIFIED, Role.COMPENSATION))).before == "notify again"


def test_a_compensation_runs_again_and_a_verification_is_asked_anew():
    assert around(a_handler(contract=ONCE)).during == "run again"
    assert around(a_handler(serves=(Role.VERIFICATION,))).after == "ask anew"
    assert around(a_handler(serves=())).before == "never"


def test_a_play_of_another_strategy_is_not_recorded():
    said = around(a_task(contract=ONCE), is_durable=False)
    assert said == Crash(durable="nothing", before="run", during="run again", after="run again")


def test_a_gate_and_a_rescue_are_told_before_the_step():
    assert around(a_task(contract=replace(ONCE, approval=Approval()))).before == "ask for approval"
    assert around(a_task(section=Section.RESCUE)).before == "run if failed"


@pytest.mark.parametrize("outline", [a_move(), a_large(60)])
def test_every_word_of_a_plan_is_explained_once(outline):
    crashes = [crash(outline.play_of(task), task) for task in outline.tasks]
    used = {
        (column, word)
        for each in crashes
        for column in ("durable", "before", "during", "after")
        for word in getattr(each, column).split(SEPARATOR)
        if word
    }
    explained = [(each.column, each.word) for each in legend(crashes)]
    assert sorted(explained) == sorted(used)
