# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What every journal does, whatever it stores its records in."""

import hashlib
import itertools
import multiprocessing
import threading
import time
from dataclasses import replace

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.clock import SystemClock
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import (
    LeaseConflictError,
    RunChangedError,
    RunKnownError,
    RunUnknownError,
    StaleAttemptError,
)
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.access import Access
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.memory import MemoryJournal
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.redis.address import Address
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.redis.store import RedisJournal
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.sqlite import SqliteJournal
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import (
    Bundle,
    Dropping,
    Fence,
    Fencing,
    Freeing,
    Plan,
    PlannedStep,
    Result,
    RunState,
    StepState,
    Surroundings,
    Taking,
    Undo,
    WayBack,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import servers
from samples import (
    ELSEWHERE,
    NOW,
    UNDOABLE,
    StillClock,
    a_lease,
    a_run,
    a_slice,
    a_step,
    a_waiter,
    an_entry,
    verified,
)


def on_server(kind):
    """Return how a journal is opened on a server, in a namespace that belongs to a folder."""

    def opened(folder, clock):
        if (url := servers.shared(kind)) is None:
            pytest.skip("this machine has no such server")
        address = Address.of(f"{url}?namespace={hashlib.sha256(bytes(folder)).hexdigest()[:16]}")
        return RedisJournal(address, clock=clock, access=Access(patience=20))

    return opened


# A store joins with a line: how it is opened in a folder of the test's own.
STORES = {
    "memory": lambda folder, clock: MemoryJournal(clock=clock),
    "sqlite": lambda folder, clock: SqliteJournal(folder / "journal.db", clock=clock),
    "redis": on_server("redis"),
    "valkey": on_server("valkey"),
    "cluster": on_server("cluster"),
    "sentinel": on_server("sentinel"),
}
# A store's tests go to one process, so that only one starts its servers.
EVERY = [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in sorted(STORES)]
# Those that several processes can open at once.
SHARED = [store for store in EVERY if store.values != ("memory",)]


@pytest.fixture
def clock():
    return StillClock()


@pytest.fixture(params=EVERY)
def journal(request, tmp_path, clock):
    """An empty journal."""
    journal = STORES[request.param](tmp_path, clock)
    yield journal
    journal.close()


@pytest.fixture
def written(journal):
    """A journal with a run R1, whose one attempt has the token 1 and holds h1."""
    journal.commit([an_entry(a_run(), a_slice(), Taking(lease=a_lease()))])
    return journal


@pytest.fixture(params=SHARED)
def two(request, tmp_path, clock):
    """Two instances on one store, in which an attempt at a run R1 has the token 1."""
    one, other = (STORES[request.param](tmp_path, clock) for _ in range(2))
    one.commit([an_entry(a_run(), a_slice())])
    yield one, other
    one.close()
    other.close()


def everything(journal, run="R1"):
    """Return all that the journal tells of a run."""
    return {
        "runs": journal.runs(),
        "plan": journal.plan(run),
        "slices": journal.slices(run),
        "steps": journal.steps(run),
        "results": journal.results(run, "h1", a_step().key),
        "events": list(journal.events(run)),
        "head": journal.head(run),
        "leases": journal.leases(),
    }


def pass_time(journal, clock, seconds):
    """Let the store's clock go on."""
    until = journal.now() + seconds
    clock.wait(seconds)
    while journal.now() < until:  # it is a server's own
        time.sleep(0.02)


def must_verify(journal, run="R1"):
    [found] = journal.runs(run=run)
    assert verified(journal, found) == []


STEP = a_step()
RESULT = Result(run="R1", host="h1", key=STEP.key, payload="the result")
PLANNED = PlannedStep(path="1 Move/Copy", fingerprint="f", where="site.yml:7", play=1, inputs=(("version", "k.1"),))
PLAN = Plan(run="R1", steps=(PLANNED,))
SURROUNDINGS = Surroundings(
    variables={"version": "k.1"},
    versions={"ansible-core": "2.19.1"},
    hosts={"h1": "prod/h1"},
    gone=("h2",),
    extent="e",
    finished=("h1",),
)
SLICE = a_slice(surroundings=SURROUNDINGS)
CONFLICT = Taking(lease=a_lease(token=7), expect=a_lease(token=6))
OURS = Fence(run="R1", token=1)
STALE = Fence(run="R1", token=2)


# A commit is written as a whole, or not at all


def test_a_commit_writes_all_that_its_entries_put(written):
    written.commit([an_entry(STEP, RESULT, step=STEP.key, host="h1", data={"state": "ok"}), an_entry(PLAN)])
    found = everything(written)
    assert (found["steps"], found["results"], found["plan"]) == ([STEP], {"": "the result"}, PLAN.steps)


def test_a_runs_seal_stays_with_it_until_another_takes_its_place(written):
    for number, seal in enumerate(("$ANSIBLE_VAULT;1.2;AES256;prod\n6162\n", "$ANSIBLE_VAULT;1.1;AES256\n63\n"), 2):
        run = a_run(seal=seal, version=number)
        written.commit([an_entry(run)], fence=Fence(run="R1", version=number - 1))
        assert written.runs(run="R1") == [run]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_nothing_of_a_refused_commit_stays_wherever_it_was_refused(written, place):
    before = everything(written)
    entries = [an_entry(STEP, RESULT, PLAN, SLICE), an_entry(a_run(id="R2"), run="R2")]
    entries.insert(place, an_entry(replace(STEP, host="h2"), CONFLICT, Freeing(name="h1", token=1)))
    with pytest.raises(LeaseConflictError):
        written.commit(entries)
    assert everything(written) == before


def test_nothing_of_a_commit_behind_a_stale_fence_stays(written):
    before = everything(written)
    with pytest.raises(StaleAttemptError):
        written.commit([an_entry(STEP, RESULT, PLAN, SLICE)], fence=STALE)
    assert everything(written) == before


def test_a_journal_takes_entries_again_after_it_has_refused_some(written):
    with pytest.raises(LeaseConflictError):
        written.commit([an_entry(STEP), an_entry(CONFLICT)])
    written.commit([an_entry(STEP)])
    assert written.steps("R1") == [STEP]


def test_a_commit_of_nothing_writes_nothing(written):
    before = everything(written)
    written.commit([])
    assert everything(written) == before


# Only an attempt whose token counts may write [I11]


def test_an_attempt_with_the_token_of_a_slice_may_write(written):
    written.commit([an_entry(STEP)], fence=OURS)
    assert written.steps("R1") == [STEP]


@pytest.mark.parametrize("fence", [Fence(run="R1", token=0), STALE, Fence(run="R9", token=1)])
def test_an_attempt_with_another_token_may_not_write(written, fence):
    """[I11]"""
    with pytest.raises(StaleAttemptError):
        written.commit([an_entry(STEP)], fence=fence)


def test_the_attempts_of_two_slices_may_both_write(written):
    written.commit([an_entry(a_slice(attempt=2, token=2, targets=("h3",)))], fence=OURS)
    for token, host in ((1, "h1"), (2, "h3")):
        written.commit([an_entry(replace(STEP, host=host))], fence=Fence(run="R1", token=token))
    assert [step.host for step in written.steps("R1")] == ["h1", "h3"]


def test_an_attempt_whose_slice_was_dropped_may_not_write(written):
    """[I11]"""
    written.commit([an_entry(a_slice(attempt=2, token=2), Dropping(run="R1", attempt=1))], fence=OURS)
    with pytest.raises(StaleAttemptError):
        written.commit([an_entry(STEP)], fence=OURS)


def test_dropping_an_unknown_slice_does_nothing(written):
    written.commit([an_entry(Dropping(run="R1", attempt=7), Dropping(run="R9", attempt=1))])
    assert written.slices("R1") == [a_slice()]


def test_a_fenced_run_can_write_no_more(written):
    """[I11]"""
    written.commit([an_entry(a_run(id="R2"), Fencing(run="R1", token=5), run="R2")])
    with pytest.raises(StaleAttemptError):
        written.commit([an_entry(STEP)], fence=OURS)


def test_one_attempt_can_be_fenced_and_the_others_go_on(written):
    """[I11]"""
    written.commit([an_entry(a_slice(attempt=2, token=2, targets=("h3",)), Fencing(run="R1", token=5, of=1))])
    written.commit([an_entry(STEP)], fence=STALE)
    with pytest.raises(StaleAttemptError):
        written.commit([an_entry(STEP)], fence=OURS)


@pytest.mark.parametrize("token", [0, 1])
def test_fencing_never_lowers_a_token(written, token):
    written.commit([an_entry(Fencing(run="R1", token=token))])
    assert written.slices("R1") == [a_slice()]


def test_fencing_an_unknown_run_does_nothing(written):
    written.commit([an_entry(Fencing(run="R9", token=5))])
    assert [run.id for run in written.runs()] == ["R1"]


# A run's record is changed by comparison


def test_a_run_that_is_not_there_yet_has_the_version_nought(journal):
    journal.commit([an_entry(a_run())], fence=Fence(run="R1", version=0))
    assert journal.runs() == [a_run()]


def test_a_run_begins_only_once(written):
    """[I11]"""
    with pytest.raises(RunChangedError):
        written.commit([an_entry(a_run(targets=("h9",)))], fence=Fence(run="R1", version=0))
    assert written.runs() == [a_run()]


def test_a_run_is_changed_by_who_saw_it_as_it_is(written):
    written.commit([an_entry(a_run(version=2, reason="new"))], fence=Fence(run="R1", version=1))
    assert written.runs() == [a_run(version=2, reason="new")]


@pytest.mark.parametrize("fence", [Fence(run="R1", token=1, version=2), Fence(run="R9", version=1)])
def test_a_run_is_not_changed_by_who_saw_it_otherwise(written, fence):
    with pytest.raises(RunChangedError):
        written.commit([an_entry(a_run(version=3))], fence=fence)
    assert written.runs() == [a_run()]


# Leases change hands by comparison


def test_a_free_target_can_be_taken(journal):
    journal.commit([an_entry(a_run(), Taking(lease=a_lease()))])
    assert journal.leases() == [a_lease()]


@pytest.mark.parametrize(
    "expect",
    [None, a_lease(token=0), a_lease(token=2), a_lease(expires=NOW + 61), a_lease(expires=None)],
    ids=["nobody's", "an older token", "a newer token", "renewed since", "kept"],
)
def test_a_held_target_cannot_be_taken_by_someone_who_saw_another_lease(written, expect):
    with pytest.raises(LeaseConflictError) as refused:
        written.commit([an_entry(Taking(lease=a_lease(token=9), expect=expect))])
    assert refused.value.target == "h1"


def test_a_free_target_cannot_be_taken_by_someone_who_saw_a_lease(written):
    with pytest.raises(LeaseConflictError):
        written.commit([an_entry(Taking(lease=a_lease(name="h2"), expect=a_lease(name="h2")))])


def test_a_held_target_can_be_taken_by_someone_who_saw_its_lease(written):
    taken = a_lease(run="R2", token=9, owner=ELSEWHERE)
    written.commit([an_entry(a_run(id="R2"), Taking(lease=taken, expect=a_lease()), run="R2")])
    assert written.leases() == [taken]


def test_a_target_is_freed_with_its_token(written):
    written.commit([an_entry(Freeing(name="h1", token=1))])
    assert written.leases() == []


def test_freeing_with_another_token_does_nothing(written):
    written.commit([an_entry(Freeing(name="h1", token=2))])
    assert written.leases() == [a_lease()]


def test_freeing_a_free_target_does_nothing(written):
    written.commit([an_entry(Freeing(name="h2", token=1))])
    assert written.leases() == [a_lease()]


def test_a_target_can_be_taken_and_freed_in_one_entry(written):
    written.commit([an_entry(Taking(lease=a_lease(token=9), expect=a_lease()), Freeing(name="h1", token=9))])
    assert written.leases() == []


def test_leases_are_listed_by_the_names_of_their_targets(journal):
    held = [a_lease(name=name) for name in ("c", "a", "b")]
    journal.commit([an_entry(a_run(), *(Taking(lease=lease) for lease in held))])
    assert [lease.name for lease in journal.leases()] == ["a", "b", "c"]


@pytest.mark.parametrize(("names", "found"), [(["h1", "h2"], ["h1"]), (["h2"], []), ([], [])])
def test_leases_can_be_asked_for_by_name(written, names, found):
    assert [lease.name for lease in written.leases(iter(names))] == found


# Renewing


def test_a_renewal_moves_the_expiry(written):
    before = written.now()
    written.renew(OURS, ttl=90)
    [lease] = written.leases()
    assert before + 90 <= lease.expires <= written.now() + 90
    assert lease == a_lease(expires=lease.expires)


def test_a_stale_attempt_cannot_renew(written):
    """[I11]"""
    with pytest.raises(StaleAttemptError):
        written.renew(STALE, ttl=90)
    assert written.leases() == [a_lease()]


def test_an_unknown_run_cannot_renew(written):
    with pytest.raises(StaleAttemptError):
        written.renew(Fence(run="R9", token=1), ttl=90)


@pytest.mark.parametrize(
    "other",
    [a_lease(name="h2", run="R2"), a_lease(name="h2", token=0), a_lease(name="h2", expires=None)],
    ids=["another run's", "with an older token", "kept by a parked run"],
)
def test_a_renewal_leaves_other_leases_alone(written, other):
    written.commit([an_entry(a_run(id="R2"), Taking(lease=other), run="R2")])
    written.renew(OURS, ttl=90)
    assert other in written.leases()


# Who waits stands in line


def test_who_waits_stands_in_the_order_of_arrival(journal):
    for ticket in ("T3", "T1", "T2"):
        journal.wait(a_waiter(ticket=ticket, until=journal.now() + 3600))
    assert [waiter.ticket for waiter in journal.waiters()] == ["T3", "T1", "T2"]


def test_a_waiter_comes_back_as_it_was_put(journal):
    waiter = a_waiter(names=("h1", "lock"), owner=ELSEWHERE, since=NOW + 0.25, until=journal.now() + 3600)
    journal.wait(waiter)
    assert journal.waiters() == [waiter]


def test_who_goes_on_waiting_keeps_the_place(journal):
    for ticket in ("T1", "T2", "T1"):
        journal.wait(a_waiter(ticket=ticket, until=journal.now() + 3600))
    assert [waiter.ticket for waiter in journal.waiters()] == ["T1", "T2"]


def test_who_leaves_stands_in_line_no_more(journal):
    for ticket in ("T1", "T2"):
        journal.wait(a_waiter(ticket=ticket, until=journal.now() + 3600))
    journal.leave("T1")
    journal.leave("T9")
    assert [waiter.ticket for waiter in journal.waiters()] == ["T2"]


def test_who_is_not_heard_of_in_time_has_left_and_comes_back_as_the_last(journal, clock):
    journal.wait(a_waiter(ticket="T1", until=journal.now() + 0.5))
    journal.wait(a_waiter(ticket="T2", until=journal.now() + 3600))
    pass_time(journal, clock, 0.5)
    assert [waiter.ticket for waiter in journal.waiters()] == ["T2"]
    journal.wait(a_waiter(ticket="T1", until=journal.now() + 3600))
    assert [waiter.ticket for waiter in journal.waiters()] == ["T2", "T1"]


def test_what_one_instance_waits_for_the_other_sees(two):
    one, other = two
    waiter = a_waiter(until=one.now() + 3600)
    one.wait(waiter)
    assert other.waiters() == [waiter]


# Tokens only grow


def test_each_token_is_larger_than_the_one_before(journal):
    tokens = [journal.next_token() for _ in range(5)]
    assert tokens == sorted(set(tokens))


def test_the_first_token_is_larger_than_that_of_a_run_which_never_had_one(journal):
    assert journal.next_token() > 0


def test_tokens_grow_over_threads(journal):
    taken = in_threads(lambda: [journal.next_token() for _ in range(10)])
    assert len(set(itertools.chain(*taken))) == 40
    assert all(tokens == sorted(tokens) for tokens in taken)


def test_tokens_grow_over_instances(two):
    one, other = two
    tokens = [store.next_token() for store in (one, other, one, other)]
    assert tokens == sorted(set(tokens))


# Steps and their results


def test_a_step_comes_back_as_it_was_put(written):
    """Every field, with a value that is not its default."""
    step = a_step(
        host="*",
        on="h2",
        where="site.yml:7",
        fingerprint="f",
        updated=NOW + 0.25,
        executions=3,
        state=StepState.FAILED,
        is_handled=False,
        is_aftermath=True,
        is_withheld=True,
        batch=("h1", "h2"),
        inputs=(("version", "k.1"),),
        may_remain=True,
        undo=Undo.FAILED,
        undoes="another",
        attempt=2,
        play=2,
        seq=9,
        contract=replace(UNDOABLE, id="copy", is_declared=True, is_idempotent=True),
    )
    written.commit([an_entry(step)])
    assert written.steps("R1") == [step]


@pytest.mark.parametrize("is_handled", [None, True, False])
def test_whether_a_failure_was_handled_may_be_yes_no_or_not_known(written, is_handled):
    written.commit([an_entry(a_step(is_handled=is_handled))])
    assert written.steps("R1")[0].is_handled is is_handled


def test_a_step_has_one_state(written):
    """[I9]"""
    for state in (StepState.STARTED, StepState.OK):
        written.commit([an_entry(a_step(state=state))])
    assert [step.state for step in written.steps("R1")] == [StepState.OK]


def test_steps_come_in_the_order_of_their_starts(written):
    for seq in (3, 1, 2):
        written.commit([an_entry(a_step(key=f"k{seq}", seq=seq))])
    assert [step.seq for step in written.steps("R1")] == [1, 2, 3]


def test_steps_are_told_apart_by_host_and_key(written):
    steps = [a_step(host=host, key=key) for host in ("h1", "h2") for key in ("k1", "k2")]
    written.commit([an_entry(*(replace(step, seq=seq) for seq, step in enumerate(steps)))])
    assert [(step.host, step.key) for step in written.steps("R1")] == [(step.host, step.key) for step in steps]


def test_a_runs_steps_are_its_own(written):
    written.commit([an_entry(a_run(id="R2"), a_step(run="R2"), run="R2")])
    assert written.steps("R1") == []


def test_results_are_kept_for_the_step_and_for_each_item(written):
    written.commit([an_entry(STEP, RESULT, replace(RESULT, item="a", payload="of a"))])
    assert written.results("R1", "h1", STEP.key) == {"": "the result", "a": "of a"}


def test_a_later_result_takes_the_place_of_an_earlier_one(written):
    written.commit([an_entry(STEP, RESULT)])
    written.commit([an_entry(replace(RESULT, payload="another"))])
    assert written.results("R1", "h1", STEP.key) == {"": "another"}


def test_a_result_stays_when_its_step_is_put_again(written):
    written.commit([an_entry(STEP, RESULT)])
    written.commit([an_entry(STEP)])
    assert written.results("R1", "h1", STEP.key) == {"": "the result"}


@pytest.mark.parametrize("place", [("R2", "h1", STEP.key), ("R1", "h2", STEP.key), ("R1", "h1", "other")])
def test_a_step_has_no_results_but_its_own(written, place):
    written.commit([an_entry(STEP, RESULT)])
    assert written.results(*place) == {}


def test_results_of_one_step_are_read_for_many_hosts_at_once(written):
    hosts = [f"h{number}" for number in range(1, 1200)]
    done = [host for host in hosts if host != "h7"]
    some = [replace(RESULT, host=host, payload=f"of {host}") for host in done]
    items = [replace(RESULT, host="h3", item="a", payload="of a"), replace(RESULT, key="other", payload="another")]
    written.commit([an_entry(*some, *items)])
    expected = {host: {"": f"of {host}"} for host in done}
    expected["h3"]["a"] = "of a"
    assert written.results_on("R1", hosts, STEP.key) == expected
    assert written.results_on("R2", hosts, STEP.key) == {}
    assert written.results_on("R1", [], STEP.key) == {}


def test_a_result_may_be_large(written):
    payload = "x" * 5_000_000
    written.commit([an_entry(STEP, replace(RESULT, payload=payload))])
    assert written.results("R1", "h1", STEP.key) == {"": payload}


def test_all_results_of_a_run_are_told_and_no_others(written):
    """As many as no store gives at once."""
    steps = [replace(STEP, host=f"h{number}", key=f'1 Move/"Copy", {number}#1') for number in range(130)]
    results = [replace(RESULT, host=step.host, key=step.key, item=item) for step in steps for item in ("", "a b", "ü")]
    written.commit([an_entry(*steps, *results), an_entry(a_run(id="R2"), run="R2")])
    written.commit([an_entry(a_step(run="R2"), replace(RESULT, run="R2", payload="another's"), run="R2")])
    found = list(written.all_results("R1"))
    assert len(found) == len(results)
    assert set(found) == set(results)
    assert [result.payload for result in written.all_results("R2")] == ["another's"]
    assert list(written.all_results("R9")) == []


def test_an_emptied_result_is_told_as_empty(written):
    written.commit([an_entry(STEP, RESULT)])
    written.commit([an_entry(replace(RESULT, payload=""))])
    assert [result.payload for result in written.all_results("R1")] == [""]


# Runs


def test_a_run_comes_back_as_it_was_put(journal):
    run = a_run(
        state=RunState.PARKED,
        version=7,
        slices=4,
        awaited=3,
        reason="in doubt",
        is_going_back=True,
        command=("ansible-playbook", "site.yml"),
        directory="/srv",
        started=NOW + 0.25,
        attempt=3,
    )
    journal.commit([an_entry(run)])
    assert journal.runs() == [run]


def test_a_run_may_have_no_targets(journal):
    journal.commit([an_entry(a_run(targets=()))])
    assert journal.runs() == [a_run(targets=())]


def put_runs(journal, *runs):
    for started, (identity, workflow) in enumerate(runs):
        run = a_run(id=identity, workflow=workflow, started=NOW + started)
        journal.commit([an_entry(run, run=identity)])


def ids(runs):
    return [run.id for run in runs]


def test_runs_come_newest_first_whatever_they_are_called(journal):
    """An id may be the caller's own word (saga_run_id)."""
    put_runs(journal, ("release-2", "w"), ("01M8", "w"), ("release-1", "w"))
    assert ids(journal.runs()) == ["release-1", "01M8", "release-2"]


def test_runs_can_be_asked_for_by_the_beginning_of_their_ids(journal):
    put_runs(journal, ("01AB", "w"), ("01AC", "w"), ("02AB", "w"))
    assert ids(journal.runs(run="01A")) == ["01AC", "01AB"]


@pytest.mark.parametrize("beginning", ["a%", "a_", "A", "xab", "ab*", "[a]"])
def test_the_beginning_of_an_id_is_taken_literally(journal, beginning):
    put_runs(journal, ("abc", "w"))
    assert journal.runs(run=beginning) == []


def test_runs_can_be_asked_for_by_workflow(journal):
    put_runs(journal, ("R1", "site.yml"), ("R2", "site"), ("R3", "site.yml"))
    assert ids(journal.runs(workflow="site.yml")) == ["R3", "R1"]


def test_runs_can_be_asked_for_by_both(journal):
    put_runs(journal, ("A1", "w"), ("A2", "v"), ("B1", "w"))
    assert ids(journal.runs(run="A", workflow="w")) == ["A1"]


def test_a_run_without_a_plan_has_foreseen_nothing(written):
    assert written.plan("R1") == ()


def test_an_unknown_run_has_foreseen_nothing(written):
    assert written.plan("R9") == ()


def test_a_plan_keeps_its_order(written):
    steps = tuple(replace(PLAN.steps[0], path=path) for path in ("c", "a", "b", "a"))
    written.commit([an_entry(Plan(run="R1", steps=steps))])
    assert written.plan("R1") == steps


def test_a_plan_stays_when_its_run_changes(written):
    written.commit([an_entry(PLAN)])
    written.commit([an_entry(a_run(attempt=2))])
    assert written.plan("R1") == PLAN.steps


def test_a_later_plan_takes_the_place_of_an_earlier_one(written):
    written.commit([an_entry(PLAN)])
    written.commit([an_entry(Plan(run="R1", steps=()))])
    assert written.plan("R1") == ()


# Events


def test_an_event_tells_all_that_its_entry_says(journal, clock):
    data = {"state": "ok", "list": [1, 2.5, None, True], "tuple": (1,), "nested": {"$dict": {"a": "b"}}}
    entry = an_entry(type="step.outcome", host="h1", step="k", actor="ada", attempt=3, data=data)
    journal.commit([replace(entry, puts=(a_run(),))])
    [event] = journal.events("R1")
    told = (event.type, event.run, event.attempt, event.host, event.step, event.actor, event.data, event.time)
    data["digests"] = event.data["digests"]  # of what was written with it
    assert told == ("step.outcome", "R1", 3, "h1", "k", "ada", data, clock.now())


# Slices


def test_a_slice_comes_back_as_it_was_put(written):
    part = a_slice(
        attempt=2,
        token=7,
        owner=None,
        targets=(),
        state=RunState.PARKED,
        updated=NOW + 0.25,
        surroundings=SURROUNDINGS,
        command=("ansible-playbook", "site.yml"),
        directory="/srv",
        back=WayBack(hosts=("h1",), after=3),
        has_failed=True,
    )
    written.commit([an_entry(part)])
    assert written.slices("R1") == [a_slice(), part]


def test_slices_come_in_the_order_of_their_attempts(written):
    for attempt in (12, 3, 2):
        written.commit([an_entry(a_slice(attempt=attempt, token=attempt))])
    assert [part.attempt for part in written.slices("R1")] == [1, 2, 3, 12]


def test_a_slice_has_one_record(written):
    written.commit([an_entry(a_slice(owner=ELSEWHERE, token=3))])
    assert written.slices("R1") == [a_slice(owner=ELSEWHERE, token=3)]


def test_a_runs_slices_are_its_own(written):
    written.commit([an_entry(a_run(id="R2"), a_slice(run="R2"), run="R2")])
    assert (len(written.slices("R1")), len(written.slices("R2")), written.slices("R9")) == (1, 1, [])


def test_slices_stay_when_their_run_changes(written):
    written.commit([an_entry(SLICE)])
    written.commit([an_entry(a_run(state=RunState.STOPPED))])
    assert written.slices("R1") == [SLICE]


@pytest.mark.parametrize("inputs", [None, (), (("version", "k.1"), ("zone", "k.2"))])
def test_that_nobody_knows_a_steps_inputs_is_not_that_it_has_none(written, inputs):
    written.commit([an_entry(a_step(inputs=inputs))])
    assert [step.inputs for step in written.steps("R1")] == [inputs]


def test_events_are_numbered_within_their_run(journal):
    journal.commit([an_entry(a_run()), an_entry(a_run(id="R2"), run="R2"), an_entry()])
    journal.commit([an_entry(run="R2"), an_entry()])
    assert [event.seq for event in journal.events("R1")] == [1, 2, 3]
    assert [event.seq for event in journal.events("R2")] == [1, 2]


def test_events_are_chained_within_their_run(journal):
    """[I12]"""
    journal.commit([an_entry(a_run()), an_entry(a_run(id="R2"), run="R2"), an_entry()])
    journal.commit([an_entry(run="R2"), an_entry()])
    must_verify(journal, "R1")
    must_verify(journal, "R2")


def test_each_event_has_an_identity_of_its_own(written):
    written.commit([an_entry() for _ in range(100)])
    assert len({event.id for event in written.events("R1")}) == 101


def test_an_unknown_run_has_no_events(written):
    assert list(written.events("R9")) == []


def test_the_head_is_the_number_of_events_and_the_last_ones_hash(written):
    written.commit([an_entry(), an_entry()])
    *_others, last = written.events("R1")
    assert written.head("R1") == (3, last.hash)


def test_events_are_told_from_any_number_on(written):
    written.commit([an_entry() for _ in range(4)])
    assert [event.seq for event in written.events("R1", after=0)] == [1, 2, 3, 4, 5]
    assert [event.seq for event in written.events("R1", after=3)] == [4, 5]
    assert list(written.events("R1", after=5)) == list(written.events("R1", after=99)) == []


def test_more_events_than_a_store_gives_at_once_are_told_in_order(written):
    written.commit([an_entry(data={"number": number}) for number in range(2100)])
    assert [event.seq for event in written.events("R1")] == list(range(1, 2102))
    assert [event.seq for event in written.events("R1", after=1000)] == list(range(1001, 2102))


def test_events_of_some_types_and_about_some_steps_are_told_alone(written):
    kinds = [("step.intent", "a"), ("step.outcome", "a"), ("step.intent", "b"), ("run.stopped", "")]
    written.commit([an_entry(type=kind, step=step) for _time in range(600) for kind, step in kinds])

    def told(**asked):
        return {(event.type, event.step) for event in written.events("R1", after=1, **asked)}

    assert told(types=["step.intent"]) == {("step.intent", "a"), ("step.intent", "b")}
    assert told(steps={"a"}) == {("step.intent", "a"), ("step.outcome", "a")}
    assert told(types=["step.intent", "run.stopped"], steps={"b", "c"}) == {("step.intent", "b")}
    assert len(list(written.events("R1", types=("step.outcome",)))) == 600
    assert list(written.events("R1", types=("step.retrying",))) == []
    seqs = [event.seq for event in written.events("R1", steps=("a", "b"))]
    assert (len(seqs), seqs) == (1800, sorted(seqs))


def test_the_number_of_events_is_told_of_all_runs_at_once(journal):
    assert journal.heads() == {}
    journal.commit([an_entry(a_run()), an_entry(a_run(id="R2"), run="R2"), an_entry()])
    assert journal.heads() == {"R1": 2, "R2": 1}


def test_the_head_stays_when_the_run_is_put_again_without_its_events(written):
    """The record of a run that a reader holds knows nothing of the events since."""
    [old] = written.runs()
    written.commit([an_entry()])
    written.commit([an_entry(old)])
    assert written.head("R1")[0] == 3


def test_an_unknown_run_has_no_head(written):
    with pytest.raises(RunUnknownError):
        written.head("R9")


# Runs that move to another journal, and runs that are no longer needed


def bundled(journal, run="R1"):
    [found] = journal.runs(run=run)
    steps = journal.steps(run)
    results = [
        Result(run=run, host=step.host, key=step.key, item=item, payload=payload)
        for step in steps
        for item, payload in journal.results(run, step.host, step.key).items()
    ]
    return Bundle(
        run=found,
        plan=journal.plan(run),
        slices=tuple(journal.slices(run)),
        steps=tuple(steps),
        results=tuple(results),
        events=tuple(journal.events(run)),
    )


@pytest.fixture
def worked(written):
    """The journal `written` in which a step of R1 was done, too."""
    entry = an_entry(STEP, RESULT, replace(RESULT, item="a"), PLAN, SLICE, step=STEP.key, host="h1")
    written.commit([replace(entry, data={"state": "ok"})])
    return written


def test_a_run_that_was_dropped_is_forgotten_with_all_that_was_its(worked):
    worked.commit([an_entry(a_run(id="R2"), a_step(run="R2"), Taking(lease=a_lease(name="h2", run="R2")), run="R2")])
    before = everything(worked, "R2")
    worked.drop("R1", version=1)
    worked.drop("R9", version=1)
    assert everything(worked, "R2") == before | {"runs": [a_run(id="R2")], "leases": [a_lease(name="h2", run="R2")]}
    assert (worked.steps("R1"), worked.results("R1", "h1", STEP.key), list(worked.events("R1"))) == ([], {}, [])
    assert (worked.slices("R1"), worked.plan("R1")) == ([], ())


@pytest.mark.parametrize("version", [0, 1, 3])
def test_a_run_that_was_changed_since_somebody_looked_is_not_dropped(worked, version):
    worked.commit([an_entry(a_run(version=2))])
    before = everything(worked)
    with pytest.raises(RunChangedError):
        worked.drop("R1", version=version)
    assert everything(worked) == before


def test_all_that_is_left_is_there_when_the_space_of_what_was_dropped_is_given_back(worked):
    worked.commit([an_entry(a_run(id="R2"), a_step(run="R2"), run="R2")])
    worked.drop("R1", version=1)
    before = everything(worked, "R2")
    worked.reclaim()
    worked.reclaim()
    assert everything(worked, "R2") == before
    worked.commit([an_entry(a_run())])
    must_verify(worked)


def test_a_run_is_loaded_as_it_was_and_goes_on(worked):
    bundle, before = bundled(worked), everything(worked)
    worked.drop("R1", version=1)
    worked.load(bundle)
    assert everything(worked) == before | {"leases": []}
    worked.commit([an_entry()], fence=OURS)
    must_verify(worked)


def test_a_run_that_is_there_is_not_loaded_over(worked):
    before = everything(worked)
    with pytest.raises(RunKnownError):
        worked.load(replace(bundled(worked), steps=(), events=()))
    assert everything(worked) == before


def test_tokens_grow_beyond_those_of_a_run_that_was_loaded(worked):
    bundle = replace(bundled(worked), slices=(a_slice(token=500),))
    worked.drop("R1", version=1)
    worked.load(bundle)
    assert worked.next_token() > 500


# As one by one

NUMBERS = itertools.count()
KINDS = ("step", "result", "take", "take over", "free", "slice", "drop", "fence")


def a_put(kind, run, place, number):
    """Return something to put of a run, at one of a few places."""
    host, token = f"h{place}", number % 3
    known = a_lease(name=f"{host} of {run}", run=run, token=token)
    return {
        "step": a_step(run=run, host=host, seq=number, state=StepState.OK if number % 2 else StepState.STARTED),
        "result": Result(run=run, host=host, key="k", payload=str(number), item=str(number % 2)),
        "take": Taking(lease=known),
        "take over": Taking(lease=replace(known, token=number, expires=None), expect=known),
        "free": Freeing(name=known.name, token=token),
        "slice": a_slice(run=run, attempt=place, token=number),
        "drop": Dropping(run=run, attempt=place),
        "fence": Fencing(run=run, token=number + 1, of=token),
    }[kind]


def what_is_put(journal, run):
    found = {f"h{place}": journal.results(run, f"h{place}", "k") for place in (1, 2)}
    leases = journal.leases([f"h{place} of {run}" for place in (1, 2)])
    return sorted(journal.steps(run), key=lambda step: step.host), found, journal.slices(run), leases


@settings(deadline=None, max_examples=60, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(st.tuples(st.sampled_from(KINDS), st.integers(1, 2), st.integers(0, 5)), max_size=12))
def test_what_one_commit_puts_is_what_its_puts_are_in_their_order(journal, clock, drawn):
    run, model = f"R{next(NUMBERS)}", MemoryJournal(clock=clock)  # a run of its own each time
    puts = [a_put(kind, run, place, number) for kind, place, number in drawn]
    ends = []
    for each in (journal, model):
        each.commit([an_entry(a_run(id=run), run=run)])
        try:
            each.commit([an_entry(*puts[:6], run=run), an_entry(*puts[6:], run=run)])
        except LeaseConflictError as error:
            ends.append(str(error))
        else:
            ends.append("written")
    assert ends[0] == ends[1]
    assert what_is_put(journal, run) == what_is_put(model, run)


def test_of_thousands_of_leases_the_one_that_is_held_is_told_and_none_is_taken(written):
    takings = [Taking(lease=a_lease(name=f"n{number}")) for number in range(2500)]
    takings.insert(2100, Taking(lease=a_lease()))
    with pytest.raises(LeaseConflictError, match="h1"):
        written.commit([an_entry(*takings)])
    assert [lease.name for lease in written.leases()] == ["h1"]
    del takings[2100]
    written.commit([an_entry(*takings)])
    assert len(written.leases()) == 2501
    written.commit([an_entry(*(Freeing(name=taking.lease.name, token=1) for taking in takings))])
    assert [lease.name for lease in written.leases()] == ["h1"]


# Text of any kind


@settings(deadline=None, max_examples=30, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=20), number=st.uuids())
def test_text_of_any_kind_comes_back_as_it_was(journal, text, number):
    run = a_run(id=f"{text}{number}", workflow=text, reason=text, targets=(text,), directory=text)
    step = a_step(run=run.id, host=text, key=text, name=text, path=text, where=text)
    result = Result(run=run.id, host=text, key=text, payload=text, item=text)
    journal.commit([an_entry(run, step, result, run=run.id, host=text, step=text, actor=text, data={text: text})])
    found = (journal.runs(run=run.id), journal.steps(run.id), journal.results(run.id, text, text))
    assert found == ([run], [step], {text: text})


# Several at once


def in_threads(work, number=4):
    """Do the work in several threads at once and return what each returned; raise what any of them raised."""
    barrier, outcomes = threading.Barrier(number), [None] * number

    def take_part(place):
        barrier.wait()
        try:
            outcomes[place] = work()
        except BaseException as error:  # noqa: BLE001  raised again where a test sees it
            outcomes[place] = error

    threads = [threading.Thread(target=take_part, args=(place,)) for place in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
    return outcomes


def test_threads_that_write_at_once_lose_nothing(written):
    numbers = itertools.count()
    in_threads(lambda: [written.commit([an_entry(a_step(key=f"k{next(numbers)}"), data={})]) for _ in range(10)])
    assert written.head("R1")[0] == 41
    assert len(written.steps("R1")) == 40


def test_of_threads_that_take_one_target_at_once_one_wins(written):
    """[I10]"""

    def take():
        token = written.next_token()
        try:
            written.commit([an_entry(Taking(lease=a_lease(name="h9", token=token)))])
        except LeaseConflictError:
            return None
        return token

    [winner] = [token for token in in_threads(take) if token]
    assert [lease.token for lease in written.leases(["h9"])] == [winner]


def test_what_one_instance_commits_the_other_sees(two):
    one, other = two
    one.commit(
        [
            an_entry(
                STEP,
                RESULT,
                PLAN,
                SLICE,
                Taking(lease=a_lease()),
                step=STEP.key,
                host="h1",
                data={"state": "ok"},
            )
        ]
    )
    assert everything(other) == everything(one)


def test_instances_extend_one_chain_in_turn(two):
    """[I12]"""
    for store in two * 3:
        store.commit([an_entry()])
    must_verify(two[0])


def test_a_fence_holds_over_instances(two):
    """[I11]"""
    one, other = two
    other.commit([an_entry(a_slice(token=2))], fence=OURS)
    with pytest.raises(StaleAttemptError):
        one.commit([an_entry(STEP)], fence=OURS)


def test_a_lease_taken_in_one_instance_is_held_in_the_other(two):
    one, other = two
    one.commit([an_entry(Taking(lease=a_lease()))])
    with pytest.raises(LeaseConflictError):
        other.commit([an_entry(Taking(lease=a_lease(token=2)))])


def test_what_was_committed_is_there_after_closing(two, request, tmp_path, clock):
    one, other = two
    one.commit([an_entry(STEP)])
    one.close()
    other.close()
    again = STORES[request.node.callspec.params["two"]](tmp_path, clock)
    assert again.steps("R1") == [STEP]
    again.close()


def write_steps(store, host, count, barrier):
    """Write steps in a process of our own, each with a result that says which token it was given."""
    name, folder = store
    journal = STORES[name](folder, SystemClock())
    barrier.wait()
    for number in range(count):
        step = a_step(host=host, key=str(number))
        result = Result(run="R1", host=host, key=step.key, payload=str(journal.next_token()))
        journal.commit([an_entry(step, result, host=host, step=step.key, data={"state": "ok"})])


def test_processes_that_write_at_once_lose_nothing(two, request, tmp_path):
    """[I12]"""
    journal, count, hosts = two[0], 25, ["h1", "h2"]
    processes = multiprocessing.get_context("fork")
    barrier, store = processes.Barrier(len(hosts)), (request.node.callspec.params["two"], tmp_path)
    writers = [processes.Process(target=write_steps, args=(store, host, count, barrier)) for host in hosts]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    written = {(step.host, step.key) for step in journal.steps("R1")}
    assert written == {(host, str(number)) for host in hosts for number in range(count)}
    tokens = {journal.results("R1", host, key)[""] for host, key in written}
    assert len(tokens) == len(written)
    must_verify(journal)
