# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Where the journal of a history is, how each controller reaches it, and what can go wrong with it."""

import asyncio
import contextlib
import sqlite3
import time

import servers
from history.proxy import Proxy


class File:
    """A SQLite file that all controllers share."""

    faults = ("locked",)
    patience = 5.0
    skews = (0.0,)  # whoever opens the file is on its machine

    def __init__(self, folder):
        self._path = folder / "journal.db"
        self.url = f"sqlite://{self._path}"

    def url_of(self, _who):
        return self.url

    async def open(self, _whos):
        return []

    def break_(self, _way, seconds, _draw, _errand):
        """Write into it for so long that nobody else can."""
        with contextlib.closing(sqlite3.connect(self._path, timeout=30, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            time.sleep(seconds)
            connection.execute("ROLLBACK")

    def close(self):
        pass


class Server:
    """A server that each controller reaches by a network of its own."""

    faults = ("restarted", *Proxy.WAYS, *Proxy.WAYS)
    patience = 2.0
    skews = (0.0, 0.0, 3600.0, -3600.0)

    def __init__(self, binary):
        self._server = servers.Server(binary, **servers.SAFE)
        self.url = self._server.url
        self._ports = {}
        self._proxies = {}
        self._loop = None

    def url_of(self, who):
        return f"redis://127.0.0.1:{self._ports[who]}"

    async def open(self, whos):
        """Open a network for each controller; return what is to be closed in the end."""
        self._loop = asyncio.get_running_loop()
        for who in whos:
            self._ports[who] = servers.free_port()
            self._proxies[who] = Proxy(self._ports[who], self._server.port)
        return [await proxy.open() for proxy in self._proxies.values()]

    def break_(self, way, seconds, draw, errand):
        """Do it, for so long; `errand` has something done by a thread that lasts, with which its children may die."""
        if way == "restarted":
            self._server.kill()
            time.sleep(seconds)
            errand(self._server.start)
            return
        cut_off = draw.sample(sorted(self._proxies), draw.randint(1, len(self._proxies)))
        for who in cut_off:
            self._loop.call_soon_threadsafe(self._proxies[who].break_, way)
        time.sleep(seconds)
        for who in cut_off:
            self._loop.call_soon_threadsafe(self._proxies[who].mend)

    def close(self):
        self._server.remove()


def store(kind, folder):
    """Return a store of a kind; None: this machine has none."""
    if kind == "sqlite":
        return File(folder)
    binary = servers.valkey() if kind == "valkey" else servers.REDIS
    return None if binary is None else Server(binary)
