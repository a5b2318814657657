# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Customers: orders sent through the proxy all the time, each one remembered when it is acknowledged."""

import itertools
import json
import random
import threading
import time
import urllib.request
from collections.abc import Sequence
from http.client import HTTPException
from typing import NamedTuple, Self

CLIENTS = 2
PAUSE = 0.2
TRIES = 40


class Order(NamedTuple):
    """What a customer ordered."""

    id: str
    customer: str
    cents: int


class Traffic:
    """A few clients that order until the block is left."""

    def __init__(self, address: str, customers: Sequence[str]) -> None:
        """Order at that address, in the names of those customers."""
        self.url = f"http://{address}/orders"
        self.customers = customers
        self.acknowledged: dict[str, Order] = {}
        self.lost: list[Order] = []
        self.retries = 0
        self.slowest = 0.0
        self._numbers = itertools.count(1)
        self._is_over = threading.Event()
        self._clients = [threading.Thread(target=self._order_on, daemon=True) for _ in range(CLIENTS)]

    def __enter__(self) -> Self:
        """Start ordering."""
        for client in self._clients:
            client.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop ordering; the orders in hand are finished."""
        self._is_over.set()
        for client in self._clients:
            client.join(timeout=60)

    def _order_on(self) -> None:
        """Send one order after the other."""
        while not self._is_over.wait(PAUSE):
            customer, cents = random.choice(self.customers), random.randrange(1, 100_000)
            order = Order(f"new-{next(self._numbers)}", customer, cents)
            started = time.monotonic()
            if self._is_taken(order):
                self.acknowledged[order.id] = order
            else:
                self.lost.append(order)
            self.slowest = max(self.slowest, time.monotonic() - started)

    def _is_taken(self, order: Order) -> bool:
        """Send an order until it is acknowledged, under the same id, but not for ever.

        A second try is rare, but part of HTTP: when its configuration changes, Caddy may close a connection
        that brought no request yet.
        """
        request = urllib.request.Request(self.url, json.dumps(order._asdict()).encode())
        for _ in range(TRIES):
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:
                    return bool(json.load(answer)["id"] == order.id)
            except (OSError, HTTPException, ValueError):
                self.retries += 1
                time.sleep(0.1)
        return False
