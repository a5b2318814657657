# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a run that is done in parts, declared once for every door.

This file is private to the collection.
"""

from __future__ import annotations


class ModuleDocFragment:
    """Options of a run that goes on over several processes: beside each other, or one after the other."""

    DOCUMENTATION = r"""
options:
  slices:
    description:
      - Over how many processes at a time one run is spread, each with its own hosts; in AWX, the number of job slices.
      - All of them get the same number and the same O(run_id). The run is completed when so many have ended.
      - The slices of one launch of AWX need no O(run_id).
      - Without it, or with V(0), a process takes up all of a run.
    type: int
    default: 0
    env:
      - name: SAGA_SLICES
    ini:
      - section: saga
        key: slices
    vars:
      - name: saga_slices
  last_play:
    description:
      - The number of the play, as C(saga plan) counts them, after which the run parks and keeps its targets.
      - C(ansible-playbook) ends well then. A later start with a greater number, or without, goes on with the next play.
      - For engines that start a playbook play by play. V(0) goes to the end. A run that is compensated is refused then,
        since what the next play builds on is undone. It does not go together with O(slices).
    type: int
    env:
      - name: SAGA_LAST_PLAY
    ini:
      - section: saga
        key: last_play
    vars:
      - name: saga_last_play
"""
