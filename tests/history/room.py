# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The machines of targets with a fence, which nobody stops: they take one fact after the other."""

import asyncio
import json

from history.chronicle import append


class Room:
    """Where targets with a fence are; served by an event loop, one fact after the other."""

    def __init__(self, folder):
        self._folder = folder
        self._highest = {}

    async def open(self):
        return await asyncio.start_unix_server(self._serve, self._folder / "room", backlog=1000)

    async def _serve(self, reader, writer):
        try:
            line = await reader.readline()
            if line.endswith(b"\n"):  # whoever was killed half way through a sentence has said nothing
                writer.write(b"yes\n" if self._takes(json.loads(line)) else b"no\n")
        finally:
            writer.close()

    def _takes(self, fact):
        target, mark = fact["target"], fact["mark"]
        is_taken = mark >= self._highest.get(target, 0)
        if is_taken:
            self._highest[target] = mark
        else:
            fact = fact | {"what": "refused", "wanted": fact["what"], "highest": self._highest[target]}
        append(self._folder / f"{target}.log", fact)
        return is_taken
