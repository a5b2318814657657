# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What a run's events become as spans and measurements, over histories that the real engine has written."""

import threading
import time
from collections import Counter
from dataclasses import replace

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._bridge import telemetry_library as library
from ansible_collections.saga.ops.plugins.plugin_utils._bridge.telemetry_metrics import INSTRUMENTS
from ansible_collections.saga.ops.plugins.plugin_utils._bridge.telemetry_records import Measurement, Place, Span
from ansible_collections.saga.ops.plugins.plugin_utils._bridge.telemetry_sending import Sender
from ansible_collections.saga.ops.plugins.plugin_utils._bridge.telemetry_telling import Telling
from ansible_collections.saga.ops.plugins.plugin_utils._engine.meeting import Finish, Whole
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import RunState, StepState
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from machine import BLOCK
from samples import READ_ONLY, UNDOABLE
from scene import BEGIN, RESULT, WORKER, Scene

PIPELINE = Place(trace=7, span=8)


@pytest.fixture
def scene(tmp_path):
    return Scene(tmp_path)


class Story:
    """What one attempt tells, over the whole of its run's events."""

    def __init__(self, scene, attempt, parent=None):
        self._scene = scene
        self._seen = 0
        run = attempt.run
        self._telling = Telling(run.id, run.workflow, run.attempt, attempt.step, parent=parent)
        self.run = run.id
        self.told = []
        self.look()

    def look(self):
        events = list(self._scene.journal.events(self.run, after=self._seen))
        self._seen += len(events)
        self.told += self._telling.take(events)
        return self

    @property
    def spans(self):
        return [each for each in self.told if isinstance(each, Span)]

    def one(self, name, **facts):
        wanted = {f"saga.{key.replace('__', '.')}": value for key, value in facts.items()}
        [span] = [span for span in self.spans if span.name == name and wanted.items() <= span.facts.items()]
        return span

    def counted(self):
        found = Counter()
        for each in self.told:
            if isinstance(each, Measurement) and not INSTRUMENTS[each.instrument].is_histogram:
                words = [str(value) for name, value in each.facts.items() if name != "saga.workflow"]
                found[" ".join([each.instrument, *words])] += each.value
        return dict(found)


def links(span):
    return {(link.facts["saga.link"], link.to) for link in span.links}


def test_spans_last_as_long_as_what_they_tell_of(scene):
    attempt = scene.begin()
    story = Story(scene, attempt)
    begin = scene.clock.now()
    scene.clock.wait(1)
    step = scene.start(attempt, "Make")
    scene.clock.wait(5)
    scene.finish(attempt, step)
    look = scene.start(attempt, "Look", contract=READ_ONLY)  # no intent tells when it began
    scene.clock.wait(2)
    scene.finish(attempt, look)
    scene.clock.wait(1)
    attempt.end(RunState.COMPLETED)
    story.look()
    times = {span.name: (span.start - begin, span.end - begin) for span in story.spans}
    assert times == {"Make": (1, 6), "Look": (6, 8), "play 1 Move": (1, 8), "saga attempt": (0, 9)}


def test_each_span_has_a_place_of_its_own_that_is_the_same_for_whoever_looks(scene):
    attempt = scene.begin()
    for host in ("h1", "h2"):
        scene.do(attempt, "Make", host)
        scene.do(attempt, "Make", host)
    attempt.end(RunState.STOPPED)
    one, other = Story(scene, attempt), Story(scene, attempt)
    assert one.told == other.told
    places = [span.place for span in one.spans]
    assert len(set(places)) == len(places) == 6
    assert all(0 < place.trace < 1 << 128 and 0 < place.span < 1 << 64 for place in places)


def test_runs_of_one_id_in_two_journals_have_traces_of_their_own(tmp_path):
    stories = []
    for name in ("one", "other"):
        scene = Scene(tmp_path / name)
        attempt = scene.begin(run_id="release-42")
        attempt.end(RunState.COMPLETED)
        stories.append(Story(scene, attempt))
    assert stories[0].one("saga attempt").place.trace != stories[1].one("saga attempt").place.trace


@pytest.mark.parametrize(
    ("facts", "state", "trouble"),
    [
        ((WORKER, BEGIN), "in doubt", "in doubt"),
        ((WORKER, BEGIN, RESULT), "ok", ""),
        ((WORKER,), "pending", ""),
    ],
    ids=["in the middle", "ended", "not begun"],
)
def test_what_a_dead_attempt_had_in_hand_is_told_by_the_next_one(scene, facts, state, trouble):
    first = scene.begin()
    scene.start(first, "Make", "h1", *facts)
    scene.clock.wait(100)
    second = scene.resume(first)
    story = Story(scene, second)
    made, root = story.one("Make"), story.one("saga attempt")
    assert (made.facts["saga.step.state"], made.trouble) == (state, trouble)
    assert (root.facts["saga.run.state"], root.facts["saga.attempt"], root.trouble) == ("died", 1, "died")
    assert made.end == root.end < scene.clock.now()
    assert story.counted()["saga.runs died"] == 1


def test_an_attempt_is_told_of_as_dead_once(scene):
    first = scene.begin()
    scene.do(first, "Make")
    second = scene.resume(first)
    third = scene.resume(second)
    roots = [span.facts["saga.attempt"] for span in Story(scene, third).spans if span.name == "saga attempt"]
    assert roots == [2]
    third.end(RunState.STOPPED)
    assert [span for span in Story(scene, scene.begin()).spans if span.name == "saga attempt"] == []


def test_of_what_a_dead_attempt_has_done_only_the_last_is_sent_again(scene):
    first = scene.begin()
    scene.do(first, "Long ago")
    scene.clock.wait(20)
    scene.do(first, "Just now")
    story = Story(scene, scene.resume(first))
    assert [span.name for span in story.spans] == ["Just now", "play 1 Move", "saga attempt"]


def test_a_slice_beside_is_neither_told_of_nor_taken_for_dead(scene):
    one = scene.begin(targets=("h1",), slices=2, run_id="R")
    scene.start(one, "Make", "h1")
    other = scene.begin(targets=("h2",), slices=2, run_id="R")
    story = Story(scene, other)
    scene.do(one, "Make", "h1")
    scene.do(other, "Make", "h2")
    one.end(RunState.COMPLETED)
    other.end(RunState.COMPLETED)
    story.look()
    assert [(span.name, span.facts["saga.attempt"]) for span in story.spans] == [
        ("Make", 2),
        ("play 1 Move", 2),
        ("saga attempt", 2),
    ]
    assert story.counted() == {"saga.steps step ok": 1, "saga.runs completed": 1}
    assert Story(scene, one).one("saga attempt").facts["saga.slice.state"] == "completed"


def test_a_compensation_is_linked_to_the_step_of_an_earlier_attempt(scene):
    first = scene.begin()
    made = scene.do(first, "Make", contract=UNDOABLE)
    first.end(RunState.STOPPED)
    told = Story(scene, first)
    second = scene.begin()
    story = Story(scene, second)
    second.go_back("it failed")
    [undoing] = second.debt().undoings
    scene.do(second, "Undo", path=f"undo {made.key}/1 Move/handlers/Undo", undoes=made.key)
    second.undone(undoing, [])
    second.end(RunState.COMPENSATED)
    story.look()
    undone = story.one("Undo")
    assert links(undone) == {("undoes", told.one("Make").place)}
    assert (undone.facts["saga.step.kind"], undone.parent) == ("compensation", story.one("saga attempt").place)
    assert ("earlier attempt", told.one("saga attempt").place) in links(story.one("saga attempt"))
    assert story.counted() == {
        "saga.steps compensation ok": 1,
        "saga.compensations done": 1,
        "saga.runs compensated": 1,
    }


def test_what_undoes_a_block_is_linked_to_the_step_that_it_began_with(scene):
    attempt = scene.begin()
    key = attempt.meet_unit("h1", BLOCK.path, "mark")
    for task in ("Make", "Fill"):
        scene.do(attempt, task, wholes=(Whole(key=key, unit=BLOCK),))
    attempt.go_back("it failed")
    scene.do(attempt, "Undo the block", path=f"undo {key}/1 Move/handlers/Undo the block", undoes=key)
    attempt.end(RunState.COMPENSATED)
    story = Story(scene, attempt)
    assert links(story.one("Undo the block")) == {("undoes", story.one("Make").place)}


def test_each_try_has_a_span_and_a_link_to_the_one_before(scene):
    attempt = scene.begin()
    step = scene.start(attempt, "Make")
    attempt.retry(Finish(reference=step, state=StepState.FAILED, payload="no"), delay=3.0)
    attempt.start(step)
    scene.finish(attempt, step)
    attempt.end(RunState.COMPLETED)
    story = Story(scene, attempt)
    first, second = story.one("Make", step__try=1), story.one("Make", step__try=2)
    assert (first.trouble, first.facts["saga.step.delay"], second.trouble) == ("failed", 3.0, "")
    assert links(second) == {("tried before", first.place)}
    assert story.counted()["saga.retries failed"] == 1


def test_who_started_it_has_one_span_with_links_to_and_fro(scene):
    attempt = scene.begin()
    attempt.end(RunState.STOPPED)
    story = Story(scene, attempt, PIPELINE)
    stand_in, root = story.one("saga run"), story.one("saga attempt")
    assert (stand_in.place.trace, stand_in.parent, stand_in.trouble) == (7, PIPELINE, "stopped")
    assert links(stand_in) == {("attempt", root.place)}
    assert links(root) == {("started by", PIPELINE)}


# The environment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "00-0-0-01",
        f"00-{'0' * 32}-{'1' * 16}-01",
        f"00-{'1' * 32}-{'1' * 16}-00",
        f"00-{'g' * 32}-{'1' * 16}-01",
    ],
)
def test_a_traceparent_that_names_no_sampled_span_is_passed_over(text):
    assert library.parent({"TRACEPARENT": text}) is None


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"OTEL_TRACES_EXPORTER": "zipkin"}, "OTEL_TRACES_EXPORTER=zipkin is not known; say otlp or none"),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "http/json"}, "http/json is not known; say http/protobuf or grpc"),
    ],
)
def test_what_is_not_known_is_refused_in_words(environment, said):
    with pytest.raises(library.TelemetryUnusableError, match=said):
        library.loaded(environment, library.wanted(environment))


# Sending


class Exported:
    """Where spans go in these tests: the SDK's own exporter into memory, which may be stopped."""

    def __init__(self):
        self.is_open = threading.Event()
        self.is_open.set()
        self.takes = True
        self.spans = []

    def send(self, spans):
        self.is_open.wait(20)
        self.spans += spans if self.takes else []
        return self.takes


def a_span(number):
    return Span(name=str(number), place=Place(trace=1, span=number + 1), start=1.0, end=2.0, facts={"saga.attempt": 1})


def test_what_is_not_taken_is_tried_again_and_nothing_is_sent_twice():
    out = Exported()
    out.takes = False
    sender = Sender(out, None, every=0.01, metrics_every=60)
    sender.take([a_span(number) for number in range(1200)])
    time.sleep(0.1)
    out.takes = True
    assert sender.end(10) == ""
    assert [span.name for span in out.spans] == [str(number) for number in range(1200)]


def test_the_end_waits_no_longer_than_it_is_told():
    out = Exported()
    out.is_open.clear()
    sender = Sender(out, None, every=0.01, metrics_every=60)
    sender.take([a_span(1)])
    began = time.monotonic()
    assert sender.end(0.2) == "1 spans were not sent: the collector did not take them within 0.2 s"
    assert time.monotonic() - began < 5
    out.is_open.set()


def test_a_queue_that_is_full_makes_room_for_the_newest():
    out = Exported()
    out.is_open.clear()
    sender = Sender(out, None, every=0.01, metrics_every=60)
    sender.take([a_span(number) for number in range(20_100)])
    out.is_open.set()
    assert sender.end(30).startswith("100 spans were not sent")
    assert out.spans[-1].name == "20099"


def test_the_sdk_gets_spans_as_they_are_meant(scene):
    memory = InMemorySpanExporter()
    libraries = library.loaded({}, frozenset({"traces"}))
    spans = library.Spans(replace(libraries, spans_out=lambda: memory), "R1", None)
    attempt = scene.begin()
    scene.do(attempt, "Make", state=StepState.FAILED)
    attempt.end(RunState.STOPPED)
    story = Story(scene, attempt)
    assert spans.send(story.spans)
    made, play, root = memory.get_finished_spans()
    assert (made.name, made.status.is_ok, made.status.description) == ("Make", False, "failed")
    assert made.parent.span_id == play.context.span_id
    assert made.context.trace_id == root.context.trace_id == story.one("saga attempt").place.trace
    assert made.start_time == int(story.one("Make").start * 1e9)
    assert root.resource.attributes["service.instance.id"] == "R1/1"


def test_a_trace_that_the_sampler_does_not_want_is_left_out_whole(scene, monkeypatch):
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
    memory = InMemorySpanExporter()
    libraries = library.loaded({}, frozenset({"traces"}))
    spans = library.Spans(replace(libraries, spans_out=lambda: memory), "R1", PIPELINE)
    attempt = scene.begin()
    attempt.end(RunState.COMPLETED)
    assert spans.send(Story(scene, attempt, PIPELINE).spans)
    assert [span.name for span in memory.get_finished_spans()] == ["saga run"]
