# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-core's result objects, by version: one module per shape, chosen once.

Each module has the same names:

``FAMILY``        names the shape in stored payloads
``look``          a strategy's result -> Seen
``pack``          a result's data -> plain data, raising nothing; secrets are found later
``wire``          plain data -> the object that workers send, for the version's own normaliser
``revive``        that object -> a strategy's result
``stub``          plain data -> only what tells how a step ended; None if more is needed to replay it
``public``        plain data -> the result as a play would register it
``sent``          the arguments of FinalQueue.send_task_result -> Sent
``item_failure``  what one execution returned -> whether it failed, whether its target was unreachable
``restore_item``  plain data of a loop item -> what TaskExecutor._execute returns
``set_variable``  sets a variable for the execution in hand
``told``          a restored result -> the same as callbacks are told of it; so are its ``told_items``, the
                  ``told_arguments`` of FinalQueue.send_callback; ``is_told`` tells whether a result is such a one
"""

from __future__ import annotations

from ansible.errors import AnsibleError
from ansible.release import __version__ as core_version

TESTED = ("2.19", "2.20", "2.21")

_series = tuple(int(part) for part in core_version.split(".")[:2])

if _series < (2, 19):
    raise AnsibleError(f"saga.ops needs ansible-core 2.19 or newer; this is {core_version}")
if _series >= (2, 21):
    from . import v2_21 as core
else:
    from . import v2_19 as core

is_tested = f"{_series[0]}.{_series[1]}" in TESTED

__all__ = ["core", "core_version", "is_tested"]
