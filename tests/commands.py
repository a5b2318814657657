# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Many command lines of `saga`, each in a process of its own that is forked from one which has loaded Ansible already.

Run as a program, it reads a JSON list of {folder, arguments} and writes one of {code, out, err}.
"""

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str


def answers(commands, environment):
    """Return the answer to each of the commands, which are pairs of a folder and arguments.

    The ansible.cfg of the first one's folder holds for all.
    """
    asked = json.dumps([{"folder": str(folder), "arguments": list(arguments)} for folder, arguments in commands])
    done = subprocess.run(
        [sys.executable, __file__],
        input=asked,
        cwd=commands[0][0],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [Answer(**each) for each in json.loads(done.stdout)]


def _answer(folder, arguments):
    """Fork, and do there what the command line would do."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        from ansible_collections.saga.ops.plugins.plugin_utils._cli.main import main  # noqa: PLC0415

        os.chdir(folder)
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = main(arguments)
        with os.fdopen(theirs, "w") as file:
            json.dump({"code": int(code), "out": out.getvalue(), "err": err.getvalue()}, file)
        os._exit(0)
    os.close(theirs)
    with os.fdopen(ours) as file:
        told = file.read()
    os.waitpid(pid, 0)
    return json.loads(told)


if __name__ == "__main__":
    from ansible_collections.saga.ops.plugins.plugin_utils._bridge import planning  # noqa: F401  loaded once for all
    from ansible_collections.saga.ops.plugins.plugin_utils._cli import main as _main  # noqa: F401

    sys.path.remove(str(Path(__file__).parent))
    json.dump([_answer(each["folder"], each["arguments"]) for each in json.load(sys.stdin)], sys.stdout)
