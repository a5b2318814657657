# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line ``saga``: the parser, and where errors become sentences and exit codes."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import NoReturn

from .._engine.errors import EngineError
from .._screen.text import complain
from . import (
    abandon,
    annotate,
    approve,
    audit,
    bring,
    cancel,
    check,
    compensate,
    completion,
    decide,
    deny,
    drill,
    exits,
    export,
    launch,
    pause,
    pending,
    plan,
    prune,
    rekey,
    report,
    resume,
    runs,
    show,
    status,
    unlock,
    watch,
)
from .completing import complete, offer
from .exits import Exit
from .opening import add_journal
from .release import HOME, version

_COMMANDS: dict[str, ModuleType] = {
    "run": launch,
    "plan": plan,
    "check": check,
    "annotate": annotate,
    "drill": drill,
    "runs": runs,
    "status": status,
    "show": show,
    "watch": watch,
    "audit": audit,
    "report": report,
    "pending": pending,
    "approve": approve,
    "deny": deny,
    "decide": decide,
    "pause": pause,
    "resume": resume,
    "cancel": cancel,
    "compensate": compensate,
    "abandon": abandon,
    "unlock": unlock,
    "export": export,
    "import": bring,
    "rekey": rekey,
    "prune": prune,
    "completion": completion,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code, never raise."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a name that the terminal's encoding lacks is still shown
    try:
        arguments = _parsed(argv)
        code: Exit = arguments.do(arguments)
        sys.stdout.flush()
    except SystemExit as ended:  # argparse has said what there is to say
        return ended.code if isinstance(ended.code, int) else Exit.USAGE
    except EngineError as error:
        complain(f"saga: {error}")
        return exits.of(error)
    except (RecursionError, UnicodeEncodeError) as error:
        return _unfit(error)
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:
        return Exit.CLOSED
    return code


def _unfit(error: RecursionError | UnicodeEncodeError) -> Exit:
    """Say that something cannot be taken for what it should be, and by whose doing."""
    if isinstance(error, RecursionError):
        complain("saga: what a target has returned is nested too deeply to be shown")
        return Exit.REFUSED
    complain("saga: what was typed is no text in UTF-8; see 'saga --help'")  # its bytes come as halves of characters
    return Exit.USAGE


def _parsed(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line; what a command does not know is ansible-playbook's, for the commands that take that."""
    parser = _parser()
    complete(parser)
    arguments, rest = parser.parse_known_args(argv)
    if rest and not arguments.takes_rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    arguments.rest = rest
    return arguments


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are sentences like all the others."""

    def error(self, message: str) -> NoReturn:
        complain(f"saga: {message}; see '{self.prog} --help'")
        self.exit(Exit.USAGE)


class _Version(argparse.Action):
    """Say the version; there may be another copy of the collection beside this one, so say where it lies, too."""

    def __call__(self, parser: argparse.ArgumentParser, *_unused: object) -> NoReturn:
        print(f"saga.ops {version()}, {HOME}")
        parser.exit()


def _parser() -> argparse.ArgumentParser:
    codes = "\n".join(f"  {code.value:<4} {code.meaning}" for code in Exit)
    parser = _Parser(
        prog="saga",
        description="Look at durable runs of Ansible playbooks, and decide about them.",
        epilog=f"exit codes:\n{codes}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="say which version this is, and where it lies")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, command in _COMMANDS.items():
        usage = getattr(command, "USAGE", None)
        sub = commands.add_parser(name, help=command.HELP, description=command.HELP, usage=usage, allow_abbrev=False)
        if getattr(command, "HAS_JOURNAL", True):
            add_journal(sub)
        command.add_arguments(sub)
        offer(sub)
        sub.set_defaults(do=command.do, takes_rest=usage is not None)
    return parser
