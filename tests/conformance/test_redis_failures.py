# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Servers that die, come back, fail over and move: nothing that was acknowledged is lost, nothing is written twice."""

import signal
import threading
import time

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import JournalUnusableError
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import Fence, Taking

import servers
from samples import a_lease, a_run, a_slice, a_step, an_entry, verified

OURS = Fence(run="R1", token=1)


def begun(journal):
    journal.commit([an_entry(a_run(), a_slice(), Taking(lease=a_lease()))], fence=Fence(run="R1", version=0))
    return journal


class Writer:
    """Commits steps in a thread, one after the other, until it is told to stop."""

    def __init__(self, journal):
        self.journal = journal
        self.written = 0
        self.slowest = 0.0
        self.error = None
        self._is_stopped = False
        self._thread = threading.Thread(target=self._write)

    def __enter__(self):
        self._thread.start()
        servers.until(lambda: self.written > 5 or self.error)
        return self

    def __exit__(self, *_error):
        self._is_stopped = True
        self._thread.join()

    def goes_on(self, number=20, seconds=30):
        """Wait until some more steps are written."""
        enough = self.written + number
        servers.until(lambda: self.written >= enough or self.error, seconds=seconds)
        assert self.error is None, self.error

    def _write(self):
        while not self._is_stopped:
            step = a_step(key=str(self.written), seq=self.written + 1)
            began = time.monotonic()
            try:
                self.journal.commit([an_entry(step, host="h1", step=step.key, data={"state": "ok"})], fence=OURS)
            except JournalUnusableError as error:
                self.error = error
                return
            self.slowest = max(self.slowest, time.monotonic() - began)
            self.written += 1

    def must_be_whole(self):
        """Every step that was acknowledged is there, each once, and the chain accounts for all of them."""
        assert self.error is None, self.error
        assert [step.key for step in self.journal.steps("R1")] == [str(number) for number in range(self.written)]
        [run] = self.journal.runs()
        assert self.journal.head("R1")[0] == 1 + self.written
        assert verified(self.journal, run) == []


def test_a_server_that_is_killed_and_comes_back_loses_nothing(opened, server):
    """[I3]"""
    one = server(**servers.SAFE)
    with Writer(begun(opened(one.url, patience=20))) as writer:
        for _time in range(3):
            one.kill()
            time.sleep(0.3)
            one.start()
            writer.goes_on()
    writer.must_be_whole()


def test_a_server_that_hangs_is_waited_for(opened, server):
    one = server()
    with Writer(begun(opened(one.url, patience=9))) as writer:
        one.kill(signal.SIGSTOP)
        time.sleep(4)  # longer than a reply may take
        one.kill(signal.SIGCONT)
        writer.goes_on()
    writer.must_be_whole()


def test_patience_ends(opened, server):
    one = server()
    journal = begun(opened(one.url, patience=2))
    one.kill()
    began = time.monotonic()
    with pytest.raises(JournalUnusableError, match="Connection refused") as refused:
        journal.commit([an_entry()])
    assert 1 < time.monotonic() - began < 4
    assert "SAGA_JOURNAL" in str(refused.value)


def test_patience_that_has_ended_once_is_short_until_the_server_is_back(opened, server):
    """An attempt that ends writes more than once; it need not wait that long each time."""
    one = server()
    journal = begun(opened(one.url, patience=3))
    one.kill()
    with pytest.raises(JournalUnusableError):
        journal.commit([an_entry()])
    began = time.monotonic()
    for _time in range(2):
        with pytest.raises(JournalUnusableError):
            journal.runs()
    assert time.monotonic() - began < 4
    one.start()
    assert journal.runs() == []
    assert journal._courier._deadline(0, 3) == 3


def test_leases_are_renewed_while_another_thread_waits_for_its_reply(opened, proxy, redis_url):
    """[I6] The heartbeat has a connection of its own, and nothing is held while one waits."""
    journal = begun(opened(proxy.url, patience=9))
    journal.renew(OURS, ttl=5)
    proxy.is_holding = True
    main = threading.Thread(target=journal.commit, args=([an_entry()],))
    main.start()
    servers.until(lambda: opened(redis_url).head("R1")[0] == 2)
    beat = threading.Thread(target=journal.renew, args=(OURS,), kwargs={"ttl": 60})
    beat.start()
    servers.until(lambda: opened(redis_url).leases()[0].expires > time.time() + 30, seconds=2)
    assert main.is_alive()
    proxy.is_holding = False
    main.join()
    beat.join()


def test_a_replica_is_waited_for_as_it_may_become_the_server(opened, server):
    one = server()
    other = server(replicaof=f"127.0.0.1 {one.port}")
    begun(opened(one.url))
    with one.client() as client:
        servers.until(lambda: "online" in str(client.info("replication")))
    with pytest.raises(JournalUnusableError, match="read only replica"):
        opened(other.url, patience=1)
    with other.client() as client:
        later = threading.Timer(1, client.execute_command, args=("REPLICAOF", "NO", "ONE"))
        later.start()
        opened(other.url).commit([an_entry()])
        later.join()


def test_a_disk_that_is_full_is_told_at_once(opened, server):
    one = server(**{"stop-writes-on-bgsave-error": "yes", "save": "3600 1"})
    journal = begun(opened(one.url))
    with one.client() as client:
        (one.folder / "dump.rdb").mkdir()  # in the way of the file
        client.bgsave()
        servers.until(lambda: client.info("persistence")["rdb_last_bgsave_status"] == "err")
    began = time.monotonic()
    with pytest.raises(JournalUnusableError, match="cannot save to its disk"):
        journal.commit([an_entry()])
    assert time.monotonic() - began < 2


# Sentinel


@pytest.fixture
def guarded():
    """A server with a replica under a Sentinel."""
    if servers.REDIS is None:
        pytest.skip("this machine has no redis-server")
    guarded = servers.Guarded(servers.REDIS)
    yield guarded
    guarded.remove()


def test_a_failover_in_the_middle_of_commits_loses_nothing_that_a_replica_has(opened, guarded):
    with Writer(begun(opened(guarded.url, patience=30, replicas=1))) as writer:
        with guarded.second.client() as client:
            servers.until(lambda: "master_link_status': 'up" in str(client.info("replication")))
        opened_without_waiting = writer.journal._courier
        guarded.first.kill()
        servers.until(lambda: opened_without_waiting._route.place.port == guarded.second.port)
        opened_without_waiting.durability = None  # there is no replica any more
        writer.goes_on()
    writer.must_be_whole()
    assert 0.5 < writer.slowest < 25


def test_a_service_that_no_sentinel_knows_is_named(opened, guarded):
    with pytest.raises(JournalUnusableError, match="it knows no service 'other'"):
        opened(guarded.url.replace("/saga", "/other"), patience=1)


def test_sentinels_that_are_away_are_passed_over(opened, guarded):
    url = guarded.url.replace("://", f"://127.0.0.1:{servers.free_port()},")
    assert opened(url).runs() == []


# Cluster


@pytest.fixture
def cluster():
    """A Cluster of three nodes of the test's own."""
    if servers.REDIS is None:
        pytest.skip("this machine has no redis-server")
    cluster = servers.Cluster(servers.REDIS)
    yield cluster
    cluster.remove()


def move(cluster, slot, first, second, *, pause=0.0):
    """Move a slot from one node to another, key by key, as redis-cli does."""
    with first.client() as source, second.client() as target:
        names = [client.execute_command("CLUSTER", "MYID") for client in (source, target)]
        target.execute_command("CLUSTER", "SETSLOT", slot, "IMPORTING", names[0])
        source.execute_command("CLUSTER", "SETSLOT", slot, "MIGRATING", names[1])
        while keys := source.execute_command("CLUSTER", "GETKEYSINSLOT", slot, 1):
            source.execute_command("MIGRATE", "127.0.0.1", second.port, "", 0, 5000, "KEYS", *keys)
            time.sleep(pause)
        for node in cluster.nodes:
            with node.client() as client:
                client.execute_command("CLUSTER", "SETSLOT", slot, "NODE", names[1])


def owners_of(cluster, key):
    """Return the slot of a key, the node that has it, and another one."""
    with cluster.nodes[0].client() as client:
        slot = client.execute_command("CLUSTER", "KEYSLOT", key)
    place = next(place for place in range(3) if slot < cluster.ends[place])
    return slot, cluster.nodes[place], cluster.nodes[place - 1]


def test_a_slot_that_moves_in_the_middle_of_commits_takes_all_of_it_along(opened, cluster):
    journal = begun(opened(cluster.url, patience=20))
    slot, first, second = owners_of(cluster, journal._keys.schema)
    with Writer(journal) as writer:
        for _time in range(2):
            move(cluster, slot, first, second, pause=0.05)
            writer.goes_on()
            first, second = second, first
    writer.must_be_whole()
    assert journal.leases() == [a_lease()]


def test_any_node_tells_where_the_journal_is(opened, cluster):
    begun(opened(cluster.url))
    for node in cluster.nodes:
        assert [run.id for run in opened(node.url.replace("redis://", "redis+cluster://")).runs()] == ["R1"]


def test_a_cluster_that_is_not_whole_is_refused(opened, cluster):
    journal = begun(opened(cluster.url))
    _slot, first, second = owners_of(cluster, journal._keys.schema)
    [third] = [node for node in cluster.nodes if node not in {first, second}]
    third.kill()
    with first.client() as client:
        servers.until(lambda: "cluster_state:fail" in str(client.execute_command("CLUSTER", "INFO")))
    with pytest.raises(JournalUnusableError, match="the Cluster is not whole"):
        opened(cluster.url, patience=2)


@pytest.mark.sweep
def test_a_replica_of_a_node_takes_over_in_the_middle_of_commits(opened, cluster):
    """It is found, though nobody has named it."""
    url = cluster.url
    journal = begun(opened(url, patience=30, replicas=None))
    _slot, first, _second = owners_of(cluster, journal._keys.schema)
    replica = cluster.replica_of(first)
    journal = opened(url, patience=30, replicas=1)
    with Writer(journal) as writer:
        first.kill()
        servers.until(lambda: journal._courier._route.place.port == replica.port, seconds=30)
        journal._courier.durability = None  # there is no replica any more
        writer.goes_on()
    writer.must_be_whole()


def test_a_node_that_comes_back_is_waited_for(opened, cluster):
    """Its keys are gone with it here; what counts is that the others are asked meanwhile, and it again."""
    journal = begun(opened(cluster.url, patience=20))
    _slot, first, _second = owners_of(cluster, journal._keys.schema)
    with first.client() as client:
        client.config_set("appendonly", "yes")
        servers.until(lambda: not client.info("persistence")["aof_rewrite_in_progress"])
        client.execute_command("CONFIG", "REWRITE")
    with Writer(journal) as writer:
        first.kill()
        time.sleep(0.5)
        first.start()
        writer.goes_on()


def test_a_node_that_is_cut_off_is_not_believed(opened):
    """It answers, and knows nobody; the others know better."""
    if servers.REDIS is None:
        pytest.skip("this machine has no redis-server")
    cluster = servers.Cluster(servers.REDIS, shares=(16384, 0, 0))
    try:
        begun(opened(cluster.url))
        with cluster.nodes[1].client() as client:
            client.execute_command("CLUSTER", "RESET")
        cut_off = cluster.nodes[1].url.replace("redis://", "redis+cluster://")
        journal = opened(f"{cut_off},127.0.0.1:{cluster.nodes[0].port}")
        assert [run.id for run in journal.runs()] == ["R1"]
    finally:
        cluster.remove()
