# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Waiting with an end, and questions to a server on this machine."""

import json
import random
import socket
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from typing import Any


def wait_until(is_true: Callable[[], bool], what: str, *, seconds: float = 30, every: float = 0.05) -> None:
    """Wait for something, not longer than so many seconds."""
    end = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds:.0f} s for {what}")
        time.sleep(every)


def get(url: str) -> Any:
    """Fetch JSON."""
    with urllib.request.urlopen(url, timeout=5) as answer:
        return json.load(answer)


def free_port() -> int:
    """Find a port that nobody uses, below the range that systems give to outgoing connections."""
    for port in random.sample(range(20_000, 30_000), 100):
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no free port between 20000 and 30000")
