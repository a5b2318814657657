# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows a run on its way, on one screen."""

from __future__ import annotations

DOCUMENTATION = r"""
name: progress
type: stdout
short_description: Shows where a run is, on one calm screen
version_added: 0.1.0
author:
  - saga.ops contributors (@saga-ops)
description:
  - On a terminal, one picture that is drawn again in place, with how far the run is, what each host is at, what was
    restored, retried, failed, or is in doubt, and how long the rest is likely to take. Hosts that somebody should look
    at come first; the others are summed up.
  - Failures, warnings and what saga.ops says scroll by above the picture.
  - Where there is no terminal, as in AWX or a pipeline, it writes a line for each step with what became of it, and
    failures in full.
  - With C(-v) it shows what P(ansible.builtin.default#callback) shows, with the picture below.
  - Plays that are not durable are shown, too. There is no estimate for them, and nothing of them is recorded.
extends_documentation_fragment:
  - default_callback
  - result_format_callback
options:
  live:
    description:
      - Whether the picture is drawn again in place on a terminal. Otherwise there is a line for each step.
    type: bool
    default: true
    env:
      - name: SAGA_PROGRESS_LIVE
    ini:
      - section: saga
        key: progress_live
  hosts:
    description:
      - How many hosts have a line of their own, where the terminal is high enough. The others are summed up.
    type: int
    default: 10
    env:
      - name: SAGA_PROGRESS_HOSTS
    ini:
      - section: saga
        key: progress_hosts
requirements:
  - set as stdout callback in the configuration, C(stdout_callback = saga.ops.progress)
seealso:
  - plugin: saga.ops.durable
    plugin_type: callback
    description: Makes plays of the built-in strategies durable.
"""

EXAMPLES = r"""
ansible.cfg: |
  [defaults]
  stdout_callback = saga.ops.progress

  [saga]
  progress_hosts = 20
"""

from ..plugin_utils._bridge.progress import ProgressCallback


class CallbackModule(ProgressCallback):
    """The picture of a run."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "saga.ops.progress"
