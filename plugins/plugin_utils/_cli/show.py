# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``saga show``: one step of a run, seen closely: what it promises, each try of it, and what it returned.

``--json`` prints one document:

==========  ==========================================================================================
schema      1
run         the run, as :mod:`facts` describes it
steps       those that go by the name, in the order of their starts; each with name, where, play, key, contract
            (the keys and words of a contract; is_declared: false where the catalogue said it all) and hosts
hosts       host, state and resume as in 'saga status'; attempt (that it ended in), executions, tries, result, items,
            is_withheld (there was a result that may not be stored), vault_id (with which what is not shown of it is
            encrypted), captured, decision, undone_by; null: there is none
tries       attempt, began, ended (null: nobody knows) and how it ended: word
result      what it returned, as a play would register it; items: the same of a loop's items, by the item's key
decision    answer, by, at, why: the last one about it
undone_by   the last step that undid it, or tried to: name, state
==========  ==========================================================================================
"""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from .._engine import clock, codec
from .._engine.audit.refusals import ResultDoubtedError
from .._engine.errors import NotStartedError
from .._engine.inspection import Sight, heard, look, stored
from .._engine.journal import Journal
from .._engine.promises import Contract
from .._engine.records import Run, Step
from .._engine.report.closeup import Closeup, OnHost, closeups, meant
from .._engine.report.timeline import Bar, bars
from .._engine.sealing import is_sealed, vault_id_of
from .._engine.slotted import dataclass
from .._screen.screen import Screen
from .._screen.text import complain
from . import facts
from .exits import Exit
from .opening import opened
from .wording import lasted, one_line, typed

HELP = "show one step of a run closely: its contract, each try of it, its results"

_UNREADABLE = "what is stored of it cannot be read"
_MOST_RESULTS = 3  # hosts whose results are drawn without being asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class _Returned:
    """What a step returned on a host; `items` by their keys."""

    whole: Any = None
    items: Mapping[str, Any]
    vault_id: str = ""  # with which some of it is encrypted, which is not shown


_Read = Callable[[Step], _Returned]


def add_arguments(parser: ArgumentParser) -> None:
    """Add what only this command takes."""
    parser.add_argument("run", metavar="RUN", help="how the run's id begins")
    parser.add_argument("step", metavar="STEP", help="the step's name or a part of it, its path or its key")
    parser.add_argument("--host", default="", help="the host; without it all that have met the step")
    parser.add_argument("--json", action="store_true", help="print JSON")


def do(arguments: Namespace) -> Exit:
    """Print the steps that are meant."""
    doubts: list[str] = []
    with opened(arguments) as means:
        sight = look(means, arguments.run)
        run = sight.view.run
        steps = meant(sight.steps, name=arguments.step, host=arguments.host)
        if not steps:
            raise _unmet(sight, arguments)
        told, events = heard(means, run.id, {step.key for step in steps})
        found = closeups(sight.view, sight.steps, bars(steps, events), name=arguments.step, host=arguments.host)

        def returned(step: Step) -> _Returned:
            known = stored(means, step, told)
            doubts.extend([known.doubt] if known.doubt else [])
            return _returned(means.journal, step, known.results)

        if arguments.json:
            closely = [_closeup(each, returned) for each in found]
            print(facts.document(run=facts.of_run(run, sight.at_work), steps=closely))
        else:
            screen = Screen()
            for each in found:
                _draw(screen, each)
                _draw_results(screen, each, returned, arguments)
    return _ended(run, doubts)


def _ended(run: Run, doubts: Sequence[str]) -> Exit:
    """Say what of that which was shown is not as it was written, and return how the command ends."""
    if not doubts:
        return Exit.FINE
    others = f" (and {len(doubts) - 1} more like that)" if len(doubts) > 1 else ""
    complain(f"saga: {ResultDoubtedError(run.id, doubts[0] + others)}")
    return Exit.BROKEN_CHAIN


def _unmet(sight: Sight, arguments: Namespace) -> NotStartedError:
    elsewhere = closeups(sight.view, sight.steps, (), name=arguments.step) if arguments.host else []
    met = [f"{each.name} on {there.step.doer}" for each in elsewhere for there in each.hosts]
    known = met or list(dict.fromkeys(step.name for step in sight.steps))
    name = f"{arguments.step} on {arguments.host}" if arguments.host else arguments.step
    return NotStartedError(sight.view.run.id, step=name, candidates=known, is_ambiguous=False)


def _returned(journal: Journal, step: Step, results: Mapping[str, str]) -> _Returned:
    texts = {item: payload for item, payload in results.items() if payload}
    told = {item: _public(payload) for item, payload in texts.items() if not is_sealed(payload)}
    is_encrypted = any(map(is_sealed, (*texts.values(), step.captured)))
    seal = next((run.seal for run in journal.runs(run=step.run) if run.id == step.run), "") if is_encrypted else ""
    return _Returned(whole=told.pop("", None), items=told, vault_id=vault_id_of(seal))


def _public(payload: str) -> Any:
    from .._bridge.results import public  # noqa: PLC0415  loads Ansible, and is not needed where nothing was returned

    try:
        return public(payload)
    except (ValueError, KeyError, TypeError, AttributeError):  # somebody else has written it, or a disk
        return _UNREADABLE


def _is_open(captured: str) -> bool:
    return bool(captured) and not is_sealed(captured)


# As data


def _closeup(each: Closeup, returned: _Read) -> dict[str, Any]:
    return {
        "name": each.name,
        "where": each.where,
        "play": each.play,
        "key": each.key,
        "contract": _contract(each.contract),
        "hosts": [_on_host(there, returned(there.step)) for there in each.hosts],
    }


def _contract(contract: Contract) -> dict[str, Any]:
    failing, gate = contract.on_failure, contract.approval
    retry = failing.retry if failing else None
    return {
        "is_declared": contract.is_declared,
        "id": contract.id,
        "effect": str(contract.effect),
        "idempotent": contract.is_idempotent,
        "compensate": list(contract.compensate),
        "verify": list(contract.verify),
        "on_failure": str(contract.then) if contract.then else None,
        "retry": asdict(retry) if retry else None,
        "on_in_doubt": str(contract.doubt),
        "approval": asdict(gate) if gate else None,
        "locks": list(contract.locks),
        "capture": dict(contract.capture),
    }


def _on_host(there: OnHost, returned: _Returned) -> dict[str, Any]:
    step = there.step
    made = step.decision
    return {
        "host": step.doer,
        "state": there.state,
        "resume": there.resume,
        "attempt": step.attempt,
        "executions": step.executions,
        "tries": [_try(each) for each in there.tries],
        "result": codec.pack(returned.whole),
        "items": codec.pack(returned.items),
        "is_withheld": step.is_withheld,
        "vault_id": returned.vault_id or None,
        "captured": codec.pack(codec.decode(step.captured)) if _is_open(step.captured) else None,
        "decision": made and {"answer": str(made.answer), "by": made.by, "at": clock.text(made.at), "why": made.why},
        "undone_by": there.undoing and {"name": there.undoing.name, "state": str(there.undoing.state)},
    }


def _try(each: Bar) -> dict[str, Any]:
    began, ended = (None if moment is None else clock.text(moment) for moment in (each.began, each.ended))
    return {"attempt": each.attempt, "began": began, "ended": ended, "word": each.word}


# As a drawing


def _draw(screen: Screen, each: Closeup) -> None:
    screen.heading(f"{each.name}  {each.where}".rstrip())
    for word, value in _promises(each):
        screen.line(f"  {word:<12} {value}")
    screen.line()
    rows = [_row(there) for there in each.hosts]
    screen.table(("host", "state", "tries", "began", "took", "undone by"), rows, folding=("undone by",))
    screen.line()


def _draw_results(screen: Screen, each: Closeup, returned: _Read, arguments: Namespace) -> None:
    run, first = each.hosts[0].step.run, each.hosts[0]
    if not arguments.host and len(each.hosts) > _MOST_RESULTS:
        screen.line("What it returned on one of them:")
        command = ("saga", "show", run, each.key, "--host", first.step.doer)
        screen.heading("  " + typed(command, journal=arguments.journal))
        return
    for there in each.hosts:
        _draw_host(screen, there, returned(there.step))
        screen.line()


def _promises(each: Closeup) -> Iterator[tuple[str, str]]:
    """Yield what the contract says, as far as it says more than nothing."""
    contract = each.contract
    retry, gate = contract.retry, contract.approval
    told = {
        "key": each.key,
        "contract": "declared" if contract.is_declared else "from the catalogue",
        "effect": f"{contract.effect}, {'idempotent' if contract.is_idempotent else 'not idempotent'}",
        "compensate": ", ".join(contract.compensate),
        "verify": ", ".join(contract.verify),
        "retry": f"{retry.attempts} attempts" if retry else "",
        "on_failure": str(contract.then or ""),
        "on_in_doubt": str(contract.doubt) if contract.has_effect else "",
        "approval": (" or ".join(gate.approvers) or "anybody") if gate else "",
        "locks": ", ".join(contract.locks),
        "capture": ", ".join(f"{name}: {expression}" for name, expression in contract.capture),
    }
    yield from ((word, value) for word, value in told.items() if value)


def _row(there: OnHost) -> tuple[str, ...]:
    last = there.tries[-1] if there.tries else None
    state = there.state if there.resume == "nothing" else f"{there.state}: {there.resume}"
    began = clock.text(last.began) if last and last.began is not None else ""
    took = lasted(last.ended - last.began) if last and last.began is not None and last.ended is not None else ""
    undone = f"{there.undoing.name!r}, {there.undoing.state}" if there.undoing else ""
    return there.step.doer, state, str(len(there.tries)), began, took, undone


def _draw_host(screen: Screen, there: OnHost, returned: _Returned) -> None:
    step = there.step
    screen.heading(f"on {step.doer}")
    if len(there.tries) > 1:
        rows = [_try_row(number, each) for number, each in enumerate(there.tries, start=1)]
        screen.table(("try", "attempt", "began", "took", "ended"), rows)
    if step.decision is not None:
        why = f": {one_line(step.decision.why)}" if step.decision.why else ""
        at = clock.text(step.decision.at)
        screen.line(f"{step.decision.by} decided {str(step.decision.answer)!r} at {at}{why}")
    if _is_open(step.captured):
        screen.line("captured for its compensation:")
        _draw_data(screen, codec.decode(step.captured))
    elif step.captured:
        screen.line(f"What it captured for its compensation is encrypted with the vault id {returned.vault_id!r}.")
    for item, result in returned.items.items():
        screen.line(f"returned for item {item}:")
        _draw_data(screen, result)
    if returned.whole is not None:
        screen.line("returned:")
        _draw_data(screen, returned.whole)
    elif returned.vault_id:
        screen.line(f"What it returned is encrypted with the vault id {returned.vault_id!r}: a resume has it.")
    elif step.is_withheld:
        screen.line("What it returned is not stored: it holds what may not be written down (no_log, or a vault).")
    elif not returned.items:
        screen.line("It has returned nothing yet.")


def _try_row(number: int, each: Bar) -> tuple[str, ...]:
    is_known = each.began is not None and each.ended is not None
    took = lasted((each.ended or 0.0) - (each.began or 0.0)) if is_known else ""
    return str(number), str(each.attempt), "" if each.began is None else clock.text(each.began), took, each.word


def _draw_data(screen: Screen, value: Any) -> None:
    for line in json.dumps(codec.pack(value), indent=2, ensure_ascii=False).splitlines():
        screen.line(f"  {line}")
