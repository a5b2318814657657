# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all modules have in common that work with the journal that is there."""

from __future__ import annotations


class ModuleDocFragment:
    """The journal that is meant."""

    DOCUMENTATION = r"""
options:
  journal:
    description:
      - The journal, as C(sqlite:///path), a path, or C(redis://host) and its like.
      - Without a value, the one that a durable play started here would use, see O(saga.ops.linear#strategy:journal).
    type: str
    default: ''
attributes:
  diff_mode:
    description: Shows no difference.
    support: none
notes:
  - It works on the controller, whatever the host of the task is. So give the task C(run_once), or let the play be for
    C(localhost).
  - In a durable play it is a step like any other, with a result that a resume restores. To look at runs or to decide
    about them, use a play that is not durable.
seealso:
  - plugin: saga.ops.linear
    plugin_type: strategy
"""
