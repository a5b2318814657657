# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The documentation says all that there is, and nothing that there isn't."""

import fnmatch
import re
import runpy
import tomllib
from pathlib import Path

import pytest
import yaml
from ansible_collections.saga.ops.plugins.plugin_utils._cli import check, report
from ansible_collections.saga.ops.plugins.plugin_utils._cli.exits import Exit
from ansible_collections.saga.ops.plugins.plugin_utils._cli.main import _COMMANDS, _parser
from ansible_collections.saga.ops.plugins.plugin_utils._engine import errors, refusals, sightings
from ansible_collections.saga.ops.plugins.plugin_utils._engine.audit import refusals as audit
from ansible_collections.saga.ops.plugins.plugin_utils._engine.contracts import (
    Catalogue,
    Task,
    declared_by_tags,
    declared_by_vars,
    parse,
    policies,
    resolve,
    sidecar,
    unit,
)
from ansible_collections.saga.ops.plugins.plugin_utils._engine.contracts.catalogue import reading
from ansible_collections.saga.ops.plugins.plugin_utils._engine.contracts.catalogue.shelf import shipped
from ansible_collections.saga.ops.plugins.plugin_utils._engine.drill import refusals as drill
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.redis.words import COMMANDS
from ansible_collections.saga.ops.plugins.plugin_utils._engine.moving import refusals as moving
from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import Contract, Effect, OnDoubt, Then
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import RunState, StepState
from ansible_collections.saga.ops.plugins.plugin_utils._engine.rules import Finding, Severity
from ansible_collections.saga.ops.plugins.plugin_utils._engine.sealing import refusals as sealing

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
README = ROOT / "README.md"
PAGES = [README, *sorted(DOCS.rglob("*.md"))]
MEMBERS = ROOT / "plugins" / "plugin_utils"
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def text(name):
    return (ROOT / name).read_text()


def prose(page):
    return FENCE.sub("", page.read_text())


def leaves(kind):
    below = kind.__subclasses__()
    return {kind} if not below else {leaf for child in below for leaf in leaves(child)}


# ---- what there is, is documented


def test_the_page_of_failures_is_what_was_seen():
    tool = runpy.run_path(str(ROOT / "tools" / "failures.py"))
    assert text("docs/failures.md") == tool["page"](), "run: python tools/failures.py"


def test_the_page_of_options_is_what_the_documented_options_say():
    tool = runpy.run_path(str(ROOT / "tools" / "options.py"))
    assert text("docs/options.md") == tool["page"](), "run: python tools/options.py"


def test_the_page_of_rules_is_what_the_rules_say():
    tool = runpy.run_path(str(ROOT / "tools" / "rules.py"))
    assert text("docs/rules.md") == tool["page"](), "run: python tools/rules.py"


def test_a_user_of_a_server_is_given_the_rights_that_the_journal_needs():
    [line] = [code for _language, code in FENCE.findall(text("docs/redis.md")) if "ACL SETUSER" in code]
    needed = {name for name, _why in COMMANDS}
    assert re.findall(r"\+(\S+)", line) == sorted(needed)
    assert needed <= set(yaml.safe_load(text("roles/redis/defaults/main.yml"))["redis_commands"])


def test_every_key_of_a_finding_is_explained():
    finding = Finding(rule="SAGA001", severity=Severity.ERROR, where="site.yml:1", message="m")
    assert {key for key in check._facts(finding) if f"`{key}`" not in text("docs/check.md")} == set()


def test_the_readme_lists_the_versions_that_are_tested():
    tool = runpy.run_path(str(ROOT / "tools" / "versions.py"))
    assert text("README.md") == tool["written"](text("README.md")), "run: python tools/versions.py"
    assert all(f"| {version} | " in text("README.md") for version in tool["TESTED"])


def test_the_collection_and_the_wheel_ask_for_the_oldest_version_that_is_tested():
    oldest = next(iter(runpy.run_path(str(ROOT / "tools" / "versions.py"))["TESTED"]))
    assert yaml.safe_load(text("meta/runtime.yml"))["requires_ansible"] == f">={oldest}.0"
    assert f"ansible-core>={oldest}" in tomllib.loads(text("pyproject.toml"))["project"]["dependencies"]


@pytest.mark.parametrize("key", parse.KEYS)
def test_every_key_of_a_contract_has_its_line(key):
    assert f"\n| `{key}` | " in text("docs/contract.md")


@pytest.mark.parametrize("word", sorted({*Then, *OnDoubt, *policies._RETRY, *policies._APPROVAL}))
def test_every_word_that_a_key_has_is_named(word):
    assert f"`{word}`" in text("docs/contract.md")


@pytest.mark.parametrize(("page", "words"), [("docs/compensation.md", Then), ("docs/retries.md", OnDoubt)])
def test_every_word_that_a_run_carries_out_is_explained(page, words):
    assert {word for word in words if f"\n| `{word}` | " not in text(page)} == set()


def test_the_page_of_contracts_shows_messages_as_they_are():
    [shown] = [code for language, code in FENCE.findall(text("docs/contract.md")) if language == "text"]
    said = {error.what for error in SHOWN_ERRORS}
    lines = [line.split(": ", 1)[1] for line in shown.splitlines()]
    assert [line for line in lines if not any(re.search(pattern, line) for pattern in patterns().values())] == []
    # Those that take a playbook to be said are whole plays' to test.
    assert [line for line in lines if line not in said and not line.startswith("'Pay' ")] == []


@pytest.mark.parametrize("tag", [*parse._TAGS, "compensate=NAME"])
def test_every_tag_has_its_line(tag):
    assert f"\n| `saga:{tag}` | " in text("docs/contract.md")


@pytest.mark.parametrize("effect", Effect)
def test_every_effect_is_explained(effect):
    assert f"`{effect}`: " in text("docs/contract.md")


CATALOGUE = text("docs/catalogue.md")
SHOWN = re.findall(r"^\| `(.+)` \| (\w+) \| (yes|no) \|$", CATALOGUE, re.MULTILINE)


@pytest.mark.parametrize(("task", "effect", "idempotent"), SHOWN)
def test_the_catalogue_says_what_its_page_shows(task, effect, idempotent):
    found = Catalogue.load().entry(catalogued(yaml.safe_load(task)))
    shown = str(found.effect) if found.is_known else "unknown"
    assert (shown, found.is_idempotent) == (effect, idempotent == "yes")


def test_the_page_of_the_catalogue_counts_the_modules_of_each_collection():
    shelf = MEMBERS / "_engine" / "contracts" / "catalogue"
    counted = {path.stem: len(shipped(path.stem)) for path in shelf.glob("*.yml")}
    assert dict(re.findall(r"^\| ([a-z.]+) \| (\d+) \|$", CATALOGUE, re.MULTILINE)) == {
        name: str(count) for name, count in counted.items()
    }


@pytest.mark.parametrize("key", [*reading._OF_A_MODULE, *reading._CONDITIONS])
def test_every_key_of_a_catalogue_has_its_line(key):
    assert f"\n| `{key}` | " in CATALOGUE


def test_the_catalogue_that_a_user_is_shown_can_be_read():
    [(_language, own)] = [found for found in FENCE.findall(CATALOGUE) if found[0] == "yaml"]
    catalogue = Catalogue.load().extended(own, "catalogue.yml")
    assert set(catalogue.own) == set(yaml.safe_load(own))
    assert not catalogue.contract(Task(module="ansible.builtin.reboot")).is_idempotent


@pytest.mark.parametrize("state", RunState)
def test_every_state_of_a_run_has_its_line(state):
    assert f"\n| {state} | " in text("docs/concepts.md")


@pytest.mark.parametrize("state", StepState)
def test_every_state_of_a_step_is_explained(state):
    _before, table = text("docs/concepts.md").split("## The states of a step")
    assert re.search(rf"^\|[^|]*\b{state}\b[^|]*\| ", table, re.MULTILINE)


@pytest.mark.parametrize("name", _COMMANDS)
def test_every_command_has_its_section(name):
    assert f"\n## saga {name}\n" in "".join(
        text(f"docs/{page}.md") for page in ("cli", "playbooks", "decisions", "moving", "looking", "secrets")
    )


def test_every_option_of_the_command_line_is_named():
    [commands] = [action.choices for action in _parser()._actions if action.choices]
    options = {option for sub in commands.values() for action in sub._actions for option in action.option_strings}
    named = "".join(
        named_in(f"docs/{page}.md")
        for page in ("cli", "playbooks", "decisions", "moving", "looking", "scripts", "audit", "secrets")
    )
    assert {option for option in options - {"-h", "--help"} if f"`{option}" not in named} == set()


def named_in(name):
    """A page's words, each in code, as they would be if none shared its backticks with others."""
    return " ".join(f"`{word}" for code in re.findall(r"`([^`]+)`", prose(ROOT / name)) for word in code.split())


@pytest.mark.parametrize("code", Exit)
def test_every_exit_code_has_its_line(code):
    assert f"| {code.value} | {code.meaning} |" in text("docs/cli.md")


def test_every_event_is_explained():
    source = "".join(path.read_text() for path in MEMBERS.rglob("*.py"))
    events = set(re.findall(r'"((?:run|slice|unit|step|compensation|lease|decision)\.[a-z_]+)"', source))
    assert 'f"run.{run.state}"' in source
    events |= {f"run.{state}" for state in RunState if state is not RunState.RUNNING}
    assert {event for event in events if f"`{event}`" not in text("docs/events.md")} == set()


def test_every_dependency_has_its_line():
    project = tomllib.loads(text("pyproject.toml"))
    asked = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    tested = [f"tests/{name}/requirements.txt" for name in ("ansible_lint", "browser", "galaxy", "molecule")]
    for extra in ("demo/requirements.txt", *tested):
        asked += [line for line in text(extra).splitlines() if not line.startswith("#")]
    lines = [line for line in text("docs/dependencies.md").splitlines() if line.startswith("| ")]
    names = [re.split(r"[<>=~\[]", line)[0] for line in asked]
    assert [name for name in names if not any(name in line.split("|")[1] for line in lines)] == []


# ---- every message can be looked up


def refused(reader, value, **keywords):
    with pytest.raises(errors.ContractError) as caught:
        reader(value, where="site.yml:1", **keywords)
    return caught.value


def unit_of(said, where):
    return unit(declared_by_vars(said, where=where), path="", name="", where=where)


def sidecar_of(written, where):
    return sidecar.read(written, path=where).of(name="A")


def named_sidecar(path, where):
    return sidecar.load(Path(path), shown=where, is_asked_for=True)


SHOWN_ERRORS = [
    refused(declared_by_vars, {"idempotnet": True}),
    refused(declared_by_vars, {"effect": "irreversable"}),
    refused(declared_by_vars, {"idempotent": "yes"}),
    refused(declared_by_vars, {"compensate": []}),
    refused(declared_by_vars, {"on_failure": "halt"}),
    refused(declared_by_vars, {"on_failure": {"retry": {"delay": 2}}}),
    refused(resolve, parse.Declaration(on_in_doubt=OnDoubt.VERIFY), default=Contract()),
    refused(resolve, parse.Declaration(effect=Effect.NONE, compensate=("x",)), default=Contract()),
    refused(resolve, parse.Declaration(effect=Effect.IRREVERSIBLE, compensate=("x",)), default=Contract()),
    refused(unit_of, {"effect": "irreversible", "compensate": "x"}),
    refused(sidecar_of, "A: {efect: none}"),
    refused(declared_by_tags, ["saga:irreversable"]),
    refused(declared_by_tags, ["saga:read_only", "saga:irreversible"]),
]

CONTRADICTIONS = [
    *SHOWN_ERRORS,
    *(
        refused(declared_by_vars, said)
        for said in (
            {"verify": []},
            {"locks": []},
            {"on_failure": {}},
            {"on_failure": {"retry": 3}},
            {"on_failure": {"retry": {"attempts": 0}}},
            {"on_failure": {"retry": {"attempts": 1.5}}},
            {"on_failure": {"retry": {"attempts": 2, "jitter": 2}}},
            {"on_failure": {"retry": {"attempts": 2, "delay": "soon"}}},
            {"on_failure": {"retry": {"attempts": 2, "on": "never"}}},
            {"on_in_doubt": "ask"},
            {"approval": "no"},
            {"approval": {"approvers": []}},
            {"approval": {"approver": "ann"}},
            {"approval": {"default": "maybe"}},
            {"approval": {"two_person": "yes"}},
            {"capture": "x"},
            {"capture": {"a b": "x"}},
            {"capture": {"a": 3}},
        )
    ),
    refused(resolve, parse.Declaration(on_in_doubt=OnDoubt.COMPENSATE, effect=Effect.IRREVERSIBLE), default=Contract()),
    refused(unit_of, {"effect": "none", "compensate": "x"}),
    refused(sidecar_of, "[]"),
    refused(sidecar_of, "A: ["),
    refused(sidecar_of, "A: {}\nA: {}"),
    refused(named_sidecar, "/proc/nowhere/saga.yml"),
    refused(named_sidecar, "/"),
    *sidecar.read("A: {}", path="saga.yml").unmatched([]),
    refused(declared_by_vars, {"efect": "none"}),
    refused(declared_by_vars, "irreversible"),
    refused(declared_by_vars, {"effect": "big"}),
    refused(declared_by_vars, {"idempotent": "yes"}),
    refused(declared_by_vars, {"compensate": []}),
    refused(declared_by_vars, {"compensate": 3}),
    refused(declared_by_vars, {"id": ""}),
    refused(declared_by_tags, ["saga:undoable"]),
    refused(declared_by_tags, ["saga:read_only", "saga:irreversible"]),
    refused(resolve, parse.Declaration(effect=Effect.NONE, compensate=("x",)), default=Contract()),
    refused(resolve, parse.Declaration(effect=Effect.IRREVERSIBLE, compensate=("x",)), default=Contract()),
]

MISREAD = [
    refused(Catalogue.load().extended, written)
    for written in (
        "a.b.c: {efect: none}",
        "a.b.c: {cases: [{wen: {x: y}}]}",
        "a.b.c: {arguments: {x: {defualt: y}}}",
        "a.b.c: {effect: big}",
        "a.b.c: {unknown: 3}",
        "a.b.c: {effect: none, idempotent: false}",
        "a.b.c: {effect: none, unknown: true}",
        "a.b.c: {}\na.b.c: {}",
        "a.b.c: idempotent",
        "copy: {}",
        "a.b.c: {cases: {}}",
        "a.b.c: {cases: [{effect: none}]}",
        "a.b.c: {cases: [{when: {}}]}",
        "a.b.c: {cases: [{when: {x: null}}]}",
        "a.b.c: {cases: [{given: []}]}",
        "a.b.c: {cases: [{changed_when: true}]}",
        "a: b: c",
    )
]

SAMPLES = [
    *CONTRADICTIONS,
    *MISREAD,
    errors.JournalAbsentError("/j"),
    errors.JournalUnusableError("/j", "disk full"),
    errors.JournalCorruptError("/j", "torn"),
    errors.JournalTooNewError("/j", found=9, known=1),
    errors.JournalLostError("/j", "gone"),
    errors.TargetAwaitedError("web1", workflow="w", who="p", since=0, others=2, run="R"),
    errors.TargetHeldError("web1", holder="R", workflow="w", step="s", since=0, who="p", why="it is at work"),
    errors.TargetFreeError("web1", held=[]),
    errors.TargetAwaitedError("web1", workflow="w", who="p", since=0, others=2, run="R"),
    errors.LeaseConflictError("web1"),
    errors.LeaseLostError("R", "asleep"),
    errors.RunBusyError("R", workflow="w", who="p", since=0),
    errors.RunIdleError("R", state="stopped", who="nobody", instead="it goes on with 'saga resume R'"),
    errors.RunUnfinishedError("R", workflow="w", state="stopped"),
    errors.RunEndedError("R", state="abandoned"),
    errors.RunOverError("R", state="completed", why="there is nothing to decide"),
    errors.RunUnknownError("R", "there is none"),
    errors.SliceError(
        "run R was begun as one, without saga_slices, and cannot be spread over several controllers any more; "
    ),
    errors.RunHaltedError("R", reason="another slice failed"),
    errors.RunKnownError("R"),
    errors.RunChangedError("R"),
    errors.StaleAttemptError("R"),
    moving.ExportUnreadableError(3, "it is no JSON"),
    moving.ExportTooNewError(9, 1, by="9.9.9"),
    moving.ExportUnwritableError("f", "disk full"),
    moving.AuditBrokenError("R", "event 3 is missing"),
    moving.RunOtherwiseError("R", event=3),
    moving.RunAtWorkThenError("R", when="T"),
    audit.AnchorLostError("R", "the anchor was not kept: f cannot be written (disk full)"),
    audit.AnchorsUnreadableError("f", "it is no anchor", line=3),
    audit.AnchorAbsentError("f", "R"),
    audit.EventsForeignError("f", "there is something else in it"),
    audit.EventsUnreadableError("f", "it is empty"),
    audit.ResultAlteredError("R", "the result of 1 Move/Copy#1 on h1 is not the one that event 3 tells of"),
    audit.ResultDoubtedError("R", "the result of 1 Move/Copy#1 on h1 is not the one that event 3 tells of"),
    sightings.JournalWentBackError("run R had 3 events, and has fewer", Path("f")),
    report.ReportError("f", why="disk full"),
    drill.DrillError("the playbook has no hosts"),
    sealing.SealClosedError("R", vault_id="prod"),
    sealing.VaultIdAbsentError("prod", known=("dev",)),
    sealing.EncryptionUnsetError("s", where="site.yml:1"),
    sealing.SealBrokenError("R", host="web1", key="k", why="it is of a form that is not known"),
    sealing.RekeyError("run R has no encrypted results, so it has no key"),
    errors.RulesError(["site.yml:1: SAGA001: x"], playbooks=["site.yml"]),
    errors.DriftError("R", ["site.yml:1: changed"]),
    errors.DriftError("R", ["web1: gone"], subjects=["the hosts"]),
    errors.DriftError("R", ["site.yml:1: x"], subjects=["the extra vars"]),
    errors.MixedBatchError("R", step="s", where="site.yml:1", done=["web1"], missing=["web2"]),
    errors.WorkersAliveError("R", [1]),
    errors.RunOverError("R", state="parked", why="it goes back already", decided="ann decided 'compensate' at T"),
    refusals.NothingWaitsError("run R", answer="approve", way_out="start without saga_decision"),
    refusals.StepUnknownError("R", step="s", host="web1", candidates=[], is_ambiguous=False),
    refusals.StepUnknownError("R", step="s", host="web1", candidates=["s on web1"], is_ambiguous=True),
    refusals.StepUnknownError("R", step="", host="", candidates=["s on web1", "t on web1"], is_ambiguous=True),
    refusals.NotWaitingError("R", step="s", host="web1", known="it is ok"),
    refusals.AnswerUnfitError("R", step="s", host="web1", answer="done", asked="it waits", fitting=["approve"]),
    refusals.NotAllowedError("R", step="s", answer="approve", by="ann", why="its gate names who decides", who="bob"),
    refusals.ReasonMissingError("R", answer="deny", step="s"),
    refusals.TooLateError("R", step="s", host="web1", expired=0, default="deny", workflow="w"),
    refusals.NoWayBackError("R", pivot="s", host="web1"),
    refusals.NoWayBackError("R"),
    errors.NotStartedError("R", step="s", candidates=["s"], is_ambiguous=False),
    errors.NotStartedError("R", step="s", candidates=["s, key s#1"], is_ambiguous=True),
    errors.PivotDoneError("R", step="s", hosts=["web1"], where="site.yml:1"),
    errors.ResultWithheldError("R", step="s", host="web1", where="site.yml:1"),
]


def patterns():
    """What the pages list of messages, as regular expressions: an ellipsis stands for anything."""
    pages = ["moving", "audit", "report", "drill", "engines", "secrets"]
    others = [text(f"docs/{page}.md").split("\n## When it is refused\n")[1].split("\n## ")[0] for page in pages]
    listed = re.findall(r"^\| `([^`]+)`", "".join([text("docs/errors.md"), *others]), re.MULTILINE)
    return {line: ".*".join(re.escape(part) for part in line.split("…")) for line in listed}


def listed_for(error):
    return [line for line, pattern in patterns().items() if re.search(pattern, str(error), re.DOTALL)]


def test_every_message_can_be_looked_up():
    assert [str(error) for error in SAMPLES if not listed_for(error)] == []


def test_no_message_is_looked_up_by_a_few_letters():
    assert [line for line in patterns() if len(line.replace("…", "").replace(" ", "")) < 8] == []


def test_no_error_was_forgotten():
    worded_by_ansible = {errors.PlaybookError}
    assert leaves(errors.EngineError) == {type(error) for error in SAMPLES} | worded_by_ansible


def test_every_message_that_is_listed_is_a_message():
    """Those that no error above says stand in the source, but for what differs."""
    source = squeezed("".join(path.read_text() for path in MEMBERS.rglob("*.py")))
    said = {line for error in SAMPLES for line in listed_for(error)}
    assert [line for line in set(patterns()) - said if not all(squeezed(part) in source for part in fixed(line))] == []


def fixed(line):
    return [part.strip() for part in re.split("…|[0-9]+", line) if part.strip()]


def squeezed(source):
    """Source with the seams of strings that go on over lines taken out, and quotes all alike."""
    return re.sub(r"\"\s+f?\"", "", source).replace("'", "").replace('"', "")


# ---- what is documented, is there


@every_page
def test_every_link_leads_somewhere_that_a_user_gets(page):
    ignored = yaml.safe_load(text("galaxy.yml"))["build_ignore"]
    for link in LINK.findall(prose(page)):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.is_file(), f"{link} leads nowhere"
        place = str(target.relative_to(ROOT))
        assert not any(fnmatch.fnmatch(place.partition("/")[0], pattern) for pattern in ignored), (
            f"{link} is not packed"
        )
        assert not anchor or anchor in anchors(target), f"{link}: no such heading"


def anchors(page):
    titles = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@every_page
def test_every_file_of_ours_that_is_named_is_there(page):
    folders = "|".join(sorted(path.name for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "."))
    named = re.findall(rf"(?<![\w/])(?:(?:{folders})/[\w./-]*\w|[A-Z]{{6,}}\.md)", page.read_text())
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: page.name)
def test_every_page_can_be_reached_from_the_readme(page):
    assert str(page.relative_to(ROOT)) in LINK.findall(README.read_text())


def test_the_readme_opens_with_the_two_commands():
    first = FENCE.search(README.read_text())
    assert [line.split(" ")[:2] for line in first[2].splitlines()] == [["make", "demo"], ["make", "test"]]


def test_every_page_is_short():
    assert {page.name: size for page in PAGES if (size := len(page.read_text().splitlines())) > 220} == {}


# ---- examples


def examples():
    for page in PAGES:
        for number, (language, code) in enumerate(FENCE.findall(page.read_text()), start=1):
            if language in {"yaml", "yml"}:
                yield pytest.param(code, id=f"{page.relative_to(ROOT)}#{number}")


@pytest.mark.parametrize("code", list(examples()))
def test_every_example_has_contracts_that_are_accepted(code):
    found = yaml.safe_load(code)
    for play in found if isinstance(found, list) else []:
        handlers = {handler["name"] for handler in play.get("handlers", [])}
        is_other = play.keys() & {"roles", "sources"}  # a rulebook has sources
        for named in promised(play.get("tasks", [] if is_other else [play]), declared(play)):
            assert not handlers or set(named) <= handlers, f"{named}: no such handler"


def test_the_file_of_contracts_that_a_user_is_shown_can_be_read():
    found = [code for language, code in FENCE.findall(text("docs/contract.md")) if language == "yaml"]
    [written] = [code for code in found if isinstance(yaml.safe_load(code), dict)]
    assert all(not entry.said.is_empty for entry in sidecar.read(written, path="saga.yml").entries.values())


def promised(tasks, around):
    """Yield the handlers that each task or block names; what is around them has to bear with what they say."""
    for task in tasks:
        said = declared(task)
        if "block" in task:
            whole = unit(said, path="", name=task["name"], where=task["name"])
            yield whole.contract.compensate if whole else ()
            yield from promised(task["block"], said.over(around).inherited)
        else:
            default = Catalogue.load().contract(catalogued(task))
            yield resolve(said.over(around.inherited), default, where=task["name"]).compensate


def declared(thing):
    by_vars = declared_by_vars(thing.get("vars", {}).get("saga"), where=str(thing.get("name")))
    return by_vars.over(declared_by_tags(thing.get("tags", []), where=str(thing.get("name"))))


def catalogued(task):
    [module] = [key for key in task if "." in key]
    return Task(
        module=module,
        args=task[module] if isinstance(task[module], dict) else task.get("args", {}),
        is_never_changed=task.get("changed_when") is False,
        is_check_only=task.get("check_mode") is True,
    )
