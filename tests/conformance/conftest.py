# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Journals on servers: opened by their URLs, closed with the test."""

import hashlib
import os

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.clock import SystemClock
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.access import Access
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.redis.address import Address
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.redis.store import RedisJournal

import servers
from proxy import Proxy


@pytest.fixture
def namespace(tmp_path):
    """A namespace that no other test uses, on a server that others use."""
    return hashlib.sha256(bytes(tmp_path)).hexdigest()[:16]


@pytest.fixture
def opened(namespace):
    """Open journals; `how` says what Access has."""
    journals = []

    def at(url, *, may_make=True, clock=None, **how):
        mark = "&" if "?" in url else "?"
        address = Address.of(f"{url}{mark}namespace={namespace}")
        access = Access(**({"patience": 10} | how))
        journals.append(RedisJournal(address, clock=clock or SystemClock(), access=access, may_make=may_make))
        return journals[-1]

    yield at
    for journal in journals:
        journal.close()


@pytest.fixture(scope="session")
def redis_url():
    """The URL of a Redis that all tests of this process share."""
    return servers.shared("redis") or pytest.skip("this machine has no redis-server")


@pytest.fixture
def server():
    """Start servers of the test's own: Redis unless told otherwise."""
    started = []

    def start(binary=servers.REDIS, **options):
        if binary is None:
            pytest.skip("this machine has no such server")
        started.append(servers.Server(binary, **options))
        return started[-1]

    yield start
    for one in started:
        one.remove()


@pytest.fixture
def proxy(redis_url):
    """A proxy before the Redis that is shared."""
    with Proxy(int(redis_url.rpartition(":")[2])) as proxy:
        yield proxy


@pytest.fixture(autouse=True)
def no_password_is_left():
    """The command line keeps a typed password for the process that it may become; here it is one process for many."""
    yield
    os.environ.pop("SAGA_REDIS_PASSWORD", None)
