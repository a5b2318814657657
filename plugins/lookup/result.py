# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup saga.ops.result."""

from __future__ import annotations

DOCUMENTATION = r"""
name: result
short_description: A recorded result of a step
version_added: 0.1.0
author:
  - saga.ops contributors (@saga-ops)
description:
  - Returns what steps of a durable run have returned, as the journal has it. That is what a play would register.
  - It is plain data. What looks like a template in it stays text, whoever wrote it.
  - It is read on the controller, from the journal that is there. No target is asked.
options:
  _terms:
    description:
      - The steps, each by its name, its path or its key. C(saga status --json) shows paths and keys.
      - A name that more than one step has is an error. A key is always one step's.
    type: list
    elements: str
    required: true
  run:
    description:
      - How the id of the run begins.
      - Without a value, the newest run of O(workflow); without that, the run in hand of a durable play.
    type: str
    default: ''
  workflow:
    description: The workflow whose newest run is meant, where O(run) is not given.
    type: str
    default: ''
  host:
    description:
      - The host on which the step was done. Without a value, the host that asks.
      - A C(run_once) step has one result for all hosts.
    type: str
    default: ''
  default:
    description:
      - What to return where there is no result. So it is when the run or the step is not known, when the step has not
        ended, and when its result was not stored because of C(no_log) or a vault.
      - Without it, that is an error. That several steps go by a name, or that a journal cannot be used, always is.
    type: raw
  journal:
    description: The journal. Without a value, the one that a durable play started here would use.
    type: str
    default: ''
notes:
  - Of a C(no_log) step that nothing registers, only how it ended is stored, unless C(saga_vault_id) encrypts it.
  - What is encrypted needs the password of its vault id, given to C(ansible-playbook). It is returned in the clear.
seealso:
  - module: saga.ops.run_info
  - plugin: saga.ops.linear
    plugin_type: strategy
"""

EXAMPLES = r"""
- name: Use what an earlier run has found
  hosts: localhost
  gather_facts: false
  tasks:
    - name: Say how large the backup was
      ansible.builtin.debug:
        msg: "{{ lookup('saga.ops.result', 'Take a backup', workflow='shop/site.yml', host='db1').stdout }}"

    - name: Say whether it was restarted, if it has come to that
      ansible.builtin.debug:
        msg: "{{ restart.changed | default(false) }}"
      vars:
        restart: "{{ lookup('saga.ops.result', 'Restart', workflow='shop/site.yml', host='db1', default={}) }}"
"""

RETURN = r"""
_raw:
  description: The results, one for each term.
  type: list
  elements: dict
"""

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible_collections.saga.ops.plugins.plugin_utils._bridge.consulting import consulted, place, run_meant
from ansible_collections.saga.ops.plugins.plugin_utils._bridge.recorded import NothingRecordedError, recorded
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import (
    EngineError,
    JournalAbsentError,
    NotStartedError,
    RunUnknownError,
)

_ABSENT = (NothingRecordedError, NotStartedError, RunUnknownError, JournalAbsentError)


class LookupModule(LookupBase):
    """Reads results out of the journal."""

    def run(self, terms: list[str], variables: Mapping[str, Any] | None = None, **given: Any) -> list[Any]:
        """Return a result for each step that is named; raise AnsibleLookupError."""
        self.set_options(var_options=variables, direct=given)
        known = variables or {}
        host = self.get_option("host") or str(known.get("inventory_hostname", ""))
        named, workflow = self.get_option("run"), self.get_option("workflow")
        if not workflow:
            named = named or str(known.get("saga_run_id") or "")
        if not named and not workflow:
            raise AnsibleLookupError("saga.ops.result: no run is in hand here: say which is meant, run= or workflow=")
        found = []
        for term in map(str, terms):
            try:
                with consulted(place(self.get_option("journal"), known, self._loader)) as means:
                    run = run_meant(means, named=named, workflow=workflow)
                    found.append(recorded(means, run, term, host, loader=self._loader))
            except (EngineError, NothingRecordedError) as error:
                if "default" not in given or not _is_absence(error):
                    raise AnsibleLookupError(f"saga.ops.result: {error}") from error
                found.append(given["default"])
        return found


def _is_absence(error: Exception) -> bool:
    """Tell whether an error says that there is no result, and not that nobody can tell which is meant."""
    return isinstance(error, _ABSENT) and not getattr(error, "is_ambiguous", False)
