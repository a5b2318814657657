# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What a drill tries, how it judges, whom it blames, and how it says so."""

from dataclasses import replace

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.drill import (
    Act,
    Baseline,
    Case,
    Moment,
    Order,
    Part,
    Seen,
    Verdict,
    Word,
    blamed,
    cases,
    judge,
    parts,
)
from ansible_collections.saga.ops.plugins.plugin_utils._engine.drill.matrix import document, junit, rows
from ansible_collections.saga.ops.plugins.plugin_utils._engine.drill.orders import Mark, marks
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import RunState, StepState
from junitparser import JUnitXml

from samples import IDEMPOTENT, ONCE, READ_ONLY, UNDOABLE, a_step

VERIFIED = replace(ONCE, verify=("Is it there",))


def part(name="Copy", contract=UNDOABLE, **facts):
    known = {"host": "h1", "on": "h1", "key": f"{name}#1", "name": name, "where": "site.yml:1", "contract": contract}
    return Part(**(known | facts))


COPY, MOVE, SEND = part("Copy"), part("Move"), part("Send")
MEASURE = Baseline(
    parts=(COPY, MOVE, SEND),
    before={"h1": ("empty",)},
    after={"h1": ("full",)},
    effects={"h1": ("copied\nmoved\nsent",)},
    begun={COPY.place: 1, MOVE.place: 1, SEND.place: 1},
)


TWICE = {"begun": {**MEASURE.begun, COPY.place: 2}, "in_hand": frozenset([COPY.place])}


def resumed(**facts):
    known = {"is_struck": True, "run_state": RunState.COMPLETED, "state": MEASURE.after, "effects": MEASURE.effects}
    return Seen(**(known | {"begun": MEASURE.begun} | facts))


def undone(**facts):
    known = {"is_struck": True, "run_state": RunState.COMPENSATED, "state": MEASURE.before}
    return Seen(**(known | facts))


def judged(moment, seen, of=COPY):
    measure = replace(MEASURE, parts=tuple(of if of.name == each.name else each for each in MEASURE.parts))
    return judge(Case(part=of, moment=moment), seen, measure)


def faults(verdict):
    return [fault.what for fault in verdict.faults]


# ---- what is tried


def test_what_a_run_did_not_do_is_not_tried():
    steps = [
        a_step(key="a#1", seq=2),
        a_step(key="b#1", seq=1),
        a_step(key="c#1", seq=3, state=StepState.SKIPPED),
        a_step(key="d#1", seq=4, undoes="a#1"),
        a_step(key="e#1", seq=5, unit="e#1"),
    ]
    assert [found.key for found in parts(steps, {}, ())] == ["b#1", "a#1"]


def test_a_step_is_tried_on_its_first_host_unless_all_are_wanted():
    two = [COPY, replace(COPY, host="h2", on="h2")]
    assert [case.part.on for case in cases(two, moments=[Moment.TORN])] == ["h1"]
    assert [case.part.on for case in cases(two, moments=[Moment.TORN], every_host=True)] == ["h1", "h2"]


def test_steps_are_chosen_by_name_and_by_moment():
    chosen = cases([COPY, MOVE], moments=[Moment.AFTER, Moment.BEFORE], names=["Mo*"])
    assert [(case.part.name, case.moment) for case in chosen] == [("Move", Moment.BEFORE), ("Move", Moment.AFTER)]


def test_of_a_step_that_only_reads_nobody_asks_whether_it_happened():
    found = {case.moment for case in cases([part(contract=READ_ONLY)], moments=set(Moment))}
    assert found == {Moment.BEFORE, Moment.DURING, Moment.AFTER, Moment.FAILS}


def test_a_step_is_torn_half_way_through_its_module():
    order = Case(part=replace(COPY, seconds=3.0), moment=Moment.TORN).order
    assert (order.act, order.after, order.place) == (Act.KILL_ALL, 1.5, ("h1", "Copy#1"))


def test_an_order_is_taken_only_from_whoever_knows_the_secret():
    order = Order(act=Act.KILL, point="p", host="h1", key="k", after=0.5)
    assert Order.decoded(order.encoded("secret"), "secret") == order
    assert Order.decoded(order.encoded("secret"), "another") is None
    assert Order.decoded(order.encoded(""), "") is None


def test_a_mark_that_was_cut_off_tells_nothing():
    mark = Mark(fact="begun", host="h1", key="k", at=1.0)
    assert marks([mark.encoded(), mark.encoded()[:-3]]) == [mark]


# ---- how it is judged


@pytest.mark.parametrize(
    ("moment", "seen", "word"),
    [
        (Moment.BEFORE, resumed(), Word.RESUMED),
        (Moment.UNSAID, resumed(**TWICE), Word.REPEATED),
        (Moment.UNSAID, resumed(looked="there"), Word.LOOKED),
        (Moment.TORN, resumed(answer="retry"), Word.ASKED),
        (Moment.FAILS, undone(), Word.UNDONE),
        (Moment.FAILS, resumed(), Word.HANDLED),
        (Moment.FAILS, resumed(is_past_pivot=True), Word.FORWARD),
    ],
)
def test_a_case_that_ends_as_promised_has_a_word_for_how(moment, seen, word):
    assert (judged(moment, seen).word, faults(judged(moment, seen))) == (word, [])


@pytest.mark.parametrize("moment", [Moment.DURING, Moment.AFTER])
def test_a_step_whose_worker_lives_on_must_not_be_done_twice(moment):
    verdict = judged(moment, resumed(**TWICE))
    assert faults(verdict) == ["'Copy' on h1 was done 2 times, not 1"]


def test_a_step_that_had_an_outcome_must_not_be_done_twice():
    seen = resumed(begun=TWICE["begun"])
    assert faults(judged(Moment.BEFORE, seen, of=MOVE)) == ["'Copy' on h1 was done 2 times, not 1"]


def test_a_step_that_is_left_out_is_told():
    verdict = judged(Moment.BEFORE, resumed(begun={COPY.place: 1, MOVE.place: 1}))
    assert faults(verdict) == ["'Send' on h1 was done 0 times, not 1"]


def test_a_step_that_says_idempotent_and_is_not_is_told_so():
    seen = resumed(**TWICE, state={"h1": ("full\nfull",)})
    verdict = judged(Moment.UNSAID, seen, of=replace(COPY, contract=IDEMPOTENT))
    assert faults(verdict) == ["it says idempotent, and was done a second time; the state then differs"]
    assert "+full" in verdict.faults[0].difference


@pytest.mark.parametrize(("moment", "looked"), [(Moment.UNSAID, "not there"), (Moment.BEFORE, "there")])
def test_a_verify_handler_that_lies_is_told_though_the_state_is_right(moment, looked):
    [what] = faults(judged(moment, resumed(looked=looked), of=replace(COPY, contract=VERIFIED)))
    assert what.startswith(f"its verify 'Is it there' says that it is {looked}, and it is")


def test_a_verify_handler_that_lies_is_told_once_with_what_it_led_to():
    seen = resumed(**TWICE, looked="not there", state={"h1": ("full\nfull",)})
    [fault] = judged(Moment.UNSAID, seen, of=replace(COPY, contract=VERIFIED)).faults
    assert fault.what == "its verify 'Is it there' says that it is not there, and it is"
    assert "+full" in fault.difference


def test_effects_may_be_there_twice_only_where_something_may_be_done_again():
    effects = {"h1": ("copied\ncopied\nmoved\nsent",)}
    assert judged(Moment.UNSAID, resumed(**TWICE, effects=effects)).is_right
    assert not judged(Moment.BEFORE, resumed(effects=effects)).is_right


def test_an_effect_that_is_missing_or_unknown_is_told():
    for effects in ("copied\nmoved", "copied\nmoved\nsent\nlost"):
        assert not judged(Moment.UNSAID, resumed(**TWICE, effects={"h1": (effects,)})).is_right


def test_what_the_verify_playbook_objects_to_is_told():
    assert "the door is open" in faults(judged(Moment.AFTER, resumed(objection="the door is open")))[0]


def test_a_run_that_does_not_end_is_told():
    seen = resumed(run_state=RunState.PARKED, reason="'Copy' is in doubt")
    assert "the resumed run is parked: 'Copy' is in doubt" in faults(judged(Moment.TORN, seen))[0]


def test_a_wrong_end_tells_which_answer_led_to_it():
    verdict = judged(Moment.TORN, resumed(answer="retry", state={"h1": ("half",)}))
    assert (verdict.word, verdict.how) == (Word.WRONG, "retry")


def test_a_moment_that_is_not_reached_is_told():
    assert "was not reached" in faults(judged(Moment.TORN, Seen(is_struck=False)))[0]


def test_an_effect_that_nothing_undoes_is_told():
    verdict = judged(Moment.FAILS, undone(state=MEASURE.after, standing=("Copy",)), of=MOVE)
    assert [(fault.what, fault.steps) for fault in verdict.faults] == [
        ("it has an effect, and nothing undoes it", ("Copy",))
    ]


def test_where_a_compensation_failed_the_difference_is_not_laid_on_others():
    seen = undone(run_state=RunState.PARKED, state=MEASURE.after, not_undone=("Move",), undone=("Copy",))
    verdict = judged(Moment.FAILS, seen, of=SEND)
    assert [(fault.what, fault.steps) for fault in verdict.faults] == [("its compensation failed", ("Move",))]
    assert "+full" in verdict.faults[0].difference


# ---- who is to blame


def failed(of, *, names, is_right):
    return judged(Moment.FAILS, undone(undone=names, state=MEASURE.before if is_right else MEASURE.after), of=of)


def test_of_all_that_was_undone_the_step_is_named_that_no_good_case_has_cleared():
    verdicts = [
        failed(COPY, names=(), is_right=True),
        failed(MOVE, names=("Copy",), is_right=True),
        failed(SEND, names=("Move", "Copy"), is_right=False),
    ]
    [blame] = blamed(verdicts, MEASURE.parts)
    assert (blame.step, blame.cases) == ("Move", ("'Send' on h1, fails",))
    assert blame.what == "it says undone by 'Undo it', and undone, the state is not what it was"


def test_one_step_that_explains_several_cases_is_named_alone():
    last = part("Last")
    verdicts = [
        failed(SEND, names=("Send", "Move", "Copy"), is_right=False),
        failed(COPY, names=("Copy",), is_right=False),
        failed(last, names=("Send", "Move", "Copy"), is_right=False),
    ]
    assert {blame.step for blame in blamed(verdicts, MEASURE.parts)} == {"Copy"}


def test_nobody_is_blamed_where_all_is_right():
    assert blamed([failed(MOVE, names=("Copy",), is_right=True)], MEASURE.parts) == ()


# ---- how it is told


def test_the_matrix_has_a_row_for_each_step_and_a_word_for_each_moment():
    verdicts = [judged(Moment.BEFORE, resumed()), judged(Moment.TORN, resumed(answer="retry"))]
    [row] = rows(verdicts)
    assert (row.title, dict(row.words)) == ("Copy", {Moment.BEFORE: "resumed", Moment.TORN: "asked: retry"})


def test_in_lanes_the_moments_of_a_step_stand_in_one_row_whichever_host_they_were_tried_on(tmp_path):
    lanes = {"h1": Moment.BEFORE, "h2": Moment.AFTER}
    found = [
        Case(part=replace(COPY, host=host, on=host), moment=moment, is_in_lane=True) for host, moment in lanes.items()
    ]
    verdicts = [Verdict(case=case, word=Word.RESUMED) for case in found]
    [row] = rows(verdicts)
    assert (row.title, set(row.words)) == ("Copy", {Moment.BEFORE, Moment.AFTER})
    assert [case["host"] for case in document(verdicts, (), seconds=1.0)["cases"]] == ["h1", "h2"]
    file = tmp_path / "drill.xml"
    file.write_text(junit(verdicts, name="drill"))
    assert [(suite.name, suite.tests) for suite in JUnitXml.fromfile(str(file))] == [("Copy", 2)]


def test_a_pipeline_sees_a_failure_with_its_difference(tmp_path):
    file = tmp_path / "drill.xml"
    wrong = judged(Moment.FAILS, undone(state=MEASURE.after, undone=("Copy",)), of=MOVE)
    file.write_text(junit([wrong, judged(Moment.AFTER, resumed())], name="drill"))
    found = JUnitXml.fromfile(str(file))
    assert (found.tests, found.failures) == (2, 1)
    assert "+full" in file.read_text()


def test_a_script_sees_whether_it_is_green_and_who_is_to_blame():
    wrong = judged(Moment.FAILS, undone(state=MEASURE.after, undone=("Copy",)), of=MOVE)
    told = document([wrong], blamed([wrong], MEASURE.parts), seconds=1.0)
    assert (told["is_green"], told["blamed"][0]["step"], told["cases"][0]["word"]) == (False, "Copy", "WRONG")
