# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan in numbers."""

from __future__ import annotations

from ..promises import Effect
from ..slotted import dataclass
from .outline import Outline


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """How much there is; handlers are counted apart from steps."""

    plays: int
    steps: int
    handlers: int
    hosts: int
    host_steps: int  # of the steps, on the hosts that are known
    read_only: int
    side_effects: int
    irreversible: int
    unknown: int  # neither declared, nor known to the catalogue
    not_undone: int  # side effects without a compensation
    unfollowed: int  # includes whose tasks only a run knows
    plays_not_durable: int
    plays_of_unknown_hosts: int


def totals(outline: Outline) -> Totals:
    """Count."""
    steps = [task for play in outline.plays for task in play.steps]
    by_effect = [task.contract.effect for task in steps]
    return Totals(
        plays=len(outline.plays),
        steps=len(steps),
        handlers=sum(1 for play in outline.plays for _handler in play.handlers),
        hosts=len({host for play in outline.plays for host in play.hosts}),
        host_steps=sum(task.hosts for task in steps),
        read_only=by_effect.count(Effect.NONE),
        side_effects=by_effect.count(Effect.SIDE_EFFECT),
        irreversible=by_effect.count(Effect.IRREVERSIBLE),
        unknown=sum(not task.is_known for task in steps),
        not_undone=sum(task.contract.effect is Effect.SIDE_EFFECT and not task.is_undone for task in steps),
        unfollowed=sum(len(play.unfollowed) for play in outline.plays),
        plays_not_durable=sum(not play.is_durable for play in outline.plays),
        plays_of_unknown_hosts=sum(not play.are_hosts_known for play in outline.plays),
    )
