# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documented options, read from environment, ini and variables into one frozen value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import yaml
from ansible import constants as C  # noqa: N812  its name all over Ansible
from ansible.errors import AnsibleError
from ansible.template import Templar

from ...doc_fragments import _audit, _parts, _redis, _saga, _secrets
from .._engine.journal.access import Access
from .._engine.journal.opening import default_journal, without_password
from .._engine.notify import Address, Occasion
from .._engine.slotted import dataclass, field
from .core import text
from .fencing import fault

if TYPE_CHECKING:
    from .._engine.audit.anchors import Haven

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # a few times as quick, where libyaml is there
_PLUGIN = "saga.ops.linear"
_SHORTEST_TTL = 3  # seconds; a busy controller must be able to renew thrice within it
_LITERAL = {"lock_key", "redis_password"}  # templated per host; and never: it may hold anything
_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the user chose; times in seconds."""

    journal: str
    workflow: str
    run_id: str
    slices: int
    last_play: int | None  # None: the caller does not go play by play; 0: to the end
    resume: str
    drift: str
    scope: str
    vault_id: str
    encrypt: bool
    contracts: str
    enforce: str
    refresh_facts: bool
    lock_namespace: str
    lock_key: str
    lock_key_origin: str  # who said so: a file, an environment's name, a variable
    lock_ttl: float
    lock_wait: float
    on_orphan: str
    lock_delegates: bool
    fence: str
    orphan_workers: str
    orphan_wait: float
    retry_budget: int
    catalogue: str
    notify: Address | None
    notify_on: frozenset[Occasion]
    notify_timeout: float
    anchor: Haven | None
    decision: str
    decision_why: str
    decision_step: str
    decision_host: str
    redis_wait: int | None
    redis_username: str
    redis_password: str = field(repr=False)
    redis_password_file: str
    redis_ca: str
    redis_cert: str
    redis_key: str

    @property
    def access(self) -> Access:
        """How a journal on a server is reached; it may be away as long as the leases hold without it."""
        return Access(
            username=self.redis_username,
            password=self.redis_password,
            password_file=self.redis_password_file,
            ca=self.redis_ca,
            certificate=self.redis_cert,
            key=self.redis_key,
            replicas=self.redis_wait,
            patience=self.lock_ttl * 5 / 6,
        )


def read(variables: Mapping[str, Any] | None = None, loader: Any = None) -> Settings:
    """Read all options; `variables` are a play's.

    A strategy has no options of its own in ansible-core, so the documented ones are registered for it; then
    environment, ini and variables all work.
    """
    options = {
        name: option
        for room in (_saga, _parts, _secrets, _audit, _redis)
        for name, option in yaml.load(room.ModuleDocFragment.DOCUMENTATION, Loader=LOADER)["options"].items()  # noqa: S506  a safe one
    }
    C.config.initialize_plugin_configuration_definitions("strategy", _PLUGIN, options)
    templar = Templar(loader=loader, variables=dict(variables or {}))
    found = {name: _value(name, variables, templar) for name in options}
    for name in ("lock_ttl", "lock_wait", "orphan_wait", "notify_timeout"):
        found[name] = _seconds(found[name], f"saga_{name}")
    if found["lock_ttl"] < _SHORTEST_TTL:
        raise AnsibleError(f"saga_lock_ttl must be at least {_SHORTEST_TTL} seconds, not {found['lock_ttl']:g}")
    if wrong := fault(str(found["fence"])):
        raise AnsibleError(wrong)
    found["lock_key_origin"] = _origin("lock_key", variables)
    found["journal"], password = without_password(found["journal"])
    found["redis_password"] = found["redis_password"] or password
    found["redis_wait"] = _replicas(found["redis_wait"])
    if found["slices"] < 0:
        raise AnsibleError(f"saga_slices must be how many slices there are, not {found['slices']}")
    found["last_play"] = None if found["last_play"] == "" else found["last_play"]
    if (found["last_play"] or 0) < 0:
        raise AnsibleError(f"saga_last_play must be the number of a play, or 0 for all, not {found['last_play']}")
    if found["last_play"] is not None and found["slices"]:
        raise AnsibleError("saga_last_play and saga_slices do not go together: slices go on each at its own pace")
    found["notify_on"] = _occasions(found["notify_on"])
    found["notify"] = _address(found["notify"], found["notify_timeout"])
    found["anchor"] = _haven(found["anchor"], found["notify_timeout"])
    return Settings(**found)


def _origin(name: str, variables: Mapping[str, Any] | None) -> str:
    _value, origin = C.config.get_config_value_and_origin(
        name, plugin_type="strategy", plugin_name=_PLUGIN, variables=dict(variables or {})
    )
    kind, _colon, word = str(origin).partition(": ")
    return {"env": f"the environment's {word}", "var": f"the variable {word}"}.get(kind, str(origin))


def _value(name: str, variables: Mapping[str, Any] | None, templar: Templar) -> Any:
    value, origin = C.config.get_config_value_and_origin(
        name, plugin_type="strategy", plugin_name=_PLUGIN, variables=dict(variables or {})
    )
    if isinstance(value, str) and name not in _LITERAL:
        # Whoever sets the controller's environment or ini may template; variables carry their own trust.
        value = templar.template(value if str(origin).startswith("var:") else text.trusted(value))
    if name == "journal" and not value:
        value = default_journal()
    return "" if value is None else value


def _address(target: Any, timeout: float) -> Address | None:
    try:
        return Address(target=str(target), timeout=timeout) if str(target).strip() else None
    except ValueError as error:  # it is not shown: there may be a secret in it
        raise AnsibleError(f"saga_notify must be a command, or the URL of a web hook: {error}") from None


def _haven(target: Any, timeout: float) -> Haven | None:
    if not str(target).strip():
        return None
    from .._engine.audit.anchors import Haven  # noqa: PLC0415  few runs are anchored

    try:
        return Haven(str(target), timeout=timeout)
    except ValueError as error:  # it is not shown: there may be a secret in it
        raise AnsibleError(f"saga_anchor must be a file, or the URL of a web hook: {error}") from None


def _occasions(words: Any) -> frozenset[Occasion]:
    try:
        return frozenset(Occasion(str(word).strip()) for word in words or () if str(word).strip())
    except ValueError:
        known = ", ".join(Occasion)
        raise AnsibleError(f"saga_notify_on must be words out of {known}, not {words!r}") from None


def _replicas(value: Any) -> int | None:
    text = str(value).strip()
    if text and not re.fullmatch(r"\d{1,2}", text):
        raise AnsibleError(f"saga_redis_wait must be empty, 0 or a number of replicas, not {value!r}")
    return int(text) if text else None


def _seconds(value: Any, name: str) -> float:
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([smh]?)\s*", str(value))
    if not match:
        raise AnsibleError(f"{name} must be a time like 30, 30s, 5m or 1h, not {value!r}")
    return float(match[1]) * _UNITS[match[2]]
