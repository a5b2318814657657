# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What only a journal on a server does: round trips, turns, replies that are lost, keys that others see."""

import json
import os
import threading
import time
from dataclasses import replace

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import (
    JournalAbsentError,
    JournalCorruptError,
    JournalTooNewError,
    JournalUnusableError,
    RunUnknownError,
    StaleAttemptError,
)
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal import rows
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.redis import keys, store
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import (
    Bundle,
    Fence,
    Freeing,
    Plan,
    Result,
    RunState,
    Taking,
)

import servers
from samples import NOW, a_lease, a_run, a_slice, a_step, a_waiter, an_entry, verified

OURS = Fence(run="R1", token=1)
STEP = a_step()


def begun(journal, run="R1"):
    """Begin a run whose attempt has the token 1."""
    journal.commit([an_entry(a_run(id=run), a_slice(run=run), run=run)], fence=Fence(run=run, version=0))
    return journal


def must_verify(journal, run="R1"):
    [found] = journal.runs(run=run)
    assert verified(journal, found) == []
    return journal.head(run)[0]


# Round trips


def trips(proxy, work):
    before = proxy.trips
    work()
    return proxy.trips - before


def test_a_commit_is_one_round_trip(opened, proxy):
    journal = begun(opened(proxy.url))
    entries = [an_entry(replace(STEP, host=f"h{number}"), host=f"h{number}") for number in range(100)]
    assert trips(proxy, lambda: journal.commit(entries, fence=OURS)) == 1


def test_a_thousand_leases_are_taken_in_one_round_trip_and_given_up_in_another(opened, proxy):
    journal = begun(opened(proxy.url))
    leases = [a_lease(name=f"h{number}") for number in range(1000)]
    takings = [Taking(lease=lease) for lease in leases]
    freeings = [Freeing(name=lease.name, token=1) for lease in leases]
    assert trips(proxy, lambda: journal.commit([an_entry(*takings)], fence=OURS)) == 1
    assert len(journal.leases()) == 1000
    assert trips(proxy, lambda: journal.commit([an_entry(*freeings)], fence=OURS)) == 1
    assert journal.leases() == []


def test_a_lease_is_written_as_it_is_by_itself_if_it_is_taken_with_others(opened, server):
    one = server()
    journal = begun(opened(one.url))
    leases = [a_lease(name=f'{number} h/é"\\\n'[: 3 + number % 6], acquired=NOW + number // 9) for number in range(40)]
    journal.commit([an_entry(*(Taking(lease=lease) for lease in leases))], fence=OURS)
    with one.client() as client:
        written = client.hgetall(journal._keys.leases)
    head = f"1 0 {NOW + 60!r} {keys.mark('R1', 1)}\n"
    assert written == {lease.name: head + json.dumps(rows.of_lease(lease)) for lease in leases}


def test_a_renewal_says_as_little_for_a_thousand_leases_as_for_one(opened, proxy):
    journal = begun(opened(proxy.url))
    journal.commit([an_entry(Taking(lease=a_lease()))])
    for _twice in range(2):  # the first time the server may not know the script
        journal.renew(OURS, ttl=60)
    size = len(proxy.requests[-1])
    journal.commit([an_entry(*(Taking(lease=a_lease(name=f"n{number}")) for number in range(1000)))])
    assert trips(proxy, lambda: journal.renew(OURS, ttl=60)) == 1
    assert len(proxy.requests[-1]) == size
    assert all(lease.expires > journal.now() + 50 for lease in journal.leases())


def test_a_lease_keeps_the_expiry_that_it_was_given_after_a_renewal(opened, redis_url):
    """A run that parks says how long it keeps its targets."""
    journal = begun(opened(redis_url))
    journal.commit([an_entry(Taking(lease=a_lease()), Taking(lease=a_lease(name="h2")))])
    journal.renew(OURS, ttl=60)
    held = {lease.name: lease for lease in journal.leases()}
    kept = replace(held["h1"], expires=None)
    until = replace(held["h2"], expires=NOW + 0.1)
    journal.commit([an_entry(Taking(lease=kept, expect=held["h1"]), Taking(lease=until, expect=held["h2"]))])
    assert journal.leases() == [kept, until]


# Others that write


def test_writers_at_once_extend_one_chain(opened, redis_url):
    """[I12] Eight attempts of one run, each with its own connection: nobody starves."""
    begun(opened(redis_url))
    journals = [opened(redis_url) for _ in range(8)]
    longest, barrier = [], threading.Barrier(len(journals))

    def write(place):
        barrier.wait()
        slowest = 0.0
        for number in range(20):
            start = time.monotonic()
            step = a_step(host=f"h{place}", key=str(number))
            journals[place].commit([an_entry(step, host=step.host, step=step.key, data={"state": "ok"})])
            slowest = max(slowest, time.monotonic() - start)
        longest.append(slowest)

    threads = [threading.Thread(target=write, args=(place,)) for place in range(len(journals))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(longest) == len(journals)
    assert must_verify(journals[0]) == 1 + 8 * 20
    assert max(longest) < 5


def test_a_writer_that_loses_again_and_again_is_given_a_turn(opened, redis_url):
    """Others wait, though they know the end of the chain."""
    one, other = begun(opened(redis_url)), opened(redis_url)
    assert other._written(commit_of(other), insists=True)[0] == "moved"
    began = time.monotonic()
    one.commit([an_entry()])
    assert time.monotonic() - began > 0.5
    assert must_verify(one) == 2


def commit_of(journal):
    """A commit by someone who knows nothing of the run yet."""
    entries, ends = [an_entry()], {"R1": (0, "")}
    operations = store._operations(journal._keys, entries, None)
    store._chain(operations, entries, store._sealed(entries, ["id"], ends, moment=NOW), ends)
    return operations


def test_events_of_a_run_that_is_not_there_are_refused(opened, redis_url):
    with pytest.raises(RunUnknownError):
        opened(redis_url).commit([an_entry()])


# Replies that are lost: the server has done it, and nobody knows


def a_bundle(journal):
    begun(journal)
    journal.commit([an_entry(STEP, step=STEP.key, host="h1", data={"state": "ok"})])
    [run] = journal.runs(run="R1")
    result = Result(run="R1", host="h1", key=STEP.key, payload="p")
    bundle = Bundle(
        run=run,
        plan=(),
        slices=tuple(journal.slices("R1")),
        steps=tuple(journal.steps("R1")),
        results=(result,),
        events=tuple(journal.events("R1")),
    )
    journal.drop("R1", version=1)
    return bundle


def test_a_commit_whose_reply_is_lost_is_written_once(opened, proxy):
    """And it is no conflict with itself: neither its version nor its leases are what it expects by now."""
    journal = opened(proxy.url)
    proxy.losing = 1
    begin = an_entry(a_run(), a_slice(), Taking(lease=a_lease()))
    journal.commit([begin, an_entry()], fence=Fence(run="R1", version=0))
    assert proxy.losing == 0
    assert must_verify(journal) == 2
    assert journal.leases() == [a_lease()]


def test_a_commit_whose_reply_is_lost_is_known_again_when_others_have_gone_on(opened, proxy, redis_url):
    journal, other = begun(opened(proxy.url)), opened(redis_url)
    proxy.is_holding = True
    writer = threading.Thread(target=journal.commit, args=([an_entry(actor="first")],))
    writer.start()
    servers.until(lambda: other.head("R1")[0] == 2)
    other.commit([an_entry(actor="second")])
    proxy.losing, proxy.is_holding = 1, False
    writer.join()
    assert [event.actor for event in journal.events("R1")] == ["ada", "first", "second"]
    must_verify(journal)


def test_a_commit_that_is_refused_and_whose_reply_is_lost_is_sealed_anew(opened, proxy, redis_url):
    journal, other = begun(opened(proxy.url)), opened(redis_url)
    other.commit([an_entry()])
    proxy.losing = 1
    journal.commit([an_entry()])
    assert must_verify(journal) == 3


@pytest.mark.parametrize("losses", [1, 2, 3])
def test_a_renewal_whose_reply_is_lost_is_done(opened, proxy, losses):
    journal = begun(opened(proxy.url))
    journal.commit([an_entry(Taking(lease=a_lease()))])
    proxy.losing = losses
    journal.renew(OURS, ttl=60)
    assert journal.leases()[0].expires < journal.now() + 60


def test_a_token_whose_reply_is_lost_is_given_to_nobody_else(opened, proxy):
    journal = opened(proxy.url)
    first = journal.next_token()
    proxy.losing = 1
    assert journal.next_token() > first


def test_who_waits_stands_in_line_once_when_the_reply_is_lost(opened, proxy):
    journal = opened(proxy.url)
    for ticket in ("T1", "T2"):
        proxy.losing = 1
        journal.wait(a_waiter(ticket=ticket, until=journal.now() + 60))
    assert [waiter.ticket for waiter in journal.waiters()] == ["T1", "T2"]
    proxy.losing = 1
    journal.leave("T1")
    assert [waiter.ticket for waiter in journal.waiters()] == ["T2"]


@pytest.mark.parametrize("place", range(6))
def test_a_run_is_loaded_once_whichever_reply_is_lost(opened, proxy, place):
    journal = opened(proxy.url)
    bundle = a_bundle(journal)
    ask, calls = journal._courier.ask, iter(range(100))

    def lossy(*commands, **how):
        proxy.losing = next(calls) == place
        return ask(*commands, **how)

    journal._courier.ask = lossy
    journal.load(bundle)
    journal._courier.ask = ask
    assert proxy.losing == 0
    assert must_verify(journal) == 2
    assert journal.results("R1", "h1", STEP.key) == {"": "p"}


def test_a_run_is_dropped_when_the_reply_is_lost(opened, proxy):
    journal = begun(opened(proxy.url))
    journal._courier.ask(("TIME",))
    proxy.losing = 1
    journal.drop("R1", version=1)
    assert journal.runs() == []


LOOKS = {
    "runs": lambda journal: journal.runs(),
    "steps": lambda journal: journal.steps("R1"),
    "slices": lambda journal: journal.slices("R1"),
    "plan": lambda journal: journal.plan("R1"),
    "control": lambda journal: journal.control("R1"),
    "results": lambda journal: journal.results("R1", "h1", STEP.key),
    "events": lambda journal: list(journal.events("R1")),
    "head": lambda journal: journal.head("R1"),
    "leases": lambda journal: journal.leases(),
    "waiters": lambda journal: journal.waiters(),
    "key": lambda journal: journal.marking_key(),
}


@pytest.mark.parametrize("look", sorted(LOOKS))
def test_a_look_whose_reply_is_lost_is_repeated(opened, proxy, look):
    journal = begun(opened(proxy.url))
    expected = LOOKS[look](journal)
    proxy.losing = 1
    assert LOOKS[look](journal) == expected
    assert proxy.losing == 0


def test_a_journal_is_begun_when_replies_are_lost(opened, proxy):
    proxy.losing = 2
    assert opened(proxy.url).runs() == []


# What is there


def test_scripts_that_the_server_has_forgotten_are_told_again(opened, server):
    one = server()
    journal = begun(opened(one.url))
    with one.client() as client:
        client.script_flush()
    journal.commit([an_entry(STEP)], fence=OURS)
    assert journal.steps("R1") == [STEP]


def test_all_keys_share_one_hash_tag(opened, server):
    one = server()
    journal = begun(opened(one.url))
    journal.commit([an_entry(STEP, Plan(run="R1", steps=()), Taking(lease=a_lease()))])
    journal.renew(OURS, ttl=60)
    journal.next_token()
    journal.wait(a_waiter(until=journal.now() + 60))
    journal.marking_key()
    with one.client() as client:
        tags = {key.partition("}")[0] for key in client.keys("*")}
    assert tags == {journal._keys.prefix.partition("}")[0]}


def test_others_read_the_events_as_a_stream(opened, server):
    one = server()
    journal = begun(opened(one.url))
    with one.client() as client:
        [[_key, [[identity, fields]]]] = client.xread({journal._keys.events("R1"): "0"})
    [event] = journal.events("R1")
    assert (identity, fields["hash"], fields["type"]) == ("1-0", event.hash, event.type)
    assert json.loads(fields["data"]) == event.data


# The feed of all runs


def fed(journal):
    """Return the entries of the feed as dictionaries."""
    [entries] = journal._courier.ask(("XRANGE", journal._keys.feed, "-", "+"))
    return [dict(zip(fields[::2], fields[1::2], strict=True)) for _identity, fields in entries]


def test_the_feed_tells_of_each_event_of_any_run_and_of_no_content(opened, redis_url):
    journal = begun(begun(opened(redis_url)), "R2")
    journal.commit([an_entry(STEP, type="step.outcome", step=STEP.key, host="h1", data={"state": "ok", "why": "w"})])
    assert fed(journal)[1:] == [
        {"run": "R2", "seq": "1", "attempt": "1", "type": "test.written", "host": "", "step": ""},
        {"run": "R1", "seq": "2", "attempt": "1", "type": "step.outcome", "host": "h1", "step": STEP.key},
    ]


def test_whoever_waits_for_the_feed_reads_the_event_from_its_run(opened, server):
    one = server()
    journal = begun(opened(one.url))
    heard = []

    def follow():
        with one.client() as client:
            heard.append(client.xread({journal._keys.feed: "$"}, block=20_000))

    listener = threading.Thread(target=follow)
    listener.start()
    with one.client() as client:
        servers.until(lambda: client.info("clients")["blocked_clients"] == 1)
        journal.commit([an_entry(data={"why": "because"})])
        listener.join()
        [[[_key, [[_identity, told]]]]] = heard
        seq = f"{told['seq']}-0"
        [[_seq, event]] = client.xrange(journal._keys.events(told["run"]), seq, seq)
    assert json.loads(event["data"]) == {"why": "because"}


def test_the_feed_tells_once_of_a_commit_whose_reply_is_lost(opened, proxy):
    journal = begun(opened(proxy.url))
    proxy.losing = 1
    journal.commit([an_entry(), an_entry()])
    assert [entry["seq"] for entry in fed(journal)] == ["1", "2", "3"]


def test_the_feed_does_not_tell_of_what_was_refused(opened, redis_url):
    journal = begun(opened(redis_url))
    with pytest.raises(StaleAttemptError):
        journal.commit([an_entry()], fence=replace(OURS, token=7))
    assert len(fed(journal)) == 1


def test_the_feed_does_not_tell_of_what_was_loaded_or_dropped(opened, redis_url):
    journal = opened(redis_url)
    bundle = a_bundle(journal)
    told = fed(journal)
    journal.load(bundle)
    journal.drop("R1", version=1)
    assert fed(journal) == told


def test_the_feed_is_trimmed_and_the_runs_are_not(opened, redis_url):
    journal = begun(opened(redis_url))
    for _many in range(6):
        journal.commit([an_entry() for _event in range(2000)])
    assert 10_000 <= len(fed(journal)) < 10_200
    assert journal.head("R1")[0] == 12_001


def test_a_feed_that_takes_no_more_entries_keeps_nothing_from_being_written(opened, redis_url):
    journal = begun(opened(redis_url))
    last = "18446744073709551615-18446744073709551615"
    journal._courier.ask(("XADD", journal._keys.feed, last, "a", "b"))
    journal.commit([an_entry()])
    assert must_verify(journal) == 2


@pytest.mark.parametrize("text", ["lone \ud800 surrogate", "\udcff", "nul \0 byte", "{brace}", "new\nline", "📒"])
def test_text_that_is_hardly_text_comes_back_as_it_was(opened, redis_url, text):
    journal = opened(redis_url)
    run = a_run(id=text, workflow=text, reason=text)
    step = a_step(run=text, host=text, key=text)
    result = Result(run=text, host=text, key=text, item=text, payload=text)
    lease = a_lease(name=text, run=text)
    journal.commit([an_entry(run, a_slice(run=text), step, result, Taking(lease=lease), run=text, host=text)])
    journal.renew(Fence(run=text, token=1), ttl=60)
    assert (journal.runs(run=text), journal.runs(workflow=text), journal.steps(text)) == ([run], [run], [step])
    assert journal.results(text, text, text) == {text: text}
    assert [(held.name, held.run) for held in journal.leases()] == [(text, text)]
    journal.drop(text, version=1)
    assert (journal.runs(), journal.leases()) == ([], [])


def test_many_runs_and_events_come_in_pages(opened, redis_url):
    journal = opened(redis_url)
    journal.commit([an_entry(a_run(), run="R1"), *(an_entry() for _ in range(2500))])
    assert [event.seq for event in journal.events("R1")] == list(range(1, 2502))
    runs = [a_run(id=f"S{number:04}", started=NOW + number) for number in range(2100)]
    journal.commit([an_entry(run, run=run.id) for run in runs])
    assert [run.id for run in journal.runs(run="S")] == [run.id for run in reversed(runs)]


def test_a_large_run_is_loaded_in_parts(opened, redis_url):
    journal = begun(opened(redis_url))
    steps = [a_step(key=str(number), seq=number) for number in range(1300)]
    journal.commit([an_entry(step, step=step.key, host="h1", data={"state": "ok"}) for step in steps])
    bundle = replace(
        Bundle(run=journal.runs()[0], plan=(), slices=tuple(journal.slices("R1")), steps=(), results=(), events=()),
        steps=tuple(steps),
        events=tuple(journal.events("R1")),
    )
    journal.drop("R1", version=1)
    journal.load(bundle)
    assert must_verify(journal) == 1301
    assert journal._courier.ask(("TTL", journal._keys.steps("R1")), ("TTL", journal._keys.events("R1"))) == [-1, -1]


def test_all_controllers_make_the_same_marks(opened, redis_url):
    one, other = opened(redis_url), opened(redis_url)
    assert one.marking_key() == other.marking_key()
    assert len(one.marking_key()) == 32


def test_who_only_looks_makes_no_marks(opened, redis_url):
    journal = opened(redis_url)
    assert journal.marking_key(may_make=False) != journal.marking_key(may_make=False)


# Whether it is a journal


def test_a_look_makes_no_journal(opened, redis_url):
    for _twice in range(2):
        with pytest.raises(JournalAbsentError, match="no journal at redis://127"):
            opened(redis_url, may_make=False)


def test_a_look_at_a_journal_that_is_there_opens_it(opened, redis_url):
    begun(opened(redis_url))
    assert [run.id for run in opened(redis_url, may_make=False).runs()] == ["R1"]


def test_a_journal_of_a_newer_schema_is_refused(opened, redis_url):
    journal = opened(redis_url)
    journal._courier.ask(("SET", journal._keys.schema, "saga.ops journal 9"))
    with pytest.raises(JournalTooNewError, match="has schema 9"):
        opened(redis_url)


def test_a_journal_of_an_older_schema_is_read_and_no_older_version_writes_to_it_any_more(opened, redis_url):
    """What wrote schema 1 would drop the seal of a run's key with its next change of the run."""
    journal = begun(opened(redis_url))
    older = {name: value for name, value in rows.of_run(a_run()).items() if name != "seal"}
    journal._courier.ask(("HSET", journal._keys.run("R1"), "record", json.dumps(older)))
    journal._courier.ask(("SET", journal._keys.schema, "saga.ops journal 1"))
    assert opened(redis_url).runs() == [a_run()]
    assert journal._courier.ask(("GET", journal._keys.schema)) == ["saga.ops journal 2"]


@pytest.mark.parametrize(
    "command",
    [
        ("SET", "schema", "1"),
        ("HSET", "schema", "a", "b"),
        ("SET", "runs", "x"),
        ("HSET", "token", "a", "b"),
        ("SET", "feed", "x"),
    ],
)
def test_what_is_no_journal_is_refused(opened, redis_url, command):
    journal = opened(redis_url)
    verb, key, *rest = command
    journal._courier.ask(("DEL", journal._keys.prefix + "schema"))
    journal._courier.ask((verb, journal._keys.prefix + key, *rest))
    with pytest.raises(JournalCorruptError, match="something else's"):
        opened(redis_url)


@pytest.mark.parametrize("kind", ["run", "slices", "steps", "results", "events"])
def test_a_key_that_somebody_else_has_written_is_refused_and_nothing_is_written(opened, redis_url, kind):
    journal = begun(opened(redis_url))
    key = getattr(journal._keys, kind)("R2")
    journal._courier.ask(("SET", key, "mine"))
    result = Result(run="R2", host="h1", key="k", payload="p")
    entry = an_entry(a_run(id="R2"), a_slice(run="R2"), a_step(run="R2"), result, run="R2")
    with pytest.raises(JournalCorruptError, match="somebody else"):
        journal.commit([an_entry(STEP), entry])
    assert (journal.steps("R1"), [run.id for run in journal.runs()], journal.head("R1")[0]) == ([], ["R1"], 1)


@pytest.mark.parametrize("record", ["{}", "[1]", "[" * 100_000])
def test_a_record_that_cannot_be_read_is_damage(opened, redis_url, record):
    journal = begun(opened(redis_url))
    journal._courier.ask(("HSET", journal._keys.steps("R1"), "x", record))
    with pytest.raises(JournalCorruptError, match="cannot be read"):
        journal.steps("R1")


def test_a_stream_that_somebody_else_has_written_to_is_damage(opened, redis_url):
    journal = begun(opened(redis_url))
    journal._courier.ask(("XADD", journal._keys.events("R1"), "7-0", "a", "b"))
    with pytest.raises(JournalCorruptError):
        journal.commit([an_entry(STEP)])
    assert journal.steps("R1") == []


# Processes


def test_a_forked_child_leaves_the_connection_alone(opened, redis_url):
    journal = begun(opened(redis_url))
    child = os.fork()
    if not child:
        try:
            journal.runs()
        except JournalUnusableError as error:
            journal.close()
            del journal
            os._exit(0 if "another process" in str(error) else 2)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    begun(journal, "R2")
    assert len(journal._courier._idle) == 1


def test_a_journal_that_was_closed_is_not_used(opened, redis_url):
    journal = opened(redis_url)
    journal.close()
    with pytest.raises(JournalUnusableError, match="closed"):
        journal.runs()


def test_a_state_is_told_by_an_event_whatever_the_order(opened, redis_url):
    journal = begun(opened(redis_url))
    journal.commit([an_entry(a_run(state=RunState.STOPPED), data={"state": "stopped"})])
    must_verify(journal)
