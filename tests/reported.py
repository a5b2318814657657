# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Runs to report on that no play has made: a fleet of any size, and names that nobody should have."""

from dataclasses import replace

from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import (
    Event,
    PlannedStep,
    RunState,
    StepState,
    Undo,
)
from ansible_collections.saga.ops.plugins.plugin_utils._engine.report import view
from ansible_collections.saga.ops.plugins.plugin_utils._engine.report.run import Sources, report

from samples import NOW, READ_ONLY, UNDOABLE, a_lease, a_run, a_step

HOSTILE = (
    "</script><script>window.hurt = 1</script>",
    "<img src=x onerror='window.hurt = 1'>",
    "' onmouseover='window.hurt = 1' \" autofocus onfocus=\"window.hurt = 1",
    "{{ 7 * 7 }} {% raw %} ${7 * 7} `7`",
    "a\u2028b\u2029c\x00d\x1b[31me\x07",
    "turned \u202egnp.exe\u202c, half \ud800 of a pair, no character \ufffe",
    "<!-- <script> ]]> --> &lt;b&gt; &#0;",
    "unbroken" * 30,
    "| [a](javascript:window.hurt=1) **b** <http://example.com> | # ``` ~~~",
)


def sources(run, steps, events, **facts):
    """Return what a report is made of; nobody works on the run unless `is_live`."""
    is_live = facts.pop("is_live", False)
    plan = [PlannedStep(path=path, fingerprint="", where="site.yml:99", play=1) for path in facts.pop("plan", ())]
    seen = view(run, steps, plan, is_live=is_live, now=NOW)
    known = {"who": "nobody", "leases": (), "findings": (), "now": NOW + 600}
    return Sources(view=seen, steps=steps, events=events, **(known | facts))


def an_event(number, kind, step=None, *, at, attempt=1, **data):
    """Return an event about a step, or the run; `at` in seconds since the run began."""
    host, key = (step.host, step.key) if step else ("", "")
    return Event(
        seq=number,
        id=f"E{number}",
        time=NOW + at,
        run="R1",
        attempt=attempt,
        type=kind,
        host=host,
        step=key,
        actor="ada",
        data=data,
        hash="",
    )


def fleet(hosts, tasks):
    """Return a report on a run of so many hosts and tasks; each thirty-seventh host failed in the middle."""
    names = [f"web{number:04}.example.com" for number in range(hosts)]
    steps, events = [], [an_event(1, "run.started", at=0, state="running", process="process 7 on vm")]
    for task in range(tasks):
        for number, host in enumerate(names):
            if number % 37 == 5 and task > tasks // 2:
                continue
            is_bad = number % 37 == 5 and task == tasks // 2
            step = a_step(
                host=host,
                key=f"1 Move/Step {task}#1",
                name=f"Step {task}",
                path=f"1 Move/Step {task}",
                where=f"site.yml:{task + 7}",
                seq=len(steps) + 1,
                contract=UNDOABLE if task % 3 else READ_ONLY,
                state=StepState.FAILED if is_bad else StepState.OK,
                is_handled=False if is_bad else None,
            )
            steps.append(step)
            began = 10.0 * task + (number % 50) / 10
            if step.contract.has_effect:
                events.append(an_event(len(events) + 1, "step.intent", step, at=began, state="started"))
            ended = {"state": str(step.state), "began": NOW + began}
            events.append(an_event(len(events) + 1, "step.outcome", step, at=began + 4, **ended))
    events.append(an_event(len(events) + 1, "run.stopped", at=10.0 * tasks, state="stopped", restored=0))
    run = a_run(
        state=RunState.STOPPED, targets=tuple(names), reason="'Step' failed on some hosts", updated=NOW + 10 * tasks
    )
    messages = {(step.host, step.key): "no space left on device" for step in steps if step.state.is_failure}
    return report(sources(run, steps, events, messages=messages))


def hostile():
    """Return a report on a run in which every text is meant to break out of wherever it is put."""
    steps, events = [], [an_event(1, "run.started", at=0, state="running", process=HOSTILE[0])]
    for number, words in enumerate(HOSTILE):
        step = a_step(
            host=words,
            key=f"1 {words}/{words}#1",
            name=words,
            path=f"1 {words}/{words}",
            where=words,
            seq=number + 1,
            contract=replace(UNDOABLE, compensate=(words,)),
            state=StepState.FAILED if number % 2 else StepState.OK,
            is_handled=False if number % 2 else None,
            undo=Undo.NONE if number % 2 else Undo.FAILED,
        )
        steps.append(step)
        events.append(an_event(2 * number + 2, "step.intent", step, at=number, state="started", word=words))
        events.append(an_event(2 * number + 3, "step.outcome", step, at=number + 1, state=str(step.state), why=words))
        about = {"answer": words, "about": "run", "why": words, "hosts": [words]}
        events.append(replace(an_event(90 + number, "decision.made", at=number + 1, **about), actor=words))
        events.append(an_event(190 + number, "run.drift_accepted", at=number, changes=[words], gone=[words]))
    run = a_run(
        workflow=HOSTILE[0],
        reason=" ".join(HOSTILE),
        state=RunState.PARKED,
        is_going_back=True,
        command=HOSTILE,
        targets=HOSTILE,
        updated=NOW + 20,
    )
    return report(
        sources(
            run,
            steps,
            events,
            who=HOSTILE[1],
            leases=[a_lease(name=words) for words in HOSTILE],
            messages={(step.host, step.key): "\n".join(HOSTILE) for step in steps if step.state.is_failure},
            plan=[f"1 Move/{words}" for words in HOSTILE],
        )
    )
