# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Whatever is asked of a run while something else happens to it: one of them wins, and the record holds [I11] [I12].

Each command looks first and writes then. Here it is held between the two, just before its first write, while another
one comes to its end: the worst moment, in every pair. Then copies of each go at once, in threads, as it comes.
"""

import hashlib
import io
import threading
from dataclasses import replace

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine import moving
from ansible_collections.saga.ops.plugins.plugin_utils._engine.begin import Means, Request, begin, find_run
from ansible_collections.saga.ops.plugins.plugin_utils._engine.clock import SystemClock
from ansible_collections.saga.ops.plugins.plugin_utils._engine.control import ask
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import EngineError, JournalError, JournalLostError
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.opening import open_journal
from ansible_collections.saga.ops.plugins.plugin_utils._engine.operator import Answer, Word, abandon, decide, unlock
from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import Approval
from ansible_collections.saga.ops.plugins.plugin_utils._engine.pruning import due, forget
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import Asks, RunState, Wish
from ansible_collections.saga.ops.plugins.plugin_utils._engine.run import Attempt
from ansible_collections.saga.ops.plugins.plugin_utils._engine.spool import Spool
from ansible_collections.saga.ops.plugins.plugin_utils._engine.turning import turn_back

import servers
from documented import must_be_documented
from past import UNDOABLE, Work
from samples import verified

GATED = replace(UNDOABLE, approval=Approval())
WORKFLOW = "shop/site.yml"


class Held:
    """A journal that does something else before it writes for the first time."""

    def __init__(self, journal):
        self._journal = journal
        self.meanwhile = None

    def __getattr__(self, name):
        if name in {"commit", "load", "drop"} and self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()
        return getattr(self._journal, name)


class Place:
    """A journal with one run, `R1`, in one of the states in which things are asked of a run."""

    def __init__(self, url, folder, state):
        self.url, self._folder = url, folder
        self._opened = []
        self.begun = []  # attempts at work
        self.held = Held(self.means().journal)
        self.export = b""
        getattr(self, f"_{state}")()

    def means(self, journal=None, folder=""):
        if journal is None:
            url = self.url.replace("/journal", f"/{folder}journal") if folder else self.url
            self._opened.append(journal := open_journal(url, clock=SystemClock()))
        spool = Spool(self._folder / f"{folder}spool")
        return Means(journal=journal, spool=spool, clock=SystemClock(), tell=lambda _text: None)

    def begin(self, means, **wish):
        known = {"workflow": WORKFLOW, "targets": ("h1",), "plan": ()}
        attempt = begin(means, Request(**(known | wish)))
        if not isinstance(attempt, Attempt):
            raise NothingToDoError
        self.begun.append(attempt)
        return Work(attempt)

    def work(self, means):
        """Return the attempt that lives, at the journal of whoever lets it do something."""
        attempt = self.begun[0]
        attempt._journal = means.journal
        return Work(attempt)

    def close(self):
        for attempt in self.begun:
            attempt.heartbeat.stop()
        for journal in self._opened:
            journal.close()

    def _live(self, means=None):
        work = self.begin(means or self.means(), run_id="R1")
        work.do("Copy", contract=UNDOABLE)
        return work

    def _asking(self):
        work = self._live()
        work.attempt.ask([(work.reference("Switch", contract=GATED), Asks.APPROVAL)])
        work.end(RunState.PARKED)
        self.begun.clear()

    def _completed(self):
        self._live().end(RunState.COMPLETED)
        self.begun.clear()

    def _absent(self):
        """Let the run be in an export only."""
        self._asking()
        means = self.means()
        run = find_run(means.journal, "R1")
        taken = moving.take(means, run)
        lines = [moving.opening(version="1.2.3", journal="sqlite:///there", moment=0.0)]
        self.export = "".join([*lines, *moving.lines(taken.bundle, taken=str(taken.how)), moving.closing(1)]).encode()
        means.journal.drop("R1", version=run.version)


def answer(word, **facts):
    def do(means, _place):
        decide(means, find_run(means.journal, "R1"), Word(answer=word, by="bob", why="I looked", **facts))

    return do


def wish(what):
    return lambda means, _place: ask(means, find_run(means.journal, "R1"), what, why="lunch")


def prune(means, _place):
    if not [run for run in due(means, older_than=0, keep=0) if forget(means, run)]:
        raise NothingToDoError


def move(means, _place):
    run = find_run(means.journal, "R1")
    moving.settle(means, run)
    moving.give_up(means, moving.take(means, run), to="there.jsonl")


def bring(means, place):
    header, found = moving.read(io.BytesIO(place.export))
    for each in found:
        if moving.judge(means, each, header).fate is not moving.Fate.NEW:
            raise NothingToDoError
        moving.bring(means, each, header)


def forgotten(work):
    """Come to the end, and be forgotten at once."""
    journal, run = work.attempt._journal, work.run
    work.end(RunState.COMPLETED)
    journal.drop(run.id, version=work.attempt.run.version)


def at_work(do):
    """Return what the attempt that lives does; where none does, nothing."""

    def work(means, place):
        if not place.begun:
            raise NothingToDoError
        do(place.work(means))

    return work


class NothingToDoError(Exception):
    """A command has found that it has nothing to do, and said so."""


DECIDING = {
    "approve": answer(Answer.APPROVE),
    "deny": answer(Answer.DENY),
    "skip": answer(Answer.SKIP),
    "abort": answer(Answer.ABORT),
    "compensate": answer(Answer.COMPENSATE),
    "abandon": lambda means, _place: abandon(means, find_run(means.journal, "R1"), why="the move is off"),
    "turn back": lambda means, _place: turn_back(means, find_run(means.journal, "R1"), to="", why="it was wrong"),
    "move": move,
    "prune": prune,
    "resume": lambda means, place: place.begin(means, run_id="R1"),
}
ASKING = {
    "pause": wish(Wish.PAUSE),
    "cancel": wish(Wish.CANCEL),
    "cancel and undo": wish(Wish.COMPENSATE),
    "unlock": lambda means, _place: unlock(means, "h1", why="its machine is gone"),
    "import": bring,
    "another run": lambda means, place: place.begin(means, run_id="R2", workflow="other.yml"),
}
WORKING = {
    "step": at_work(lambda work: work.do("Next")),
    "complete": at_work(lambda work: work.end(RunState.COMPLETED)),
    "complete and be forgotten": at_work(forgotten),
    "park": at_work(lambda work: work.end(RunState.PARKED)),
    "give up": at_work(lambda work: work.end(RunState.ABANDONED)),
    "go back": at_work(lambda work: work.attempt.go_back("it failed")),
}
COMMANDS = DECIDING | ASKING | WORKING
WRITING = {  # what comes to write anything in a state
    "asking": [name for name in DECIDING if name != "prune"] + ["unlock"],
    "live": ["pause", "cancel", "cancel and undo", "unlock", *WORKING],
    "completed": ["prune", "turn back", "another run"],
    "absent": ["import", "resume"],
}
PAIRS = [(state, name) for state, names in WRITING.items() for name in names]
COPIES = [(state, name) for state, name in PAIRS if name not in WORKING and name != "another run"]


@pytest.fixture(params=["sqlite", pytest.param("redis", marks=pytest.mark.xdist_group("redis"))])
def place(request, tmp_path):
    """Make places, each with a journal of its own."""
    made = []

    def make(state):
        folder = tmp_path / str(len(made))
        folder.mkdir()
        if request.param == "sqlite":
            url = f"sqlite://{folder}/journal.db"
        elif (server := servers.shared("redis")) is None:
            pytest.skip("this machine has no redis-server")
        else:
            url = f"{server}?namespace={hashlib.sha256(bytes(folder)).hexdigest()[:16]}"
        made.append(Place(url, folder, state))
        return made[-1]

    yield make
    for each in made:
        each.close()


def outcome(do, means, where):
    """Return why a command was refused, as it is told; empty: it was done."""
    try:
        do(means, where)
    except NothingToDoError:
        return "nothing to do"
    except JournalLostError as error:  # the attempt's own word for a run that was forgotten
        return str(error)
    except JournalError:  # nothing is wrong with the journal
        raise
    except EngineError as error:
        return str(error)
    return ""


def must_hold(means):
    """Every record verifies, and what has ended holds nothing and waits for nothing."""
    journal = means.journal
    held = {lease.run for lease in journal.leases()}
    assert journal.waiters() == []
    for run in journal.runs():
        events = list(journal.events(run.id))
        assert verified(journal, run) == []
        must_be_documented(events)
        if not run.state.is_resumable:
            assert run.id not in held, f"{run.id} is {run.state}, and holds a target"
            assert journal.control(run.id) is None, f"{run.id} is {run.state}, and is still asked for something"
            last = max(number for number, event in enumerate(events) if "state" in event.data and not event.step)
            late = [event.type for event in events[last:] if event.type.endswith("_asked")]
            assert late == [], f"{run.id} is {run.state}, and was asked for something after that"
    assert held <= {run.id for run in journal.runs()}, "a lease of a run that is not there"


@pytest.mark.parametrize(("state", "name"), PAIRS, ids=lambda word: word.replace(" ", "-"))
def test_what_is_written_after_something_else_has_happened_does_no_harm(place, state, name):
    """[I11] [I12]."""
    for other in WRITING[state]:
        here = place(state)
        told = []
        here.held.meanwhile = lambda here=here, other=other, told=told: told.append(
            outcome(COMMANDS[other], here.means(), here)
        )
        late = outcome(COMMANDS[name], here.means(here.held), here)
        assert told, f"{name!r} ({late}) writes nothing of a run that is {state}, so nothing can come between"
        # A start looks again, and goes on with what was decided; what is forgotten already is forgotten.
        if name in DECIDING and other in DECIDING and told == [""] and name not in {"resume", "prune"}:
            assert late, f"{other!r} was decided, and {name!r} after it, without a look at that"
        must_hold(here.means())


@pytest.mark.parametrize(("state", "name"), COPIES, ids=lambda word: word.replace(" ", "-"))
def test_of_copies_of_one_command_one_wins_or_all_are_alike(place, state, name):
    """[I11] [I12]."""
    here, start, told = place(state), threading.Barrier(3), []

    def go(do):
        means = here.means()
        start.wait(60)
        told.append(outcome(do, means, here))

    def elsewhere(means, here):
        work = here.begin(means, run_id="R9", workflow="other.yml", targets=("h9",))
        for number in range(5):
            work.do(f"Step {number}", "h9")
        work.end(RunState.COMPLETED)

    threads = [threading.Thread(target=go, args=(do,)) for do in (COMMANDS[name], COMMANDS[name], elsewhere)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(told) == 3
    if name in DECIDING and name not in {"resume", "prune"}:
        assert sum(word == "" for word in told) == 2, told  # one of them, and the run elsewhere
    must_hold(here.means())
