# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of targets' leases."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ansible.template import Templar

from . import settings
from .core import text


def lease_names(tqm: Any, chosen: settings.Settings, hosts: Iterable[Any]) -> tuple[str, ...]:
    """Return the names of the hosts' leases; the controller itself, when nobody put it in the inventory, has none."""
    names = []
    for host in hosts:
        if host.implicit:
            continue
        name = host.name
        if chosen.lock_key:
            variables = tqm.get_variable_manager().get_vars(host=host)
            templar = Templar(loader=tqm.get_loader(), variables=variables)
            name = str(templar.template(text.trusted(chosen.lock_key)))
        names.append(name)
    return lock_names(chosen, names)


def lock_names(chosen: settings.Settings, names: Iterable[str]) -> tuple[str, ...]:
    """Return names as leases have them: in the namespace, each once."""
    space = f"{chosen.lock_namespace}/" if chosen.lock_namespace else ""
    return tuple(dict.fromkeys(f"{space}{name}" for name in names))
