# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Whether what was done to targets is what the record tells, and what the contracts allow."""

from collections import Counter, defaultdict


def unlike_contracts(history):
    """[I1] [I2] [I14] Yield steps whose effects are too many, or missing."""
    effects = defaultdict(list)
    for effect in history.effects:
        effects[effect.run, effect.target, effect.key].append(effect)
    for run in history.runs:
        told = defaultdict(list)
        for event in run["events"]:
            if event.step:
                told[event.host, event.step].append(event)
        for step in run["steps"]:
            done = effects.pop((step.run, step.host, step.key), [])
            for why in _misdone(step, done, told[step.host, step.key]):
                yield f"run {step.run}: {step.key}: {why}"
    for run, target, key in effects:
        yield f"run {run}: {key} was done to {target}, and is not on the record"


def _misdone(step, done, events):
    """Yield what is wrong with what was done for a step, by the step's own events."""
    intents = Counter(event.attempt for event in events if event.type == "step.intent")
    begun = Counter(effect.attempt for effect in done)
    for attempt, count in begun.items():
        if count > intents[attempt]:
            yield f"attempt {attempt} began it {count} times, with {intents[attempt]} intents"
    is_over = False
    for event in events:
        if is_over and event.type == "step.intent":
            yield f"attempt {event.attempt} began it when it was done"
        is_over = is_over or event.data.get("state") == "ok"
    if is_over and not any(effect.ended for effect in done):
        yield "it is done on the record, and its effect is not there"
    failures = sum(event.type == "step.outcome" and event.data.get("state") == "failed" for event in events)
    kind = done[0].kind if done else ""
    words = {
        "again": [event for event in events if event.type == "step.in_doubt"],
        "once": [event for event in events if event.data.get("answer") == "retry"],
        "looked for": [event for event in events if event.data.get("answer") == "not there"],
    }
    if done and len(done) > 1 + failures + len(words[kind]):
        yield f"it was done {len(done)} times, which {len(words[kind])} words allow"
