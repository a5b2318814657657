# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal that a command is about: opened, never made."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager

from .._engine.begin import Means
from .._engine.clock import SystemClock
from .._engine.errors import JournalUnusableError
from .._engine.journal import existing_journal, journal_path, open_journal, spool_path
from .._engine.spool import Spool


def add_journal(parser: ArgumentParser) -> None:
    """Add the option that every command has."""
    parser.add_argument(
        "--journal",
        metavar="URL",
        default="",
        help="the journal, as sqlite:///path or a path; without it the one that a play started here would use: "
        "SAGA_JOURNAL, 'journal' in the section [saga] of ansible.cfg, or the default",
    )


@contextmanager
def opened(arguments: Namespace, *, may_make: bool = False) -> Iterator[Means]:
    """Open the journal that is meant; raise a JournalError when there is none, and none is to be made."""
    url = _asked(arguments)
    clock = SystemClock()
    journal = open_journal(url, clock=clock) if may_make else existing_journal(url, clock=clock)
    try:
        yield Means(journal=journal, spool=Spool(spool_path(url)), clock=clock, tell=lambda _text: None)
    finally:
        journal.close()


def journal_url(arguments: Namespace) -> str:
    """Return the journal that is meant, as it is called from any folder."""
    return f"sqlite://{journal_path(_asked(arguments))}"


def _asked(arguments: Namespace) -> str:
    return arguments.journal or _configured()


def _configured() -> str:
    """Return the journal that a play started here would use."""
    from ansible.errors import AnsibleError  # noqa: PLC0415  costs more than all the rest, and may not be needed

    try:
        from .._bridge import settings  # noqa: PLC0415  reads ansible.cfg as it is imported, and may refuse it

        return str(settings.read().journal)
    except AnsibleError as error:
        raise JournalUnusableError("of this configuration", str(error)) from error
