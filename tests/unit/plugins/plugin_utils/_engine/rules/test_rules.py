# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Each rule, on workflows that it finds fault with and on those that it must leave alone."""

import pytest
import yaml
from ansible_collections.saga.ops.plugins.plugin_utils._engine.plan.outline import Problem, Section
from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import (
    Approval,
    Contract,
    Effect,
    OnDoubt,
    OnFailure,
    Retry,
    Then,
)
from ansible_collections.saga.ops.plugins.plugin_utils._engine.rules import RULES, check
from ansible_collections.saga.ops.plugins.plugin_utils._engine.rules.check import JUDGES

from outlines import (
    BY_CATALOGUE,
    COMPENSATION,
    NOTIFIED,
    SOUND,
    VERIFICATION,
    a_handler,
    a_play,
    a_task,
    a_unit,
    an_include,
    an_outline,
    pivot,
)

ONCE = Contract(compensate=("Undo it",), is_idempotent=False)
ANSWERED = Contract(compensate=("Undo it",), is_idempotent=False, on_in_doubt=OnDoubt.ESCALATE)
VERIFIED = Contract(compensate=("Undo it",), is_idempotent=False, verify=("Look",))
GUARDED = pivot(on_failure=OnFailure(then=Then.ESCALATE))
READ_ONLY = Contract(effect=Effect.NONE, is_idempotent=True)
RETRIED = OnFailure(retry=Retry(attempts=3))
LOOK = a_handler("Look", READ_ONLY, VERIFICATION)


def rules(*tasks, **facts):
    """Return the rules that find fault with a play, with the names of the tasks."""
    return [(finding.rule, finding.task) for finding in check(an_outline(a_play(*tasks, **facts)))]


def only(*tasks, **facts):
    [finding] = check(an_outline(a_play(*tasks, **facts)))
    return finding


def test_a_sound_workflow_has_no_findings():
    steps = [a_task(), a_task("Ask", VERIFIED), a_task("Look at it", READ_ONLY), a_task("Switch", GUARDED)]
    assert rules(*steps, a_handler(), LOOK) == []


def test_every_rule_has_its_function_and_none_has_two():
    assert [*JUDGES, "SAGA015"] == [*RULES]
    assert len(set(JUDGES.values())) == len(JUDGES)


# ---- SAGA001, SAGA002: what cannot be read or resolved


@pytest.mark.parametrize("kind", ["SAGA001", "SAGA002"])
def test_what_the_reader_refused_is_a_contradiction_without_its_place_said_twice(kind):
    problem = Problem(kind=kind, what="site.yml:7: unknown key 'efect'", where="site.yml:7", task="Pay")
    [finding] = check(an_outline(problems=(problem,)))
    assert (finding.rule, finding.where, finding.task) == (kind, "site.yml:7", "Pay")
    assert finding.message == "unknown key 'efect'"
    assert finding.is_contradiction


def test_a_name_that_no_handler_answers_to_is_found_with_the_nearest_one():
    finding = only(a_task("Pay", Contract(is_idempotent=True, compensate=("Undo is",))))
    assert (finding.rule, finding.task, finding.is_contradiction) == ("SAGA002", "Pay", True)
    assert "compensate names 'Undo is' (did you mean 'Undo it'?)" in finding.message
    assert "- name: Undo is" in finding.mend


def test_several_names_of_one_task_are_one_finding():
    finding = only(a_task("Pay", Contract(is_idempotent=True, compensate=("Gone",), verify=("Lost",))))
    assert "compensate names 'Gone', and verify names 'Lost'" in finding.message


def test_a_handler_is_found_by_its_topic_and_with_its_role():
    handlers = a_handler("Stop", listens=("back",)), a_handler("Undo", role="acme.shop.web")
    names = ("Stop", "back", "Undo", "web : Undo", "acme.shop.web : Undo")
    assert rules(a_task("Pay", Contract(is_idempotent=True, compensate=names)), *handlers) == []


def test_the_names_of_a_block_are_looked_up_once():
    unit = a_unit(compensate=("Gone",))
    inside = Contract(is_idempotent=True)
    finding = only(a_task("A", inside, units=(unit,)), a_task("B", inside, units=(unit,)))
    assert (finding.rule, finding.where) == ("SAGA002", "site.yml:40")


def test_names_are_not_judged_where_a_run_may_bring_handlers():
    lost = a_task("Pay", Contract(is_idempotent=True, compensate=("Gone",)))
    assert rules(lost, unfollowed=(an_include(),)) == [("SAGA013", "More")]
    assert rules(lost, a_handler("Undo {{ it }}")) == []


def test_what_the_reader_says_of_a_name_is_not_said_again():
    task = a_task("Pay", Contract(is_idempotent=True, compensate=("Gone",)), where="site.yml:7")
    problem = Problem(kind="SAGA002", what="no such handler", where="site.yml:7", task="Pay")
    [finding] = check(an_outline(a_play(task), problems=(problem,)))
    assert finding.message == "no such handler"


# ---- SAGA003: nothing undoes it


def test_a_side_effect_that_nothing_undoes_is_found():
    finding = only(a_task("Open", Contract(is_idempotent=True)))
    assert (finding.rule, finding.task) == ("SAGA003", "Open")
    assert 'compensate: "Undo: Open"' in finding.mend


def test_a_side_effect_is_said_to_be_the_catalogues_where_it_is():
    assert (
        "(catalogue: ansible.builtin.copy)"
        in only(a_task("Open", Contract(is_idempotent=True), sources=BY_CATALOGUE)).message
    )


@pytest.mark.parametrize(
    "task",
    [
        a_task("in a block", Contract(is_idempotent=True), units=(a_unit(compensate=("Undo it",)),)),
        a_task("only looks", READ_ONLY),
        a_task("pivot", GUARDED),
        a_handler("Restart", Contract(is_idempotent=True), NOTIFIED),
    ],
    ids=lambda task: task.name,
)
def test_what_is_undone_with_its_block_looks_is_a_pivot_or_a_handler_needs_no_compensation(task):
    assert rules(task, a_handler()) == []


# ---- SAGA004: the pivot


def test_a_pivot_before_something_that_can_be_undone_names_the_first_such_step():
    finding = only(a_task("Switch", GUARDED), a_task("Look", READ_ONLY), a_task("Copy"), a_task("Move"))
    assert (finding.rule, finding.task) == ("SAGA004", "Switch")
    assert "before 'Copy' (site.yml:4)" in finding.message
    assert "'Undo it' would never run" in finding.message


def test_a_pivot_counts_for_the_plays_after_it():
    [finding] = check(an_outline(a_play(a_task("Switch", GUARDED)), a_play(a_task("Copy"))))
    assert (finding.rule, finding.task) == ("SAGA004", "Switch")


def test_the_compensation_of_a_block_counts_for_its_steps():
    later = a_task("Copy", Contract(is_idempotent=True), units=(a_unit(compensate=("Undo it",)),))
    assert rules(a_task("Switch", GUARDED), later) == [("SAGA004", "Switch")]


@pytest.mark.parametrize(
    "later",
    [
        a_task("looks, in a block", READ_ONLY, units=(a_unit(compensate=("Undo it",)),)),
        a_task("rescues", section=Section.RESCUE),
        a_handler(),
        a_task("pivot", GUARDED),
    ],
    ids=lambda task: task.name,
)
def test_a_pivot_may_come_before_what_has_no_way_back_of_its_own(later):
    assert rules(a_task("Switch", GUARDED), later, a_handler()) == []


def test_a_pivot_behind_all_that_can_be_undone_is_fine():
    assert rules(a_task(), a_task("Switch", GUARDED)) == []


# ---- SAGA005: doubts


def test_a_step_at_which_a_crash_parks_the_run_is_found():
    assert rules(a_task("Pay", ONCE)) == [("SAGA005", "Pay")]


@pytest.mark.parametrize(
    "task",
    [
        a_task("verified", VERIFIED),
        a_task("answered", ANSWERED),
        a_task("idempotent"),
        a_task("looks", Contract(effect=Effect.NONE, is_idempotent=False)),
        a_handler("undoes", Contract(), COMPENSATION),
        a_handler("verifies", Contract(), VERIFICATION),
    ],
    ids=lambda task: task.name,
)
def test_a_doubt_that_is_answered_is_none(task):
    assert rules(task, a_handler(), LOOK) == []


def test_a_handler_that_is_only_notified_has_its_doubts_too():
    assert rules(a_task(), a_handler("Send", Contract(), NOTIFIED), a_handler()) == [("SAGA005", "Send")]


# ---- SAGA006: the guard of a pivot


def test_a_pivot_that_nobody_decides_about_is_found():
    assert rules(a_task("Switch", pivot())) == [("SAGA006", "Switch")]
    assert rules(a_task("Switch", pivot(on_failure=OnFailure(then=Then.STOP)))) == [("SAGA006", "Switch")]


def test_an_approval_or_an_escalation_guards_a_pivot():
    assert rules(a_task("Switch", pivot(approval=Approval()))) == []
    assert rules(a_task("Switch", GUARDED)) == []


# ---- SAGA007: what nobody knows


def test_an_unknown_effect_is_found_once_and_its_doubt_not_besides():
    assert rules(a_task("Run", ONCE, is_known=False)) == [("SAGA007", "Run")]


def test_a_compensation_of_unknown_effect_is_found():
    finding = only(a_task(), a_handler(is_known=False))
    assert (finding.rule, finding.task) == ("SAGA007", "Undo it")
    assert "after a crash it runs again, and whether it bears that is not said" in finding.message


def test_an_unknown_effect_that_nothing_undoes_is_an_error_all_the_same():
    unknown = a_task("Run", Contract(), is_known=False, sources={"effect": "catalogue: not known"})
    stays, what = check(an_outline(a_play(unknown)))
    assert (stays.rule, what.rule) == ("SAGA003", "SAGA007")
    assert "(nobody says what it does, so that is assumed)" in stays.message


# ---- SAGA008: retries


@pytest.mark.parametrize(
    "task",
    [
        a_task("Pay", Contract(compensate=("Undo it",), on_in_doubt=OnDoubt.ESCALATE, on_failure=RETRIED)),
        a_task("Pay", ANSWERED, has_until=True),
    ],
    ids=["on_failure", "until"],
)
def test_a_retry_without_a_look_is_found(task):
    assert rules(task) == [("SAGA008", "Pay")]


@pytest.mark.parametrize(
    "task",
    [
        a_task("verified", VERIFIED, has_until=True),
        a_task("idempotent", has_until=True),
        a_task("looks", READ_ONLY, has_until=True),
        a_task(
            "once",
            Contract(
                compensate=("Undo it",),
                verify=(),
                on_in_doubt=OnDoubt.ESCALATE,
                on_failure=OnFailure(retry=Retry(attempts=1)),
            ),
        ),
        a_handler("undoes", Contract(on_failure=RETRIED), COMPENSATION, has_until=True),
    ],
    ids=lambda task: task.name,
)
def test_a_retry_that_is_safe_is_fine(task):
    assert rules(task, a_handler(), LOOK) == []


# ---- SAGA009: compensations that cannot be taken back


@pytest.mark.parametrize(("said_by", "is_contradiction"), [("task", True), ("catalogue: acme.wipe", False)])
def test_an_irreversible_compensation_is_a_contradiction_where_the_author_says_so(said_by, is_contradiction):
    finding = only(a_task(), a_handler("Undo it", pivot(), sources={"effect": said_by}))
    assert (finding.rule, finding.task, finding.is_contradiction) == ("SAGA009", "Undo it", is_contradiction)


def test_a_notified_handler_may_be_a_pivot():
    assert rules(a_task(), a_handler(), a_handler("Send", GUARDED, NOTIFIED)) == []


# ---- SAGA010, SAGA011, SAGA012: targets


@pytest.mark.parametrize("delegate", ["lb1", "localhost", "{{ item }}", "{{ hostvars[inventory_hostname].lb }}"])
def test_an_effect_on_a_delegate_without_a_lease_is_found(delegate):
    assert rules(a_task("Switch", delegate=delegate)) == [("SAGA010", "Switch")]


@pytest.mark.parametrize(
    "task",
    [
        a_task("a host of the play", delegate="db2"),
        a_task("the host itself", delegate="{{inventory_hostname}}"),
        a_task("locked", Contract(is_idempotent=True, compensate=("Undo it",), locks=("lb",)), delegate="lb1"),
        a_task("looks", READ_ONLY, delegate="lb1"),
        a_task("locked with the step", delegate="lb1", is_delegate_locked=True),
    ],
    ids=lambda task: task.name,
)
def test_a_delegate_with_a_lease_or_without_an_effect_is_fine(task):
    assert rules(task) == []


def test_a_host_of_another_play_is_locked_but_not_one_without_a_lease():
    other = a_play(name="Balance", hosts=("lb1", "localhost"), unlocked=("localhost",))
    switch, tell = a_task("Switch", delegate="lb1"), a_task("Tell", delegate="localhost")
    assert [finding.task for finding in check(an_outline(a_play(switch, tell), other))] == ["Tell"]


def test_a_play_with_effects_that_is_not_durable_is_one_finding_and_its_steps_are_not_judged():
    finding = only(a_task("Run", Contract(), is_known=False), a_task(), is_durable=False, strategy="linear")
    assert (finding.rule, finding.where, finding.task) == ("SAGA011", "site.yml:1", "")
    assert "2 steps have effects, the first is 'Run' (site.yml:2)" in finding.message


def test_a_play_that_only_looks_need_not_be_durable():
    assert rules(a_task("Look", READ_ONLY), is_durable=False) == []


def test_effects_on_hosts_without_a_lease_are_one_finding_of_the_play():
    finding = only(a_task(), a_task("Move"), hosts=("localhost",), unlocked=("localhost",))
    assert (finding.rule, finding.where, finding.task) == ("SAGA012", "site.yml:1", "")
    assert "runs on localhost without a lease, and 2 steps have effects" in finding.message


def test_effects_on_hosts_that_only_a_run_knows_are_found():
    assert "'{{ wanted }}'" in only(a_task(), hosts=(), are_hosts_known=False, pattern="{{ wanted }}").message


@pytest.mark.parametrize(
    "task",
    [
        a_task("delegated", Contract(is_idempotent=True, compensate=("Undo it",)), delegate="db1"),
        a_task("locked", Contract(is_idempotent=True, compensate=("Undo it",), locks=("shop",))),
        a_task("looks", READ_ONLY),
    ],
    ids=lambda task: task.name,
)
def test_a_play_without_leases_may_look_lock_and_delegate(task):
    unlocked = a_play(task, name="Here", hosts=("localhost",), unlocked=("localhost",))
    assert check(an_outline(a_play(a_task()), unlocked)) == ()


# ---- SAGA013, SAGA014


def test_an_include_that_only_a_run_can_follow_is_noted():
    finding = only(a_task(), unfollowed=(an_include(),))
    assert (finding.rule, str(finding.severity), finding.where) == ("SAGA013", "note", "site.yml:9")
    assert "'{{ kind }}.yml', which only a run can follow (its name is a template)" in finding.message


def test_a_result_that_is_needed_and_not_kept_is_found():
    assert rules(a_task("Make", ANSWERED, is_no_log=True, is_registered=True)) == [("SAGA014", "Make")]


@pytest.mark.parametrize(
    "task",
    [
        a_task("not registered", ANSWERED, is_no_log=True),
        a_task("encrypted", ANSWERED, is_no_log=True, is_registered=True, is_sealed=True),
        a_task("stored", ANSWERED, is_registered=True),
        a_task("made again", SOUND, is_no_log=True, is_registered=True),
    ],
    ids=lambda task: task.name,
)
def test_a_result_that_is_not_needed_stored_or_made_again_is_fine(task):
    assert rules(task) == []


# ---- all together


def test_a_task_that_two_plays_share_is_found_fault_with_once():
    task = a_task("Open", Contract(is_idempotent=True), where="roles/shop/tasks/main.yml:3")
    assert len(check(an_outline(a_play(task), a_play(task)))) == 1


def test_findings_come_by_file_line_and_rule():
    faulty = [a_task("B", Contract(), where="site.yml:10"), a_task("A", Contract(), where="site.yml:9")]
    found = check(an_outline(a_play(*faulty, where="site.yml:1"), a_play(a_task("C", Contract(), where="a.yml:50"))))
    assert [(finding.where, finding.rule) for finding in found] == [
        (where, rule) for where in ("a.yml:50", "site.yml:9", "site.yml:10") for rule in ("SAGA003", "SAGA005")
    ]


@pytest.mark.parametrize("name", ["Copy: all", "yes", "{{ item }}", "# first", "- x", 'say "hi"', "trailing:", "Ünder"])
def test_a_name_in_a_snippet_is_yaml_whatever_it_is(name):
    mend = only(a_task(name, Contract(is_idempotent=True))).mend
    assert yaml.safe_load(mend) == [{"name": name, "vars": {"saga": {"compensate": f"Undo: {name}"}}}]
