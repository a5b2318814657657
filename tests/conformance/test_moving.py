# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Runs move between journals of any two kinds, and nothing of them is lost, added or taken on trust."""

import functools
import hashlib
import io
import itertools
import json
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine import moving
from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit.accounts import state_told
from ansible_collections.saga.ops.plugins.plugin_utils._engine.begin import Means
from ansible_collections.saga.ops.plugins.plugin_utils._engine.entries import run_entry, step_entry
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.memory import MemoryJournal
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.opening import open_journal
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.sqlite import SqliteJournal
from ansible_collections.saga.ops.plugins.plugin_utils._engine.moving import reading
from ansible_collections.saga.ops.plugins.plugin_utils._engine.moving.refusals import (
    ExportTooNewError,
    ExportUnreadableError,
)
from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import Contract
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import (
    Fence,
    Plan,
    PlannedStep,
    Result,
    Run,
    Slice,
    Step,
    Surroundings,
)
from ansible_collections.saga.ops.plugins.plugin_utils._engine.spool import Spool
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import servers
from samples import DEAD, ELSEWHERE, StillClock, a_run, a_slice, a_step, verified

# A store joins with a line: how it is opened in a folder of the test's own.
STORES = {
    "memory": lambda folder, clock: MemoryJournal(clock=clock),
    "sqlite": lambda folder, clock: SqliteJournal(folder / "journal.db", clock=clock),
    "redis": lambda folder, clock: on_server("redis", folder, clock),
}


def on_server(kind, folder, clock):
    """Open a journal on a server, in a namespace that belongs to a folder."""
    if (url := servers.shared(kind)) is None:
        pytest.skip("this machine has no such server")
    return open_journal(f"{url}?namespace={hashlib.sha256(bytes(folder)).hexdigest()[:16]}", clock=clock)


def opened(name, folder):
    folder.mkdir(exist_ok=True)
    clock = StillClock()
    journal = STORES[name](folder, clock)
    return Means(journal=journal, spool=Spool(folder / "spool"), clock=clock, tell=lambda _text: None)


def together(names):
    """Return two stores as one parameter: those on a server go to one process, so that only one starts it."""
    marks = [pytest.mark.xdist_group("redis")] if "redis" in names else []
    return pytest.param(names, marks=marks, id="-".join(names))


@pytest.fixture(params=map(together, itertools.product(sorted(STORES), repeat=2)))
def two(request, tmp_path):
    """A journal that runs come from, and one that they go to."""
    one, other = (opened(name, tmp_path / str(place)) for place, name in enumerate(request.param))
    yield one, other
    one.journal.close()
    other.journal.close()


@pytest.fixture
def there(tmp_path):
    return opened("memory", tmp_path / "there")


def exported(means, *runs):
    found = runs or reversed(means.journal.runs())
    taken = [moving.take(means, run, may_be_live=True) for run in found]
    lines = [moving.opening(version="1.2.3", journal="sqlite:///here", moment=means.clock.now())]
    lines += [line for each in taken for line in moving.lines(each.bundle, taken=str(each.how))]
    return "".join([*lines, moving.closing(len(taken))]).encode()


def imported(means, export):
    """Read all of an export, as the command does, then write what is new."""
    header, found = moving.read(io.BytesIO(export))
    fates = [(each, moving.judge(means, each, header, may_be_live=True)) for each in found]
    for each, judged in fates:
        if judged.fate is moving.Fate.NEW:
            moving.bring(means, each, header)
    return [judged for _each, judged in fates]


def everything(journal, run):
    steps = journal.steps(run)
    return {
        "run": next(found for found in journal.runs(run=run) if found.id == run),
        "plan": journal.plan(run),
        "slices": journal.slices(run),
        "steps": sorted(steps, key=lambda step: (step.host, step.key)),
        "results": {(step.host, step.key): journal.results(run, step.host, step.key) for step in steps},
        "events": list(journal.events(run)),
    }


def written(means, run, *, slices=(), steps=(), results=(), plan=()):
    """Write a run as the engine does: each change with an event that tells of it."""
    plan = Plan(run=run.id, steps=tuple(plan))
    begun = run_entry("run.started", run, actor="ada", nested={"tuple": (1,), "$dict": None, "bytes": b"\0"})
    means.journal.commit([replace(begun, puts=(run, plan, *(slices or [a_slice(run=run.id)])))])
    for step in steps:
        puts = [result for result in results if (result.host, result.key) == (step.host, step.key)]
        told = step_entry("step.outcome", step, *puts, attempt=1, actor="ada", state=str(state_told(step)))
        means.journal.commit([told])
    return run


def a_past(means, id_="R1"):
    steps = [a_step(run=id_, seq=seq, key=f"k{seq}", updated=0.1 * seq) for seq in (1, 2)]
    results = [Result(run=id_, host="h1", key="k1", payload="{}", item=item) for item in ("", "a")]
    plan = [PlannedStep(path="p", fingerprint="f", where="site.yml:7", play=1, inputs=(("version", "k.1"),))]
    return written(means, a_run(id=id_), steps=steps, results=results, plan=plan, slices=[a_slice(run=id_, token=77)])


# What comes out is what went in

TEXT = st.text(max_size=8)
WHOLE = st.integers(min_value=0, max_value=2**40)
NUMBER = st.floats(min_value=0, max_value=2**40)
IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,12}", fullmatch=True)
for kind, strategy in ((str, TEXT), (int, WHOLE), (float, NUMBER)):
    st.register_type_strategy(kind, strategy)


def any_(kind, **known):
    return st.builds(kind, **known)


@st.composite
def pasts(draw):
    """A run with all that can be known of one."""
    attempts = draw(st.lists(st.integers(1, 50), min_size=1, max_size=3, unique=True))
    typed = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=8)
    facts = {"command": st.tuples(typed), "directory": typed}
    run = draw(any_(Run, id=IDS, attempt=st.just(50), version=st.integers(1, 9), **facts))
    of_run = {"run": st.just(run.id)}
    slices = [
        draw(any_(Slice, **of_run, attempt=st.just(number), surroundings=any_(Surroundings), **facts))
        for number in attempts
    ]
    keys = draw(st.lists(st.tuples(TEXT, TEXT.filter(bool)), max_size=3, unique=True))
    steps = [
        draw(any_(Step, **of_run, host=st.just(host), key=st.just(key), contract=any_(Contract))) for host, key in keys
    ]
    results = [
        Result(run=run.id, host=step.host, key=step.key, item=item, payload=draw(TEXT))
        for step in steps
        for item in draw(st.lists(TEXT, max_size=2, unique=True))
    ]
    return {"run": run, "slices": slices, "steps": steps, "results": results, "plan": draw(st.lists(any_(PlannedStep)))}


@settings(deadline=None, max_examples=25, derandomize=True, suppress_health_check=list(HealthCheck))
@given(past=pasts())
def test_whatever_is_known_of_a_run_moves_with_it(two, past):
    here, there = two
    run = past["run"]
    for means in two:
        for known in means.journal.runs():
            means.journal.drop(known.id, version=known.version)
    written(here, **past)
    before = everything(here.journal, run.id)
    [brought] = imported(there, exported(here))
    after = everything(there.journal, run.id)
    assert brought.fate is moving.Fate.NEW
    assert after["events"][:-1] == before["events"]
    slices = [replace(part, owner=None) for part in before["slices"]]
    assert after | {"events": 0} == before | {"slices": slices, "events": 0}
    must_verify(there.journal, run.id)


def must_verify(journal, run):
    found = next(found for found in journal.runs(run=run) if found.id == run)
    assert verified(journal, found) == []


def test_a_run_that_moves_on_and_back_is_the_same(two):
    here, there = two
    run = a_past(here)
    imported(there, exported(here))
    here.journal.drop(run.id, version=run.version)
    imported(here, exported(there))
    assert [event.type for event in here.journal.events(run.id)][-2:] == ["run.imported", "run.imported"]
    must_verify(here.journal, run.id)


def test_the_lines_of_an_export_come_in_an_order_that_stays(two):
    here, _there = two
    a_past(here)
    assert exported(here) == exported(here)
    kinds = [json.loads(line)["line"] for line in exported(here).splitlines()]
    per_run = ["run", "plan", "slice", "step", "step", "result", "result", "event", "event", "event", "end of run"]
    assert kinds == ["header", *per_run, "end"]


def test_tokens_grow_beyond_those_of_a_run_that_came(two):
    here, there = two
    a_past(here)
    imported(there, exported(here))
    assert there.journal.next_token() > 77


@pytest.mark.parametrize("owner", [DEAD, ELSEWHERE])
def test_nobody_is_at_work_on_a_run_that_came_and_its_audit_says_who_was(two, owner):
    here, there = two
    run = written(here, a_run(), slices=[a_slice(owner=owner)])
    imported(there, exported(here))
    assert [part.owner for part in there.journal.slices(run.id)] == [None]
    [*_others, last] = there.journal.events(run.id)
    assert (last.type, last.data["journal"], last.data["was"]) == ("run.imported", "sqlite:///here", [str(owner)])


def test_what_a_worker_left_of_an_earlier_life_of_a_run_proves_nothing(two):
    here, there = two
    run = a_past(here)
    there.spool.root.mkdir()
    there.spool.open_attempt(run.id, 1)
    imported(there, exported(here))
    assert there.spool.runs() == []


# What is there already


def test_a_run_that_is_there_is_left_as_it_is(two):
    here, there = two
    run, export = a_past(here), exported(here)
    imported(there, export)
    before = everything(there.journal, run.id)
    [again] = imported(there, export)
    assert again.fate is moving.Fate.KNOWN
    assert everything(there.journal, run.id) == before
    [at_home] = imported(here, export)
    assert at_home.fate is moving.Fate.KNOWN


def test_a_run_that_went_on_is_left_as_it_is(two):
    here, _there = two
    a_past(here)
    export = exported(here)
    here.journal.commit([run_entry("run.stopped", a_run(version=2), actor="ada")], fence=Fence(run="R1", version=1))
    [judged] = imported(here, export)
    assert judged.fate is moving.Fate.KNOWN


@pytest.mark.parametrize("goes_on", ["here", "there", "both"])
def test_a_run_that_is_there_otherwise_is_refused(two, goes_on):
    here, there = two
    run = a_past(here)
    imported(there, exported(here))
    if goes_on == "there":
        here, there = there, here
    here.journal.commit([run_entry("run.stopped", run, actor="ada")])
    if goes_on == "both":
        there.journal.commit([run_entry("run.parked", run, actor="ada")])
    before = everything(there.journal, run.id)
    with pytest.raises(moving.refusals.RunOtherwiseError, match=f"run {run.id} is in this journal already"):
        imported(there, exported(here))
    assert everything(there.journal, run.id) == before


# Nothing is taken on trust


@functools.cache
def an_export():
    means = Means(
        journal=MemoryJournal(clock=StillClock()), spool=Spool(Path("/proc/nowhere")), clock=StillClock(), tell=print
    )
    for name in ("R1", "R2"):
        a_past(means, name)
    return exported(means)


# At so many places of a file, from one to the next; the sweep goes to each of them.
APART = pytest.mark.parametrize("apart", [7, pytest.param(1, marks=pytest.mark.sweep)])


def refused(there, export):
    with pytest.raises(ExportUnreadableError) as caught:
        imported(there, export)
    assert there.journal.runs() == []
    return caught.value


@APART
def test_a_file_that_was_cut_off_anywhere_is_refused(there, apart):
    export = an_export()
    for size in {*range(0, len(export), apart), len(export) - 1}:
        refused(there, export[:size])


def test_a_file_in_which_a_line_is_missing_is_twice_or_in_another_place_is_refused(there):
    lines = an_export().splitlines(keepends=True)
    for place, line in enumerate(lines):
        refused(there, b"".join([*lines[:place], *lines[place + 1 :]]))
        refused(there, b"".join([*lines[:place], line, *lines[place:]]))
        if place:
            refused(there, b"".join([*lines[: place - 1], line, lines[place - 1], *lines[place + 1 :]]))


@APART
def test_a_file_in_which_anything_of_a_run_was_changed_is_refused(there, apart):
    export = an_export()
    begin, end = export.index(b'{"line":"run"'), export.index(b'{"line":"end"')
    for place in range(begin, end, apart):
        refused(there, export[:place] + bytes([export[place] ^ 1]) + export[place + 1 :])


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"\n",
        b"null\n",
        b"[]\n",
        b"{}\n",
        b'{"line": 3}\n',
        b'{"line": "run"}\n',
        b'{"line": "header", "format": "tar", "schema": 1}\n',
        b'{"line": "header", "format": "saga.ops export"}\n',
        b'{"line": "header", "format": "saga.ops export", "schema": true}\n',
        b'{"line": "header", "format": "saga.ops export", "schema": 1' + b"0" * 5000 + b"}\n",
        b'{"line": "header", "format": "saga.ops export", "schema": 1, "version": 1, "journal": "", "time": ""}\n',
        b"\xff\xfe{\x00}\x00\n\x00",
        b"SQLite format 3\x00\n",
        b"[" * 1_000_000 + b"\n",
        b'{"line":' * 100_000 + b"\n",
    ],
    ids=range(16),
)
def test_a_file_that_is_no_export_is_refused(there, file):
    refused(there, file)


def test_a_file_that_a_newer_version_wrote_is_refused_by_its_name(there):
    export = an_export().replace(b'"schema":2,"version":"1.2.3"', b'"schema":3,"version":"9.9.9","new":{}', 1)
    with pytest.raises(ExportTooNewError, match=r"saga\.ops 9\.9\.9 wrote it; this saga\.ops knows schemas up to 2"):
        imported(there, export)


def test_a_line_that_is_too_long_is_not_read_to_its_end(there, monkeypatch):
    monkeypatch.setattr(reading, "LONGEST", 100)
    assert "it is longer than 100 bytes" in str(refused(there, b"x" * 10_000))


def forged(change, kind="run", place=0):
    """An export by somebody who knows how digests are made: one line is another one."""
    lines = [json.loads(line) for line in an_export().splitlines()]
    [*found] = [line for line in lines if line["line"] == kind]
    change(found[place])
    return forge(lines)


def forge(lines):
    digest, out = reading.hashlib.sha256(), []
    for line in lines:
        if line["line"] == "run":
            digest = reading.hashlib.sha256()
        if line["line"] == "end of run":
            line["digest"] = digest.hexdigest()
        text = json.dumps(line, separators=(",", ":")).encode() + b"\n"
        digest.update(text)
        out.append(text)
    return b"".join(out)


def test_the_forger_of_these_tests_knows_how(there):
    assert forged(lambda line: None) == an_export()


@pytest.mark.parametrize(
    ("kind", "change", "said"),
    [
        ("run", {"id": "../../etc"}, "no id of a run"),
        ("run", {"id": "R1/.."}, "no id of a run"),
        ("run", {"id": "R2"}, "another 'run'"),
        ("run", {"state": "completed"}, "the run is completed, but its events say running"),
        ("run", {"state": "on fire"}, "'state' must be one of"),
        ("run", {"started": "soon"}, "'started' must be a number, not text"),
        ("run", {"started": float("nan")}, "'started' must be a number, not nan"),
        ("run", {"started": 10**400}, "'started' must be a number"),
        ("run", {"attempt": 1.5}, "'attempt' must be a whole number"),
        ("run", {"version": 2**63}, "'version' must be a whole number"),
        ("run", {"version": 0}, "no run is like that"),
        ("run", {"workflow": "\ud800"}, "half a character"),
        ("run", {"targets": "h1"}, "'targets' must be a list, not text"),
        ("run", {"targets": [[]]}, "an item of 'targets' must be text, not a list"),
        ("run", {"back": {"hosts": [], "way": 1}}, "'way' of 'back' is unknown; did a newer saga.ops write it?"),
        ("run", {"is_going_back": 1}, "'is_going_back' must be true or false"),
        ("run", {"directory": "/srv\0"}, "cannot be typed"),
        ("run", {"taken": "by force"}, "'taken' must be one of"),
        ("run", {"new": 1}, "'new' is unknown; did a newer saga.ops write it?"),
        ("plan", {"steps": {}}, "a plan has a list"),
        ("plan", {"steps": [1]}, "must be a record"),
        ("slice", {"attempt": 0}, "an attempt that there was not"),
        ("slice", {"attempt": 2}, "an attempt that there was not"),
        ("slice", {"token": 2**53}, "'token' must be a whole number"),
        ("slice", {"run": "R2"}, "'run' is unknown"),
        ("slice", {"owner": {"machine": "m"}}, "'boot' of 'owner' is missing"),
        ("slice", {"surroundings": {"variables": {"a": 1}}}, "a value of 'variables' of 'surroundings' must be text"),
        ("step", {"key": "k2"}, "a result is of a step that there was not"),
        ("step", {"state": "failed"}, "is failed, but its events say ok"),
        ("step", {"contract": {"effect": "big"}}, "'effect' of 'contract' must be one of"),
        ("step", {"inputs": [["a"]]}, "an item of 'inputs' must have 2 items, not 1"),
        ("result", {"payload": None}, "'payload' must be text, not None"),
        ("result", {"item": "a"}, "a result is there twice"),
        ("event", {"data": None}, "'data' must be a dictionary"),
        ("event", {"data": {"$tuple": 1}}, "'data' cannot be read"),
        ("event", {"data": {"$dict": 1}}, "'data' cannot be read"),
        ("event", {"data": {"$bytes": "x"}}, "'data' cannot be read"),
        ("event", {"actor": "eve"}, "its content was changed"),
        ("event", {"seq": 2}, "event 1 is missing"),
        ("end of run", {"events": 4}, "another 'events'"),
        ("end of run", {"head": "0"}, "another 'head'"),
        ("end of run", {"more": 1}, "not those that were written"),
        ("end", {"runs": 3}, "does not close an export with 2 runs"),
        ("header", {"more": 1}, "'more' is unknown"),
        ("later", {}, "a line 'later' cannot stand here"),
    ],
)
def test_a_forged_line_is_refused(there, kind, change, said):
    if kind == "later":
        export = forged(lambda line: line.update(line="later"), "slice")
    else:
        export = forged(lambda line: line.update(change), kind)
    assert said in str(refused(there, export))


def test_what_is_missing_and_has_no_default_is_said(there):
    assert "'workflow' is missing" in str(refused(there, forged(lambda line: line.pop("workflow"))))


def test_what_an_older_version_did_not_know_has_its_default(there):
    imported(there, forged(lambda line: [line.pop(name) for name in ("slices", "awaited", "back")]))
    assert {run.id for run in there.journal.runs()} == {"R1", "R2"}


@pytest.mark.parametrize("levels", [900, 3000, 90_000])
def test_what_is_nested_too_deeply_is_refused(there, levels):
    inner = b"[" * levels + b"]" * levels
    export = an_export().replace(b'"data":{"state":"running"', b'"data":{"deep":' + inner + b',"state":"running"', 1)
    assert export != an_export()
    refused(there, export)
