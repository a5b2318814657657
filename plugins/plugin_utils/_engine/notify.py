# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tell somebody who does not watch that a run has ended, or waits: a document to a command, or to a web hook.

The document, as JSON; names and meanings stay while the schema stays:

=========  ==================================================================================================
schema     1
event      parked, stopped, compensated, abandoned, completed
run        the run's id
workflow   the name of its workflow
state      the run's state, the same word as the event
reason     why; names of tasks and hosts and operators' words, never a value of a variable
targets    the names of its leases
questions  what is to be decided, a dictionary each; may be empty
next       command: what to type, as a list of words, may be empty; text: the same as it is typed
=========  ==================================================================================================

Whatever goes wrong here changes nothing for the run: it is a sentence, and :meth:`Notice.ended` returns it.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shlex
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from http.client import HTTPException, HTTPMessage
from typing import IO, Any
from urllib.parse import SplitResult, unquote, urlsplit

from .records import Run, RunState
from .slotted import dataclass

SCHEMA = 1
_KILLING = 1.0  # seconds that a command which is told to end gets to be gone


class Occasion(StrEnum):
    """What a notification can be about."""

    PARKED = "parked"
    STOPPED = "stopped"
    COMPENSATED = "compensated"
    ABANDONED = "abandoned"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a notification goes; `timeout` in seconds, for all of it. Raise ValueError for what is no address."""

    target: str
    timeout: float = 10.0

    def __post_init__(self) -> None:
        if self.is_hook:
            _must_be_callable(self.target)
        elif "://" in self.target.split(" ", 1)[0]:
            raise ValueError("only http and https URLs can be called")
        elif not shlex.split(self.target):
            raise ValueError("there is no command in it")

    @property
    def is_hook(self) -> bool:
        return self.target.lower().startswith(("http://", "https://"))

    @property
    def shown(self) -> str:
        """What may be shown of it: paths, queries, user names and arguments are often secrets."""
        if not self.is_hook:
            return f"the command {shlex.split(self.target)[0]!r}"
        url = urlsplit(self.target)
        return f"{url.scheme}://{_place(url)}"


def document(
    run: Run,
    *,
    reason: str,
    questions: Sequence[Mapping[str, Any]] = (),
    command: Sequence[str] = (),
) -> dict[str, Any]:
    """Return what is told of a run that has ended or waits; `command` is what to type next."""
    return {
        "schema": SCHEMA,
        "event": str(occasion(run.state)),
        "run": run.id,
        "workflow": run.workflow,
        "state": str(run.state),
        "reason": reason,
        "targets": list(run.targets),
        "questions": [dict(question) for question in questions],
        "next": {"command": list(command), "text": shlex.join(command)},
    }


def occasion(state: RunState) -> Occasion:
    """Return what a run in this state is an occasion for; raise ValueError for one at work."""
    return Occasion(str(state))


class Notice:
    """A document on its way; nobody waits for it but whoever calls :meth:`ended`."""

    def __init__(self, address: Address, content: Mapping[str, Any], *, failure: str = "nobody was notified:") -> None:
        self._address = address
        self._text = json.dumps(content)
        self._failure = failure
        self._trouble = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._is_over = False
        self._deadline = time.monotonic() + address.timeout
        self._thread = threading.Thread(target=self._send, name="saga-notice", daemon=True)

    def start(self) -> Notice:
        """Begin to send."""
        try:
            self._thread.start()
        except RuntimeError:  # the process may have no more threads, or memory for one
            self._trouble = "could not be called: no thread can be started"
        return self

    def ended(self) -> str:
        """Wait until it is delivered, or its time is over; return what went wrong, as a sentence without secrets."""
        if self._thread.ident is not None:
            self._thread.join(max(0.0, self._deadline - time.monotonic()))
        with self._lock:
            self._is_over = True  # a command that has not begun by now does not begin any more
        if self._thread.is_alive():
            self._end_command()
            return self._sentence(self._late())
        return self._sentence(self._trouble) if self._trouble else ""

    def _sentence(self, trouble: str) -> str:
        return f"{self._failure} {self._address.shown} {trouble}"

    def _late(self) -> str:
        return f"took longer than {self._address.timeout:g} s"

    def _send(self) -> None:
        send: Callable[[], str] = self._call if self._address.is_hook else self._execute
        try:
            self._trouble = send()
        except Exception as error:  # noqa: BLE001  whatever it is, it is no matter of the run's
            self._trouble = f"failed ({type(error).__name__})"

    # A command

    def _execute(self) -> str:
        words = shlex.split(self._address.target)
        with self._lock:
            if self._is_over:
                return self._late()
            try:
                self._process = process = subprocess.Popen(
                    words,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )
            except OSError as error:
                return f"cannot be started ({error.strerror})"
        try:
            process.communicate(self._text.encode(), timeout=max(0.0, self._deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._end_command()
            return self._late()
        return f"ended with {process.returncode}" if process.returncode else ""

    def _end_command(self) -> None:
        process = self._process
        if process is None:
            return
        with contextlib.suppress(OSError):  # with all that it has started; its group may be gone
            os.killpg(process.pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_KILLING)

    # A web hook

    def _call(self) -> str:
        url = urlsplit(self._address.target)
        headers = {"Content-Type": "application/json", "User-Agent": "saga.ops"}
        if url.username is not None:
            pair = f"{unquote(url.username)}:{unquote(url.password or '')}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode("ascii")
        request = urllib.request.Request(  # noqa: S310  the address has been looked at: http or https
            url._replace(netloc=_place(url), fragment="").geturl(),
            data=self._text.encode(),
            headers=headers,
            method="POST",
        )
        try:
            with urllib.request.build_opener(_StayHere).open(request, timeout=self._address.timeout) as answer:
                answer.read(0)
        except urllib.error.HTTPError as error:
            error.close()
            return f"answered {error.code}"
        except TimeoutError:
            return self._late()
        except urllib.error.URLError as error:
            return self._late() if isinstance(error.reason, TimeoutError) else f"cannot be reached ({_why(error)})"
        except (OSError, HTTPException) as error:
            return f"cannot be reached ({type(error).__name__})"
        return ""


class _StayHere(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: it would turn the document into a bare GET, perhaps to a place that nobody named."""

    def redirect_request(  # noqa: PLR0917  as urllib calls it
        self,
        req: urllib.request.Request,  # noqa: ARG002
        fp: IO[bytes],  # noqa: ARG002
        code: int,  # noqa: ARG002
        msg: str,  # noqa: ARG002
        headers: HTTPMessage,  # noqa: ARG002
        newurl: str,  # noqa: ARG002
    ) -> None:
        return None


def _must_be_callable(target: str) -> None:
    try:
        url = urlsplit(target)
        is_callable = bool(url.hostname) and url.port != 0
    except ValueError:  # its text quotes a part of the URL
        is_callable = False
    if not is_callable or any(mark.isspace() for mark in target):
        raise ValueError("the URL cannot be called")


def _place(url: SplitResult) -> str:
    """Return host and port of an URL, without who calls."""
    return url.netloc.rpartition("@")[2]


def _why(error: urllib.error.URLError) -> str:
    reason = error.reason
    return (reason.strerror or type(reason).__name__) if isinstance(reason, OSError) else type(error).__name__
