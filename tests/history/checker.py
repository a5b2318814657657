# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Whether a history keeps the promises of leases; pure, over what was noted down.

What is promised, with T the TTL, M = T/6 the margin, and `called` <= `accepted` <= `answered` for each write:

[I10] One holder. The leases of a target follow each other: one is given after the last was given up, or in its place,
if the last one's run has let go of it (parked or ended), its process is dead, or its taking and its last renewal were
called more than T ago. What a holder shows a target with a fence, its mark, is larger than that of each before.

[I11] No stale write. Nothing is accepted of an attempt that is called after another attempt has begun in its place, or
after another run has taken one of its leases, or after an operator's decision.

[I6] No start without a lease. When an attempt looks, a renewal or the taking was called no longer than 5/6 T ago, so
that the lease lasts for M more; and when the effect begins, it still lasts. The time between is the holder's own: what
passes while it is stopped, or waits for a processor, is nobody's to foresee, and only a fence at the target tells.

So two can be at work on one target in these cases only, and a history without fences may have no others:

- *held up*: the first was stopped, or had no processor, after it had looked; in its own time it was done in time;
- *outlasted*: it began within its lease, takes longer than M by itself, and could not renew the lease meanwhile.

At a target with a fence nothing is accepted after anything of a later holder: neither case occurs; and nothing is
refused of whoever holds it.

Over all attempts: no effect without an intent; none after its outcome is on the record; none a second time but as its
contract and an operator allow; none missing of a run that is completed [I1, I2, I14]. Every audit verifies, and has
what was accepted [I12]. When the nemesis rests, all that was left is brought to its end, and every target is free.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise

from history.contracts import unlike_contracts
from history.history import NEVER

CLOCKS = 0.05  # seconds by which two clocks may differ over a lease: that of the server, and that of all the rest
ENDED = ("completed", "compensated", "abandoned")


@dataclass(frozen=True)
class Tenure:
    """A lease on a target, from its taking."""

    target: str
    token: int
    run: str
    who: tuple
    called: float
    answered: float
    instead_of: int | str | None  # a token; None: nobody held it; "?": nobody knows
    since: float = 0.0  # from when its TTL counts
    is_of_start: bool = True  # or on the way of an attempt


@dataclass(frozen=True)
class Verdict:
    """What is wrong with a history: nothing, if there are no findings; and what cannot be helped without a fence."""

    findings: tuple[str, ...]
    excused: Counter


def verdict(history):
    """Judge a history."""
    case = Case(history)
    findings = [
        *case.unlike_a_line(),
        *case.stale(),
        *case.without_a_lease(),
        *(case.out_of_turn() if history.is_fenced else case.at_once()),
        *unlike_contracts(history),
        *case.unaccounted(),
        *case.not_recovered(),
    ]
    return Verdict(tuple(findings), case.excused)


class Case:
    """A history, sorted by what is asked of it."""

    def __init__(self, history):
        self.history = history
        self.excused = Counter()
        self.margin = history.ttl / 6
        self.on_record = {
            (target, event.data["token"]): run["run"].id
            for run in history.runs
            for event in run["events"]
            if event.type == "lease.acquired"
            for target in event.data["targets"]
        }
        self.released = {
            (target, event.data["token"])
            for run in history.runs
            for event in run["events"]
            if event.type == "lease.released"
            for target in event.data["targets"]
        }
        self.writes = defaultdict(list)  # by the run and the token that they are fenced with
        self.freed = defaultdict(list)
        self.kept = set()
        for write in history.writes:
            self.writes[write.run, write.token].append(write)
            for name, token in write.frees:
                self.freed[name, token].append(write)
            for name, token, before, is_for_ever in write.takes:
                if token == before and is_for_ever:
                    self.kept.add((name, token))
        self.tenures = self._tenures()
        self.heirs = defaultdict(list)  # by the target and the token that a lease was taken in the place of
        for one in self.tenures.values():
            self.heirs[one.target, one.instead_of].append(one)
        self.lines = defaultdict(list)
        for one in self.tenures.values():
            self.lines[one.target].append(one)
        self.renewals = self._renewals()

    def _tenures(self):
        """Return the leases by target and token."""
        known = {}
        for write in self.history.writes:
            is_of_start = write.token is None
            for name, token, before, _is_for_ever in write.takes:
                if token != before and (write.answered < NEVER or (name, token) in self.on_record):
                    since = write.called if write.since is None else write.since
                    facts = (write.who, write.life), write.called, write.answered, before, since, is_of_start
                    known[name, token] = Tenure(name, token, write.run, *facts)
        for (name, token), run in self.on_record.items():  # by someone who was killed before he could note it down
            known.setdefault((name, token), Tenure(name, token, run, (), 0.0, NEVER, "?"))
        return known

    def _renewals(self):
        """Return when each attempt's leases were asked for, in order, with when that was answered."""
        found = defaultdict(set)
        for write in self.history.writes:
            if write.is_renewal and write.answered < NEVER:
                found[write.run, write.token].add((write.called, write.answered))
        for one in self.tenures.values():
            if one.is_of_start:
                found[one.run, one.token].add((one.since, one.answered))
        return {whose: sorted(times) for whose, times in found.items()}

    def _ends(self, tenure):
        """Return when a lease may have ended at the earliest, and when it had at the latest."""
        by = [*self.freed[tenure.target, tenure.token], *self.heirs[tenure.target, tenure.token]]
        others = self.heirs[tenure.target, "?"]  # whose taking nobody has noted: perhaps they were in its place
        is_noted = (by or (tenure.target, tenure.token) not in self.released) and not others
        earliest = min((write.called for write in by), default=NEVER) if is_noted else tenure.called
        return earliest, min((write.answered for write in by), default=NEVER)

    def _after(self, tenure):
        """Return the leases that were given after a lease for sure."""
        later = (one for one in self.lines[tenure.target] if one.token != tenure.token)
        return [one for one in later if one.called >= tenure.answered or one.instead_of == tenure.token]

    def _lasts(self, run, token, at):
        """Return until when an attempt's leases last at least, by what was asked for until a moment."""
        asked = [called for called, _answered in self.renewals.get((run, token), ()) if called <= at]
        return max(asked, default=0.0) + self.history.ttl

    # One holder

    def unlike_a_line(self):
        """[I10] Yield where the leases of a target don't follow each other."""
        for (target, token), heirs in self.heirs.items():
            if isinstance(token, int) and len(heirs) > 1:
                yield f"{target}: {len(heirs)} were given in the place of token {token}"
        for after in self.tenures.values():
            if why := self._wrongly_taken(after):
                yield f"{after.target}: run {after.run} with token {after.token} at {after.answered:.3f}: {why}"
        for sight in self.history.seen:
            one = self.tenures.get((sight.target, sight.token))
            if one is None or one.called > sight.answered or self._ends(one)[1] < sight.asked:
                yield f"{sight.target}: an onlooker saw run {sight.run} with token {sight.token}, which had it not"

    def _wrongly_taken(self, after):
        """Return what is wrong with a lease, seen from the others; nothing, mostly."""
        if after.instead_of == "?":
            return ""
        if after.instead_of is None:
            others = (one for one in self.lines[after.target] if one is not after and one.answered <= after.called)
            held = [f"run {one.run} with token {one.token}" for one in others if self._ends(one)[0] >= after.answered]
            return f"taken as if nobody held it, while {held[0]} did" if held else ""
        before = self.tenures.get((after.target, after.instead_of))
        if before is None:
            return f"taken in the place of token {after.instead_of}, which nobody has had"
        whose = f"run {before.run} with token {before.token}"
        if any(write.answered < after.called for write in self.freed[before.target, before.token]):
            return f"taken in the place of {whose}, which had given it up"
        if (before.target, before.token) in self.kept:
            return "" if before.run == after.run else f"taken from {whose}, which was parked"
        return "" if self._is_gone(before, after.answered) else self._taken_alive(before, after, whose)

    def _is_gone(self, tenure, at):
        """Tell whether an attempt may have ended before a moment: on the record, or with its process."""
        is_dead = not tenure.who or self.history.deaths.get(tenure.who, NEVER) < at
        return is_dead or self._has_let_go(tenure, at)

    def _taken_alive(self, before, after, whose):
        times = [*self.renewals.get((before.run, before.token), ()), (before.since, before.answered)]
        asked = [call for call, answer in times if answer <= after.called]
        if after.answered < max(asked, default=0.0) + self.history.ttl - CLOCKS:
            return f"taken from {whose}, which lives, {after.answered - max(asked):.3f} s after that was kept"
        return ""

    def _has_let_go(self, tenure, at):
        """Tell whether an attempt may have ended on the record before a moment."""
        return any(
            write.called < at
            and any(kind.startswith(("run.stopped", "run.parked", "run.completed")) for kind in write.types)
            for write in self.writes[tenure.run, tenure.token]
        )

    # Writing

    def stale(self):
        """[I11] Yield what was accepted of an attempt after it had been replaced."""
        ends = {}  # of the right to write, by run and token: when, and by what
        for whose, at, why in [*self._taken_over(), *self._fenced_off()]:
            if at < ends.get(whose, (NEVER, ""))[0]:
                ends[whose] = at, why
        for whose, (at, why) in ends.items():
            for write in self.writes[whose]:
                if write.called > at and write.answered < NEVER:
                    yield f"run {whose[0]} wrote {write.types or 'a renewal'} with token {whose[1]} after {why}"
        for run in self.history.runs:
            for one, other in pairwise(run["events"]):
                if other.attempt < one.attempt:
                    yield f"run {run['run'].id}: event {other.seq} is of attempt {other.attempt}, after {one.attempt}"

    def _taken_over(self):
        for (target, token), heirs in self.heirs.items():
            if before := self.tenures.get((target, token)):
                for heir in heirs:
                    yield (before.run, before.token), heir.answered, f"token {heir.token} took over"

    def _fenced_off(self):
        for write in self.history.writes:
            fences = list(write.fences)
            if "run.resumed" in write.types and write.takes:
                fences.append((write.run, write.takes[0][1], 0))
            for run, token, of in fences:
                for whose in self.writes:
                    if whose[0] == run and (whose[1] or token) < token and of in {0, whose[1]}:
                        yield whose, write.answered, f"token {token} fenced it off"

    # Working

    def without_a_lease(self):
        """[I6] Yield effects that began without a lease."""
        for effect in self.history.effects:
            name = f"{effect.target}: {effect.key} of run {effect.run} with token {effect.token}"
            tenure = self.tenures.get((effect.target, effect.token))
            if tenure is None or tenure.run != effect.run:
                yield f"{name} began, and nobody had given it the target"
                continue
            looked = self._lasts(effect.run, effect.token, effect.checked) - self.margin
            if effect.checked > looked + CLOCKS:
                yield f"{name} looked at its lease {effect.checked - looked:.3f} s too late, and went on"
            lasts = self._lasts(effect.run, effect.token, effect.began)
            own = effect.began - self._held_up(effect, effect.began, effect.lag_begun)
            if own > lasts + CLOCKS:
                yield f"{name} began {own - lasts:.3f} s after its lease had run out"

    def at_once(self):
        """[I10] Yield effects that went on when another one's lease had begun, without an excuse."""
        for effect in self.history.effects:
            end = effect.began if effect.ended is None else effect.ended
            tenure = self.tenures.get((effect.target, effect.token))
            others = [one for one in self._after(tenure) if one.answered < end] if tenure else []
            if not others:
                continue
            lasts = self._lasts(effect.run, effect.token, end)
            if end > lasts and end - self._held_up(effect, end, effect.lag) <= lasts + CLOCKS:
                self.excused["held up"] += 1
            elif end > lasts and effect.seconds > self.margin:
                self.excused["outlasted"] += 1
            else:
                first = min(others, key=lambda one: one.answered)
                yield (
                    f"{effect.target}: {effect.key} of run {effect.run} with token {effect.token} was at work until "
                    f"{end:.3f}, and run {first.run} with token {first.token} had it since {first.answered:.3f}"
                )

    def out_of_turn(self):
        """[I10] Yield what a fenced target took after something of a later holder, and what it should have taken."""
        highest = {}
        for target, what, mark in self.history.lines:
            if mark < highest.get(target, 0):
                yield f"{target}: took the {what} of mark {mark} after mark {highest[target]}"
            highest[target] = max(mark, highest.get(target, 0))
        for refused in self.history.refused:
            tenure = self.tenures.get((refused.target, refused.token))
            if tenure is None or self._ends(tenure)[0] > refused.at:
                yield f"{refused.target}: refused mark {refused.mark} of run {refused.run}, which held it"
        marks = {(effect.target, effect.token): effect.mark for effect in self.history.effects}
        for (target, token), mark in marks.items():
            for later in self._after(self.tenures[target, token]) if (target, token) in self.tenures else ():
                if marks.get((target, later.token), NEVER) <= mark:
                    yield f"{target}: run {later.run} showed a mark no larger than {mark} of the one before"

    def _held_up(self, effect, until, lag):
        """Return for how long the doer of an effect could do nothing, since it looked at its lease."""
        whose = effect.who, effect.life
        stopped = [
            max(0.0, min(until, end) - max(effect.checked, begin))
            for who, life, begin, end in self.history.stops
            if (who, life) == whose
        ]
        return sum(stopped) + lag

    # The end

    def unaccounted(self):
        """[I12] Yield what the audit has not, and what nobody should have met."""
        accepted = defaultdict(Counter)
        for write in self.history.writes:
            accepted[write.run].update(write.types if write.answered < NEVER else ())
        for run in self.history.runs:
            yield from (f"run {run['run'].id}: {why}" for why in run["found"])
            there = Counter(event.type for event in run["events"])
            for kind, count in (accepted.pop(run["run"].id, Counter()) - there).items():
                yield f"run {run['run'].id}: {count} {kind} that was accepted is missing"
        yield from (f"run {run} is gone, with {kinds.total()} events" for run, kinds in accepted.items() if kinds)
        yield from self.history.broken
        for one in self.tenures.values():
            if (one.target, one.token) not in self.on_record:
                yield f"{one.target}: the audit has not that run {one.run} took it with token {one.token}"

    def not_recovered(self):
        """Yield what was left lying."""
        for run in self.history.runs:
            state, size = str(run["run"].state), self.history.sizes.get(run["run"].id)
            if state not in ENDED:
                yield f"run {run['run'].id} was left {state}"
            elif state == "completed" and size is not None:
                done = [step for step in run["steps"] if step.state == "ok"]
                if not size == len(done) == len(run["steps"]):
                    yield f"run {run['run'].id} is completed, with {len(done)} of {size} steps"
        yield from (f"{who} could not bring to an end what it had begun" for who in self.history.left)
        yield from (f"{target} is still held" for target in self.history.held)
        if self.history.swept:
            yield f"not all targets could be had in the end: {self.history.swept}"
