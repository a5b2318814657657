# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line ``saga``: the parser, and where errors become sentences and exit codes."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import NoReturn

from .._engine.errors import EngineError
from .._screen.text import complain
from . import exits
from .completing import ASKED, complete, offer
from .exits import Exit
from .opening import add_journal
from .release import HOME, version

_COMMANDS = (
    "run",
    "plan",
    "check",
    "annotate",
    "drill",
    "runs",
    "status",
    "show",
    "watch",
    "audit",
    "report",
    "pending",
    "approve",
    "deny",
    "decide",
    "pause",
    "resume",
    "cancel",
    "compensate",
    "abandon",
    "unlock",
    "export",
    "import",
    "rekey",
    "prune",
    "completion",
)
_SELDOM = (100_000, 50, 50)
"""How often rubbish is looked for: thousands of records that are read at once are none, and looking took a sixth."""

_MODULES = {"run": "launch", "import": "bring"}
"""Where a command is that cannot be called like its module."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code, never raise."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a name that the terminal's encoding lacks is still shown
    gc.set_threshold(*_SELDOM)
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
    typed = sys.argv[1:] if argv is None else argv
    parser = _parser(_wanted(typed))
    complete(parser)
    arguments, rest = parser.parse_known_args(typed)
    if rest and not arguments.takes_rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    arguments.rest = rest
    return arguments


def _wanted(typed: Sequence[str]) -> Iterable[str]:
    """Return the commands that have to be loaded: the one that is typed, and for all other cases all of them."""
    is_known = bool(typed) and typed[0] in _COMMANDS and ASKED not in os.environ
    return typed[:1] if is_known else _COMMANDS


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


def _parser(names: Iterable[str] = _COMMANDS) -> argparse.ArgumentParser:
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
    for name in names:
        command = import_module(f".{_MODULES.get(name, name)}", __package__)
        usage = getattr(command, "USAGE", None)
        sub = commands.add_parser(name, help=command.HELP, description=command.HELP, usage=usage, allow_abbrev=False)
        if getattr(command, "HAS_JOURNAL", True):
            add_journal(sub)
        command.add_arguments(sub)
        offer(sub)
        sub.set_defaults(do=command.do, takes_rest=usage is not None)
    return parser
