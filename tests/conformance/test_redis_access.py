# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""How a server is reached, what it must be, and that nobody reads the password."""

import builtins
import re
import shutil
import threading
import time
from pathlib import Path

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import JournalUnusableError
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.access import Access
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.opening import (
    existing_journal,
    open_journal,
    spool_path,
    without_password,
)
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.redis import checks
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.redis.address import Address
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.redis.words import COMMANDS
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import Bundle, Fence, Plan, Result, Taking

import certificates
import servers
from samples import StillClock, a_lease, a_run, a_slice, a_step, a_waiter, an_entry

WORD = "pw"
SECRET = "correct horse: battery/staple@{{ x }}"


# Its URL


@pytest.mark.parametrize(
    ("url", "places"),
    [
        ("redis://one", "one:6379"),
        ("redis://one:7000/3", "one:7000"),
        ("redis://[::1]:7000", "::1:7000"),
        ("rediss://ada@one", "one:6379"),
        ("unix:///run/redis.sock", "/run/redis.sock"),
        ("redis+unix:///run/my%20redis.sock?db=2", "/run/my redis.sock"),
        ("redis+sentinel://one,two:7000/saga/4", "one:26379 two:7000"),
        ("rediss+cluster://one,two:7000", "one:6379 two:7000"),
    ],
)
def test_a_url_names_servers(url, places):
    assert " ".join(map(str, Address.of(url).places)) == places


def test_a_url_names_user_service_database_and_namespace():
    address = Address.of("rediss+sentinel://ada@one/my%20service/4?namespace=team-a")
    told = (address.username, address.service, address.database, address.namespace, address.is_tls)
    assert told == ("ada", "my service", 4, "team-a", True)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("redis://", "names no host"),
        ("redis://one:port", "is no host"),
        ("redis://one/db", "is no number of a database"),
        ("redis://one?timeout=3", "asks for timeout, which is unknown"),
        ("redis://one?namespace=a}b", "the namespace may have"),
        ("redis://one?db=3", "the database stands in the path"),
        ("unix://", "names no socket"),
        ("redis+sentinel://one", "does not name the service"),
        ("redis+cluster://one/3", "a Cluster has no databases"),
    ],
)
def test_a_url_that_is_not_clear_is_refused(url, why):
    with pytest.raises(JournalUnusableError, match=why):
        Address.of(url)


@pytest.mark.parametrize(
    ("url", "shown", "password"),
    [
        ("redis://:pw@one", "redis://one", "pw"),
        ("rediss://ada:p%40w@one/3", "rediss://ada@one/3", "p@w"),
        ("redis://ada:p@w/x?y@one:1/3", "redis://ada@one:1/3", "p@w/x?y"),
        ("redis://ada@one", "redis://ada@one", ""),
        ("redis://one", "redis://one", ""),
        ("unix://:pw@/run/redis.sock", "unix:///run/redis.sock", "pw"),
        ("redis+cluster://ada:pw@one:1,two:2", "redis+cluster://ada@one:1,two:2", "pw"),
        ("redi://ada:pw@one", "redi://ada@one", "pw"),
        ("redis://one?password=pw&db=1", "redis://one?password=***&db=1", ""),
        ("redis://ada:p?auth=w@one", "redis://ada@one", "p?auth=w"),
        ("/srv/a:b@c.db", "/srv/a:b@c.db", ""),
        ("sqlite:///srv/a:b@c.db", "sqlite:///srv/a:b@c.db", ""),
    ],
)
def test_the_password_is_taken_out_of_a_url(url, shown, password):
    assert without_password(url) == (shown, password)


@pytest.mark.parametrize("tail", ["one/db", "one?x=y", "", "one:port", "one,two/3/4?namespace=}"])
def test_an_unclear_url_is_refused_without_its_password(tail):
    with pytest.raises(JournalUnusableError) as refused:
        open_journal(f"redis://ada:{SECRET}@{tail}", clock=StillClock())
    assert not [part for part in ("correct", "horse", "battery", "staple") if part in str(refused.value)]


def test_what_workers_leave_is_on_this_machine_whoever_uses_the_store(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    mine, yours = spool_path("redis://ada:pw@one/1?namespace=x"), spool_path("redis://bob@one/1?namespace=x")
    assert mine == yours
    assert mine.parent == tmp_path / "saga" / "spool"
    assert mine != spool_path("redis://one/1?namespace=y")


# Its password


def test_access_does_not_show_the_password():
    address = Address.of("redis://ada:hush@one")
    assert "hush" not in repr((address, Access(password="hush")))
    assert address.password == "hush"


@pytest.fixture
def locked(server):
    """A server that wants a password."""
    return server(requirepass=f"'{SECRET}'")


def test_a_password_is_given(opened, locked):
    assert opened(locked.url, password=SECRET).runs() == []


def test_a_password_is_given_in_a_file_that_is_read_with_each_connection(opened, locked, tmp_path):
    path = tmp_path / "password"
    path.write_text(SECRET + "\n")
    journal = opened(locked.url, password=WORD, password_file=str(path))
    with locked.client(password=SECRET) as client:
        client.config_set("requirepass", "new")
        client.client_kill_filter(_type="normal", skipme=True)
    path.write_text("new")
    assert journal.runs() == []


@pytest.mark.parametrize(("password", "why"), [("", "wants a password"), ("hush-hush", "refuses user and password")])
def test_without_the_password_nothing_is_tried_twice_and_nothing_is_shown(opened, locked, password, why):
    began = time.monotonic()
    with pytest.raises(JournalUnusableError, match=why) as refused:
        opened(locked.url, password=password)
    assert time.monotonic() - began < 2
    assert not password or password not in str(refused.value)


def test_a_password_file_that_is_not_there_is_named(opened, locked, tmp_path):
    with pytest.raises(JournalUnusableError, match=r"the file of the password, .*none, cannot be read"):
        opened(locked.url, password_file=str(tmp_path / "none"))


# Its rights


@pytest.fixture
def as_user(server, opened):
    """Open a journal as a user of the server who has the rights to some commands; the server is Valkey, if there."""
    one = server(servers.valkey() or servers.REDIS, **servers.SAFE)

    def open_as(commands, keys="~{saga*"):
        with one.client() as client:
            client.execute_command(
                "ACL", "SETUSER", "saga", "reset", "on", f">{WORD}", keys, *(f"+{name}" for name in commands)
            )
        return opened(one.url.replace("://", "://saga@"), password=WORD, replicas=0, patience=2)

    return open_as


def everything_done(journal):
    entries = [an_entry(a_run(), a_slice(), Taking(lease=a_lease()), Plan(run="R1", steps=()))]
    journal.commit(entries, fence=Fence(run="R1", version=0))
    result = Result(run="R1", host="h1", key=a_step().key, payload="p")
    journal.commit([an_entry(a_step(), result)], fence=Fence(run="R1", token=1))
    journal.renew(Fence(run="R1", token=1), ttl=60)
    journal.next_token()
    journal.wait(a_waiter(until=journal.now() + 60))
    journal.leave(journal.waiters()[0].ticket)
    journal.marking_key()
    looked = (journal.runs(run="R"), journal.runs(workflow="site.yml"), journal.control("R1"), journal.leases())
    assert all(found or found is None for found in looked)
    bundle = Bundle(
        run=journal.runs()[0],
        plan=journal.plan("R1"),
        slices=tuple(journal.slices("R1")),
        steps=tuple(journal.steps("R1")),
        results=(result,),
        events=tuple(journal.events("R1")),
    )
    journal.await_news(0.01)
    journal.drop("R1", version=1)
    journal.load(bundle)
    assert journal.results("R1", "h1", a_step().key) == {"": "p"}


def test_the_commands_that_are_listed_are_enough(as_user):
    journal = as_user([name for name, _why in COMMANDS])
    everything_done(journal)
    assert not journal.await_news(0.01)


ELSEWHERE = {"asking", "cluster|info", "cluster|slots", "select", "wait"}  # not on this server
OPTIONAL = {"config|get", "xread"}


@pytest.mark.parametrize("name", sorted({name for name, _why in COMMANDS} - ELSEWHERE - OPTIONAL))
def test_each_command_that_is_listed_is_needed(as_user, name):
    with pytest.raises(JournalUnusableError, match=name):
        everything_done(as_user([each for each, _why in COMMANDS if each != name]))


def test_the_user_that_the_page_shows_may_do_all_of_it(server, opened):
    one = server(servers.valkey() or servers.REDIS, **servers.SAFE)
    page = (Path(__file__).parents[2] / "docs" / "redis.md").read_text()
    [typed] = re.findall(r"^```\n(ACL SETUSER .*?)```$", page, re.MULTILINE | re.DOTALL)
    with one.client() as client:
        client.execute_command(*typed.replace(">...", f">{WORD}").split())
    everything_done(opened(one.url.replace("://", "://saga@"), password=WORD, replicas=0, patience=2))


def test_who_may_not_wait_for_news_is_told_that_there_may_be_some(as_user):
    journal = as_user([name for name, _why in COMMANDS if name != "xread"])
    assert [journal.await_news(0.01) for _twice in range(2)] == [True, True]


def test_a_user_who_may_not_touch_the_keys_is_told_so(as_user):
    with pytest.raises(JournalUnusableError, match=r"no right to keys that begin with \{saga"):
        everything_done(as_user([name for name, _why in COMMANDS], keys="~other*"))


# TLS and sockets


@pytest.fixture
def keyed(server, tmp_path):
    """A server that speaks TLS only, and only with clients whose certificate it knows."""
    if not shutil.which("openssl"):
        pytest.skip("this machine has no openssl")
    folder = certificates.make(tmp_path / "certificates")
    port = servers.free_port()
    server(
        **{"tls-port": port, "tls-cert-file": folder / "server.crt", "tls-key-file": folder / "server.key"},
        **{"tls-ca-cert-file": folder / "authority.crt"},
    )
    return f"rediss://127.0.0.1:{port}", folder


def test_tls_with_an_authority_and_a_certificate(opened, keyed):
    url, folder = keyed
    files = {"ca": "authority.crt", "certificate": "client.crt", "key": "client.key"}
    journal = opened(url, **{name: str(folder / file) for name, file in files.items()})
    everything_done(journal)


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"ca": "stranger.crt", "certificate": "client.crt", "key": "client.key"}, "TLS fails"),
        ({"certificate": "client.crt", "key": "client.key"}, "TLS fails"),
        ({"ca": "authority.crt"}, "TLS fails|closed|EOF"),  # it may hang up before it says why
        ({"ca": "none.crt"}, "a certificate or its key is not there"),
    ],
)
def test_tls_that_cannot_be_trusted_is_refused_at_once(opened, keyed, files, why):
    url, folder = keyed
    began = time.monotonic()
    with pytest.raises(JournalUnusableError, match=why):
        opened(url, patience=2, **{name: str(folder / file) for name, file in files.items()})
    assert time.monotonic() - began < 3


def test_a_server_behind_a_socket(opened, server):
    everything_done(opened(f"unix://{server().socket}"))


def test_databases_are_apart(opened, server):
    one = server()
    opened(f"{one.url}/3").next_token()
    with one.client(db=3) as third, one.client() as first:
        assert third.dbsize()
        assert not first.dbsize()


# What it must be


def test_a_server_that_is_not_there_is_said_to_be_so_in_time(opened):
    began = time.monotonic()
    with pytest.raises(JournalUnusableError, match=r"Connection refused.*tried for 1 s"):
        opened(f"redis://127.0.0.1:{servers.free_port()}", patience=1)
    assert time.monotonic() - began < 3


def test_a_server_that_evicts_is_refused(opened, server):
    with pytest.raises(JournalUnusableError, match=r"allkeys-lru.*set it to noeviction"):
        opened(server(maxmemory="64mb", **{"maxmemory-policy": "allkeys-lru"}).url)


def test_a_server_that_evicts_is_refused_even_if_it_may_not_be_asked_for_its_configuration(opened, server):
    one = server(maxmemory="64mb", **{"maxmemory-policy": "volatile-ttl"})
    with one.client() as client:
        client.execute_command("ACL", "SETUSER", "saga", "on", f">{WORD}", "~*", "+@all", "-config")
    with pytest.raises(JournalUnusableError, match="volatile-ttl"):
        opened(one.url, username="saga", password=WORD)


def test_a_server_with_a_limit_that_does_not_evict_is_fine(opened, server):
    assert opened(server(maxmemory="64mb", **{"maxmemory-policy": "noeviction"}).url).runs() == []


def test_a_full_memory_is_told_at_once_and_nothing_is_written(opened, server):
    one = server(maxmemory="16mb", **{"maxmemory-policy": "noeviction"})
    journal = opened(one.url)
    journal.commit([an_entry(a_run())])
    with one.client() as client:
        client.config_set("maxmemory", "1mb")
        began = time.monotonic()
        with pytest.raises(JournalUnusableError, match="memory is full"):
            journal.commit([an_entry(a_step())])
        assert time.monotonic() - began < 2
        client.config_set("maxmemory", 0)
    assert journal.steps("R1") == []
    journal.commit([an_entry(a_step())])


@pytest.mark.parametrize(
    ("options", "warning"),
    [
        ({}, "append-only file is off"),
        ({"appendonly": "yes", "appendfsync": "everysec"}, "appendfsync is everysec"),
        ({"appendonly": "yes", "appendfsync": "no"}, "half a minute"),
        ({"appendonly": "yes", "appendfsync": "always"}, ""),
    ],
)
def test_what_a_crash_of_the_server_can_lose_is_said(namespace, server, options, warning):
    heard = []
    url = f"{server(**options).url}?namespace={namespace}"
    open_journal(url, clock=StillClock(), warn=heard.append).close()
    assert len(heard) == bool(warning)
    assert warning in "".join(heard)
    existing_journal(url, clock=StillClock()).close()


def test_a_server_that_may_not_be_asked_how_it_saves_is_suspect(opened, server):
    one = server(**servers.SAFE)
    with one.client() as client:
        client.execute_command("ACL", "SETUSER", "saga", "on", f">{WORD}", "~*", "+@all", "-config")
    [warning] = opened(one.url, username="saga", password=WORD).warnings
    assert "may not ask with CONFIG GET" in warning


def test_a_server_that_is_too_old_is_refused(opened, redis_url, monkeypatch):
    monkeypatch.setattr(checks, "_OLDEST", (99,))
    with pytest.raises(JournalUnusableError, match="is too old"):
        opened(redis_url)


def test_one_node_of_a_cluster_is_no_server(opened, server):
    with pytest.raises(JournalUnusableError, match="Cluster"):
        opened(server(**{"cluster-enabled": "yes"}).url, patience=1)


def test_a_server_is_no_cluster(opened, redis_url):
    with pytest.raises(JournalUnusableError, match=r"is in no Cluster; say redis://"):
        opened(redis_url.replace("redis://", "redis+cluster://"))


def test_a_missing_library_is_named_with_its_extra(monkeypatch, opened):
    known = builtins.__import__

    def without_redis(name, *rest, **how):
        if name == "redis" or name.startswith("redis."):
            raise ImportError(name)
        return known(name, *rest, **how)

    monkeypatch.setattr(builtins, "__import__", without_redis)
    with pytest.raises(JournalUnusableError, match=r"pip install 'ansible-saga\[redis\]'"):
        opened("redis://127.0.0.1")


# What writes wait for


@pytest.fixture
def valkey(server):
    return lambda **options: server(servers.valkey(), **options)


def test_a_write_waits_for_the_disk_and_there_is_nothing_to_warn_of(opened, valkey):
    one = valkey(appendonly="yes", appendfsync="everysec")
    journal = opened(one.url, replicas=0)
    assert journal.warnings == ()
    began = time.monotonic()
    journal.commit([an_entry(a_run())])
    with one.client() as client:
        calls = client.info("commandstats")
    assert calls["cmdstat_waitaof"]["calls"] >= 2
    assert time.monotonic() - began < 5


def test_a_write_that_no_replica_has_is_not_taken_for_done(opened, valkey):
    with pytest.raises(JournalUnusableError, match="0 of 1 replicas have it"):
        opened(valkey(**servers.SAFE).url, replicas=1, patience=1)


def test_a_write_waits_for_disk_and_replica(opened, valkey):
    one = valkey(**servers.SAFE)
    valkey(replicaof=f"127.0.0.1 {one.port}", **servers.SAFE)
    with one.client() as client:
        servers.until(lambda: "online" in str(client.info("replication")))
    everything_done(opened(one.url, replicas=1))


def test_a_server_that_cannot_wait_for_its_disk_waits_for_replicas(opened, server):
    one = server()
    server(replicaof=f"127.0.0.1 {one.port}")
    everything_done(opened(one.url, replicas=1))


def test_a_commit_that_waits_for_a_replica_is_durable_when_that_comes_back(opened, valkey):
    """And is written once: it is known again, and waited for again."""
    one = valkey(**servers.SAFE)
    other = valkey(replicaof=f"127.0.0.1 {one.port}", **servers.SAFE)
    journal = opened(one.url, replicas=1, patience=15)
    other.kill()
    begin = an_entry(a_run(), Taking(lease=a_lease()))
    writer = threading.Thread(target=journal.commit, args=([begin],), kwargs={"fence": Fence(run="R1", version=0)})
    writer.start()
    writer.join(2.5)
    assert writer.is_alive()
    other.start()
    writer.join()
    assert journal.head("R1")[0] == 1


@pytest.mark.parametrize(
    ("options", "why"), [({}, "Redis 7.2 and Valkey can"), (servers.SAFE, "Redis 7.2 and Valkey can")]
)
def test_a_disk_that_cannot_be_waited_for_is_refused(opened, server, options, why):
    with pytest.raises(JournalUnusableError, match=why):
        opened(server(**options).url, replicas=0)


def test_a_disk_that_is_not_written_to_is_refused(opened, valkey):
    with pytest.raises(JournalUnusableError, match="set appendonly yes"):
        opened(valkey().url, replicas=0)
