# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The scenarios of the roles, played by molecule; what it prints and what can be seen of its processes, too."""

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = ROOT / "extensions" / "molecule"
VARIABLES = yaml.safe_load((SCENARIOS / "redis" / "group_vars" / "all.yml").read_text())
SECRET = VARIABLES["redis_password"].split()[-2]  # the part that looks alike however it is quoted

needs = pytest.mark.skipif(
    not all(shutil.which(program) for program in ("redis-server", "redis-cli", "openssl")),
    reason="the role redis is not tried: there is no redis-server with redis-cli and openssl here",
)


@needs
def test_the_role_redis_keeps_its_word_and_its_password(tmp_path):
    environment = os.environ | {
        "ANSIBLE_DIFF_ALWAYS": "1",
        "ANSIBLE_VERBOSITY": "3",
        "HOME": str(tmp_path),
        "NO_COLOR": "1",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    with watched(SECRET) as seen, (tmp_path / "output").open("w+") as output:
        command = ["molecule", "test", "--scenario-name", "redis"]
        done = subprocess.run(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
        output.seek(0)
        said = output.read()
    assert done.returncode == 0, said[-20_000:]
    assert [line for line in said.splitlines() if SECRET in line] == []
    assert seen == set()


class watched:  # noqa: N801 - it is used as a function
    """Collect, while it is on, the command lines on this machine in which a word stands."""

    def __init__(self, word):
        self._word, self._seen, self._ends = word.encode(), set(), threading.Event()
        self._watch = threading.Thread(target=self._look)

    def __enter__(self):
        self._watch.start()
        return self._seen

    def __exit__(self, *_error):
        self._ends.set()
        self._watch.join()

    def _look(self):
        while not self._ends.wait(0.1):
            for line in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    arguments = line.read_bytes()
                except OSError:  # it has ended meanwhile
                    continue
                if self._word in arguments:
                    self._seen.add(arguments.replace(b"\0", b" ").decode(errors="replace"))
