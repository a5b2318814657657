# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one door to the package `redis`: connections that do what they are told, once, and errors as our own."""

from __future__ import annotations

import inspect
import re
import ssl
from pathlib import Path
from typing import Any

from ...errors import JournalUnusableError
from ...slotted import dataclass
from ..access import Access
from .address import Address, Place

_MISSING = (
    "the Python package redis is missing: pip install 'ansible-saga[redis]', into the environment of ansible-core"
)


class Broken(Exception):  # noqa: N818  a signal, not the caller's fault
    """A connection could not be made, or broke: whether the server did what it was asked, nobody knows."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error that the server replied: its first word, and all that it said."""

    code: str
    text: str


Reply = Any  # None, an int, text, a Refusal, or a list of these

_ENCODING = ("utf-8", "surrogatepass")


def connected(address: Address, access: Access, place: Place, *, timeout: float, is_anonymous: bool = False) -> Any:
    """Open a connection; raise Broken, or JournalUnusableError where it is no use to try again."""
    try:
        from redis import connection  # noqa: PLC0415  an optional package
        from redis.backoff import NoBackoff  # noqa: PLC0415
        from redis.retry import Retry  # noqa: PLC0415
    except ImportError as error:
        raise JournalUnusableError(address.text, _MISSING) from error
    library: Any = connection  # half of it has types, and its kinds of connections are abstract by mistake
    how: dict[str, Any] = {
        "protocol": 2,
        "decode_responses": False,  # text is decoded here, so that no parser of the library has another opinion
        "socket_timeout": timeout,
        "socket_connect_timeout": timeout,
        "retry": Retry(NoBackoff(), 0),  # a command that is sent again has to be one of ours
        "retry_on_timeout": False,
        "health_check_interval": 0,
    }
    if not is_anonymous:
        how |= {"username": access.username or address.username or None, "password": _password(address, access)}
        how["db"] = address.database
    # What tells the server about the library would be one more command that a user needs the right to.
    makers = inspect.signature(library.AbstractConnection.__init__).parameters
    how |= {"driver_info": None} if "driver_info" in makers else {"lib_name": None, "lib_version": None}
    made: Any
    try:
        if not place.port:
            made = library.UnixDomainSocketConnection(path=place.host, **how)
        elif address.is_tls:
            made = library.SSLConnection(host=place.host, port=place.port, **how, **_tls(access))
        else:
            made = library.Connection(host=place.host, port=place.port, **how)
        made.connect()
    except Exception as error:  # noqa: BLE001  each is told apart, none is let out as the library's
        raise _explained(error, address) from None
    return made


def exchange(link: Any, commands: list[tuple[Any, ...]]) -> list[Reply]:
    """Write all commands at once and return the replies to each; raise Broken."""
    from redis.exceptions import RedisError, ResponseError  # noqa: PLC0415

    replies: list[Reply] = []
    try:
        link.send_packed_command([_packed(commands)], check_health=False)
        for _command in commands:
            try:
                replies.append(_decoded(link.read_response()))
            except ResponseError as error:
                replies.append(refusal(error))
            except RedisError as error:
                if (refused := refusal(error)).code == "ERR":
                    raise
                replies.append(refused)
                break  # the library has closed the connection over this one
    except (RedisError, OSError) as error:
        raise _by_tls(str(error)) from None
    return replies


def close(link: Any) -> None:
    """Let go of a connection; in a forked child, without a word to the server, whose client is the parent."""
    link.disconnect()


def slot(key: str) -> int:
    """Return the slot of a Cluster that a key belongs to."""
    from redis.crc import key_slot  # noqa: PLC0415

    return int(key_slot(key.encode(*_ENCODING)))


def refusal(error: Exception) -> Refusal:
    """Return what the server said, from what the library made of it."""
    kinds = {
        "AskError": "ASK",
        "AuthenticationError": "WRONGPASS",
        "BusyLoadingError": "LOADING",
        "ClusterCrossSlotError": "CROSSSLOT",
        "ClusterDownError": "CLUSTERDOWN",
        "MasterDownError": "MASTERDOWN",
        "MovedError": "MOVED",
        "NoPermissionError": "NOPERM",
        "NoScriptError": "NOSCRIPT",
        "OutOfMemoryError": "OOM",
        "ReadOnlyError": "READONLY",
        "TryAgainError": "TRYAGAIN",
    }
    text = str(error)
    code = "NOAUTH" if text.startswith("Authentication required") else getattr(error, "status_code", None)
    code = code or kinds.get(type(error).__name__)
    if not code:
        word = text.partition(" ")[0]
        code = word if word.isupper() and word.isalpha() else "ERR"
    return Refusal(str(code), text)


def _password(address: Address, access: Access) -> str | None:
    if not access.password_file:
        return access.password or address.password or None
    path = Path(access.password_file).expanduser()
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise JournalUnusableError(address.text, f"the file of the password, {path}, cannot be read: {why}") from None


def _tls(access: Access) -> dict[str, Any]:
    files = {"ssl_ca_certs": access.ca, "ssl_certfile": access.certificate, "ssl_keyfile": access.key}
    return {
        "ssl_cert_reqs": "required",
        "ssl_check_hostname": True,
        "ssl_min_version": ssl.TLSVersion.TLSv1_2,
        **{name: str(Path(path).expanduser()) for name, path in files.items() if path},
    }


def _by_tls(text: str) -> Exception:
    """Return the error as one that passes, unless it is a certificate that one side does not take."""
    return (
        Distrusted(text)
        if re.search("certificate|alert|WRONG_VERSION|UNKNOWN_CA", text, re.IGNORECASE)
        else Broken(text)
    )


def _explained(error: Exception, address: Address) -> Exception:
    """Return the error as ours: whether it is worth trying again is what matters."""
    text = str(error)
    cause = error.__cause__ or error.__context__
    if isinstance(error, JournalUnusableError):
        return error
    if (refused := refusal(error)).code != "ERR":
        return Unwelcome(refused)
    if not address.is_tls:
        return Broken(text)
    if isinstance(cause, FileNotFoundError):
        return JournalUnusableError(address.text, f"a certificate or its key is not there: {text}")
    return _by_tls(text)


class Distrusted(Exception):  # noqa: N818  a signal, as Broken
    """One side does not trust the other's certificate."""


class Unwelcome(Exception):  # noqa: N818  a signal, as Broken
    """The server refused a connection, in words."""

    def __init__(self, refused: Refusal) -> None:
        super().__init__(refused.text)
        self.refusal = refused


def _packed(commands: list[tuple[Any, ...]]) -> bytes:
    """Return commands as the protocol has them (RESP): the library takes its time to do that word by word."""
    pieces = []
    for command in commands:
        pieces.append(b"*%d\r\n" % len(command))
        for word in command:
            data = word if isinstance(word, bytes) else str(word).encode(*_ENCODING)
            pieces += (b"$%d\r\n" % len(data), data, b"\r\n")
    return b"".join(pieces)


def _decoded(reply: Any) -> Reply:
    if isinstance(reply, bytes):
        return reply.decode(*_ENCODING)
    if isinstance(reply, list):
        return [_decoded(item) for item in reply]
    return refusal(reply) if isinstance(reply, Exception) else reply
