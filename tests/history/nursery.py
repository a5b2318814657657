# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Where controllers are born: a process that knows all that they need to know, so that each is one fork away.

Run as a script it reads a setting in each line, and says which process lives it, and how each has ended. A controller
that is to be apart gets a namespace of processes of its own, as a container or another machine has.
"""

import contextlib
import ctypes
import json
import os
import select
import signal
import subprocess
import sys
import threading
import warnings
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
_DEATH_OF_PARENT = 1  # PR_SET_PDEATHSIG
_APART = 0x20000000 | 0x00020000  # CLONE_NEWPID, CLONE_NEWNS
_PRIVATE = 0x4000 | 0x40000  # MS_REC, MS_PRIVATE
_SYSTEM = ctypes.CDLL(None, use_errno=True)


def can_be_apart():
    """Tell whether processes may have a namespace of their own here, as on another machine."""
    with contextlib.suppress(OSError):
        return (
            subprocess.run(["unshare", "--pid", "--fork", "--mount-proc", "true"], capture_output=True).returncode == 0
        )
    return False


def die_with_parent():
    _SYSTEM.prctl(_DEATH_OF_PARENT, signal.SIGKILL)


class Nursery:
    """The nursery, as seen by whoever lets controllers be born."""

    def __init__(self, errors):
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509  nothing is held while another thread waits
        )
        self._born = {}
        self.ended = {}
        threading.Thread(target=self._listen, daemon=True).start()

    def bear(self, setting):
        """Let a controller be born; who it is, is known a little later."""
        self._process.stdin.write(json.dumps(setting) + "\n")
        self._process.stdin.flush()

    def pid(self, who, life):
        return self._born.get((who, life))

    def close(self):
        self._process.kill()
        self._process.wait(20)
        self._process.stdin.close()

    def _listen(self):
        with self._process.stdout as words:
            for line in words:
                told = json.loads(line)
                if "code" in told:
                    self.ended[told["pid"]] = told["code"]
                else:
                    self._born[told["who"], told["life"]] = told["pid"]


def main():
    sys.path[0] = str(TESTS)
    warnings.simplefilter("ignore")
    from history import controller  # noqa: PLC0415  the rest of this file needs none of it

    with contextlib.suppress(ImportError):
        import redis.connection  # noqa: F401, PLC0415  what each would import
    while True:
        ready, _none, _nothing = select.select([0], [], [], 0.02)
        for line in _lines() if ready else ():
            setting = json.loads(line)
            _say(who=setting["who"], life=setting["life"], pid=_forked(lambda s=setting: _live(controller, s)))
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                _say(pid=ended[0], code=os.waitstatus_to_exitcode(ended[1]))


def _lines():
    """Return what somebody has written; each line comes in one piece."""
    text = os.read(0, 1 << 20)
    if not text:
        sys.exit()
    return text.splitlines()


def _say(**told):
    os.write(1, json.dumps(told).encode("ascii") + b"\n")


def _live(controller, setting):
    if not setting["is_apart"]:
        return controller.live(setting)
    _must(_SYSTEM.unshare(_APART))
    pid = _forked(lambda: _live_apart(controller, setting))
    return abs(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def _live_apart(controller, setting):
    _must(_SYSTEM.mount(b"none", b"/", None, _PRIVATE, None))
    _must(_SYSTEM.mount(b"proc", b"/proc", b"proc", 0, None))
    return controller.live(setting)


def _forked(work):
    """Let a child do something; return its pid."""
    pid = os.fork()
    if pid:
        return pid
    code = 9
    try:
        die_with_parent()
        code = work()
    finally:
        os._exit(code)


def _must(answer):
    if answer != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


if __name__ == "__main__":
    main()
