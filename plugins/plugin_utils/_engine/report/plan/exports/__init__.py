# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan as a workflow of another engine: a node for each play, one durable run over all of them.

An engine starts the same playbook once for each node, with one saga_run_id, each time up to a later play: what earlier
nodes did is replayed. docs/engines.md describes it.
"""

from __future__ import annotations

from collections.abc import Callable

from .argo import argo
from .awx import awx
from .nodes import Gate, Graph, Node, graph_of
from .script import script
from .step_functions import step_functions

EXPORTS: dict[str, Callable[[Graph], str]] = {
    "argo": argo,
    "stepfunctions": step_functions,
    "awx": awx,
    "script": script,
}

__all__ = ["EXPORTS", "Gate", "Graph", "Node", "graph_of"]
