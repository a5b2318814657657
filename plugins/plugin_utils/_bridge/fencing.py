# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host fence: a mark on the target of the newest attempt that worked on it, checked by each step itself.

Leases tell the controllers apart, and a controller that was held up at the wrong moment learns too late that its lease
is another's. The target itself is asked here, by the worker, right before the module runs.

Marks are files: ``FOLDER/LEASE/TOKEN``. A step first puts its own and then looks at all of them: a larger number means
that a later attempt has been here. A file is there or it is not, so that takes no lock: of two that do this at once the
one with the smaller token sees the other's mark, or has put its own before and goes first. Smaller marks are removed by
whoever has put a larger one, so that the largest is always there.
"""

from __future__ import annotations

import re
import shlex
from typing import Any

from ansible import constants as C  # noqa: N812  its name all over Ansible
from ansible.errors import AnsibleActionFail
from ansible.plugins.connection import NetworkConnectionBase

from .._engine import ids
from .._engine.slotted import dataclass
from .job_files import as_word

_MARK = "saga-fence"

# As the login user, whoever the step becomes: the marks of one target have one owner.
_PASS = f"""
umask 077
d={{folder}}/{{name}}; t={{token}}
if ! mkdir -p "$d"; then exit 1; fi
if ! test -e "$d/$t"; then
  if ! printf '%s\\n' {{words}} >"$d/$t"; then exit 1; fi
fi
h=$t
for f in "$d"/*; do
  n=${{{{f##*/}}}}
  case $n in *[!0-9]*) continue;; esac
  if test "$n" -gt "$h"; then h=$n; fi
done
if test "$h" -gt "$t"; then
  rm -f "$d/$t"
  echo {_MARK} stale "$h" "$(cat "$d/$h")"
  exit 0
fi
for f in "$d"/*; do
  n=${{{{f##*/}}}}
  case $n in *[!0-9]*) continue;; esac
  if test "$n" -lt "$t"; then rm -f "$f"; fi
done
echo {_MARK} passed
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fence:
    """What a worker shows at its target: a token, for the lease of the host, or of the delegate that it works on."""

    folder: str
    lease: str  # of the delegate, if the run holds one, else of the step's host
    token: int
    words: str  # who has this token, for whoever is refused because of it
    inventory: Any

    def guard(self, handler: Any, task: Any) -> None:
        """Let an action begin only where no later attempt has been."""
        if self._is_controller(task.delegate_to):
            return
        start = handler.run

        def run(*arguments: Any, **keywords: Any) -> Any:
            self._pass(handler)
            return start(*arguments, **keywords)

        handler.run = run

    def _is_controller(self, delegate: Any) -> bool:
        """Tell whether a step is delegated to the controller itself: another controller's localhost is another."""
        return delegate in C.LOCALHOST and delegate not in self.inventory.hosts

    def _pass(self, handler: Any) -> None:
        connection = handler._connection
        if isinstance(connection, NetworkConnectionBase) or connection._shell.SHELL_FAMILY == "powershell":
            raise _refused(
                f"saga_fence is set, and the connection {connection.transport} has no POSIX shell to keep a fence "
                f"with; give such hosts an empty saga_fence"
            )
        name = file_name(self.lease)
        place = f"{self.folder.rstrip('/')}/{name}"
        command = _PASS.strip().format(
            folder=as_word(self.folder.rstrip("/") or "/"),
            name=shlex.quote(name),
            token=self.token,
            words=shlex.quote(self.words),
        )
        done = handler._low_level_execute_command(command, sudoable=False)
        told = [line.split(" ", 3) for line in done["stdout"].splitlines() if line.startswith(f"{_MARK} ")]
        match told[-1][1:] if told else []:
            case ["passed"]:
                return
            case ["stale", token, *words]:
                raise _refused(
                    f"{' '.join(words) or 'a later attempt'} (token {token}) has worked on {self.lease} after this "
                    f"attempt (token {self.token}) took its lease, so the step was not begun. Look with 'saga status'; "
                    f"if that token is of a journal which is no longer, remove {place} there"
                )
            case _:
                why = " ".join((done["stderr"] or done["stdout"]).split()) or f"exit code {done['rc']}"
                raise _refused(f"the fence {place} cannot be kept, so the step was not begun: {why}")


def file_name(lease: str) -> str:
    """Return the name under which a lease's marks are kept: readable, safe in a path, no two alike."""
    return f"{re.sub('[^A-Za-z0-9._-]', '_', lease)[:60]}-{ids.digest(lease, length=12)}"


def fault(folder: str) -> str:
    """Return what is wrong with a value of saga_fence; empty: nothing."""
    if not folder or re.match(r"/.|~[\w.-]*/.", folder):
        return ""
    return f"saga_fence must be the absolute path of a folder on the target, or begin with ~/, not {folder!r}"


def _refused(why: str) -> AnsibleActionFail:
    """Return an error that no failed_when turns into success: an action that raises is not asked about."""
    error = AnsibleActionFail(f"saga: {why}")
    if isinstance(getattr(error, "result", None), dict):
        error.result.pop("exception", None)  # before ansible-core 2.19: a traceback of nothing
    return error
