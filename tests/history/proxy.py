# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The network between one controller and the server: a proxy that can be told to lose, hold and delay."""

import asyncio
import contextlib


class Proxy:
    """Passes everything on, unless it is out of order in one of these ways.

    ``refused``  connections are closed, new ones too
    ``dark``     nothing passes in either direction; what was sent arrives when the network is whole again
    ``deaf``     what is asked arrives, the answers don't
    ``cut``      connections break when the next request has arrived
    ``slow``     each answer takes half a second
    ``one``      one of the connections is dark, the others are fine
    """

    WAYS = ("refused", "dark", "deaf", "cut", "slow", "one")

    def __init__(self, port, upstream):
        self._port = port
        self._upstream = upstream
        self._way = ""
        self._is_whole = asyncio.Event()
        self._links = []
        self._dark = None

    async def open(self):
        return await asyncio.start_server(self._serve, "127.0.0.1", self._port)

    def break_(self, way):
        """Be out of order; from within the loop."""
        self._way = way
        self._is_whole.clear()
        self._dark = self._links[-1] if way == "one" and self._links else None
        if way == "refused":
            for link in self._links:
                link.close()

    def mend(self):
        self._way, self._dark = "", None
        self._is_whole.set()

    async def _serve(self, reader, writer):
        if self._way == "refused":
            writer.close()
            return
        try:
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self._upstream)
        except OSError:
            writer.close()
            return
        self._links.append(writer)
        ways = (self._there(reader, up_writer, writer), self._back(up_reader, writer))
        try:
            with contextlib.suppress(OSError):
                await asyncio.gather(*ways)
        finally:
            self._links.remove(writer)
            for end in (writer, up_writer):
                end.close()

    async def _there(self, reader, writer, client):
        while data := await self._read(reader):
            if self._way == "dark" or self._dark is client:
                await self._is_whole.wait()
            writer.write(data)
            if self._way == "cut":
                await writer.drain()
                client.close()
        writer.close()

    async def _back(self, reader, writer):
        while data := await self._read(reader):
            if self._way == "slow":
                await asyncio.sleep(0.5)
            if self._way in {"dark", "deaf"} or self._dark is writer:
                await self._is_whole.wait()
            writer.write(data)
        writer.close()

    async def _read(self, reader):
        with contextlib.suppress(OSError):
            return await reader.read(65536)
        return b""
