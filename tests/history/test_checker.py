# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The checker of histories finds what is wrong with histories that are forged, each in one way."""

from dataclasses import replace

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import Event, RunState, StepState

from history.checker import verdict
from history.history import NEVER, Effect, History, Refusal, Sight, Write
from samples import a_run, a_step

TTL = 6.0
KEY = "1 task on t1#1"
WHO = {"R1": ("c1", 0), "R2": ("c2", 0)}


class Forger:
    """Makes a history, a fact at a time; each write takes a tenth of a second to be answered."""

    def __init__(self):
        self.writes, self.effects, self.events = [], [], {"R1": [], "R2": []}
        self.facts = {}

    def write(self, run, token, at, *types, **facts):
        who, life = WHO[run]
        known = {"called": at, "answered": at + 0.1, "who": who, "life": life, "run": run, "token": token}
        self.writes.append(Write(**(known | {"types": types} | facts)))
        for kind in types:
            self.tell(run, kind, token)

    def tell(self, run, kind, attempt, step="", **data):
        number = len(self.events[run]) + 1
        known = {"id": "", "time": 0.0, "host": "t1" if step else "", "actor": "", "hash": "", "data": data}
        event = Event(seq=number, run=run, attempt=attempt, type=kind, step=step, **known)
        self.events[run].append(event)

    def take(self, run, token, at, instead_of=None, *kinds):
        self.write(run, None, at, takes=(("t1", token, instead_of, False),))
        kinds = kinds or ("run.started",)
        self.writes[-1] = replace(self.writes[-1], types=(*kinds, "lease.acquired"))
        for kind in kinds:
            self.tell(run, kind, token)
        self.tell(run, "lease.acquired", token, targets=["t1"], token=token)

    def renew(self, run, token, at):
        self.write(run, token, at, is_renewal=True)

    def do(self, run, token, at, until, **facts):
        self.tell(run, "step.intent", token, KEY, state="started")
        known = {"target": "t1", "run": run, "attempt": token, "token": token, "key": KEY, "kind": "again"}
        who, life = WHO[run]
        known |= {"who": who, "life": life, "checked": at - 0.1, "began": at, "ended": until, "seconds": 0.1}
        self.effects.append(Effect(**(known | facts)))

    def done(self, run, token, at):
        self.tell(run, "step.outcome", token, KEY, state="ok")
        self.write(run, token, at, "run.completed", frees=(("t1", token),))

    def history(self, **facts):
        runs = [
            {
                "run": a_run(id=run, state=RunState.COMPLETED),
                "steps": [a_step(run=run, host="t1", key=KEY, state=StepState.OK)],
                "events": events,
                "found": [],
            }
            for run, events in self.events.items()
        ]
        known = {"ttl": TTL, "writes": tuple(self.writes), "effects": tuple(self.effects), "runs": tuple(runs)}
        return History(**(known | {"sizes": {"R1": 1, "R2": 1}} | facts))


@pytest.fixture
def forger():
    return Forger()


def first(forger, until=1.3, **facts):
    """Let R1 take the target and work on it."""
    forger.take("R1", 1, 0.0)
    forger.do("R1", 1, 1.0, until, **facts)


def second(forger, at, instead_of=None):
    """Let R2 do so."""
    forger.take("R2", 2, at, instead_of)
    forger.do("R2", 2, at + 1, at + 1.2)
    forger.done("R2", 2, at + 2)


def follow(forger):
    """Let both work on it, one after the other, as it should be."""
    first(forger)
    forger.done("R1", 1, 2.0)
    second(forger, 3.0)


def take_over(forger, at=7.0, **facts):
    """Let R2 take the target from R1, which is resumed in the end; `at` is when."""
    first(forger, **facts)
    second(forger, at, instead_of=1)
    forger.take("R1", 3, 20.0, None, "run.resumed")
    forger.tell("R1", "step.in_doubt", 3, KEY, state="started")
    forger.do("R1", 3, 21.0, 21.2)
    forger.done("R1", 3, 22.0)


def found(history):
    return verdict(history).findings


def test_a_history_in_which_all_is_well_has_no_findings(forger):
    follow(forger)
    assert verdict(forger.history()) == verdict(History(ttl=TTL))
    assert found(forger.history()) == ()


def test_a_takeover_of_a_lease_that_ran_out_is_well(forger):
    take_over(forger)
    assert found(forger.history()) == ()


# One holder


def test_a_lease_that_is_taken_while_it_is_kept_is_found(forger):
    """[I10]."""
    take_over(forger, at=5.0)
    [finding] = found(forger.history())
    assert "taken from run R1 with token 1, which lives, 5.100 s after that was kept" in finding


def test_a_renewal_is_what_keeps_a_lease(forger):
    """[I10]."""
    take_over(forger)
    forger.renew("R1", 1, 1.5)
    [finding] = found(forger.history())
    assert "5.600 s after that was kept" in finding


def test_the_lease_of_a_dead_process_may_be_taken_at_once_and_that_of_a_living_one_may_not(forger):
    """[I10]."""
    take_over(forger, at=5.0)
    assert found(forger.history(deaths={WHO["R1"]: 4.9})) == ()
    assert len(found(forger.history(deaths={WHO["R1"]: 5.2}))) == 1


def test_a_target_that_is_taken_as_if_nobody_held_it_is_found(forger):
    """[I10]."""
    first(forger)
    second(forger, 9.0)
    forger.done("R1", 1, 15.0)
    assert "taken as if nobody held it, while run R1 with token 1 did" in found(forger.history())[0]


def test_a_target_that_two_take_in_the_place_of_one_is_found(forger):
    """[I10]."""
    take_over(forger)
    forger.take("R1", 4, 8.0, 1, "run.resumed")
    assert "t1: 2 were given in the place of token 1" in found(forger.history())


def test_a_lease_that_is_taken_over_when_it_was_given_up_is_found(forger):
    """[I10]."""
    first(forger)
    forger.done("R1", 1, 2.0)
    second(forger, 3.0, instead_of=1)
    assert any("with token 1, which had given it up" in finding for finding in found(forger.history()))


@pytest.mark.parametrize(("asked", "answered"), [(-1.0, -0.5), (2.2, 2.3)])
def test_a_holder_whom_an_onlooker_sees_before_or_after_its_time_is_found(forger, asked, answered):
    """[I10]."""
    follow(forger)
    assert found(forger.history(seen=(Sight(target="t1", run="R1", token=1, asked=1.0, answered=1.1),))) == ()
    [finding] = found(forger.history(seen=(Sight(target="t1", run="R1", token=1, asked=asked, answered=answered),)))
    assert finding == "t1: an onlooker saw run R1 with token 1, which had it not"


# Working


def test_two_that_are_at_work_at_once_are_found(forger):
    """[I10] Nobody was held up, and the effect was a short one."""
    take_over(forger, until=8.5)
    [finding] = found(forger.history())
    assert "with token 1 was at work until 8.500, and run R2 with token 2 had it since 7.1" in finding


def test_whoever_was_stopped_in_the_middle_is_excused(forger):
    take_over(forger, until=8.5)
    stopped = forger.history(stops=(("c1", 0, 1.1, 8.4),))
    assert found(stopped) == ()
    assert verdict(stopped).excused == {"held up": 1}
    assert len(found(forger.history(stops=(("c2", 0, 1.1, 8.4),)))) == 1, "it was another one who was stopped"
    assert len(found(forger.history(stops=(("c1", 0, 1.1, 2.0),)))) == 1, "that was not for long enough"


def test_whoever_had_no_processor_is_excused(forger):
    take_over(forger, until=8.5, lag=7.0)
    assert verdict(forger.history()).excused == {"held up": 1}


def test_an_effect_that_outlasts_its_lease_is_excused(forger):
    take_over(forger, until=8.5, seconds=7.4)
    outlasted = forger.history()
    assert found(outlasted) == ()
    assert verdict(outlasted).excused == {"outlasted": 1}


def test_a_target_with_a_fence_knows_no_excuse(forger):
    """[I10] [I11]."""
    follow(forger)
    forger.effects = [replace(effect, mark=number) for number, effect in enumerate(forger.effects, 1)]
    lines = (("t1", "begin", 1), ("t1", "begin", 2), ("t1", "end", 1))
    findings = found(forger.history(is_fenced=True, lines=lines))
    assert findings == ("t1: took the end of mark 1 after mark 2",)


def test_a_mark_that_does_not_grow_is_found(forger):
    """[I11]."""
    follow(forger)
    forger.effects = [replace(effect, mark=7) for effect in forger.effects]
    findings = found(forger.history(is_fenced=True))
    assert findings == ("t1: run R2 showed a mark no larger than 7 of the one before",)


def test_a_refusal_of_whoever_holds_the_target_is_found(forger):
    """[I10]."""
    follow(forger)
    forger.effects = [replace(effect, mark=number) for number, effect in enumerate(forger.effects, 1)]
    late = Refusal(target="t1", run="R1", token=1, mark=1, at=2.5)
    assert found(forger.history(is_fenced=True, refused=(late,))) == ()
    findings = found(forger.history(is_fenced=True, refused=(replace(late, at=1.5),)))
    assert findings == ("t1: refused mark 1 of run R1, which held it",)


def test_a_start_long_after_the_last_renewal_is_found(forger):
    """[I6] Nobody has taken the target; it could have been."""
    forger.take("R1", 1, 0.0)
    forger.do("R1", 1, 5.5, 5.6, checked=5.4)
    forger.done("R1", 1, 5.7)
    second(forger, 8.0)
    [finding] = found(forger.history())
    assert "looked at its lease 0.400 s too late" in finding


def test_a_start_after_the_lease_is_found_unless_it_was_held_up(forger):
    """[I6]."""
    forger.take("R1", 1, 0.0)
    forger.do("R1", 1, 6.5, 6.6, checked=4.0)
    forger.done("R1", 1, 6.7)
    second(forger, 8.0)
    [finding] = found(forger.history())
    assert "began 0.500 s after its lease had run out" in finding
    assert found(forger.history(stops=(("c1", 0, 4.1, 6.4),))) == ()


def test_an_effect_on_a_target_that_nobody_had_given_is_found(forger):
    """[I6]."""
    follow(forger)
    forger.effects[0] = replace(forger.effects[0], token=9)
    assert "nobody had given it the target" in found(forger.history())[0]


# Writing


@pytest.mark.parametrize("is_renewal", [True, False])
def test_a_stale_write_is_found(forger, is_renewal):
    """[I11]."""
    take_over(forger)
    forger.write("R1", 1, 7.2, is_renewal=is_renewal)
    assert any("with token 1 after token 2 took over" in finding for finding in found(forger.history()))


def test_a_write_that_may_have_been_accepted_before_is_not_stale(forger):
    take_over(forger)
    forger.write("R1", 1, 7.05)
    assert found(forger.history()) == ()


def test_an_event_of_an_older_attempt_behind_that_of_a_newer_one_is_found(forger):
    """[I11]."""
    follow(forger)
    forger.tell("R1", "step.captured", 0)
    assert "event 6 is of attempt 0, after 1" in found(forger.history())[0]


# Contracts


def test_an_effect_without_an_intent_is_found(forger):
    """[I2]."""
    follow(forger)
    forger.events["R1"] = [event for event in forger.events["R1"] if event.type != "step.intent"]
    assert any("began it 1 times, with 0 intents" in finding for finding in found(forger.history()))


def test_an_effect_that_is_done_again_when_it_was_done_is_found(forger):
    """[I1]."""
    follow(forger)
    forger.tell("R1", "step.intent", 1, KEY, state="started")
    assert any("attempt 1 began it when it was done" in finding for finding in found(forger.history()))


@pytest.mark.parametrize("kind", ["once", "looked for"])
def test_an_effect_that_is_done_twice_without_a_word_is_found(forger, kind):
    """[I14]."""
    take_over(forger)
    forger.effects = [replace(effect, kind=kind) for effect in forger.effects]
    assert any("it was done 2 times, which 0 words allow" in finding for finding in found(forger.history()))


def test_an_effect_that_is_missing_is_found(forger):
    """[I14]."""
    follow(forger)
    forger.effects.pop()
    assert found(forger.history()) == (f"run R2: {KEY}: it is done on the record, and its effect is not there",)


def test_an_effect_that_is_not_on_the_record_is_found(forger):
    """[I2]."""
    follow(forger)
    forger.effects[0] = replace(forger.effects[0], key="2 another on t1#1")
    assert any("was done to t1, and is not on the record" in finding for finding in found(forger.history()))


# The end


def test_what_an_audit_finds_is_found(forger):
    """[I12]."""
    follow(forger)
    history = forger.history()
    history.runs[0]["found"].append("event 2 or one before it was changed")
    assert found(history) == ("run R1: event 2 or one before it was changed",)


def test_an_event_that_was_accepted_and_is_gone_is_found(forger):
    """[I12]."""
    follow(forger)
    forger.events["R2"].pop()
    assert found(forger.history()) == ("run R2: 1 run.completed that was accepted is missing",)


def test_a_run_that_is_left_is_found(forger):
    follow(forger)
    history = forger.history()
    history.runs[0]["run"] = replace(history.runs[0]["run"], state=RunState.RUNNING)
    assert found(history) == ("run R1 was left running",)


def test_a_run_that_is_completed_with_a_step_missing_is_found(forger):
    follow(forger)
    assert found(forger.history(sizes={"R1": 2})) == ("run R1 is completed, with 1 of 2 steps",)


@pytest.mark.parametrize(
    ("facts", "finding"),
    [
        ({"held": ("t1",)}, "t1 is still held"),
        ({"left": ("c1",)}, "c1 could not bring to an end what it had begun"),
        ({"swept": "t1 is held"}, "not all targets could be had in the end: t1 is held"),
        ({"broken": ("Traceback",)}, "Traceback"),
    ],
)
def test_what_is_not_well_in_the_end_is_found(forger, facts, finding):
    follow(forger)
    assert found(forger.history(**facts)) == (finding,)


def test_who_is_never_let_go_on_was_stopped_to_the_end(forger):
    take_over(forger, until=8.5)
    assert found(forger.history(stops=(("c1", 0, 1.1, NEVER),))) == ()
