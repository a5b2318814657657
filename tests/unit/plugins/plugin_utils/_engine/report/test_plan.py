# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A plan as JSON, Markdown and a page."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.plan.outline import Problem, Unfollowed
from ansible_collections.saga.ops.plugins.plugin_utils._engine.report.plan import (
    Finding,
    document,
    markdown,
    page,
    view_plan,
    wording,
)
from ansible_collections.saga.ops.plugins.plugin_utils._engine.report.plan.diagram import WIDTH, diagram
from ansible_collections.saga.ops.plugins.plugin_utils._engine.report.plan.markdown import plain
from hypothesis import given
from hypothesis import strategies as st

from planned import a_handler, a_large, a_move, a_play, a_task, a_unit, an_outline, undone_by
from samples import IDEMPOTENT, ONCE, PIVOT, READ_ONLY

EVIL = "<script>alert('x')</script>\"|`[a](b)` \x1b[31m{{ 7 * 7 }} ${x}\n# h"
DOCS = Path(__file__).resolve().parents[6] / "docs" / "plan.md"


def hostile():
    """Return a view in which every text that a playbook gives is hostile."""
    contract = undone_by(EVIL, verify=(EVIL,), locks=(EVIL,))
    facts = {"role": EVIL, "where": EVIL, "module": EVIL, "delegate": EVIL, "sources": {EVIL: EVIL}}
    unit = replace(a_unit(EVIL, EVIL), where=EVIL)
    include = Unfollowed(play=1, name=EVIL, where=EVIL, what=EVIL, why=EVIL)
    tasks = (a_task(EVIL, contract, units=(unit,), **facts), a_task(EVIL, PIVOT, **facts), a_task(EVIL, READ_ONLY))
    play = a_play(*tasks, a_handler(EVIL, listens=(EVIL,)), name=EVIL, hosts=(EVIL,), pattern=EVIL, batches=(1, 1))
    outline = an_outline(
        replace(play, where=EVIL, strategy=EVIL, unfollowed=(include,)),
        workflow=EVIL,
        playbooks=(EVIL,),
        journal=EVIL,
        sidecars=(EVIL,),
        problems=(Problem(kind=EVIL, what=EVIL, where=EVIL, task=EVIL),),
    )
    return view_plan(outline, [Finding(rule=EVIL, severity=EVIL, where=EVIL, task=EVIL, message=EVIL)])


class Elements(HTMLParser):
    """Collects what a browser would make of a page."""

    VOID = frozenset({"meta", "input", "br"})

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.ids, self.attributes = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("view", [view_plan(a_move()), view_plan(a_large(120)), hostile()])
def test_the_page_is_whole_and_asks_for_nothing(view):
    text = page(view)
    found = Elements(text)
    assert found.open == []
    assert len(found.ids) == len(set(found.ids))
    assert {"script", "link", "img", "iframe"} & set(found.tags) == set()
    assert {value for name, value in found.attributes if name in {"href", "src"} and value[:1] != "#"} == set()
    assert "://" not in re.sub(r"sqlite:///\S+", "", text)
    assert all(value[1:] in found.ids for name, value in found.attributes if name == "href")


def test_nothing_of_a_playbook_is_markup_on_the_page():
    text = page(hostile())
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert [name for name, _value in Elements(text).attributes if name.startswith("on")] == []


def test_nothing_of_a_playbook_is_markup_in_markdown():
    text = markdown(hostile())
    assert "\x1b" not in text
    assert re.search(r"(?<!\\)<(?!/?details|/?summary)", text) is None
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    cells = {len(re.findall(r"(?<!\\)\|", row)) - 1 for row in rows}
    assert cells == {2, 3, 4, 5, 11}
    assert not any(line.startswith("# h") for line in text.splitlines())


@given(st.text())
def test_plain_markdown_is_one_line_without_marks(text):
    said = plain(text)
    assert len(said.splitlines()) <= 1
    assert re.search(r"(?<!\\)(?:\\\\)*[|<`*\[]", said) is None


def test_json_keeps_hostile_text_as_it_is():
    assert json.loads(document(hostile()))["steps"][0]["task"] == EVIL


def keys(value):
    if isinstance(value, dict):
        return set(value) | {key for each in value.values() for key in keys(each)}
    return {key for each in value for key in keys(each)} if isinstance(value, list) else set()


def test_every_key_of_the_document_is_documented():
    said = json.loads(document(hostile())) | {"crash": [], "audit": {}}
    said["steps"] = [{**step, "sources": {}} for step in said["steps"]]
    assert said["schema"] == 1
    table = DOCS.read_text().split("## JSON")[1]
    named = set(re.findall(r"`(\w+)`", table))
    assert {key for key in keys(said) if key not in named} == set()


def test_json_says_what_is_not_known_as_null():
    play = a_play(a_task(hosts=0), hosts=(), are_hosts_known=False)
    said = json.loads(document(view_plan(an_outline(play))))
    assert said["plays"][0]["hosts"] is None
    assert said["steps"][0]["hosts"] is None


@pytest.mark.parametrize("draw", [document, markdown, page])
def test_a_drawing_grows_no_faster_than_the_plan(draw):
    small, large = (len(draw(view_plan(a_large(size)))) for size in (300, 1200))
    assert large < 4.4 * small


def test_a_policy_in_force_is_told_apart_from_a_better_one():
    assert wording.proposed("compensate", "compensate") == ""
    assert wording.proposed("compensate", "retry 3x, then compensate") == "retry first"
    assert wording.proposed("compensate", "escalate") == "escalate"


def test_the_policies_speak_of_each_step_once():
    view = view_plan(a_large(200))
    numbers = [number for row in view.policies for number in row.steps]
    assert sorted(numbers) == [row.number for row in view.steps if row.is_forward]


@pytest.mark.parametrize(
    ("numbers", "words"), [((), ""), ((4,), "4"), ((1, 2, 3, 5, 7, 8), "1-3, 5, 7-8"), ((1, 3), "1, 3")]
)
def test_numbers_that_follow_each_other_are_a_span(numbers, words):
    assert wording.spans(numbers) == words


# ---- the diagram


def drawn(outline, kind, style=""):
    return [
        shape for shape in diagram(view_plan(outline)).shapes if shape.kind == kind and style in shape.style.split()
    ]


def test_each_step_with_an_effect_has_its_mark_and_each_pivot_a_diamond():
    assert len(drawn(a_move(), "box", "step")) == 4
    assert len(drawn(a_move(), "diamond", "pivot")) == 1


def test_steps_without_effect_that_follow_each_other_share_a_mark():
    tasks = [a_task("Look", READ_ONLY)] * 5
    assert len(drawn(an_outline(a_play(*tasks, a_task("Do", ONCE), *tasks)), "pill", "none")) == 2


def test_each_compensation_stands_under_its_step_and_leads_to_the_one_before():
    outline = an_outline(a_play(a_task("A", undone_by()), a_task("B", IDEMPOTENT), a_task("C", undone_by())))
    assert len(drawn(outline, "box", "undo")) == 2
    assert len(drawn(outline, "line", "back")) == 3


def test_what_is_behind_a_pivot_leads_nowhere():
    outline = an_outline(a_play(a_task("A", undone_by()), a_task("B", PIVOT), a_task("C", undone_by())))
    assert len(drawn(outline, "box", "moot")) == 1
    assert len(drawn(outline, "line", "barrier")) == 1
    assert len(drawn(outline, "line", "back")) == 1


def test_a_bracket_spans_all_steps_of_a_unit():
    unit = a_unit()
    tasks = [
        a_task("A", ONCE, units=(unit,)),
        a_task("Look", READ_ONLY, units=(unit,)),
        a_task("B", ONCE, units=(unit,)),
    ]
    [bracket] = drawn(an_outline(a_play(*tasks, a_task("C"))), "line", "unit")
    left, *_between, right = (float(point.split(",")[0]) for point in bracket.points.split())
    steps = drawn(an_outline(a_play(*tasks, a_task("C"))), "box", "step")
    assert (left, right) == (steps[0].x, steps[1].x + steps[1].width)


@pytest.mark.parametrize("outline", [a_move(), a_large(40, per_play=13), a_large(300), a_large(2000)])
def test_nothing_is_drawn_outside_the_picture(outline):
    found = diagram(view_plan(outline))
    assert all(0 <= shape.x <= shape.x + shape.width <= WIDTH for shape in found.shapes)
    assert all(shape.y + shape.height <= found.height for shape in found.shapes)


def test_an_empty_workflow_has_a_plan():
    for view in (view_plan(an_outline()), view_plan(an_outline(a_play()))):
        assert "shop/site.yml" in markdown(view)
        assert Elements(page(view)).open == []
