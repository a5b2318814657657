# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a run's events to a file as they happen."""

from __future__ import annotations

DOCUMENTATION = r"""
name: jsonl
type: aggregate
short_description: Writes the events of a durable run to a file, as JSON Lines
version_added: 0.1.0
author:
  - saga.ops contributors (@saga-ops)
description:
  - Writes each event of a durable run to a file as it happens, a line of JSON each, as C(saga audit --json) prints it.
  - A resume goes on in the same file, without a gap and without a line twice. The lines prove by themselves that none
    of them was changed or taken out; C(saga audit --verify --file) looks.
  - A file that cannot be written is a warning, and no reason for the run to fail.
requirements:
  - enabled in the configuration, C(callbacks_enabled = saga.ops.jsonl)
options:
  path:
    description:
      - The file. V({run}) stands for the run's id, V({workflow}) for the name of its workflow, both as far as they may
        be in a file's name.
      - Without a folder it is in the one in which C(ansible-playbook) is started.
      - It is made with mode 0600, and so are folders that are not there, with mode 0700.
    type: path
    default: saga-{run}.jsonl
    env:
      - name: SAGA_JSONL_PATH
    ini:
      - section: saga
        key: jsonl_path
"""

EXAMPLES = r"""
ansible.cfg: |
  [defaults]
  callbacks_enabled = saga.ops.jsonl

  [saga]
  jsonl_path = events.jsonl
"""

from ansible.plugins.callback import CallbackBase

from ..plugin_utils._bridge.jsonl import EventWriter
from ..plugin_utils._bridge.watchers import Watch


class CallbackModule(CallbackBase):
    """Hears of a run's events."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "saga.ops.jsonl"
    CALLBACK_NEEDS_ENABLED = True

    def saga_began(self, watch: Watch) -> None:
        """Bring the file up to what the run has come to."""
        self._writer = EventWriter(str(self.get_option("path")), watch)
        self._writer.write()

    def saga_written(self) -> None:
        """Write what is new."""
        self._writer.write()

    def saga_ended(self) -> None:
        """Write what is left."""
        self._writer.write()
