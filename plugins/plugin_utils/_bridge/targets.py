# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of targets' leases."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ansible.errors import AnsibleError
from ansible.template import Templar

from . import settings
from .core import text


def lease_name(tqm: Any, chosen: settings.Settings, host: Any) -> str:
    """Return the name of a host's lease; empty for the controller itself, when nobody put it in the inventory.

    Raise AnsibleError when the host gets no name.
    """
    if host.implicit:
        return ""
    return lock_names(chosen, [_keyed(tqm, chosen, host) if chosen.lock_key else host.name])[0]


def lease_names(tqm: Any, chosen: settings.Settings, hosts: Iterable[Any]) -> tuple[str, ...]:
    """Return the names of the hosts' leases, each once; raise AnsibleError when a host gets none."""
    names = (lease_name(tqm, chosen, host) for host in hosts)
    return tuple(dict.fromkeys(name for name in names if name))


def lock_names(chosen: settings.Settings, names: Iterable[str]) -> tuple[str, ...]:
    """Return names as leases have them: in the namespace, each once."""
    space = f"{chosen.lock_namespace}/" if chosen.lock_namespace else ""
    return tuple(dict.fromkeys(f"{space}{name}" for name in names))


def _keyed(tqm: Any, chosen: settings.Settings, host: Any) -> str:
    variables = tqm.get_variable_manager().get_vars(host=host)
    try:
        found = Templar(loader=tqm.get_loader(), variables=variables).template(text.trusted(chosen.lock_key))
    except AnsibleError as error:
        raise _unnamed(chosen, host, str(error)) from None
    if found is None or not str(found).strip():
        raise _unnamed(chosen, host, "it comes out empty")
    if isinstance(found, (list, tuple, set, dict)):
        raise _unnamed(chosen, host, "it comes out as a list or a dictionary, not as a name")
    return str(found).strip()


def _unnamed(chosen: settings.Settings, host: Any, why: str) -> AnsibleError:
    return AnsibleError(
        f"saga_lock_key ({chosen.lock_key!r}, from {chosen.lock_key_origin}) gives {host.name} no name for its lease: "
        f"{why}. Give each host the variables that it needs, or a default in it"
    )
