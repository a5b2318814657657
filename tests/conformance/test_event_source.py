# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The event source of Event-Driven Ansible: loaded as ansible-rulebook does, with a queue, while others write."""

import asyncio
import json
import runpy
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.clock import SystemClock
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.access import Access
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.opening import open_journal

import servers
from samples import a_run, a_slice, an_entry

SOURCE = Path(__file__).resolve().parents[2] / "extensions" / "eda" / "plugins" / "event_source" / "journal.py"
PLUGIN = runpy.run_path(str(SOURCE))
WRITER = """
import sys, time
sys.path.insert(0, sys.argv[1])
from ansible_collections.saga.ops.plugins.plugin_utils._engine.clock import SystemClock
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.access import Access
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.access import Access
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.opening import open_journal
from samples import an_entry
journal = open_journal(sys.argv[2], clock=SystemClock(), access=Access(patience=30))
for number in range(int(sys.argv[3])):
    journal.commit([an_entry(data={"state": "running", "number": number})])
    time.sleep(0.005)
journal.close()
"""


class Followed:
    """What the source puts into its queue, in a loop of its own for as long as a test wants."""

    def __init__(self, **args):
        self.args = {name: str(value) if isinstance(value, Path) else value for name, value in args.items()}
        self.events = []

    def until(self, holds, *, meanwhile=lambda: None, seconds=30):
        """Follow until something holds; `meanwhile` runs in a thread once the source is at work."""
        return asyncio.run(self._until(holds, meanwhile, seconds))

    async def _until(self, holds, meanwhile, seconds):
        queue = asyncio.Queue()
        source = asyncio.create_task(PLUGIN["main"](queue, self.args))
        await asyncio.sleep(0.5)
        work = asyncio.create_task(asyncio.to_thread(meanwhile))
        deadline = time.monotonic() + seconds
        try:
            while not holds(self.events):
                assert not source.done() or source.result()
                assert time.monotonic() < deadline, self.events[-3:]
                try:
                    self.events.append(await asyncio.wait_for(queue.get(), 0.1))
                except TimeoutError:
                    continue
        finally:
            source.cancel()
            await asyncio.gather(source, return_exceptions=True)
            await work
        return self.events


@pytest.fixture(params=["sqlite", "redis"])
def url(request, server, tmp_path):
    """A journal of the test's own."""
    return f"sqlite://{tmp_path}/journal.db" if request.param == "sqlite" else server(**servers.SAFE).url


def write(url, *entries, patience=5):
    journal = open_journal(url, clock=SystemClock(), access=Access(patience=patience))
    journal.commit(entries)
    journal.close()


def begun(url, run="R1", workflow="shop/site.yml"):
    write(url, an_entry(a_run(id=run, workflow=workflow), a_slice(run=run), run=run, type="run.started"))


def writing(url, count):
    """Start a process that writes so many events to the run R1."""
    return subprocess.Popen([sys.executable, "-c", WRITER, str(Path(__file__).parents[1]), url, str(count)])


def seqs(events, run="R1"):
    return [event["seq"] for event in events if event["run"] == run]


def test_what_another_process_writes_is_put_into_the_queue_once_and_in_order(url):
    begun(url)

    def write_much():
        assert writing(url, 200).wait(60) == 0

    events = Followed(journal=url, interval=0.1).until(lambda events: len(events) >= 200, meanwhile=write_much)
    assert seqs(events) == list(range(2, 202))
    assert [event["data"]["number"] for event in events] == list(range(200))
    assert {event["workflow"] for event in events} == {"shop/site.yml"}
    assert set(events[0]) >= {"schema", "time", "type", "run", "attempt", "host", "step", "actor", "data", "hash"}
    json.dumps(events)


def test_it_begins_where_it_is_told_and_goes_on_at_its_mark(url, tmp_path):
    begun(url)
    mark = tmp_path / "mark"
    first = Followed(journal=url, interval=0.1, after="beginning", mark=mark)
    events = first.until(lambda events: events and mark.exists() and json.loads(mark.read_text()) == {"R1": 1})
    assert seqs(events) == [1]
    write(url, an_entry(), an_entry())
    begun(url, "R2")
    events = Followed(journal=url, interval=0.1, mark=mark).until(lambda events: len(events) == 3)
    assert (seqs(events), seqs(events, "R2")) == ([2, 3], [1])


def test_it_chooses_by_type_workflow_and_run(url):
    for run, workflow in (("A1", "shop/site.yml"), ("A2", "shop/other.yml"), ("B1", "shop/site.yml")):
        begun(url, run, workflow)
        write(url, an_entry(run=run, type="run.parked"), an_entry(run=run, type="step.outcome"))
    args = {"types": ["run.*"], "workflow": "*/site.yml", "run": "A", "after": "beginning", "interval": 0.1}
    followed = Followed(journal=url, **args)
    events = followed.until(
        lambda events: len(events) == 3,
        meanwhile=lambda: write(url, an_entry(run="A2", type="run.parked"), an_entry(run="A1", type="run.completed")),
    )
    assert [(event["run"], event["type"]) for event in events] == [
        ("A1", "run.started"),
        ("A1", "run.parked"),
        ("A1", "run.completed"),
    ]


def test_a_journal_that_comes_later_is_followed_from_its_first_event(tmp_path):
    url = f"sqlite://{tmp_path}/journal.db"
    events = Followed(journal=url, interval=0.1).until(lambda events: events, meanwhile=lambda: begun(url))
    assert seqs(events) == [1]


def test_a_server_that_is_killed_and_comes_again_loses_nothing(server):
    one = server(**servers.SAFE)
    begun(one.url)

    def write_and_kill():
        writer = writing(one.url, 300)
        for _twice in range(2):
            time.sleep(0.5)
            one.kill()
            time.sleep(0.5)
            one.start()
        assert writer.wait(90) == 0

    followed = Followed(journal=one.url)
    events = followed.until(lambda events: len(events) >= 300, meanwhile=write_and_kill, seconds=90)
    assert seqs(events) == list(range(2, 302))


def test_a_failover_is_followed():
    if servers.REDIS is None:
        pytest.skip("this machine has no redis-server")
    guarded = servers.Guarded(servers.REDIS)
    try:
        begun(guarded.url)

        def fail_over():
            with guarded.first.client() as first, guarded.second.client() as second:
                servers.until(lambda: first.xlen("{saga}:events:R1") == second.xlen("{saga}:events:R1"))
            guarded.first.kill()
            write(guarded.url, an_entry(), patience=60)

        events = Followed(journal=guarded.url).until(lambda events: events, meanwhile=fail_over, seconds=60)
        assert seqs(events) == [2]
    finally:
        guarded.remove()


def test_an_event_is_heard_of_at_once_on_a_server(server):
    one = server()
    begun(one.url)
    written = []

    def write_later():
        time.sleep(1.5)
        write(one.url, an_entry())
        written.append(time.monotonic())

    Followed(journal=one.url).until(lambda events: events, meanwhile=write_later)
    assert time.monotonic() - written[0] < 1.5  # of them up to one for the end


def test_without_the_feed_the_runs_are_followed_all_the_same(server, monkeypatch):
    """It was trimmed, or lost."""
    monkeypatch.setitem(PLUGIN["Follower"]._has_waited.__globals__, "_ANYWAY", 1.0)
    one = server()
    begun(one.url)

    def write_unheard():
        with one.client() as client:
            write(one.url, an_entry(), an_entry())
            client.delete("{saga}:feed")
            client.xadd("{saga}:feed", {"run": "R0"}, id="1-1")  # as if all that was seen were yet to come

    assert seqs(Followed(journal=one.url).until(lambda events: len(events) == 2, meanwhile=write_unheard)) == [2, 3]


def test_a_user_without_the_right_to_wait_follows_by_looking(server):
    one = server()
    begun(one.url)
    with one.client() as client:
        client.execute_command("ACL", "SETUSER", "eda", "on", ">word", "~*", "+@all", "-xread")
    url = one.url.replace("redis://", "redis://eda:word@")
    events = Followed(journal=url).until(lambda events: events, meanwhile=lambda: write(one.url, an_entry()))
    assert seqs(events) == [2]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({"journl": "x"}, "'journl' is not known; journal, run, workflow"),
        ({"after": "yesterday"}, "after is now or beginning, not 'yesterday'"),
    ],
)
def test_what_cannot_be_meant_is_refused(args, said):
    with pytest.raises(ValueError, match=said):
        asyncio.run(PLUGIN["main"](asyncio.Queue(), args))
