# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The URL of a journal in Redis, taken apart: never shown with its password."""

from __future__ import annotations

import re
from enum import StrEnum
from urllib.parse import parse_qsl, unquote

from ...errors import JournalUnusableError
from ...slotted import dataclass, field

_FORMS = (
    "redis://host:6379/0, rediss:// for TLS, unix:///path/of/socket, "
    "redis+sentinel://host:26379,host:26379/service/0 and redis+cluster://host:6379,host:6379"
)
_PORT, _SENTINEL_PORT = 6379, 26379
_NAMESPACE = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_ASKED_PASSWORD = re.compile(r"([?&][^=&]*(?:pass|secret|auth)[^=&]*=)[^&]*", re.IGNORECASE)


class Kind(StrEnum):
    """How the server that holds the journal is found."""

    ONE = "one server"
    SOCKET = "a socket"
    SENTINEL = "Sentinel"
    CLUSTER = "Cluster"


# What a scheme says: how the server is found, and whether it is spoken to by TLS.
SCHEMES = {
    "redis": (Kind.ONE, False),
    "rediss": (Kind.ONE, True),
    "unix": (Kind.SOCKET, False),
    "redis+unix": (Kind.SOCKET, False),
    "redis+sentinel": (Kind.SENTINEL, False),
    "rediss+sentinel": (Kind.SENTINEL, True),
    "redis+cluster": (Kind.CLUSTER, False),
    "rediss+cluster": (Kind.CLUSTER, True),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server listens: a host and its port, or the path of a socket."""

    host: str
    port: int = 0  # of a socket: 0

    def __str__(self) -> str:
        return f"{self.host}:{self.port}" if self.port else self.host


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """What a journal's URL says; `text` is the URL as it may be shown."""

    text: str
    kind: Kind
    is_tls: bool
    places: tuple[Place, ...]
    service: str = ""
    database: int = 0
    namespace: str = ""
    username: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def of(cls, url: str) -> Address:
        """Return what the URL says; raise JournalUnusableError, without its password, if that is not clear."""
        bare, password = without_password(url)
        try:
            return _parsed(bare, password)
        except ValueError as error:
            raise JournalUnusableError(bare, f"{error}; a URL is like {_FORMS}") from None

    @property
    def identity(self) -> str:
        """What tells this store from others: the URL without whoever uses it."""
        scheme, _separator, rest = self.text.partition("://")
        authority, slash, path = rest.partition("/")
        return f"{scheme}://{authority.rpartition('@')[2]}{slash}{path}"


def without_password(url: str) -> tuple[str, str]:
    """Return the URL without the password in it, and the password.

    Of a scheme that is mistyped, too: the message that says so shows the URL. What is asked for as a password, where
    none is asked for, is no password, and not shown either.
    """
    scheme, separator, rest = url.partition("://")
    if not separator or scheme == "sqlite":
        return url, ""
    user, at, place = ("", "", rest) if rest.startswith("/") else rest.rpartition("@")
    place = _ASKED_PASSWORD.sub(r"\1***", place)
    name, colon, password = user.partition(":")  # the last @ ends it: a password may hold what belongs encoded in a URL
    if not colon:
        return f"{scheme}://{user}{at}{place}", ""
    return f"{scheme}://{name}{at if name else ''}{place}", unquote(password)


def _parsed(url: str, password: str) -> Address:
    scheme, _separator, rest = url.partition("://")
    kind, is_tls = SCHEMES[scheme]
    rest, _mark, query = rest.partition("?")
    authority, _slash, path = rest.partition("/")
    user, _at, hosts = authority.rpartition("@")
    asked = _asked(query)
    service = ""
    if kind is Kind.SOCKET:
        if hosts or not path:
            raise ValueError("it names no socket")
        places, database = [Place(f"/{unquote(path)}")], asked.get("db", "")
    else:
        places = [_place(text, _SENTINEL_PORT if kind is Kind.SENTINEL else _PORT) for text in hosts.split(",")]
        database = path.strip("/")
        if kind is Kind.SENTINEL:
            service, _slash, database = database.partition("/")
            if not service:
                raise ValueError("it does not name the service that the Sentinels watch")
        if "db" in asked:
            raise ValueError("the database stands in the path, as /0")
    if kind is Kind.CLUSTER and database not in {"", "0"}:
        raise ValueError("a Cluster has no databases")
    return Address(
        text=url,
        kind=kind,
        is_tls=is_tls,
        places=tuple(places),
        service=unquote(service),
        database=_number(database or "0", "database"),
        namespace=asked.get("namespace", ""),
        username=unquote(user),
        password=password,
    )


def _asked(query: str) -> dict[str, str]:
    asked = dict(parse_qsl(query, keep_blank_values=True))
    if unknown := asked.keys() - {"namespace", "db"}:
        raise ValueError(f"it asks for {', '.join(sorted(unknown))}, which is unknown; namespace and db are known")
    if "namespace" in asked and not _NAMESPACE.fullmatch(asked["namespace"]):
        raise ValueError("the namespace may have letters, digits, '_', '.' and '-'")
    return asked


def _place(text: str, port: int) -> Place:
    match = re.fullmatch(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<host>[^\[\]:@\s]+))(?::(?P<port>\d+))?", text.strip())
    if not match:
        raise ValueError(f"{text!r} is no host" if text else "it names no host")
    return Place(match["six"] or match["host"], _number(match["port"] or str(port), "port"))


def _number(text: str, what: str) -> int:
    if not re.fullmatch(r"\d{1,5}", text):
        raise ValueError(f"{text!r} is no number of a {what}")
    return int(text)
