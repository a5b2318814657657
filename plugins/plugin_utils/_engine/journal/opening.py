# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The door to a journal: what its URL names, and whether it may be made."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from .. import ids
from ..clock import Clock
from ..errors import JournalAbsentError, JournalUnusableError
from . import Journal
from .access import Access

_DEFAULT = Access()


def open_journal(
    url: str, *, clock: Clock, access: Access = _DEFAULT, warn: Callable[[str], None] = lambda _text: None
) -> Journal:
    """Open the journal at `url`, making it if there is none; `warn` hears what a crash of its server can lose.

    A URL is ``sqlite:///absolute/path``, a bare path, or one of those that redis.address takes apart.
    """
    if is_on_server(url):
        return _on_server(url, clock=clock, access=access, warn=warn, may_make=True)
    from .sqlite import SqliteJournal  # noqa: PLC0415  the port must not need its stores

    return SqliteJournal(journal_path(url), clock=clock)


def existing_journal(url: str, *, clock: Clock, access: Access = _DEFAULT) -> Journal:
    """Open the journal at `url` for someone who looks or decides; raise JournalAbsentError rather than make one."""
    if is_on_server(url):
        return _on_server(url, clock=clock, access=access, warn=lambda _text: None, may_make=False)
    path = journal_path(url)
    try:
        is_there = path.stat().st_size > 0
    except FileNotFoundError:
        is_there = False
    except OSError as error:
        raise JournalUnusableError(url, error.strerror or str(error)) from error
    if not is_there:
        raise JournalAbsentError(str(path))
    return open_journal(url, clock=clock)


def is_on_server(url: str) -> bool:
    """Return whether the URL names a journal on a server, which takes more to reach than the URL."""
    from .redis.address import SCHEMES  # noqa: PLC0415

    scheme, separator, _rest = url.partition("://")
    return bool(separator) and scheme in SCHEMES


def without_password(url: str) -> tuple[str, str]:
    """Return the URL as it may be shown, and the password that was in it."""
    from .redis.address import without_password as split  # noqa: PLC0415

    return split(url)


def absolute(url: str) -> str:
    """Return the URL as it means the same in any folder."""
    return url if is_on_server(url) else f"sqlite://{journal_path(url)}"


def spool_path(url: str) -> Path:
    """Return the folder, on this machine, where workers leave what their parent can no longer take."""
    if is_on_server(url):
        from .redis.address import Address  # noqa: PLC0415

        return state_directory() / "spool" / ids.digest(Address.of(url).identity, length=16)
    return Path(f"{journal_path(url)}.spool")


def sightings_path(url: str) -> Path:
    """Return the folder, on this machine and not beside the journal, of what was seen of it."""
    return state_directory() / "seen" / ids.digest(str(spool_path(url)), length=16)


def default_journal() -> str:
    """Return the journal that is used where nobody names one."""
    return f"sqlite://{state_directory() / 'journal.db'}"


def state_directory() -> Path:
    """Return where state is kept that belongs to nobody's project."""
    home = os.environ.get("XDG_STATE_HOME")
    return (Path(home) if home else Path("~/.local/state").expanduser()) / "saga"


def journal_path(url: str) -> Path:
    """Return the file that a SQLite journal's URL names."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        rest = url
    elif scheme != "sqlite":
        known = "sqlite:///path, redis://host and their like are known, see docs/redis.md"
        raise JournalUnusableError(url, f"the scheme {scheme!r} is unknown; {known}")
    path = Path(rest).expanduser()
    if not rest.strip("/"):
        raise JournalUnusableError(url, "it names no file")
    return path if path.is_absolute() else _here(url) / path


def _here(url: str) -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError as error:
        gone = "the folder that you are in was removed; go to one that is there, or name the journal from the root on"
        raise JournalUnusableError(url, gone) from error


def _on_server(url: str, *, clock: Clock, access: Access, warn: Callable[[str], None], may_make: bool) -> Journal:
    from .redis.address import Address  # noqa: PLC0415
    from .redis.store import RedisJournal  # noqa: PLC0415  it takes a package that others do without

    journal = RedisJournal(Address.of(url), clock=clock, access=access, may_make=may_make)
    for warning in journal.warnings:
        warn(warning)
    return journal
