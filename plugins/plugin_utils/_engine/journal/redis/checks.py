# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is looked at before a server is trusted with a journal, and said of it."""

from __future__ import annotations

import re

from ...errors import JournalAbsentError, JournalCorruptError, JournalTooNewError, JournalUnusableError
from ...slotted import dataclass
from ..access import Access
from .address import Address, Kind
from .courier import Courier, Durability
from .keys import Keys
from .library import Refusal
from .scripts import Call
from .words import denied

SCHEMA = 2  # 1 knew no seals, and would have dropped them
_WRITTEN = "saga.ops journal {}"  # what the key of the schema holds
_OLDEST = (6, 2)
_AT_START = 10.0  # seconds in which a server that cannot be reached at the start may come back
_SLOTS = 16384


def recognised(courier: Courier, keys: Keys, text: str, *, may_make: bool) -> None:
    """Begin a journal where there is none; raise a JournalError for any but one that we know."""
    kinds = {
        keys.token: "string",
        keys.secret: "string",
        keys.runs: "zset",
        keys.leases: "hash",
        keys.beats: "hash",
        keys.feed: "stream",
        keys.line: "hash",
    }
    arguments = [_WRITTEN.format(SCHEMA), "make" if may_make else "", *kinds.values()]
    [answer] = courier.ask(Call("open", [keys.schema, *kinds], arguments), is_write=may_make)
    match answer:
        case ["absent"]:
            raise JournalAbsentError(text)
        case ["foreign", key]:
            raise JournalCorruptError(text, f"the key {key} is something else's; use a namespace=... of your own")
        case ["schema", found]:
            match = re.fullmatch(_WRITTEN.format(r"(\d+)"), found)
            if not match:
                raise JournalCorruptError(text, f"the key {keys.schema} is something else's")
            if int(match[1]) > SCHEMA:
                raise JournalTooNewError(text, found=int(match[1]), known=SCHEMA)


def rehearsed(courier: Courier, keys: Keys, me: str, text: str) -> None:
    """Raise JournalUnusableError unless the user has the rights to all commands that scripts use."""
    [answer] = courier.ask(Call("rehearse", [keys.rehearsal(me, part) for part in ("one", "other")]))
    if answer[0] == "denied":
        _word, command, said = answer
        raise JournalUnusableError(text, denied(command, said))


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """What a server says of itself."""

    name: str
    version: tuple[int, ...]
    mode: str
    is_limited: bool  # its memory
    eviction: str
    appends: bool
    fsync: str  # empty: it does not say

    @classmethod
    def of(cls, info: str, configured: dict[str, str]) -> Server:
        """Read what INFO told, and CONFIG GET, if we may ask it."""
        told = dict(line.split(":", 1) for line in info.splitlines() if ":" in line)
        name = told.get("server_name", "redis")
        version = told.get("valkey_version") or told.get("redis_version", "0")
        limit = configured.get("maxmemory") or told.get("maxmemory", "0")
        return cls(
            name={"valkey": "Valkey", "redis": "Redis"}.get(name, name),
            version=tuple(int(part) for part in re.findall(r"\d+", version)[:3]),
            mode=told.get("server_mode") or told.get("redis_mode", ""),
            is_limited=limit not in {"", "0"},
            eviction=configured.get("maxmemory-policy") or told.get("maxmemory_policy", ""),
            appends=told.get("aof_enabled") == "1",
            fsync=configured.get("appendfsync", ""),
        )

    @property
    def has_waitaof(self) -> bool:
        """Redis has it since 7.2, and so has every Valkey."""
        return self.version >= (7, 2)

    def __str__(self) -> str:
        return f"{self.name} {'.'.join(map(str, self.version))}"


def checked(courier: Courier, address: Address, access: Access) -> tuple[str, ...]:
    """Return warnings about the server, and have writes wait as is asked for; raise JournalUnusableError."""
    patience = min(access.patience, _AT_START)
    if address.kind is Kind.CLUSTER:
        _must_be_whole(courier, address, patience)
    server = _looked_at(courier, patience)
    if server.version < _OLDEST:
        raise JournalUnusableError(address.text, f"{server} is too old; 6.2 is the oldest that is known to do")
    if server.mode == "cluster" and address.kind is not Kind.CLUSTER:
        raise JournalUnusableError(address.text, "the server is a node of a Cluster: say redis+cluster://")
    if server.is_limited and server.eviction != "noeviction":
        raise JournalUnusableError(
            address.text,
            f"the server removes keys when its memory is full (maxmemory-policy {server.eviction}), "
            f"and with them leases and steps: set it to noeviction",
        )
    courier.durability = _durability(server, address, access)
    warning = _warned(server, access)
    return (f"the journal {address.text}: {warning}",) if warning else ()


def _must_be_whole(courier: Courier, address: Address, patience: float) -> None:
    [info] = courier.ask(("CLUSTER", "INFO"), patience=patience)
    told = dict(line.split(":", 1) for line in info.splitlines() if ":" in line)
    if told.get("cluster_state") != "ok" or told.get("cluster_slots_ok") != str(_SLOTS):
        raise JournalUnusableError(
            address.text,
            f"the Cluster is not whole (state {told.get('cluster_state')}, "
            f"{told.get('cluster_slots_ok')} of {_SLOTS} slots are fine)",
        )


def _looked_at(courier: Courier, patience: float) -> Server:
    [info] = courier.ask(("INFO",), patience=patience)
    settings = (("CONFIG", "GET", name) for name in ("maxmemory", "maxmemory-policy", "appendfsync"))
    told = courier.ask(*settings, may_be_denied=True, patience=patience)
    configured = [] if isinstance(told[0], Refusal) else [(pair[0], pair[1]) for pair in told if pair]
    return Server.of(info, dict(configured))


def _durability(server: Server, address: Address, access: Access) -> Durability | None:
    if access.replicas is None:
        return None
    if server.has_waitaof:
        if not server.appends:
            raise JournalUnusableError(
                address.text,
                "saga_redis_wait asks for the server's disk, and its append-only file is off: set appendonly yes",
            )
        return Durability(word="WAITAOF", replicas=access.replicas)
    if access.replicas == 0:
        raise JournalUnusableError(
            address.text,
            f"saga_redis_wait=0 waits for the server's disk, which {server} cannot (Redis 7.2 and Valkey can): "
            f"set appendfsync always there and leave saga_redis_wait away",
        )
    return Durability(word="WAIT", replicas=access.replicas)


def _warned(server: Server, access: Access) -> str:
    """Return what a crash of the server can lose, if it can lose anything."""
    if not server.appends:
        return (
            "the append-only file is off. A crash of the server loses all since its last snapshot: runs, steps that "
            "were done, leases. Steps could be done twice. Set appendonly yes and appendfsync always"
        )
    waits_for_disk = access.replicas is not None and server.has_waitaof
    if server.fsync == "always" or waits_for_disk:
        return ""
    if not server.fsync:
        return (
            "its user may not ask with CONFIG GET whether appendfsync is always; if it is not, a crash of the "
            "server's machine loses what was written in the last one or two seconds"
        )
    lost = "one or two seconds" if server.fsync == "everysec" else "half a minute"
    return (
        f"appendfsync is {server.fsync}. A crash of the server's machine loses what was written in the last {lost}: "
        f"a step could be done twice, a doubt be forgotten. Set appendfsync always, or saga_redis_wait=0"
    )
