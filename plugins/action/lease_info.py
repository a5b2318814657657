# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module saga.ops.lease_info, on the controller; plugins/modules/lease_info.py documents it."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible_collections.saga.ops.plugins.plugin_utils._bridge.consulting import Asked, Consulting
from ansible_collections.saga.ops.plugins.plugin_utils._engine.begin import Means
from ansible_collections.saga.ops.plugins.plugin_utils._engine.facts import of_lease
from ansible_collections.saga.ops.plugins.plugin_utils._engine.line import waiting_for


class ActionModule(Consulting):
    """Says who holds which target, and who waits for it."""

    ARGUMENTS: ClassVar = {
        "targets": {"type": "list", "elements": "str", "default": []},
        "run": {"type": "str", "default": ""},
    }

    def consult(self, means: Means, asked: Asked) -> dict[str, Any]:
        """Return the leases that are held."""
        targets, run = asked.given["targets"], asked.given["run"].upper()
        held = [lease for lease in means.journal.leases(targets or None) if lease.run.upper().startswith(run)]
        runs = {run.id: run for run in means.journal.runs()} if held else {}
        line = waiting_for(means.journal, held)
        leases = sorted(held, key=lambda lease: lease.name)
        return {"changed": False, "leases": [of_lease(lease, runs.get(lease.run), line) for lease in leases]}
