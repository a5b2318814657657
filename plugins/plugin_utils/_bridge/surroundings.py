# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a process meets besides the playbook: versions, hosts with their leases, and all that it is to do."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from ansible import context
from ansible.utils.collection_loader._collection_finder import _get_collection_path

from .._engine import ids
from .._engine.records import PlannedStep, Surroundings
from . import settings
from .core import core_version
from .survey import Survey
from .targets import lease_names

_OURS = "saga.ops"


def surroundings(tqm: Any, chosen: settings.Settings, found: Survey) -> Surroundings:
    """Return what this process meets."""
    named = {host.name: lease_names(tqm, chosen, [host]) for host in found.hosts}
    return Surroundings(
        variables=found.extra.marks,
        versions={"ansible-core": core_version, **_versions({_OURS, *found.collections})},
        hosts={host: leases[0] for host, leases in named.items() if leases},
        extent=_extent(found.plan),
    )


def _extent(plan: Iterable[PlannedStep]) -> str:
    """Return a digest of all that is to be done: the steps, and what the command line selects of them."""
    selected = [str(context.CLIARGS.get(name)) for name in ("tags", "skip_tags", "start_at_task", "step")]
    return ids.digest(*selected, *(f"{step.path} {step.fingerprint}" for step in plan), length=16)


def _versions(collections: Iterable[str]) -> dict[str, str]:
    return {name: version for name in sorted(collections) if (version := _version(name))}


def _version(collection: str) -> str:
    """Return a collection's version as its MANIFEST.json or galaxy.yml tells it; "" if neither does."""
    try:
        folder = Path(_get_collection_path(collection))
        if (manifest := folder / "MANIFEST.json").is_file():
            told = json.loads(manifest.read_text(encoding="utf-8"))["collection_info"]["version"]
        else:
            text = (folder / "galaxy.yml").read_text(encoding="utf-8")
            told = yaml.load(text, Loader=settings.LOADER)["version"]  # noqa: S506  a safe one
    except (KeyError, OSError, TypeError, ValueError, yaml.YAMLError):
        return ""
    return str(told)
