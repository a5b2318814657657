# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server's refusals mean, and whether they pass."""

from __future__ import annotations

import re

from .library import Refusal

# A server that says one of these is starting, stopping, failing over or resharding.
_PASSING = {"LOADING", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "READONLY", "UNBLOCKED", "NOREPLICAS", "BUSY"}
# From within a script, in the words of servers before 7.0; and a slot that has begun to move in the middle of one.
_PASSING_TEXT = re.compile(rf"-(?:{'|'.join(sorted(_PASSING))})\b|attempted to access a non local key")

REASONS = {
    "OOM": "the server's memory is full: give it more, or remove runs",
    "MISCONF": "the server cannot save to its disk, and takes no writes: make space there",
    "WRONGPASS": "the server refuses user and password: see saga_redis_username and SAGA_REDIS_PASSWORD",
    "NOAUTH": "the server wants a password: give it with SAGA_REDIS_PASSWORD or saga_redis_password_file",
    "CROSSSLOT": "the server does not take {saga} for a hash tag",
    "MOVED": "the server is a node of a Cluster: say redis+cluster://",
}

COMMANDS = (
    ("asking", "Cluster only: while the journal's slot is moved"),
    ("cluster|info", "Cluster only: is all of it there?"),
    ("cluster|slots", "Cluster only: which node has the journal?"),
    ("config|get", "at the start: is the memory limited, the append-only file written? Without it INFO tells most"),
    ("del", "inside of scripts"),
    ("eval", "the first call of a script"),
    ("evalsha", "every change"),
    ("exists", "inside of scripts"),
    ("expire", "loading a run"),
    ("get", "the marking key"),
    ("hdel", "leaving the line"),
    ("hexists", "inside of scripts"),
    ("hget", "looking"),
    ("hgetall", "looking"),
    ("hkeys", "looking"),
    ("hmget", "looking"),
    ("hset", "every change"),
    ("hvals", "looking"),
    ("incr", "fencing tokens"),
    ("info", "at the start: version, role, persistence"),
    ("persist", "loading a run"),
    ("rename", "loading a run"),
    ("sadd", "which runs a workflow has"),
    ("select", "a database other than 0"),
    ("set", "the schema, the marking key"),
    ("smembers", "which runs a workflow has"),
    ("srem", "forgetting a run"),
    ("time", "leases run out by the server's clock"),
    ("type", "is it a journal?"),
    ("unlink", "forgetting a run"),
    ("wait", "saga_redis_wait on servers without WAITAOF"),
    ("waitaof", "saga_redis_wait"),
    ("xadd", "events"),
    ("xrange", "events"),
    ("xread", "following all runs: waiting for the next event; without it the journal is looked at now and again"),
    ("xrevrange", "events"),
    ("zadd", "which runs there are"),
    ("zrangebylex", "which runs there are"),
    ("zrem", "forgetting a run"),
)
"""The commands that a user of the server must be allowed, and what each is for."""


def is_passing(refused: Refusal) -> bool:
    """Return whether it is worth trying again."""
    return refused.code in _PASSING or bool(_PASSING_TEXT.search(refused.text))


def denied(command: str, said: str) -> str:
    """Return in words which right is missing."""
    named = re.search(r"'([^']+)' command", said)
    needs = f"the command {named[1] if named else command}"
    if not named and "key" in said:
        needs = "keys that begin with {saga"
    return f"the user of the server has no right to {needs}, which the journal needs ({said})"
