# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``saga drill``: prove on disposable targets that a playbook survives what it promises."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
import time
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Sequence
from pathlib import Path

from .._engine.drill import Blame, Case, Moment, Part, Verdict, blamed, cases
from .._engine.drill.matrix import document, junit
from .._engine.drill.refusals import DrillError
from .._engine.errors import PlaybookError
from .._engine.facts import SCHEMA
from .._screen.screen import Screen
from .._screen.text import complain
from .drill_lanes import drilled
from .drill_stage import Script, Stage
from .drill_text import draw, say
from .ending import in_good_order
from .exits import Exit
from .release import HOME

HELP = "prove on disposable targets that a playbook survives a kill at each step, and that each failure is undone"
USAGE = (
    "saga drill --reset FILE [--state CMD] [--verify FILE] [options] PLAYBOOK [options of ansible-playbook]\n"
    "       saga drill --init [FOLDER]"
)
HAS_JOURNAL = False  # each case has one of its own


def add_arguments(parser: ArgumentParser) -> None:
    """Add what only this command takes; all the rest is ansible-playbook's."""
    add = parser.add_argument
    add("--init", metavar="FOLDER", nargs="?", const="molecule", help="copy the scenarios for molecule, and do no more")
    add("--reset", metavar="FILE", default="", help="a playbook that makes the targets as they were before a run")
    add("--verify", metavar="FILE", default="", help="a playbook that must pass after a run, resumed or not")
    add("--state", metavar="CMD", action="append", default=[], help="a command whose output is compared, on each host")
    add("--effects", metavar="CMD", action="append", default=[], help="a command that lists effects, a line for each")
    add("--steps", metavar="NAME", action="append", default=[], help="only steps with this name; it may have wildcards")
    add("--moments", metavar="LIST", type=_moments, default=frozenset(Moment), help=f"of {', '.join(Moment)}")
    add("--hosts", choices=["first", "all"], default="first", help="interrupt a step on its first host, or on each")
    add("--lanes", metavar="HOSTS", type=_names, default=(), help="hosts that are alike: a case at a time on each")
    add("--doubts", choices=["auto", "done", "retry"], default="auto", help="how to answer what asks an operator")
    add("--junit", metavar="FILE", default="", help="write JUnit XML")
    add("--json", action="store_true", help="print JSON")
    add("--keep", action="store_true", help="keep the folder with journals and outputs, and say where it is")
    add("--yes-these-targets-are-disposable", action="store_true", help="drill hosts without saga_disposable")


def do(arguments: Namespace) -> Exit:
    """Drill; print the matrix, and return whether all of it is right."""
    if arguments.init is not None:
        return _copied(Path(arguments.init))
    if problem := _problem(arguments):
        complain(f"saga: {problem}; see 'saga drill --help'")
        raise SystemExit(Exit.USAGE)
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="saga-drill-"))
    keeps = True  # where it is broken off, what was in hand can be looked at
    try:
        with in_good_order():
            verdicts, blames = _drilled(arguments, _staged(arguments, folder))
        keeps = arguments.keep
    except Exception:
        keeps = arguments.keep
        raise
    finally:
        _leave(folder, keeps=keeps)
    seconds = time.monotonic() - began
    if arguments.junit:
        _write(arguments.junit, junit(verdicts, name=f"saga drill {' '.join(arguments.rest)}"))
    if arguments.json:
        print(json.dumps({"schema": SCHEMA, **document(verdicts, blames, seconds=seconds)}, indent=2))
    else:
        draw(Screen(), verdicts, blames, seconds=seconds)
    return Exit.FINE if all(verdict.is_right for verdict in verdicts) else Exit.WRONG


def _leave(folder: Path, *, keeps: bool) -> None:
    if not keeps:
        shutil.rmtree(folder, ignore_errors=True)
        return
    with contextlib.suppress(OSError):  # the terminal may be gone, and be the reason for all this
        say(f"journals and outputs are in {folder}")


def _copied(to: Path) -> Exit:
    """Copy the scenarios for molecule; never over what is there."""
    scenarios = sorted(path for path in (HOME / "extensions" / "scenarios").iterdir() if path.is_dir())
    try:
        for scenario in scenarios:
            shutil.copytree(scenario, to / scenario.name)
    except FileExistsError as error:
        raise DrillError(f"{error.filename} is there already, and nothing is written over it") from error
    except OSError as error:
        raise DrillError(f"{to} cannot be written: {error.strerror}") from error
    print(f"saga: {', '.join(str(to / scenario.name) for scenario in scenarios)} are made; change them to fit")
    return Exit.FINE


def _problem(arguments: Namespace) -> str:
    if not arguments.rest:
        return "name a playbook, as for ansible-playbook"
    if not arguments.reset:
        return "name a playbook that resets the targets, with --reset: each case begins with it"
    if not arguments.state and not arguments.verify:
        return "say what is to be compared, with --state, or what is to hold, with --verify"
    if arguments.lanes and arguments.hosts == "all":
        return "--lanes tries a case on one of some hosts, and --hosts all on each: take one of them"
    return ""


def _staged(arguments: Namespace, folder: Path) -> list[Stage]:
    """Return where to drill, a stage for each lane; raise DrillError for targets that nobody has called disposable."""
    from ansible.errors import AnsibleError  # noqa: PLC0415  costs more than all the rest, and may not be needed

    try:
        from .._bridge.doors import durable_name  # noqa: PLC0415  reads ansible.cfg as it is imported
        from .._bridge.drilling import ground  # noqa: PLC0415  likewise

        found, strategy = ground(arguments.rest), durable_name()
    except AnsibleError as error:
        raise PlaybookError(str(error)) from error
    if not found.hosts:
        raise DrillError("the playbook has no hosts")
    if found.not_disposable and not arguments.yes_these_targets_are_disposable:
        raise DrillError(
            f"it kills and fails the playbook on its targets again and again, and nobody has said that these are "
            f"disposable: {', '.join(found.not_disposable)}. Say so with saga_disposable: true in the inventory, or "
            f"with --yes-these-targets-are-disposable"
        )
    if unknown := [name for name in arguments.lanes if name not in found.hosts]:
        raise DrillError(f"--lanes names {', '.join(unknown)}, and the playbook's hosts are {', '.join(found.hosts)}")
    script = Script(
        arguments=tuple(arguments.rest),
        playbooks=found.playbooks,
        hosts=found.hosts,
        reset=arguments.reset,
        verify=arguments.verify,
        state=tuple(arguments.state),
        effects=tuple(arguments.effects),
    )
    own = {folder / name: script.only(name) for name in arguments.lanes} or {folder: script}
    return [Stage(place, each, callbacks=found.callbacks, strategy=strategy) for place, each in own.items()]


def _drilled(arguments: Namespace, stages: Sequence[Stage]) -> tuple[list[Verdict], tuple[Blame, ...]]:
    def choose(parts: Sequence[Part]) -> Sequence[Case]:
        return list(
            cases(
                parts,
                moments=arguments.moments,
                names=arguments.steps,
                every_host=arguments.hosts == "all",
                in_lane=len(stages) > 1,
            )
        )

    say("two uninterrupted runs, to compare with" + (", in each lane" if len(stages) > 1 else ""))
    verdicts, parts = drilled(stages, choose, doubts=arguments.doubts)
    return verdicts, blamed(verdicts, parts)


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))


def _moments(text: str) -> frozenset[Moment]:
    try:
        return frozenset(Moment(word.strip()) for word in text.split(","))
    except ValueError as error:
        raise ArgumentTypeError(f"{error}; they are {', '.join(Moment)}") from error


def _write(path: str, text: str) -> None:
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise DrillError(f"{path} cannot be written: {error.strerror}") from error
