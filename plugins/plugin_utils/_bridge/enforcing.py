# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules at the start of a run: what is refused, what is warned of, as the option ``enforce`` has it."""

from __future__ import annotations

from typing import Any

from ansible import context
from ansible.errors import AnsibleError

from .._engine import rules
from .._engine.errors import RulesError
from .._engine.plan.outline import Locks, Outline
from .doors import is_durable
from .outline import Reading
from .settings import Settings
from .survey import Survey, hosts_of, unmatched_patterns_ignored
from .telling import tell


def enforce(tqm: Any, chosen: Settings, found: Survey, *, is_resumed: bool) -> None:
    """Hold the playbooks against the rules; raise RulesError, with nothing run.

    A run that has begun is not kept from going on, or back, by what did not keep it from beginning.
    """
    try:
        outline = outlined(tqm, chosen, found)
    except AnsibleError as error:  # what cannot be read yet, Ansible reads when its play starts, or refuses then
        tell(f"the rules could not be asked: {error}", color="yellow")
        return
    wanted = "warn" if is_resumed and chosen.enforce == "error" else chosen.enforce
    verdict = rules.verdict(rules.check(outline, rules.read), wanted)
    names = list(context.CLIARGS.get("args") or ())
    if verdict.refused:
        raise RulesError([f"{each.where}: {each.rule}: {each.message}" for each in verdict.refused], playbooks=names)
    if verdict.warned:
        tell(rules.summary(verdict.warned, names), color="yellow")


def outlined(tqm: Any, chosen: Settings, found: Survey) -> Outline:
    """Return the outline of a run that is about to start; dynamic includes are followed when they are met."""
    reading = Reading(
        tqm=tqm,
        promises=found.promises,
        is_following=False,
        locks_delegates=chosen.lock_delegates,
        seals=bool(chosen.vault_id),
        strategy_of=lambda play: (str(play.strategy), is_durable(play)),
    )
    names = tuple(context.CLIARGS.get("args") or ())
    with unmatched_patterns_ignored(tqm.get_inventory()):
        plays = [
            reading.play(play, number, playbook=names[book] if names else "", hosts=hosts_of(tqm, play))
            for number, (play, book) in enumerate(zip(found.plays, found.books, strict=True), start=1)
        ]
    return Outline(
        workflow=chosen.workflow or found.workflow,
        playbooks=names,
        plays=tuple(plays),
        locks=Locks(),
        problems=tuple(reading.problems),
    )
