# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The page of a report in a real browser: what it shows, how it is walked, and what it must not do."""

import shutil

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import RunState, StepState, Undo
from ansible_collections.saga.ops.plugins.plugin_utils._engine.report.run import page as written
from ansible_collections.saga.ops.plugins.plugin_utils._engine.report.run import report
from ansible_collections.saga.ops.plugins.plugin_utils._engine.report.run.characters import clean

from reported import HOSTILE, an_event, fleet, hostile, sources
from samples import UNDOABLE, a_run, a_step

driver = pytest.importorskip("playwright.sync_api", reason="no browser is driven: 'make browser' installs playwright")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no page is tried: there is no chromium here"),
    pytest.mark.xdist_group("browser"),
]

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 375, "height": 812}


@pytest.fixture(scope="module")
def chromium():
    with driver.sync_playwright() as playwright:
        # As root, as in a container, its sandbox does not start; what it opens here are files of our own.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The pages, by name."""
    folder = tmp_path_factory.mktemp("pages")
    made = {"small": fleet(8, 4), "large": fleet(1000, 50), "hostile": hostile(), "undone": undone(), "empty": empty()}
    for name, found in made.items():
        (folder / f"{name}.html").write_text(written(found), encoding="utf-8")
    return folder


def undone():
    """Return a report on a run that went back, and failed to undo one step on one host."""
    copied = a_step(seq=1, contract=UNDOABLE, undo=Undo.COMPENSATED)
    failed = a_step(seq=2, host="h2", contract=UNDOABLE, undo=Undo.FAILED)
    undoing = [
        a_step(
            seq=seq,
            host=host,
            key="undo 1 Move/Copy#1/Undo it#1",
            name="Undo it",
            path="undo 1 Move/Copy#1/Undo it",
            undoes=copied.key,
            state=state,
            is_handled=False if state is StepState.FAILED else None,
        )
        for seq, host, state in ((3, "h1", StepState.OK), (4, "h2", StepState.FAILED))
    ]
    steps = [copied, failed, *undoing]
    events = [
        an_event(
            number, "step.outcome", step, at=10 * number, began=1_800_000_000.0 + 10 * number - 5, state=str(step.state)
        )
        for number, step in enumerate(steps, 1)
    ]
    return report(sources(a_run(state=RunState.PARKED, is_going_back=True), steps, events))


def empty():
    return report(sources(a_run(state=RunState.STOPPED, targets=()), [], []))


class Opened:
    """A page that is open, with all that it has said and asked for."""

    def __init__(self, browser, path, **how):
        known = {"viewport": DESKTOP, "color_scheme": "light"}
        self.context = browser.new_context(**(known | how))
        self.page = self.context.new_page()
        self.said, self.requests = [], []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri())
        self.page.wait_for_selector("html[data-ready=yes]")

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def rows(self, list_):
        """Return the texts of the rows of a list that are in the page, in order."""
        texts = self.page.eval_on_selector_all(
            f"#{list_} [role=option]",
            "rows => rows.map(row => [Number(row.getAttribute('aria-posinset')), row.innerText])",
        )
        return [text for _number, text in sorted(texts)]

    def count(self, list_):
        """Return how many rows a list has, in the page or not."""
        first = self.page.query_selector(f"#{list_} [role=option]")
        return int(first.get_attribute("aria-setsize")) if first else 0

    def search(self, words):
        self.page.fill("#search", words)
        self.page.wait_for_timeout(200)  # until the typing has come to a rest

    def has_dialog(self):
        return self.page.evaluate("document.getElementById('detail').open")

    def focus(self):
        return self.page.evaluate("document.activeElement.id")


@pytest.fixture
def opened(chromium, pages):
    """Open a page; in the end it must have said nothing, and asked for nothing but itself."""
    found = []

    def open_(name, **how):
        found.append(Opened(chromium, pages / f"{name}.html", **how))
        return found[-1]

    yield open_
    for each in found:
        assert each.said == []
        assert {url.partition("#")[0] for url in each.requests} == {each.page.url.partition("#")[0]}
        each.context.close()


@pytest.mark.parametrize("name", ["small", "hostile", "undone", "empty"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_page_opens_and_fits_the_screen(opened, name, viewport):
    found = opened(name, viewport=viewport)
    assert found.page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert found.page.is_visible("h1")


def test_names_that_are_meant_to_hurt_are_shown_and_do_nothing(opened):
    found = opened("hostile")
    for list_ in ("hosts", "steps", "events"):
        found.page.focus(f"#{list_}")
        for _row in range(found.count(list_)):
            found.press("Enter")
            assert found.has_dialog()
            found.press("Escape", "ArrowDown")
    assert found.page.evaluate("window.hurt") is None
    assert found.page.query_selector("img") is None
    shown = [" ".join(row.split()) for row in found.rows("steps")]
    assert all(any(" ".join(clean(words).split()) in row for row in shown) for words in HOSTILE)


def test_the_policy_of_the_page_lets_nothing_else_run(chromium, pages):
    found = Opened(chromium, pages / "small.html")
    found.page.evaluate(
        "() => { const script = document.createElement('script'); script.textContent = 'window.hurt = 1';"
        "document.body.append(script); const image = document.createElement('img');"
        "image.src = 'http://127.0.0.1:9/x.png'; document.body.append(image);"
        "document.body.insertAdjacentHTML('beforeend', '<p id=x onclick=\"window.hurt = 1\">x</p>');"
        "document.getElementById('x').click() }"
    )
    found.page.wait_for_timeout(200)
    assert found.page.evaluate("window.hurt") is None
    assert found.said
    assert all("Content Security Policy" in said for said in found.said)
    found.context.close()


def test_a_fleet_is_in_the_page_only_as_far_as_it_can_be_seen(opened):
    found = opened("large")
    assert (found.count("hosts"), found.count("steps")) == (1000, 50)
    assert found.count("events") > 80_000
    assert found.page.evaluate("document.querySelectorAll('*').length") < 1500
    assert len(found.rows("hosts")) < 60


def test_the_far_end_of_a_fleet_comes_up_by_scrolling_and_by_a_key(opened):
    found = opened("large")
    found.page.select_option("#order", "run")
    assert "web0999" not in "".join(found.rows("hosts"))
    found.page.eval_on_selector("#hosts", "list => { list.scrollTop = list.scrollHeight }")
    found.page.wait_for_function("document.querySelector('#hosts').innerText.includes('web0999')")
    assert "web0000" not in "".join(found.rows("hosts"))
    found.page.focus("#events")
    found.press("End")
    assert "run.stopped" in found.rows("events")[-1]
    assert found.page.evaluate("document.querySelectorAll('*').length") < 1500


def test_the_worst_hosts_of_a_fleet_come_first(opened):
    found = opened("large")
    assert "web0005" in found.rows("hosts")[0]
    assert found.rows("hosts")[0].startswith("\N{MULTIPLICATION SIGN}")


def test_bars_are_drawn_in_the_colour_of_how_they_ended(opened):
    found = opened("large")
    colours = found.page.evaluate(
        """() => {
            const canvas = document.querySelector('#hosts canvas');
            const { data } = canvas.getContext('2d').getImageData(200, 34, canvas.width - 220, 24);
            const met = new Set();
            for (let at = 0; at < data.length; at += 4) {
                if (data[at + 3] === 255) met.add(data.slice(at, at + 3).join());
            }
            return [...met];
        }"""
    )
    assert {"198,47,47", "47,125,79"} <= set(colours)  # failed and done


def test_a_search_shows_the_hosts_steps_and_events_that_fit(opened):
    found = opened("small")
    found.search("web0003")
    assert [row.split()[-1] for row in found.rows("hosts")] == ["web0003"]
    assert found.count("steps") == 4
    assert all("web0003" in row for row in found.rows("events"))
    assert found.page.inner_text("#found") == "1 of 8 hosts, 4 of 4 steps"
    found.search("step 2")
    assert [row.split("\n")[1] for row in found.rows("steps")] == ["Step 2"]
    assert found.count("hosts") == 8
    found.search("no such thing")
    assert found.count("hosts") == found.count("steps") == found.count("events") == 0
    assert found.page.locator(".none").count() == 3


def test_a_search_may_be_for_hosts_or_for_steps_alone(opened):
    found = opened("small")
    found.search("e")
    found.page.select_option("#scope", "step")
    assert (found.count("hosts"), found.count("steps")) == (8, 4)
    found.search("web")
    assert found.count("hosts") == 0
    found.page.select_option("#scope", "host")
    assert found.count("hosts") == 8


def test_only_failures_are_shown_by_a_button_and_by_a_key(opened):
    found = opened("small")
    found.page.click("#bad")
    assert [row.split()[-1] for row in found.rows("hosts")] == ["web0005"]
    assert [row.split("\n")[1] for row in found.rows("steps")] == ["Step 2"]
    assert ["failed" in row for row in found.rows("events")] == [True]
    assert found.page.get_attribute("#bad", "aria-pressed") == "true"
    found.press("f")
    assert found.count("hosts") == 8
    assert found.page.get_attribute("#bad", "aria-pressed") == "false"


def test_states_are_chosen_one_by_one(opened):
    found = opened("undone")
    found.page.click("#chips button:has-text('undone')")
    assert [row.split()[-1] for row in found.rows("hosts")] == ["h1"]
    found.page.click("#chips button:has-text('failed')")
    assert found.count("hosts") == 2


def test_everything_is_reached_without_a_mouse(opened):
    found = opened("small")
    found.press("/")
    assert found.focus() == "search"
    found.page.keyboard.type("web000")
    found.press("ArrowDown")
    assert found.focus() == "hosts"
    found.press("ArrowDown", "ArrowDown", "ArrowUp")
    active = found.page.get_attribute("#hosts", "aria-activedescendant")
    assert found.page.get_attribute(f"#{active}", "aria-selected") == "true"
    assert "web0001" in found.page.inner_text(f"#{active}")
    found.press("Enter")
    assert found.page.inner_text("#detail-head") == "web0001.example.com"
    found.press("Escape")
    assert not found.has_dialog()
    assert found.focus() == "hosts"
    found.press("/", "Escape")
    assert found.page.input_value("#search") == ""


def test_the_order_of_tabs_goes_down_the_page_and_the_focus_shows(opened):
    found = opened("undone")
    met = []
    for _tab in range(40):
        found.press("Tab")
        met.append(found.focus())
        if met[-1] == "events":
            break
    wanted = ["theme", "search", "scope", "bad", "order", "out", "in", "hosts", "steps", "events"]
    assert [name for name in met if name in wanted] == wanted
    assert found.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_whatever_can_be_pressed_has_a_name(opened):
    found = opened("undone")
    nameless = found.page.eval_on_selector_all(
        "button, input, select, [role=listbox], canvas",
        "all => all.filter(each => !(each.getAttribute('aria-label') || each.innerText || each.ariaHidden)).length",
    )
    assert nameless == 0


def test_one_host_shows_its_steps_its_tries_and_what_they_said(opened):
    found = opened("small")
    found.search("web0005")
    found.page.focus("#hosts")
    found.press("Enter")
    shown = found.page.inner_text("#detail-body")
    assert "failed" in shown
    assert "08:00:20 to 08:00:24 (4.0 s), attempt 1" in shown
    assert "no space left on device" in shown
    assert found.page.is_visible("#detail canvas")


def test_one_step_shows_its_hosts_by_how_they_stand(opened):
    found = opened("undone")
    found.page.click("#steps [role=option] >> nth=0")
    shown = found.page.inner_text("#detail-body")
    assert "compensated 1" in shown
    assert "compensation failed 1" in shown
    assert "Undo it" in shown


def test_an_arrow_leads_from_what_undoes_a_step_to_the_step(opened):
    found = opened("undone")
    strokes = """() => {
        const pen = CanvasRenderingContext2D.prototype, bend = pen.bezierCurveTo;
        window.bends = [];
        pen.bezierCurveTo = function (...at) {
            window.bends.push([this.strokeStyle, this.getLineDash().length]);
            bend.apply(this, at);
        };
    }"""
    found.page.evaluate(strokes)
    found.page.focus("#hosts")
    found.press("Enter", "Escape", "ArrowDown", "Enter")
    assert found.page.evaluate("window.bends") == [["#7c5cbf", 0], ["#c62f2f", 2]]


def test_a_zoom_widens_the_axis_of_time_and_goes_back(opened):
    found = opened("small")
    wide = "document.querySelector('#hosts .space').scrollWidth"
    before = found.page.evaluate(wide)
    found.page.click("#in")
    found.press("+")
    assert found.page.evaluate(wide) > 3 * before
    found.press("-", "-", "-")
    assert found.page.evaluate(wide) == before


def ground(found):
    return found.page.evaluate("getComputedStyle(document.body).backgroundColor")


def test_the_page_is_as_dark_as_the_reader_has_it_or_as_he_says(opened):
    light, dark = opened("small"), opened("small", color_scheme="dark")
    assert (ground(light), ground(dark)) == ("rgb(255, 255, 255)", "rgb(18, 20, 23)")
    dark.page.click("#theme")
    assert (dark.page.inner_text("#theme"), ground(dark)) == ("Theme: light", "rgb(255, 255, 255)")
    light.page.click("#theme")
    light.page.click("#theme")
    assert (light.page.inner_text("#theme"), ground(light)) == ("Theme: dark", "rgb(18, 20, 23)")


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_nothing_moves_by_itself(opened, motion):
    moving = """() => [...document.querySelectorAll('*')].map(each => getComputedStyle(each)).filter(each =>
        each.scrollBehavior !== 'auto' || each.animationName !== 'none' || each.transitionDuration !== '0s').length"""
    assert opened("small", reduced_motion=motion).page.evaluate(moving) == 0


def test_without_javascript_the_head_and_the_decisions_are_there(chromium, pages):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((pages / "undone.html").as_uri())
    assert page.is_visible("h1")
    assert page.is_visible("noscript p")
    assert not page.is_visible("#filters")
    context.close()
