# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The shop's HTTP server, the same in every release: `python releases/r2/server.py [PORT]`, from its home."""

import importlib
import json
import os
import random
import signal
import sqlite3
import sys
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

# Below the range of outgoing connections, so that a stopped server finds its port free again.
PORTS = range(20_000, 30_000)


class Shop(ThreadingHTTPServer):
    """One release, serving one database; leaving it waits for the requests in hand."""

    daemon_threads = False
    request_queue_size = 64

    def __init__(self, release: ModuleType, database: Path, port: int | None) -> None:
        """Listen on the port, or on any free one."""
        super().__init__(("127.0.0.1", 0), Answer, bind_and_activate=False)
        self.release = release
        self.database = database
        self.listen([port] if port else random.sample(PORTS, 50))

    def listen(self, ports: list[int]) -> None:
        """Bind the first port that is free."""
        for port in ports:
            self.server_address = ("127.0.0.1", port)
            try:
                self.server_bind()
            except OSError:
                if port == ports[-1]:
                    raise
            else:
                self.server_activate()
                return


class Answer(BaseHTTPRequestHandler):
    """GET /status, GET /health, POST /orders."""

    server: Shop
    timeout = 10

    def do_GET(self) -> None:
        """Answer who serves, or whether the data is in order."""
        if self.path == "/status":
            return self.reply(200, {"release": self.server.release.__name__, "pid": os.getpid()})
        try:
            with closing(sqlite3.connect(self.server.database)) as db:
                self.reply(200, self.server.release.health(db))
        except Exception as error:
            self.reply(500, {"error": f"{type(error).__name__}: {error}"})
            raise

    def do_POST(self) -> None:
        """Take an order; the answer is sent when it is on disk."""
        order = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with closing(sqlite3.connect(self.server.database, timeout=10)) as db, db:
            self.server.release.take(db, order)
        self.reply(201, {"id": order["id"], "release": self.server.release.__name__})

    def reply(self, code: int, body: dict[str, Any]) -> None:
        """Send a JSON answer."""
        data = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def serve(release: ModuleType, database: Path, card: Path, port: int | None) -> None:
    """Serve until SIGTERM; the card (pid and port, as JSON) is there exactly as long as the server is."""
    with Shop(release, database, port) as shop:
        signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=shop.shutdown).start())
        server = {"release": card.stem, "pid": os.getpid(), "port": shop.server_address[1]}
        fresh = card.with_suffix(".new")
        fresh.write_text(json.dumps(server))
        fresh.replace(card)
        shop.serve_forever(poll_interval=0.05)
    card.unlink()


if __name__ == "__main__":
    NAME = Path(__file__).resolve().parent.name
    serve(
        importlib.import_module(NAME),
        Path("orders.db"),
        Path("run", f"{NAME}.json"),
        int(sys.argv[1]) if sys.argv[1:] else None,
    )
