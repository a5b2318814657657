# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a crash before, during and after a step leads to, as a resume goes on from the journal.

The words are those of ``saga status``. A plan of any length has the same few of them, so each is explained once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..promises import OnDoubt
from ..slotted import dataclass
from .outline import PlannedPlay, PlannedTask, Role, Section

SEPARATOR = ", "

PROLOGUE = (
    "A resume starts the same command again. If only ansible-playbook was killed, its workers end the module in hand "
    "and leave the result, and the resume takes it in: what stands under 'during' is for the case that they died, too."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crash:
    """What is durable once a step has ended, and what a resume does with it by the moment of the crash."""

    durable: str
    before: str
    during: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A word of a column, as a sentence."""

    column: str
    word: str
    meaning: str


def crash(play: PlannedPlay, task: PlannedTask) -> Crash:
    """Return what a crash around a step leads to."""
    if not play.is_durable:
        return Crash(durable="nothing", before="run", during="run again", after="run again")
    if task.is_handler and Role.NOTIFIED not in task.serves:
        return _serving(task)
    return Crash(durable=_durable(task), before=_before(task), during=_during(task), after=_after(task))


def legend(crashes: Iterable[Crash]) -> Iterator[Explained]:
    """Yield the sentences for all words that these crashes use, column by column."""
    used = {(column, word) for each in crashes for column in _SENTENCES for word in _words(each, column)}
    for column, sentences in _SENTENCES.items():
        for word, meaning in sentences.items():
            if (column, word) in used:
                yield Explained(column=column, word=word, meaning=meaning)


def _words(each: Crash, column: str) -> list[str]:
    return [word for word in str(getattr(each, column)).split(SEPARATOR) if word]


def _serving(task: PlannedTask) -> Crash:
    """Return what holds for a handler that nothing notifies: a compensation, a verification, or neither."""
    if Role.COMPENSATION in task.serves:
        return Crash(durable="undoing", before="when owed", during="run again", after="replay")
    if Role.VERIFICATION in task.serves:
        return Crash(durable="its answer", before="when asked", during="ask anew", after="ask anew")
    return Crash(durable="nothing", before="never", during="", after="")


def _durable(task: PlannedTask) -> str:
    has_intent = task.contract.has_effect or task.is_async
    parts = [
        "intent" if has_intent else "",
        "job" if task.is_async else "",
        "items" if has_intent and task.is_loop else "",
        "encrypted result" if _is_kept_sealed(task) else "outcome" if task.is_no_log else "result",
    ]
    return SEPARATOR.join(part for part in parts if part)


def _before(task: PlannedTask) -> str:
    if task.contract.approval:
        return "ask for approval"
    if task.is_handler:
        return "notify again"
    return "run if failed" if task.section is Section.RESCUE else "run"


def _during(task: PlannedTask) -> str:
    has_intent = task.contract.has_effect or task.is_async
    parts = [
        "keep items" if has_intent and task.is_loop else "",
        "look for its job" if task.is_async else "",
        _in_doubt(task),
    ]
    return SEPARATOR.join(part for part in parts if part)


def _in_doubt(task: PlannedTask) -> str:
    contract = task.contract
    if not contract.has_effect:
        return "run again"
    match contract.on_in_doubt:
        case OnDoubt.RERUN:
            return "run again"
        case OnDoubt.VERIFY:
            return "verify"
        case OnDoubt.COMPENSATE:
            return "compensate"
        case OnDoubt.ESCALATE:
            return "ask"
        case _:
            return "run again" if contract.is_idempotent else "verify" if contract.verify else "ask"


def _after(task: PlannedTask) -> str:
    if task.is_no_log and task.is_registered and not task.is_sealed:
        return "run again" if task.contract.is_repeatable else "stop"
    return "replay for all" if task.is_once else "replay"


def _is_kept_sealed(task: PlannedTask) -> bool:
    return task.is_no_log and task.is_sealed


_SENTENCES = {
    "durable": {
        "nothing": "It is not recorded: it touches only the controller's memory, its play is of another strategy, "
        "or nothing calls it.",
        "intent": "Before it starts, that it is about to start.",
        "job": "The job's id is made of run, host, step and item, so the job can be found at its target.",
        "items": "Each finished item of the loop, as it ends.",
        "outcome": "How it ended, without its result, because of no_log.",
        "encrypted result": "How it ended, and its full result, encrypted with the vault id, because of no_log.",
        "result": "How it ended, and its full result, before Ansible acts on it.",
        "undoing": "That the step is undone.",
        "its answer": "What the answer says about the step that is in doubt.",
    },
    "before": {
        "run": "It has not started; it runs when the resume comes to it.",
        "run if failed": "It belongs to a rescue: it runs if its block has failed, also if the resume restores that.",
        "notify again": "A handler that was notified and has not run is notified again by the restored steps; it runs.",
        "ask for approval": "It has not started; it waits for its approval; one that was given stays given.",
        "when owed": "It runs when the run goes back and its step is owed.",
        "when asked": "It runs when its step is in doubt.",
        "never": "Nothing notifies it, and no contract names it.",
    },
    "during": {
        "run again": "It has no effect, a second execution is harmless, or on_in_doubt says so: it runs again.",
        "keep items": "Items that ended stay done; what follows is about the item in hand, then the missing ones run.",
        "look for its job": "The job is looked for at its target and polled to its end; what follows holds if there is "
        "none.",
        "verify": "Its verify handler looks: ok, and it counts as done; failed, and it runs again; unreachable, and "
        "the run parks.",
        "ask": "Nobody knows whether it happened, and twice is not harmless: the run parks until 'saga decide' says "
        "done or retry.",
        "compensate": "Nobody knows whether it happened: the run goes back, this step first.",
        "ask anew": "It only looks: it is asked again.",
    },
    "after": {
        "replay": "It is answered from the journal: its result in place, its target untouched.",
        "replay for all": "It is run_once: one record for all hosts (of its batch), answered from the journal "
        "whichever host comes first.",
        "run again": "What was done is not stored (the controller's memory, no_log and registered, or a play of "
        "another strategy): it runs again.",
        "stop": "Its result is registered and not stored because of no_log, and twice is not harmless: the resume "
        "stops and says so.",
        "ask anew": "It only looks: it is asked again.",
    },
}
