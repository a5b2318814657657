# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal that a command is about: opened, never made."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from .._bridge.unconfigured import is_unconfigured
from .._engine.clock import SystemClock
from .._engine.errors import JournalUnusableError
from .._engine.journal.access import Access
from .._engine.journal.opening import (
    absolute,
    default_journal,
    existing_journal,
    is_on_server,
    open_journal,
    spool_path,
    without_password,
)
from .._engine.request import Means
from .._engine.spool import Spool

_PATIENCE = 5.0  # seconds: whoever looks waits for a server that is away, but not for long


def add_journal(parser: ArgumentParser) -> None:
    """Add the option that every command has."""
    parser.add_argument(
        "--journal",
        metavar="URL",
        default="",
        type=_kept_secret,
        help="the journal, as sqlite:///path, a path, or redis://host and its like; without it the one that a play "
        "started here would use: SAGA_JOURNAL, 'journal' in the section [saga] of ansible.cfg, or the default",
    )


@contextmanager
def opened(arguments: Namespace, *, may_make: bool = False) -> Iterator[Means]:
    """Open the journal that is meant; raise a JournalError when there is none, and none is to be made."""
    url, access = _asked(arguments)
    clock = SystemClock()
    journal = (open_journal if may_make else existing_journal)(url, clock=clock, access=access)
    try:
        yield Means(journal=journal, spool=Spool(spool_path(url)).guarded(), clock=clock, tell=lambda _text: None)
    finally:
        journal.close()


def journal_url(arguments: Namespace) -> str:
    """Return the journal that is meant, as it is called from any folder."""
    return absolute(_asked(arguments)[0])


def _asked(arguments: Namespace) -> tuple[str, Access]:
    named = arguments.journal or _without_ansible()
    if named and not is_on_server(named):
        return named, Access()
    url, access = _configured()
    _remember(access.password)  # for the ansible-playbook that this process may become
    return arguments.journal or url, replace(access, patience=_PATIENCE)


def _without_ansible() -> str:
    """Return the journal that a play started here would use, where that is known without Ansible; else nothing."""
    named = os.environ.get("SAGA_JOURNAL", "")
    if named:
        return "" if "{" in named else named  # it may be a template
    return default_journal() if is_unconfigured() else ""


def _kept_secret(url: str) -> str:
    """Return the URL that was typed as it may be shown; the password in it goes where no message shows it."""
    shown, password = without_password(url)
    _remember(password)
    return shown


def _remember(password: str) -> None:
    if password:
        os.environ["SAGA_REDIS_PASSWORD"] = password


def _configured() -> tuple[str, Access]:
    """Return the journal that a play started here would use, and how it is reached."""
    from ansible.errors import AnsibleError  # noqa: PLC0415  costs more than all the rest, and may not be needed

    try:
        from .._bridge import settings  # noqa: PLC0415  reads ansible.cfg as it is imported, and may refuse it

        chosen = settings.read()
    except AnsibleError as error:
        raise JournalUnusableError("of this configuration", str(error)) from error
    return chosen.journal, chosen.access
