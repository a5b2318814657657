# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that async jobs leave at a target, one per job: looked for, and removed, over a step's own connection.

A job's file is ``j<number>.<pid>``: first it says that the job is started, at the end it holds the result. Nobody
removes it when a machine goes down, so a file without a result may be all that is left of its job. The job's processes
tell: the number is among their arguments.
"""

from __future__ import annotations

import re
import shlex
from typing import Any

from ansible.errors import AnsibleError

from .._engine.slotted import dataclass

_PATIENCE = 20  # seconds for a job whose process is there to write its file
_MARK = "saga-job"

# Processes before files: a job that ends between the two looks has its result in the file by then. The number never
# stands behind a "j" on this shell's own command line, or the shell would find itself. What grep says counts, not how
# it ends: processes that end while it reads are errors to it.
_LOOK = f"""
d={{folder}}; n={{number}}; i=0; seen=
at_work() {{{{
  if test -r /proc/self/cmdline; then test -n "$(grep -ls -e "[j]$1" /proc/[0-9]*/cmdline)"; return; fi
  p=$(ps -Aww -o args 2>/dev/null) || return 0
  printf '%s\\n' "$p" | grep -q -e "[j]$1"
}}}}
while :; do
  for f in "$d"/j"$n"*; do
    case $f in *.tmp) continue;; esac
    test -f "$f" || continue
    seen=yes; m=${{{{f##*/j}}}}; state=gone
    if at_work "${{{{m%%.*}}}}"; then state=at_work; fi
    if ! grep -qs -e '^{{{{"started": *[1t][a-z]*, *"finished": *[0f]' "$f"; then state=ended; fi
    printf '{_MARK} %s %s\\n' "$state" "$f"
  done
  if test -n "$seen" || test $i -ge {_PATIENCE} || ! at_work "$n"; then break; fi
  i=$((i+1)); sleep 1
done
echo {_MARK} looked
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A job's file at the target."""

    path: str
    is_at_work: bool
    has_ended: bool

    @property
    def job(self) -> str:
        """The job's id, as async_status wants it."""
        return self.path.rpartition("/")[2]

    @property
    def number(self) -> str:
        return self.job[1:].partition(".")[0]


def can_look(handler: Any) -> bool:
    """Tell whether jobs of this action's connection leave files that a POSIX shell finds."""
    connection = handler._connection
    return not connection.has_native_async and connection._shell.SHELL_FAMILY != "powershell"


def look(handler: Any, number: str) -> list[Found]:
    """Return the jobs whose number begins so, the latest number last; raise AnsibleError if nobody can say."""
    done = handler._low_level_execute_command(_LOOK.format(folder=_folder(handler), number=number))
    told = [line.split(" ", 2) for line in done["stdout"].splitlines() if line.startswith(f"{_MARK} ")]
    if [_MARK, "looked"] not in told:
        raise AnsibleError(f"the target could not be searched for an async job: {done['stderr'] or done['stdout']}")
    found = [
        Found(path=line[2], is_at_work=line[1] == "at_work", has_ended=line[1] == "ended")
        for line in told
        if line[1:] != ["looked"]
    ]
    return sorted(found, key=lambda file: (file.is_at_work or file.has_ended, file.number))


def forget(handler: Any, number: str) -> None:
    """Remove the files of all jobs whose number begins so."""
    handler._low_level_execute_command(f'd={_folder(handler)}; rm -f "$d"/j{number}*')


def _folder(handler: Any) -> str:
    return as_word(str(handler.get_shell_option("async_dir", default="~/.ansible_async")))


def as_word(path: str) -> str:
    """Return a path at the target as a word for its shell."""
    # A tilde is the target's to expand; what follows it may be anything.
    home, separator, rest = path.partition("/")
    if re.fullmatch(r"~[\w.-]*", home):
        return home + separator + (shlex.quote(rest) if rest else "")
    return shlex.quote(path)
