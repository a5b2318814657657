# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What a report says of a run: made by attempts of the engine, and by names that nobody should have."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.dom import minidom

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.inspection import look
from ansible_collections.saga.ops.plugins.plugin_utils._engine.operator import decide
from ansible_collections.saga.ops.plugins.plugin_utils._engine.operator.choosing import Word
from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import Approval
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import Answer, Asks, RunState, StepState, Undo
from ansible_collections.saga.ops.plugins.plugin_utils._engine.report import describe
from ansible_collections.saga.ops.plugins.plugin_utils._engine.report.run import Sources, junit, markdown, page, report
from ansible_collections.saga.ops.plugins.plugin_utils._engine.report.run.axis import pieces
from ansible_collections.saga.ops.plugins.plugin_utils._engine.report.run.characters import clean
from ansible_collections.saga.ops.plugins.plugin_utils._engine.report.run.tones import _TONES, Tone, tone
from junitparser import JUnitXml

from reported import HOSTILE, an_event, fleet, hostile, sources
from samples import NOW, ONCE, READ_ONLY, UNDOABLE, a_run, a_step
from scene import BEGIN, WORKER, Scene

GATED = replace(ONCE, approval=Approval(prompt="Now?"))


@pytest.fixture
def scene(tmp_path):
    scene = Scene(tmp_path)
    yield scene
    scene.must_be_accounted_for()


def told(scene, **facts):
    """Return the report on the scene's last run."""
    sight, run = look(scene.means, ""), scene.run()
    known = {
        "view": sight.view,
        "who": sight.at_work.who,
        "steps": scene.journal.steps(run.id),
        "events": [event for event in scene.journal.events(run.id) if event.type != "test.given"],
        "leases": scene.journal.leases(),
        "findings": (),
        "now": scene.clock.now(),
    }
    return report(Sources(**(known | facts)))


def row(found, name):
    return next(row for row in found.rows if row.name == name)


# The view


def test_a_step_says_where_it_stands_on_each_host_and_what_it_promises(scene):
    attempt = scene.begin()
    scene.do(attempt, "Copy", "h1", contract=UNDOABLE)
    scene.do(attempt, "Copy", "h2", StepState.FAILED, contract=UNDOABLE)
    attempt.end(RunState.STOPPED)
    copy = row(told(scene), "Copy")
    assert copy.states == {"h1": "ok", "h2": "failed"}
    assert copy.counts == {Tone.FAILED: 1, Tone.DONE: 1}
    assert copy.contract == "side effect, once only, undone by Undo it"


def test_what_undoes_a_step_names_it_and_is_not_counted_with_what_was_to_be_done(scene):
    attempt = scene.begin()
    scene.do(attempt, "Copy", contract=UNDOABLE)
    attempt.go_back("it failed")
    scene.do(attempt, "Undo it", path="undo 1 Move/Copy#1/Undo it", undoes="1 Move/Copy#1")
    found = told(scene)
    undo = row(found, "Undo it")
    assert (undo.kind, found.rows[undo.of - 1].name) == ("undo", "Copy")
    assert sum(found.counts.values()) == 1


def test_a_handler_that_nothing_has_notified_is_no_step_of_the_run_and_one_to_come_is():
    found = report(sources(a_run(state=RunState.STOPPED), [], [], plan=("1 Move/Copy", "1 Move/handlers/Restart")))
    assert [(row.name, row.states) for row in found.rows] == [("Copy", {})]


def test_what_is_open_is_in_doubt_when_nobody_works_on_it_and_at_work_otherwise(scene):
    attempt = scene.begin()
    scene.start(attempt, "Copy", "h1", WORKER, BEGIN)
    assert [bar.word for bar in told(scene).bars] == ["at work"]
    scene.crash(attempt)
    assert [bar.word for bar in told(scene).bars] == ["in doubt"]


def test_the_last_change_of_a_run_at_work_is_that_of_its_last_step(scene):
    attempt = scene.begin()
    scene.clock.wait(30)
    scene.do(attempt, "Copy")
    assert told(scene).changed == NOW + 30


def test_an_attempt_says_how_it_ended_or_when_it_wrote_last(scene):
    died = scene.begin()
    scene.clock.wait(5)
    scene.do(died, "Copy")
    after = scene.resume(died)
    scene.clock.wait(7)
    scene.decide(after, "Copy")
    after.end(RunState.COMPLETED)
    first, second = told(scene).attempts
    assert (first.how, first.ended, first.last - first.began) == ("", None, 5)
    assert (second.how, second.ended - second.began, second.restored) == ("completed", 7, 1)


def test_an_operators_word_about_a_run_is_not_the_end_of_its_attempt(scene):
    attempt = scene.begin()
    attempt.ask([(scene.meet(attempt, "Pay", contract=GATED), Asks.APPROVAL)])
    attempt.end(RunState.PARKED)
    decide(scene.means, scene.run(), Word(answer=Answer.ABORT, by="bob", why="enough"))
    found = told(scene)
    assert [each.how for each in found.attempts] == ["parked"]
    assert [(each.who, each.what, each.why) for each in found.choices] == [
        ("bob", "abort", "enough"),
        ("bob", "gave it up", "enough"),
    ]


def test_a_decision_says_about_which_step_on_which_hosts(scene):
    attempt = scene.begin()
    attempt.ask([(scene.meet(attempt, "Pay", contract=GATED), Asks.APPROVAL)])
    attempt.end(RunState.PARKED)
    asked = told(scene).asked[0]
    assert (asked.title, asked.known, asked.hosts) == ("Pay: approval", "Now?", ("h1",))
    decide(scene.means, scene.run(), Word(answer=Answer.APPROVE, by="bob"))
    [choice] = told(scene).choices
    assert (choice.what, choice.about, choice.hosts) == ("approve", "1 Move/Pay#1", ("h1",))


def test_drift_that_was_accepted_says_what_had_changed():
    events = [
        an_event(1, "run.drift_accepted", at=0, changes=["Copy has other arguments"], gone=["h9"]),
        an_event(2, "step.drift_accepted", a_step(), at=1, change="Copy is another"),
    ]
    found = report(sources(a_run(), [a_step()], events)).drifts
    assert [(each.what, each.host) for each in found] == [
        (("Copy has other arguments", "gone: h9"), ""),
        (("Copy is another",), "h1"),
    ]


@pytest.mark.parametrize(
    ("findings", "says"),
    [((), "holds: 0 events verified"), ([object(), object()], "does not hold: 2 findings"), (None, "not verified")],
)
def test_the_report_says_whether_the_audit_holds(findings, says):
    assert report(sources(a_run(), [], [], findings=findings)).verified.startswith(says)


def test_every_word_for_where_a_step_stands_has_a_tone():
    words = {describe(a_step(state=state), is_live=is_live) for state in StepState for is_live in (True, False)}
    words |= {describe(a_step(undo=undo), is_live=False) for undo in Undo}
    words |= {"failed, handled", "begun", "not begun", "done in part", "ok, not taken in", "in doubt, done"}
    assert {word for word in words if word not in _TONES and word.partition(",")[0] not in _TONES} == set()
    assert tone("failed, handled") is Tone.HANDLED
    assert tone("failed, not taken in") is Tone.FAILED


# The axis of time


def at(*spans):
    """Return a report on attempts that took from one second to another."""
    events = []
    for number, (began, ended) in enumerate(spans, 1):
        events.append(an_event(2 * number - 1, "run.resumed", at=began, attempt=number, state="running"))
        events.append(an_event(2 * number, "run.stopped", at=ended, attempt=number, state="stopped", restored=0))
    return report(sources(a_run(state=RunState.STOPPED), [], events))


@pytest.mark.parametrize(
    ("spans", "cut"),
    [
        ([(0, 100)], [(0, 100)]),
        ([(0, 100), (105, 200)], [(0, 200)]),
        ([(0, 100), (40_000, 40_060)], [(0, 100), (40_000, 40_060)]),
        ([(0, 100), (50, 80), (101, 120)], [(0, 120)]),
        ([], [(0, 0)]),
    ],
)
def test_hours_in_which_nobody_worked_are_cut_out(spans, cut):
    assert [(begin - NOW, end - NOW) for begin, end in pieces(at(*spans))] == cut


# What targets say


@pytest.mark.parametrize("mark", ["\x00", "\x1b", "\x9b", "\ud800", "\u202e", "\u2067", "\ufffe", "\ufdd0"])
def test_a_character_that_nobody_must_be_given_becomes_a_mark(mark):
    assert clean(f"a{mark}b") == "a\N{REPLACEMENT CHARACTER}b"


def test_line_breaks_of_any_kind_are_line_breaks_and_tabs_stay():
    assert clean("a\r\nb\rc\u2028d\u0085e\tf") == "a\nb\nc\nd\ne\tf"


class Elements(HTMLParser):
    """The elements of a page, with their attributes, and the text of its scripts."""

    def __init__(self, text):
        super().__init__()
        self.found, self.scripts, self._is_script = [], [], False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        self._is_script = tag == "script"

    def handle_data(self, data):
        if self._is_script:
            self.scripts.append(data)
            self._is_script = False


@pytest.fixture(scope="module")
def hurt():
    return hostile()


def test_nothing_that_a_target_says_becomes_an_element_or_an_attribute(hurt):
    written = page(hurt)
    found = Elements(written).found
    harmless = Elements(page(fleet(40, 2))).found
    assert {tag for tag, _ in found} - {tag for tag, _ in harmless} <= {"code", "h3", "td"}
    assert [facts for _, facts in found if any(name.startswith("on") for name in facts)] == []
    assert [tag for tag, _ in found].count("script") == 2
    assert {"img", "iframe", "object", "link", "a"} & {tag for tag, _ in found} == {"a"}  # the skip link
    written.encode()  # no half of a surrogate pair


def test_the_page_may_load_nothing_and_run_only_its_own_script(hurt):
    facts = [facts for tag, facts in Elements(page(hurt)).found if tag == "meta"]
    [policy] = [each["content"] for each in facts if each.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    assert not re.search(r"(?:src|href)=\"(?!#)", page(hurt))


def test_the_data_in_the_page_is_what_was_told_and_no_mark_in_it_is_html(hurt):
    [data, _script] = Elements(page(hurt)).scripts
    assert not re.search(r"[<>&\u2028\u2029]", data)
    content = json.loads(data)
    hosts = [content["texts"][number] for number in content["hosts"]]
    assert hosts == [clean(words) for words in HOSTILE]
    assert all(len(column) == len(content["bars"][0]) for column in content["bars"])


def test_the_page_of_a_large_fleet_holds_each_text_once():
    found = fleet(50, 20)
    [data, _script] = Elements(page(found)).scripts
    content = json.loads(data)
    assert len(content["bars"][0]) == len(found.bars) > 900
    assert len(content["texts"]) == len(set(content["texts"]))
    assert data.count("web0000.example.com") == 1
    assert content["bars"][0] == sorted(content["bars"][0])


def test_the_ticket_has_no_mark_of_its_own_from_a_target(hurt):
    lines = markdown(hurt).splitlines()
    outside = [line for line in _without_code(lines) if line]
    assert [line for line in outside if re.search(r"(?<!\\)[<\[`]", line)] == []
    assert {line.split(" ")[0] for line in outside if line.startswith("#")} <= {"#", "##"}
    assert len([line for line in outside if line.startswith("# ")]) == 1


def _without_code(lines):
    fence = ""
    for line in lines:
        if not fence and line.startswith("```"):
            fence = line.removesuffix("console")
        elif fence:
            fence = "" if line == fence else fence
        else:
            yield line


def test_the_ticket_says_what_failed_with_what_it_said_and_what_to_do():
    written = markdown(fleet(80, 4))
    assert "# Run R1 of site.yml: stopped" in written
    assert "- Step 2: failed on web0005.example.com, web0042.example.com, web0079.example.com" in written
    assert "no space left on device" in written
    assert "| 3 | Step 2 | site.yml:9 | 3 | 77 |" in written
    assert "| 4 | Step 3 | site.yml:10 |  | 77 |" in written
    assert len(written) < 3000


def test_the_ticket_names_no_more_than_a_few_hosts():
    assert "and 22 more" in markdown(fleet(1000, 2))


# Results of tests


def read(found):
    return JUnitXml.fromstring(junit(found).encode())


def test_a_pipeline_gets_a_suite_per_play_and_a_case_per_step_and_host():
    steps = [
        a_step(name="Copy", seq=1),
        a_step(name="Copy", seq=2, host="h2", state=StepState.FAILED, is_handled=False),
        a_step(name="Pay", seq=3, key="1 Move/Pay#1", state=StepState.STARTED),
        a_step(name="Look", seq=4, key="2 Look/Look#1", play=2, contract=READ_ONLY, state=StepState.SKIPPED),
    ]
    events = [an_event(1, "step.outcome", steps[0], at=3, began=NOW + 1, state="ok")]
    messages = {("h2", steps[1].key): "no space\nleft"}
    found = read(report(sources(a_run(state=RunState.STOPPED), steps, events, messages=messages)))
    assert [(suite.name, suite.tests) for suite in found] == [("play 1 Move", 3), ("play 2 Look", 1)]
    [first, second] = list(found)
    copied, failed, doubtful = list(first)
    assert (copied.name, copied.time, copied.result) == ("Copy [h1]", 2.0, [])
    assert (failed.result[0].message, failed.result[0].text) == ("failed: no space left", "no space\nleft")
    assert type(failed.result[0]).__name__ == "Failure"
    assert (type(doubtful.result[0]).__name__, doubtful.result[0].message) == ("Error", "in doubt")
    assert [type(case.result[0]).__name__ for case in second] == ["Skipped"]
    assert (first.failures, first.errors, first.skipped) == (1, 1, 0)


def test_no_two_cases_of_a_suite_have_one_name():
    steps = [a_step(seq=1), a_step(seq=2, key="1 Move/Copy#2")]
    [suite] = list(read(report(sources(a_run(state=RunState.COMPLETED), steps, []))))
    assert [case.name for case in suite] == ["Copy [h1]", "Copy (2) [h1]"]


def test_what_is_undone_or_to_come_is_no_success_of_a_pipeline():
    steps = [a_step(undo=Undo.COMPENSATED, contract=UNDOABLE)]
    found = report(sources(a_run(state=RunState.STOPPED), steps, [], plan=["1 Move/Pay"]))
    suite, _run = read(found)
    assert [case.result[0].message for case in suite] == ["compensated", "to come"]


@pytest.mark.parametrize("state", [state for state in RunState if state is not RunState.COMPLETED])
def test_a_run_that_is_not_completed_is_an_error_though_no_step_has_failed(state):
    run = a_run(state=state, reason="interrupted by SIGTERM", workflow="shop/site.yml")
    found = read(report(sources(run, [a_step()], [])))
    assert (found.tests, found.failures, found.errors) == (2, 0, 1)
    _play, suite = found
    [case] = suite
    assert (suite.name, case.name) == ("run", "shop/site.yml")
    assert type(case.result[0]).__name__ == "Error"
    assert case.result[0].message.startswith(f"{state}: interrupted by SIGTERM")


def test_a_run_that_nobody_works_on_any_more_is_an_error_before_its_first_step():
    [suite] = read(report(sources(a_run(state=RunState.STOPPED), [], [])))
    assert (suite.name, suite.errors) == ("run", 1)


@pytest.mark.parametrize("is_live", [True, None])
def test_a_run_that_somebody_works_on_is_neither_a_success_nor_an_error_yet(is_live):
    found = read(report(sources(a_run(), [a_step()], [], is_live=is_live)))
    _play, suite = found
    assert (found.errors, suite.skipped) == (0, 1)
    assert [case.result[0].message.partition(":")[0] for case in suite] == ["at work"]


@pytest.mark.parametrize(
    ("state", "step"),
    [
        (RunState.COMPLETED, a_step()),
        (RunState.STOPPED, a_step(state=StepState.FAILED, is_handled=False)),
        (RunState.RUNNING, a_step(state=StepState.STARTED)),
    ],
)
def test_a_run_whose_cases_say_how_it_stands_has_no_case_of_its_own(state, step):
    assert [suite.name for suite in read(report(sources(a_run(state=state), [step], [])))] == ["play 1 Move"]


def test_no_character_and_no_mark_of_a_target_breaks_the_xml(hurt):
    written = junit(hurt)
    minidom.parseString(written.encode())  # noqa: S318  our own
    assert [prop.value for suite in read(hurt) for prop in suite.properties() if prop.name == "run"] == ["R1"]
    names = [case.name for suite in read(hurt) for case in suite]
    assert len(names) == len(set(names)) >= len(HOSTILE)
