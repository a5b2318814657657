# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A history as a value: what has been noted down, put together; nothing in it is an opinion of the engine's."""

from dataclasses import dataclass, field, fields

from history.chronicle import read

NEVER = float("inf")


@dataclass(frozen=True, kw_only=True)
class Write:
    """A write to the journal: when it was asked for, and when its answer came."""

    called: float
    answered: float  # NEVER: nobody knows whether it was accepted
    who: str
    life: int
    run: str
    token: int | None  # with which it was fenced
    takes: tuple = ()  # target, token, token of the lease that it takes the place of, whether it never expires
    frees: tuple = ()  # target and token
    fences: tuple = ()  # run, token, and of which token
    types: tuple = ()
    is_renewal: bool = False
    since: float | None = None  # of what it takes: from when its TTL counts; None: from when it was asked for


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What an attempt did to a target; `lag` is for how long it had no processor since it last looked at its lease."""

    target: str
    run: str
    attempt: int
    token: int
    key: str
    kind: str
    who: str
    life: int
    checked: float
    began: float
    ended: float | None = None  # None: it never did
    lag_begun: float = 0.0
    lag: float = 0.0
    seconds: float = 0.0  # that it takes by itself
    mark: int = 0  # that it shows a target with a fence


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """What a target with a fence has not taken."""

    target: str
    run: str
    token: int
    mark: int
    at: float


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What an onlooker saw: who held a target at some moment between two."""

    target: str
    run: str
    token: int
    asked: float
    answered: float


@dataclass(frozen=True, kw_only=True)
class History:
    """All of it; moments and lengths in seconds."""

    ttl: float
    is_fenced: bool = False
    writes: tuple[Write, ...] = ()
    effects: tuple[Effect, ...] = ()
    lines: tuple[tuple[str, str, int], ...] = ()  # what fenced targets took: target, what, mark; in that order
    refused: tuple[Refusal, ...] = ()
    stops: tuple[tuple[str, int, float, float], ...] = ()  # who, which life, from when to when
    deaths: dict[tuple[str, int], float] = field(default_factory=dict)  # of a life: when it was dead at the earliest
    seen: tuple[Sight, ...] = ()
    sizes: dict[str, int] = field(default_factory=dict)  # of a run: how many steps it has
    runs: tuple[dict, ...] = ()  # run, steps, events, and what its audit finds
    broken: tuple[str, ...] = ()  # what no controller should have met
    held: tuple[str, ...] = ()  # when all was over
    left: tuple[str, ...] = ()  # controllers that could not bring to an end what they had begun
    swept: str = ""  # why somebody could not have all targets when all was over
    counts: dict[str, int] = field(default_factory=dict)


def gathered(folder, end, *, ttl, is_fenced):
    """Put together what a play has left in its folder, and what the journal said in the end."""
    facts = [fact for path in sorted((folder / "chronicle").iterdir()) for fact in read(path)]
    lines = [fact for path in sorted((folder / "targets").glob("*.log")) for fact in read(path)]
    of = {what: [fact for fact in facts if fact["what"] == what] for what in {fact["what"] for fact in facts}}
    noted = [*of.get("commit", []), *of.get("renew", [])]
    writes = [_write(fact) for fact in noted if not fact["error"] or fact["error"].startswith("Journal")]
    taken = [line for line in lines if line["what"] in {"begin", "end"}]
    strange = [fact for fact in noted if ": " in fact["error"]]
    return History(
        ttl=ttl,
        is_fenced=is_fenced,
        writes=tuple(sorted(writes, key=lambda write: write.called)),
        effects=tuple(_effects(taken)),
        lines=tuple((line["target"], line["what"], line["mark"]) for line in taken),
        refused=tuple(_like(Refusal, line) for line in lines if line["what"] == "refused"),
        stops=tuple(_stops(of)),
        deaths=_deaths(of),
        seen=tuple(_like(Sight, fact, answered=fact["at"]) for fact in of.get("seen", [])),
        sizes={fact["run"]: fact["size"] for fact in of.get("began", [])},
        runs=tuple(end["runs"]),
        broken=tuple(fact["text"] for fact in of.get("broken", [])) + tuple(fact["error"] for fact in strange),
        held=tuple(end["held"]),
        left=tuple(name for fact in of.get("quiet", []) for name in fact["left"]),
        swept=end["swept"],
        counts=_counts(of, writes, lines),
    )


def _like(kind, fact, **more):
    """Return a record of a kind, of those facts that it is about."""
    names = {item.name for item in fields(kind)}
    return kind(**({name: value for name, value in fact.items() if name in names} | more))


def _write(fact):
    return Write(
        called=fact["call"],
        answered=NEVER if fact["error"] else fact["at"],
        who=fact["who"],
        life=fact["life"],
        run=fact["run"],
        token=fact["token"],
        takes=tuple(map(tuple, fact.get("takes", ()))),
        frees=tuple(map(tuple, fact.get("frees", ()))),
        fences=tuple(map(tuple, fact.get("fences", ()))),
        types=tuple(fact.get("types", ())),
        is_renewal=fact["what"] == "renew",
        since=fact.get("since"),
    )


def _effects(lines):
    ends = {_name(line): line for line in lines if line["what"] == "end"}
    for line in lines:
        if line["what"] != "begin":
            continue
        end = ends.get(_name(line))
        ended, lag = (end["at"], end["lag"]) if end else (None, line["lag"])
        yield _like(Effect, line, began=line["at"], ended=ended, lag_begun=line["lag"], lag=lag)


def _name(line):
    return line["target"], line["run"], line["attempt"], line["key"]


def _stops(of):
    """Yield for how long each life was stopped; the signal is sent after the first note and before the second."""
    goes_on = {(fact["of"], fact["of_life"], fact["at"]) for fact in of.get("go on", [])}
    for fact in of.get("stop", []):
        whose = fact["of"], fact["of_life"]
        until = min((at for who, life, at in goes_on if (who, life) == whose and at > fact["at"]), default=NEVER)
        yield *whose, fact["at"], until


def _deaths(of):
    """Return since when each life may have been dead: killed, gone by itself, or come to its end."""
    deaths = {}
    for fact in of.get("kill", []):
        deaths.setdefault((fact["of"], fact["of_life"]), fact["at"])
    for fact in [*of.get("gone", []), *of.get("drained", []), *of.get("broken", [])]:
        deaths.setdefault((fact["who"], fact["life"]), fact["at"])
    return deaths


def _counts(of, writes, lines):
    return {
        "lives": len(of.get("born", [])),
        "attempts": len(of.get("began", [])),
        "writes": len(writes),
        "effects": sum(line["what"] == "begin" for line in lines),
        "kills": len(of.get("kill", [])),
        "stops": len(of.get("stop", [])),
        "faults of the store": len(of.get("store", [])),
        "deaths": len(of.get("died", [])),
        "takeovers": sum(write.types.count("lease.taken_over") for write in writes),
        "resumes": sum(write.types.count("run.resumed") for write in writes),
        "doubts": sum(write.types.count("step.in_doubt") for write in writes),
        "lost leases": sum(fact["error"] == "LeaseLostError" for fact in of.get("broke off", [])),
        "stale writes refused": sum(
            fact["error"] == "StaleAttemptError" for fact in [*of.get("commit", []), *of.get("renew", [])]
        ),
        "refused by targets": sum(line["what"] == "refused" for line in lines),
    }
