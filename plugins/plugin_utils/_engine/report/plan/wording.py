# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The words that all drawings of a plan share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ...plan.locking import Locking
from ...plan.totals import Totals
from ...plan.way_back import Failing, LaterBatch, Reversal
from .view import PlanView, PlayRow, StepRow

WITHOUT_EFFECT = "none"
_EFFECTS = {"side_effect": "side effect"}
_MANY = 12  # hosts that are named one by one


def spans(numbers: Sequence[int]) -> str:
    """Return numbers in ascending order as 3-5, 8."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][-1] + 1:
            parts[-1][1:] = [number]
        else:
            parts.append([number])
    return ", ".join("-".join(map(str, part)) for part in parts)


def counted(number: int, noun: str) -> str:
    """Return 1 step, 2 steps."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def effect(row: StepRow) -> str:
    """Return what a step does to the world; a question mark says that nobody knows."""
    word = _EFFECTS.get(row.effect, row.effect)
    return word if row.is_known else f"{word} (?)"


def hosts(row: StepRow) -> str:
    """Return how many hosts do a step, and how many at once where that is fewer."""
    if not row.hosts:
        return "?"
    return f"{row.hosts}" if row.at_once == row.hosts else f"{row.hosts}, {row.at_once} at once"


def undo(row: StepRow) -> str:
    """Return what undoes a step: its own handlers, then the units that it is a part of."""
    if row.effect == WITHOUT_EFFECT:
        return ""
    parts = [*row.compensation, *(f"as part of {unit.name}" for unit in row.units if unit.compensation)]
    if row.is_pivot:
        return "never"
    return ", ".join(parts)


def verified(row: StepRow) -> str:
    """Return what looks whether a step has happened."""
    return ", ".join(row.verify)


def crashed(row: StepRow) -> str:
    """Return what a crash before, during and after a step leads to."""
    return f"{row.crash.before} / {row.crash.during} / {row.crash.after}"


_RETRY_FIRST = "retry first"


def policy(row: StepRow) -> str:
    """Return the policy in force, and what is proposed where that differs by more than a retry."""
    better = proposed(row.in_force, row.proposed)
    return f"{row.in_force} (better: {better})" if better not in {"", _RETRY_FIRST} else row.in_force


def proposed(in_force: str, advised: str) -> str:
    """Return what is proposed instead of a policy, as short as can be; empty if it is the same."""
    if in_force == advised:
        return ""
    return _RETRY_FIRST if advised.startswith("retry") and advised.endswith(f"then {in_force}") else advised


def sources(row: StepRow) -> str:
    """Return who said what, as key: source; those of one source together."""
    by_source: dict[str, list[str]] = {}
    for key, source in row.sources:
        by_source.setdefault(source, []).append(key)
    return "; ".join(f"{', '.join(keys)}: {source}" for source, keys in by_source.items())


def place(row: StepRow) -> str:
    """Return a step's name with its role."""
    return f"{row.role} : {row.task}" if row.role else row.task


def targets(play: PlayRow, *, most: int = _MANY) -> str:
    """Return the hosts of a play, by name if they are no more than `most`, and their batches."""
    if not play.are_hosts_known:
        return f"{play.pattern} (known when it starts)"
    named = ", ".join(play.hosts) if len(play.hosts) <= most else f"{len(play.hosts)} hosts"
    batches = f", in batches of {', '.join(map(str, play.batches[:_MANY]))}" if len(play.batches) > 1 else ""
    more = ", ..." if len(play.batches) > _MANY else ""
    return f"{named or 'no host'}{batches}{more}"


def totalled(totals: Totals) -> Iterator[tuple[str, str]]:
    """Yield the totals as words and numbers; those that say that something is not known, only if it is so."""
    yield "plays", str(totals.plays)
    yield "steps", f"{totals.steps}, and {counted(totals.handlers, 'handler')}"
    yield "hosts", f"{totals.hosts}; {totals.host_steps} steps on all of them together"
    yield (
        "effects",
        (
            f"{totals.read_only} none, {totals.side_effects} side effect, {totals.irreversible} irreversible; "
            f"{totals.not_undone} with a side effect that nothing undoes"
        ),
    )
    if totals.unknown:
        yield "unknown", f"{counted(totals.unknown, 'step')} that neither a contract nor the catalogue knows"
    if totals.unfollowed:
        yield "not followed", counted(totals.unfollowed, "include")
    if totals.plays_not_durable:
        yield "not durable", counted(totals.plays_not_durable, "play")
    if totals.plays_of_unknown_hosts:
        yield "hosts unknown", counted(totals.plays_of_unknown_hosts, "play")


def range_of(failing: Failing) -> str:
    """Return the steps of an answer."""
    return str(failing.first) if failing.first == failing.last else f"{failing.first}-{failing.last}"


def consequence(failing: Failing, view: PlanView) -> str:
    """Return what follows a failure, in a sentence's half."""
    parts = []
    if (first := view.way_back.first(failing)) is not None:
        parts.append(f"at most {failing.count} to undo, first {named(first)}")
    if failing.pivot:
        pivot = f"pivot {failing.pivot}"
        parts.append(f"it parks if {pivot} is done" if failing.count else f"{pivot} is done by then")
    return "; ".join(parts)


def later(batch: LaterBatch) -> str:
    """Return what follows a failure in a later batch."""
    if batch.outcome == "stops":
        return "nothing to undo"
    if batch.outcome == "parks":
        return f"an earlier batch has done pivot {batch.pivot}"
    words = (
        f"this batch's first, then {counted(batch.count, 'compensation')} of each batch before it, then earlier plays"
    )
    return f"{words}; parks if pivot {batch.pivot} was done" if batch.pivot else words


def named(reversal: Reversal) -> str:
    """Return what is undone."""
    unit = " as a whole" if reversal.is_unit else ""
    return f"{reversal.name}{unit} ({reversal.number})"


def locked(locking: Locking) -> Iterator[tuple[str, str]]:
    """Yield how targets are locked."""
    locks = locking.locks
    many = len(locks.targets) > _MANY
    names = ", ".join(locks.targets[:_MANY]) + (f" and {len(locks.targets) - _MANY} more" if many else "")
    yield "targets", f"{len(locks.targets)}: {names}" if names else "none"
    if locks.extra:
        yield "more locks", ", ".join(locks.extra)
    if locking.delegates:
        yield "with steps", f"{', '.join(locking.delegates)}: delegated to, held from then on"
    yield "taken", "all or none, before the first step"
    yield "held", f"{locks.ttl:g} s, renewed every {locks.ttl / 3:g} s"
    yield "if one is held", f"wait {locks.wait:g} s, then refuse" if locks.wait else "refuse at once"
    yield "of a dead run", _ORPHANS.get(locks.on_orphan, locks.on_orphan)


_ORPHANS = {
    "takeover": "take it over once its death is proven or its time is over",
    "wait": "wait until its time is over",
    "fail": "leave it alone, and refuse",
}


def typed_events(events: Iterable[tuple[str, int]]) -> str:
    """Return counts by type."""
    return ", ".join(f"{count} {kind}" for kind, count in events)


def total(events: Iterable[tuple[str, int]]) -> int:
    """Return how many events these are."""
    return sum(count for _kind, count in events)
