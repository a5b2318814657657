# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A proxy on loopback that counts round trips, loses replies, and holds connections up."""

import contextlib
import select
import socket
import threading

from servers import free_port


class Proxy:
    """Stands before a port; a connection is served by a thread of its own."""

    def __init__(self, target):
        self.target = target
        self.port = free_port()
        self.trips = 0  # how often a client has spoken and waited
        self.requests = []  # what was sent with each
        self.losing = 0  # replies that are still to be lost: the server has done what it was asked
        self.is_holding = False  # no reply gets through, and no connection breaks
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._is_open = True
        self._threads = [threading.Thread(target=self._listen, daemon=True)]
        self._threads[0].start()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self._is_open = False
        for thread in list(self._threads):
            thread.join()
        self._listener.close()

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}"

    def _listen(self):
        while self._is_open:
            if select.select([self._listener], [], [], 0.05)[0]:
                client, _address = self._listener.accept()
                self.connections += 1
                thread = threading.Thread(target=self._serve, args=(client,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, client):
        with client, contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.target)) as server:
            is_answered, held = True, b""
            while self._is_open:
                readable = select.select([client, server], [], [], 0.02)[0]
                if held and not self.is_holding:
                    client.sendall(held)
                    held = b""
                for source in readable:
                    data = source.recv(1 << 20)
                    if not data:
                        return
                    if source is client:
                        if is_answered:
                            self.trips += 1
                            self.requests.append(b"")
                        self.requests[-1] += data
                        is_answered = False
                        server.sendall(data)
                        continue
                    is_answered = True
                    if self.losing:
                        self.losing -= 1
                        return
                    if self.is_holding:
                        held += data
                    else:
                        client.sendall(data)
