# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of a workflow, as data: what each one finds, why that matters, and how to mend it."""

from __future__ import annotations

from ..slotted import dataclass
from .finding import Severity

TASK, SUBJECT = "{task}", "{subject}"
"""What a snippet has where the name of the task, or what the finding is about, is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule; `snippet` is YAML, to be written on what the rule found."""

    id: str
    name: str
    severity: Severity
    summary: str
    why: str
    mend: str
    snippet: str = ""


_RULES = (
    Rule(
        id="SAGA001",
        name="contract-invalid",
        severity=Severity.ERROR,
        summary="A contract cannot be read, or contradicts itself.",
        why="What is misspelt would not count, and nobody would notice before it is needed. So no run begins with it.",
        mend="Write the key or value as the message says. [The contract](contract.md) lists them all.",
        snippet="""\
- name: {task}
  vars:
    saga:
      effect: side_effect   # none | side_effect | irreversible
      idempotent: false""",
    ),
    Rule(
        id="SAGA002",
        name="name-unresolved",
        severity=Severity.ERROR,
        summary="A contract names a handler that the play does not have.",
        why=(
            "The step could be done and not be undone, or a doubt about it not be answered. So no run begins with it. "
            "Names are not judged in a play that has includes which only a run can follow."
        ),
        mend="Correct the name, or add the handler to the play; a `listen` topic is a name, too.",
        snippet="""\
handlers:
  - name: {subject}
    ansible.builtin.command: ...""",
    ),
    Rule(
        id="SAGA003",
        name="no-compensation",
        severity=Severity.ERROR,
        summary="A step has a side effect that nothing undoes.",
        why=(
            "When the run fails later on, everything around this step is undone, and its effect stays: a state that "
            "nobody has planned."
        ),
        mend=(
            "Name the handler that undoes it, on the step or on the block that is undone as a whole. What cannot be "
            "undone is `irreversible`. What may stay gets a comment that says why."
        ),
        snippet="""\
- name: {task}
  vars:
    saga:
      compensate: {subject}""",
    ),
    Rule(
        id="SAGA004",
        name="pivot-too-early",
        severity=Severity.ERROR,
        summary="An irreversible step comes before a step that has a compensation.",
        why=(
            "Once a pivot is done nothing is undone any more, in the whole run. The compensation of a later step "
            "promises a way back that is not there."
        ),
        mend="Move the pivot behind the last step that can be undone, or take `compensate` off the steps after it.",
        snippet="""\
tasks:
  - name: {subject}
  - name: {task}   # the pivot, last""",
    ),
    Rule(
        id="SAGA005",
        name="doubt-unanswered",
        severity=Severity.WARNING,
        summary="A step must not be done twice, and nothing says what a resume does when it is in doubt.",
        why=(
            "A controller that dies while the step is at work leaves nobody who knows whether it happened. The run "
            "then parks, at any hour, until somebody looks."
        ),
        mend=(
            "Name a handler that looks: ok means that the effect is there. Or say what follows: `rerun`, `escalate` "
            "or `compensate`. A step that may be done twice is `idempotent: true`."
        ),
        snippet="""\
- name: {task}
  vars:
    saga:
      verify: {subject}   # or on_in_doubt: escalate""",
    ),
    Rule(
        id="SAGA006",
        name="pivot-unguarded",
        severity=Severity.ERROR,
        summary="An irreversible step has neither an approval nor `on_failure: escalate`.",
        why=(
            "It is the last moment at which a run can go back, and a failure of it is the one that no compensation "
            "mends. Somebody should decide, before or after."
        ),
        mend="Ask for an approval before the step, or have the run park when it fails.",
        snippet="""\
- name: {task}
  vars:
    saga:
      approval: required       # or
      on_failure: escalate""",
    ),
    Rule(
        id="SAGA007",
        name="effect-unknown",
        severity=Severity.WARNING,
        summary="Nobody says what a step does: neither its author nor the catalogue.",
        why=(
            "It counts as a side effect that must not be done twice: the careful guess, and often a wrong one. A step "
            "that only looks then parks a run for nothing."
        ),
        mend=(
            "Declare the effect. A command that only looks also says so with `changed_when: false`, one that makes "
            "a file with `creates`."
        ),
        snippet="""\
- name: {task}
  vars:
    saga:
      effect: side_effect   # none | side_effect | irreversible
      idempotent: true""",
    ),
    Rule(
        id="SAGA008",
        name="blind-retry",
        severity=Severity.ERROR,
        summary="A step that must not be done twice is tried again, and nothing looks whether it happened.",
        why="A try that failed may have worked: the answer was lost, not the effect. The next try does it twice.",
        mend=(
            "Name a handler that looks, take the retry away, or make the step idempotent and say so. A command that "
            "waits for something and changes nothing has `changed_when: false`."
        ),
        snippet="""\
- name: {task}
  vars:
    saga:
      verify: {subject}""",
    ),
    Rule(
        id="SAGA009",
        name="compensation-irreversible",
        severity=Severity.ERROR,
        summary="A compensation is irreversible.",
        why=(
            "Going back must itself be safe: a compensation may run twice, and over many hosts. A step that nobody "
            "can take back is no way back. Where the author declares both, no run begins with it."
        ),
        mend="Undo with something that can be repeated; or make the step that it undoes the pivot.",
        snippet="""\
- name: {task}
  vars:
    saga:
      effect: side_effect
      idempotent: true""",
    ),
    Rule(
        id="SAGA010",
        name="delegate-unlocked",
        severity=Severity.WARNING,
        summary="A step has its effect on a delegate that the run takes no lease of.",
        why=(
            "Leases are taken for the hosts of the plays, and of a delegate that is in the inventory with the step. "
            "There is none of the controller, of an address, of what only an item of `with_...` says, nor where "
            "`saga_lock_delegates` is off. Two runs could work on such a delegate at the same time."
        ),
        mend="Name a lock for the delegate, the same in every workflow that touches it; or put it into the inventory.",
        snippet="""\
- name: {task}
  vars:
    saga:
      locks: {subject}""",
    ),
    Rule(
        id="SAGA011",
        name="not-durable",
        severity=Severity.ERROR,
        summary="A play with effects is not durable.",
        why=(
            "It is not recorded: after a crash it starts from zero, does everything again, and undoes nothing. Its "
            "steps' contracts do not count, so the other rules do not judge them."
        ),
        mend="Give the play a durable strategy, or enable the callback `saga.ops.durable` in `ansible.cfg`.",
        snippet="""\
- name: {subject}
  strategy: saga.ops.linear""",
    ),
    Rule(
        id="SAGA012",
        name="target-unlocked",
        severity=Severity.WARNING,
        summary="A play has effects on hosts that no lease is taken for.",
        why=(
            "A `localhost` that is in no inventory has no lease, nor have hosts that only a run knows. Two runs could "
            "work on the same thing at the same time."
        ),
        mend="Name a lock on the play, for all its steps; or put the hosts into the inventory.",
        snippet="""\
- name: {subject}
  vars:
    saga:
      locks: the name of what it changes""",
    ),
    Rule(
        id="SAGA013",
        name="include-unfollowed",
        severity=Severity.NOTE,
        summary="An include leads to tasks that only a run knows.",
        why="What is in it is not judged here. A run reads its contracts when it comes to it.",
        mend="Write the name of the file or role without a template, or import it.",
        snippet="""\
- name: {subject}
  ansible.builtin.import_tasks: tasks.yml""",
    ),
    Rule(
        id="SAGA014",
        name="result-not-kept",
        severity=Severity.WARNING,
        summary="A later task needs a result that is not stored, and the step must not be done again to get it.",
        why="A result with `no_log` is not written to disk unless `saga_vault_id` encrypts it. A resume that needs it "
        "cannot go on.",
        mend="Set `saga_vault_id`. Or write the step so that it can run twice and gives the same, and say so; or do "
        "without `register`.",
        snippet="""\
- name: {task}
  vars:
    saga:
      idempotent: true""",
    ),
    Rule(
        id="SAGA015",
        name="noqa-without-reason",
        severity=Severity.WARNING,
        summary="A comment takes a finding for granted without a reason, or names a rule that is not there.",
        why="Whoever reads it next year cannot tell whether it still holds. Without a reason it has no effect.",
        mend="Write the reason behind the id of the rule, in the same comment.",
        snippet="""\
- name: {task}   # noqa: SAGA003 the files are replaced by the next release""",
    ),
)

RULES = {rule.id: rule for rule in _RULES}
