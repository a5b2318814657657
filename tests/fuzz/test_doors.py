# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Whatever comes in by a door is taken for what it is, or refused in words: nothing falls over it."""

import json
import string

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._cli.main import _COMMANDS
from ansible_collections.saga.ops.plugins.plugin_utils._engine import codec
from ansible_collections.saga.ops.plugins.plugin_utils._engine.contracts.parse import KEYS
from hypothesis import example, given
from hypothesis import strategies as st

import fuzzed
from past import Past

pytestmark = pytest.mark.sweep

HOSTILE = st.sampled_from(
    [
        "{{ lookup('pipe', 'id') }}", "\x1b[2J", "\u202e", "../../etc/passwd", "__proto__", "__ansible_unsafe", "$dict",
        "<script>alert(1)</script>", "\0", "\ud800", "\udcff", "-1", "1e999", "9" * 400,
        "~", "&a", "*a", "!!python/object:os.system",
    ]
)  # fmt: skip
WORDS = st.sampled_from(
    [*KEYS, "side_effect", "none", "irreversible", "retry", "then", "attempts", "delay", "required"]
)
texts = HOSTILE | WORDS | st.text(max_size=20)
numbers = st.integers() | st.integers(10**300, 10**400) | st.floats()
plain = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)
contracts = st.dictionaries(st.sampled_from(KEYS), plain, max_size=5) | plain
odd_keys = st.dictionaries(st.none() | st.booleans() | numbers | st.tuples(texts) | st.binary(), plain, max_size=3)


@given(contracts | odd_keys)
def test_contracts(value):
    fuzzed.contract(value)


@given(st.lists(plain | texts.map(lambda word: f"saga:{word}"), max_size=5))
def test_tags(found):
    fuzzed.tags(found)


yaml_text = st.lists(
    st.sampled_from(["- ", ": ", "? ", "\n", "  ", "{", "}", "[", "]", "&a ", "*a", "<<: ", "!!set ", "!!int ",
                     "2026-99-99", "|\n", "'", '"', "#", "%YAML 9.9\n", "---\n", "...\n", "\t", "=", "0x", "1:60", "!"])
    | texts,
    max_size=25,
).map("".join)  # fmt: skip


@given(yaml_text | contracts.map(lambda said: json.dumps({"A task": said})))
def test_sidecars(text):
    fuzzed.of_sidecar(text)


rules = st.dictionaries(
    st.sampled_from(["effect", "idempotent", "cases", "unknown", "like", "why", "when", "given"]) | texts,
    plain,
    max_size=4,
)


@given(yaml_text | st.dictionaries(st.just("a.b.c") | texts, rules, max_size=3).map(json.dumps))
def test_catalogues(text):
    fuzzed.of_catalogue(text)


from_a_target = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts | st.sampled_from(sorted(codec._MARKS)),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(texts | st.sampled_from(sorted(codec._MARKS)), inner, max_size=3)
    ),
    max_leaves=30,
)


@given(from_a_target)
@example({"$pairs": [[["a"], 1]]})
def test_what_a_target_sends(value):
    fuzzed.data(value)


@pytest.mark.parametrize("kind", ["list", "dictionary"])
@pytest.mark.parametrize(("depth", "is_kept"), [(1000, True), (2000, True), (100_000, False)])
def test_what_is_nested_deeply(depth, is_kept, kind):
    assert isinstance(fuzzed.data(fuzzed.nested(depth, kind)), str) != is_kept


marked = st.recursive(
    plain,
    lambda inner: st.dictionaries(st.sampled_from(sorted(codec._MARKS)), inner, min_size=1, max_size=1)
    | st.lists(inner, max_size=3),
    max_leaves=15,
)  # fmt: skip


@given(st.text() | marked.map(json.dumps))
@example("[" * 100_000)
@example('{"$tuple":[' * 3000 + "]}" * 3000)
def test_what_stands_in_a_journal(text):
    fuzzed.text_of_data(text)


@pytest.fixture(scope="module")
def past(tmp_path_factory):
    """A journal with a run in it, which the command line may be let loose on."""
    past = Past(tmp_path_factory.mktemp("past"), capsys=None)
    work = past.begin(plan=("1 Move/Copy",))
    work.do("Copy", "h1")
    work.fail("Move")
    work.end()
    yield past
    past.close()


@pytest.fixture(scope="module")
def exported(past):
    path = past.folder / "runs.jsonl"
    assert fuzzed.command(["export", "--all", "--journal", str(past.path), "--output", str(path)]) == 0
    return path.read_bytes()


@pytest.fixture(scope="module")
def printed(past):
    """The events of the run, as a file of them has them."""
    from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit.lines import line  # noqa: PLC0415

    return "".join(f"{line(event)}\n" for event in past.journal.events(past.last().id)).encode()


mangles = st.lists(
    st.tuples(
        st.sampled_from(["flip", "cut", "repeat", "drop", "put"]),
        st.integers(0, 2**20),
        st.sampled_from(
            [b"\0", b"\xff", b"{", b"\n", b"[" * 5000, b"1e999", b"9" * 5000, b"null", b'"', b"-1", b"\xed\xa0\x80"]
        ),
    ),
    min_size=1,
    max_size=4,
)


def mangled(raw, ways):
    for way, place, more in ways:
        at = place % max(len(raw), 1)
        lines = raw.splitlines(keepends=True)
        line = place % max(len(lines), 1)
        match way:
            case "flip":
                raw = raw[:at] + bytes([(raw[at] if raw else 0) ^ (1 << place % 8)]) + raw[at + 1 :]
            case "cut":
                raw = raw[:at]
            case "repeat":
                raw = b"".join([*lines[: line + 1], *lines[line:]])
            case "drop":
                raw = b"".join([*lines[:line], *lines[line + 1 :]])
            case _:
                raw = raw[:at] + more + raw[at:]
    return raw


@given(ways=mangles)
def test_exports_that_were_mangled(exported, ways):
    raw = mangled(exported, ways)
    answer = fuzzed.export(raw)
    assert isinstance(answer, str) or raw == exported or answer == fuzzed.export(exported)


@given(ways=mangles)
def test_files_of_events_that_were_mangled(printed, ways, tmp_path_factory):
    raw = mangled(printed, ways)
    path = tmp_path_factory.getbasetemp() / "events.jsonl"
    path.write_bytes(raw)
    code = fuzzed.command(["audit", "--verify", "--file", str(path)])
    # What was cut off at its end is whole as far as it goes.
    assert code in {1, 3} or printed.startswith(raw) or json_of(raw) == json_of(printed)[: len(json_of(raw))]


def json_of(raw):
    return [json.loads(line) for line in raw.splitlines()]


# Those that look on, or start something else, are not let loose.
TAKEN = sorted(set(_COMMANDS) - {"watch", "drill", "resume", "run", "plan", "check", "annotate", "completion"})
options = st.sampled_from(
    ["--json", "--host", "--step", "--why", "--type", "--since", "--until", "--by", "--attempt", "--verify", "--format",
     "--workflow", "--state", "--older-than", "--keep", "--", "-", "--out", "--run", "--to", "--file", "--anchors"]
)  # fmt: skip
arguments = st.text(string.printable, max_size=12) | HOSTILE.filter(lambda word: "\0" not in word) | options


@given(command=st.sampled_from(TAKEN), more=st.lists(options | arguments, max_size=6))
def test_command_lines(past, command, more, monkeypatch):
    monkeypatch.chdir(past.folder)
    fuzzed.command([command, "--journal", str(past.path), *more])
