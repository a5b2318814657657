# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of everything that is ours in Redis; all in one slot, so that a Cluster can change them together."""

from __future__ import annotations

import json


class Keys:
    """The keys of one journal."""

    def __init__(self, namespace: str = "") -> None:
        self.prefix = f"{{saga:{namespace}}}:" if namespace else "{saga}:"
        self.schema = self._named("schema")  # string
        self.token = self._named("token")  # string: the last fencing token
        self.secret = self._named("key")  # string: the marking key
        self.runs = self._named("runs")  # sorted set: the ids
        self.leases = self._named("leases")  # hash: name of a target to its lease
        self.beats = self._named("beats")  # hash: mark of a run's token to its renewals and their expiry
        self.feed = self._named("feed")  # stream: an entry for each event of any run
        self.line = self._named("line")  # hash: ticket to waiter

    def run(self, run: str) -> str:
        """Return the hash of a run: its record, version, plan, control, and the end of its chain."""
        return self._named("run", run)

    def slices(self, run: str) -> str:
        """Return the hash of a run's slices: number of the attempt to token and record."""
        return self._named("slices", run)

    def steps(self, run: str) -> str:
        """Return the hash of a run's steps: host and key to record."""
        return self._named("steps", run)

    def results(self, run: str) -> str:
        """Return the hash of a run's results, and of the items that each step has."""
        return self._named("results", run)

    def events(self, run: str) -> str:
        """Return the stream of a run's events."""
        return self._named("events", run)

    def workflow(self, workflow: str) -> str:
        """Return the set of a workflow's runs."""
        return self._named("workflow", workflow)

    def rehearsal(self, who: str, part: str) -> str:
        """Return a key that is nobody's."""
        return self._named("rehearsal", f"{who}:{part}")

    def loading(self, nonce: str, what: str) -> str:
        """Return where a part of a run is put that is still being loaded."""
        return self._named("loading", f"{nonce}:{what}")

    def _named(self, *parts: str) -> str:
        return self.prefix + ":".join(parts)


def step(host: str, key: str) -> str:
    """Return the field of a step."""
    return json.dumps([host, key])


def mark(run: str, token: int) -> str:
    """Return the field of a run's token."""
    return f"{token} {json.dumps(run)}"
