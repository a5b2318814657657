# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything the engine refuses, and why.

The tree::

    EngineError
    ├── ContractError              a step promises something that cannot be read
    ├── RulesError                 a rule finds fault with a playbook that is to run
    ├── PlaybookError              a playbook or inventory that is to be looked at cannot be loaded
    ├── DrillError                 a drill may not begin, or would tell nothing: in drill.refusals
    ├── JournalError               the journal cannot be used
    │   ├── JournalAbsentError     there is none, and none is to be made
    │   ├── JournalUnusableError   it cannot be opened or written
    │   ├── JournalCorruptError    its content is damaged, or not a journal
    │   ├── JournalTooNewError     a newer saga.ops wrote it
    │   └── JournalLostError       it went away while in use
    ├── AuditError                 a record is not looked at, or not anchored: the tree goes on in audit.refusals
    ├── SealingError               something is not encrypted, or not opened: the tree goes on in sealing.refusals
    ├── MovingError                runs are not exported, or not imported: the tree goes on in moving.refusals
    ├── LeaseError
    │   ├── TargetHeldError        another run holds a target
    │   ├── TargetAwaitedError     somebody else waits for a target, and came before
    │   ├── TargetFreeError        nobody holds a target that is to be freed
    │   ├── LeaseConflictError     somebody was faster; look again
    │   └── LeaseLostError         our lease ran out or was taken
    └── RunError
        ├── RunBusyError           another process works on the run
        ├── RunIdleError           nobody works on a run that is asked to stop
        ├── RunUnfinishedError     a fresh start is asked for while a run is open
        ├── RunEndedError          the run asked for has ended
        ├── RunOverError           nothing is left to decide about a run
        ├── RunUnknownError        no such run
        ├── SliceError             a controller may not take up a slice of a run
        ├── RunKnownError          a run that is brought from elsewhere is there already
        ├── RunChangedError        somebody changed the run's record; look again
        ├── RunHaltedError         another slice has failed, or turned the run around
        ├── StaleAttemptError      a newer attempt has taken over
        ├── DriftError             the playbook, extra vars or hosts changed under the run
        ├── MixedBatchError        the batches changed under a step that is done once for each
        ├── WorkersAliveError      workers of a dead attempt still work
        ├── NotStartedError        no step that was started, or more than one, goes by a name
        ├── PivotDoneError         an irreversible step is in the way back's way
        ├── ResultWithheldError    a step is done, but its result may not be stored
        └── DecisionError          a decision is refused, and nothing is changed: the tree goes on in refusals

Facts are attributes; the message says what, to whom, why, and the way out.
"""

from __future__ import annotations

from collections.abc import Sequence

from . import clock

_MOST_TOLD = 20  # findings in one message


class EngineError(Exception):
    """Base of all errors of the engine; its text is a sentence for people."""


class ContractError(EngineError):
    """A contract cannot be read: an unknown key, a wrong type, a name that does not resolve."""

    def __init__(self, what: str, *, where: str = "", nearest: str = "") -> None:
        place = f"{where}: " if where else ""
        hint = f" (did you mean {nearest!r}?)" if nearest else ""
        super().__init__(f"{place}{what}{hint}")
        self.what = f"{what}{hint}"
        self.about = ""  # the name of the block, include, role or play whose contract it is; a task's: empty
        self.where = where
        self.nearest = nearest


class RulesError(EngineError):
    """A rule finds fault with a playbook that is to run, and the option ``enforce`` does not let that pass."""

    def __init__(self, findings: Sequence[str], *, playbooks: Sequence[str]) -> None:
        listed = "".join(f"\n  {finding}" for finding in findings[:_MOST_TOLD])
        more = f"\n  and {len(findings) - _MOST_TOLD} more" if len(findings) > _MOST_TOLD else ""
        super().__init__(
            f"the playbook promises what cannot hold, so nothing runs:{listed}{more}\n"
            f"See how to mend that with 'saga check {' '.join(playbooks)}'; errors that contradict nothing may be "
            f"excused with '# noqa: RULE reason', or passed over with saga_enforce=warn"
        )
        self.findings = tuple(findings)


class PlaybookError(EngineError):
    """A playbook or inventory that is to be looked at cannot be loaded; the text is Ansible's own."""


class JournalError(EngineError):
    """The journal cannot be used."""


class JournalAbsentError(JournalError):
    """There is no journal, and whoever asks only wants to look or to decide."""

    def __init__(self, journal: str) -> None:
        super().__init__(
            f"there is no journal at {journal}: no durable play has run with it yet, or another one is meant "
            f"(--journal, SAGA_JOURNAL, or 'journal' in the section [saga] of ansible.cfg)"
        )
        self.journal = journal


class JournalUnusableError(JournalError):
    """The journal cannot be opened or written."""

    def __init__(self, journal: str, why: str) -> None:
        super().__init__(
            f"the journal {journal} cannot be used: {why}. Nothing may run without it: mend that, "
            f"or name another journal with saga_journal (SAGA_JOURNAL)"
        )
        self.journal = journal


class JournalCorruptError(JournalError):
    """The journal's content is damaged, or the file is something else."""

    def __init__(self, journal: str, why: str) -> None:
        super().__init__(
            f"the journal {journal} is damaged or is no journal: {why}. Restore it from a backup, or move it "
            f"away to begin a new one (which forgets its unfinished runs)"
        )
        self.journal = journal
        self.why = why


class JournalTooNewError(JournalError):
    """A newer saga.ops wrote the journal."""

    def __init__(self, journal: str, *, found: int, known: int) -> None:
        super().__init__(
            f"the journal {journal} has schema {found}; this saga.ops knows schemas up to {known}. "
            f"Upgrade the collection, or name another journal with saga_journal"
        )
        self.found = found
        self.known = known


class JournalLostError(JournalError):
    """The journal went away while in use."""

    def __init__(self, journal: str, why: str) -> None:
        super().__init__(f"the journal {journal} was lost while in use: {why}. No further step starts")
        self.journal = journal


class MovingError(EngineError):
    """Runs are not exported, or not imported; no journal is changed."""


class LeaseError(EngineError):
    """Something about the right to work on a target."""


class TargetHeldError(LeaseError):
    """Another run holds a target's lease."""

    def __init__(
        self, target: str, *, holder: str, workflow: str, step: str, since: float, who: str, why: str, run: str = ""
    ) -> None:
        at = f", at step {step!r}" if step else ""
        self.what = f"{target} is held by run {holder} of {workflow} ({who}{at}, since {clock.text(since)}); {why}"
        super().__init__(
            f"{self.what}. Wait for it with saga_lock_wait, look with 'saga status {holder}', "
            f"or free it with 'saga unlock {target} --why ...'"
        )
        self.target = target
        self.holder = holder
        self.run = run  # that wants it

    @property
    def is_beside(self) -> bool:
        """True when it is another slice of the same run that holds it."""
        return self.holder == self.run


class TargetAwaitedError(LeaseError):
    """Nobody holds a target, and somebody who came before waits for it: perhaps for others that are still held."""

    is_beside = False

    def __init__(self, target: str, *, workflow: str, who: str, since: float, others: int, run: str) -> None:
        more = f" and {others} more" if others else ""
        self.what = (
            f"{target} is free, but {workflow} ({who}){more} came before and waits for it since {clock.text(since)}"
        )
        super().__init__(f"{self.what}. Stand in line with saga_lock_wait, or start again later")
        self.target = target
        self.holder = who
        self.run = run  # that wants it


class TargetFreeError(LeaseError):
    """Nobody holds the target."""

    def __init__(self, target: str, *, held: Sequence[str]) -> None:
        others = f"held are {', '.join(held)}" if held else "no target is held at all"
        super().__init__(f"nobody holds {target}; {others}")
        self.target = target
        self.held = tuple(held)


class LeaseConflictError(LeaseError):
    """A lease changed hands between looking and taking."""

    def __init__(self, target: str) -> None:
        super().__init__(f"the lease of {target} changed hands while it was being taken; start again")
        self.target = target


class LeaseLostError(LeaseError):
    """The attempt can no longer be sure of its leases."""

    def __init__(self, run: str, why: str) -> None:
        super().__init__(
            f"run {run} lost its leases ({why}); no further step starts. "
            f"Look with 'saga status {run}', then run the same command again to resume"
        )


class RunError(EngineError):
    """Something about a run as a whole."""


class RunBusyError(RunError):
    """Another process works on the run."""

    def __init__(self, run: str, *, workflow: str, who: str, since: float) -> None:
        super().__init__(
            f"run {run} of {workflow} is being worked on by {who} since {clock.text(since)}; "
            f"look with 'saga status {run}', wait until it has ended, or ask it to stop with 'saga pause {run}'"
        )
        self.run = run


class RunIdleError(RunError):
    """Nobody works on a run that is asked to stop."""

    def __init__(self, run: str, *, state: str, who: str, instead: str) -> None:
        super().__init__(
            f"nobody works on run {run} who could be asked to stop; it is {state} (at work: {who}); {instead}"
        )
        self.run = run


class RunUnfinishedError(RunError):
    """A fresh start is asked for while a run of the workflow is unfinished."""

    def __init__(self, run: str, *, workflow: str, state: str) -> None:
        super().__init__(
            f"saga_resume=new is refused: run {run} of {workflow} is unfinished ({state}). Resume it by leaving "
            f"saga_resume away, or give it up on the record with 'saga abandon {run} --why ...'"
        )
        self.run = run


class RunEndedError(RunError):
    """The run that was asked for has ended and cannot go on."""

    def __init__(self, run: str, *, state: str) -> None:
        super().__init__(f"run {run} is {state}; it cannot be resumed. Leave saga_run_id away to start a new run")
        self.run = run
        self.state = state


class RunOverError(RunError):
    """A run has ended, or is on its way back: nothing is left to decide about it."""

    def __init__(self, run: str, *, state: str, why: str, decided: str = "") -> None:
        super().__init__(f"run {run} is {state}: {why}" + (f" ({decided})" if decided else ""))
        self.run = run
        self.state = state


class RunUnknownError(RunError):
    """No run has this id, or several begin with it."""

    def __init__(self, run: str, why: str) -> None:
        super().__init__(f"no run {run!r} in this journal: {why}; 'saga runs' lists them")


class SliceError(RunError):
    """A controller may not take up a slice of a run."""


class RunHaltedError(RunError):
    """Another slice has failed, or turned the run around: what was about to start does not."""

    def __init__(self, run: str, *, reason: str) -> None:
        super().__init__(f"run {run} does not go on: {reason}")


class RunKnownError(RunError):
    """A run that is brought from another journal is in this one already."""

    def __init__(self, run: str) -> None:
        super().__init__(f"run {run} is in this journal already, and stays as it is; look with 'saga status {run}'")
        self.run = run


class RunChangedError(RunError):
    """Somebody changed the run's record between looking and writing."""

    def __init__(self, run: str) -> None:
        super().__init__(f"run {run} was changed by somebody else while it was looked at; start again")
        self.run = run


class StaleAttemptError(RunError):
    """A newer attempt, or another run, has taken over: this one may not write any more."""

    def __init__(self, run: str) -> None:
        super().__init__(
            f"run {run} was taken over by a newer attempt, or an operator has decided about it; this process may not "
            f"write for it any more. Look with 'saga status {run}'"
        )


class DriftError(RunError):
    """The playbook, the extra vars or the hosts changed in a part that the run has already done."""

    def __init__(self, run: str, changes: Sequence[str], *, subjects: Sequence[str] = ("the playbook",)) -> None:
        listed = "".join(f"\n  {change}" for change in changes)
        super().__init__(
            f"{' and '.join(subjects)} changed in what run {run} has already done:{listed}\n"
            f"Put it back, or go on with saga_drift=accept (keep what was done, without hosts that are gone) or "
            f"saga_drift=rerun (do changed steps again), or give the run up with 'saga abandon {run} --why ...'"
        )
        self.changes = tuple(changes)


class MixedBatchError(RunError):
    """A step that is done once for a batch was done for some of a batch's hosts only."""

    def __init__(self, run: str, *, step: str, where: str, done: Sequence[str], missing: Sequence[str]) -> None:
        super().__init__(
            f"{where}: {step!r} is done once for a batch, and the batches are not what they were: it was done for "
            f"{', '.join(done)}, not for {', '.join(missing)}. It is not idempotent, so it is not done again for "
            f"all. Resume with --limit {','.join(done)}, then with --limit {','.join(missing)}; or take it as done "
            f"for all with saga_drift=accept, or do it again for all with saga_drift=rerun. "
            f"Look with 'saga status {run}'"
        )
        self.done = tuple(done)
        self.missing = tuple(missing)


class WorkersAliveError(RunError):
    """Workers of a dead attempt are still at work."""

    def __init__(self, run: str, pids: Sequence[int]) -> None:
        listed = ", ".join(str(pid) for pid in pids)
        super().__init__(
            f"the controller of run {run} is gone, but its workers (pid {listed}) still work on its targets. "
            f"Wait for them (saga_orphan_wait, in seconds) or have them ended with saga_orphan_workers=kill"
        )
        self.pids = tuple(pids)


class NotStartedError(RunError):
    """No step that a run has started, or more than one, goes by a name."""

    def __init__(self, run: str, *, step: str, candidates: Sequence[str], is_ambiguous: bool) -> None:
        what = "is the name of more than one step" if is_ambiguous else "is no step that it has started"
        more = f"\n  and {len(candidates) - _MOST_TOLD} more" if len(candidates) > _MOST_TOLD else ""
        listed = "".join(f"\n  {candidate}" for candidate in candidates[:_MOST_TOLD])
        super().__init__(f"run {run}: {step!r} {what}; any of name, path and key will do:{listed}{more}")
        self.candidates = tuple(candidates)
        self.is_ambiguous = is_ambiguous


class PivotDoneError(RunError):
    """An irreversible step was done, or may have been, so that nothing before it may be undone."""

    def __init__(self, run: str, *, step: str, hosts: Sequence[str], where: str) -> None:
        super().__init__(
            f"run {run} cannot go back: {step!r} ({where}) is irreversible and was done, or may have been, on "
            f"{', '.join(hosts)}. What came after it can be undone with --to {step!r}"
        )
        self.step = step


class ResultWithheldError(RunError):
    """A completed step's result is not in the journal, and the step may not be done again to get it."""

    def __init__(self, run: str, *, step: str, host: str, where: str) -> None:
        super().__init__(
            f"{where}: {step!r} has ended on {host}, but its result was not stored because of no_log or of its size, "
            f"and the play registers it; the step is not idempotent, so it is not done again. Declare it idempotent "
            f"if that is true, or give the run up with 'saga abandon {run} --why ...'"
        )


class DecisionError(RunError):
    """A decision is refused; nothing is changed."""
