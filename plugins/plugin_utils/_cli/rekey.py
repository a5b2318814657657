# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``saga rekey``: seal the keys of runs anew, with another password or vault id; what they seal stays as it is."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from .._engine.finding import find_run
from .._engine.operator import rekey
from .._engine.records import Run
from .._engine.request import Means
from .._engine.sealing import RekeyError, vault_id_of
from .._screen.screen import Screen
from .exits import Exit
from .opening import opened
from .vaulting import NewPasswords, Passwords, sealed, told

HELP = "encrypt the keys of encrypted results anew, with another password or vault id"


def add_arguments(parser: ArgumentParser) -> None:
    """Add what only this command takes; passwords are given as to ansible-vault rekey."""
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("run", metavar="RUN", nargs="?", default="", help="how the run's id begins")
    which.add_argument("--all", action="store_true", help="all runs that have encrypted results")
    parser.add_argument("--to", metavar="ID", default="", help="the vault id; without it that of the new password")
    for new, what in (("", "that opens the keys now"), ("new-", "that is to open them from now on")):
        parser.add_argument(
            f"--{new}vault-id", metavar="ID@SOURCE", action="append", default=[], help=f"a password {what}"
        )
        parser.add_argument(
            f"--{new}vault-password-file", metavar="FILE", default="", help=f"a file with the password {what}"
        )


def do(arguments: Namespace) -> Exit:
    """Seal the keys that are meant anew; one that cannot be opened is told, and the others are done."""
    old = Passwords(ids=tuple(arguments.vault_id), file=arguments.vault_password_file)
    new = NewPasswords(
        ids=tuple(arguments.new_vault_id), file=arguments.new_vault_password_file, to=arguments.to, old=old
    )
    screen, has_failed = Screen(), False
    with opened(arguments) as means:
        runs = _meant(means, arguments)
        for run in runs:
            try:
                after = rekey(means, run, sealed(told(run.seal, old, run=run.id), new))
            except RekeyError as error:
                if not arguments.all:
                    raise
                screen.line(f"saga: {error}")
                has_failed = True
            else:
                was, now = vault_id_of(run.seal), vault_id_of(after.seal)
                screen.line(f"Run {run.id} of {run.workflow}: its key was encrypted with {was!r}, now with {now!r}.")
    if not runs:
        screen.line("No run has encrypted results.")
    return Exit.REFUSED if has_failed else Exit.FINE


def _meant(means: Means, arguments: Namespace) -> list[Run]:
    if arguments.all:
        return [run for run in means.journal.runs() if run.seal]
    run = find_run(means.journal, arguments.run)
    if not run.seal:
        raise RekeyError(f"run {run.id} has no encrypted results, so it has no key")
    return [run]
