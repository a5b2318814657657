# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What others cost that record something of plays or of steps: ARA's callback, and the steps of a DBOS workflow."""

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

from pairs import compared, shown, spread
from plays import Bench
from storing import attempt_at, names, step

OTHERS = Path(os.environ.get("BENCH_OTHERS", ".venv-bench")).resolve() / "bin"
HOSTS, TASKS = 10, 20


def main(*, is_full):
    """Print two comparisons; return them."""
    if not (OTHERS / "python").exists():
        print(f"Nothing is compared with others: there is no {OTHERS}; make .venv-bench/ready makes it")
        return {}
    return {"ara": ara(9 if is_full else 3), "dbos": dbos(9 if is_full else 5)}


def ara(pairs):
    """Compare a stock run with ARA's callback and a durable run, each with a stock run of its own environment."""
    where = subprocess.run(
        [OTHERS / "python", "-m", "ara.setup.callback_plugins"], check=True, capture_output=True, text=True
    ).stdout.strip()
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(Path(name), "debug", hosts=HOSTS, tasks=TASKS)
        play = {"program": OTHERS / "ansible-playbook"}
        recording = {"ANSIBLE_CALLBACK_PLUGINS": where, "ARA_BASE_DIR": name, "PATH": f"{OTHERS}:{os.environ['PATH']}"}
        bench.stock(**play, **recording)  # the first one makes its database
        found = {
            "ARA": compared([(bench.stock(**play, **recording), bench.stock(**play)) for _pair in range(pairs)]),
            "saga.ops": compared([(bench.durable(), bench.stock()) for _pair in range(pairs)]),
        }
    for what, row in found.items():
        print(f"{f'{what}, debug, {HOSTS} x {TASKS}':<34} CPU {shown(row['cpu'])}, clock {shown(row['wall'])}")
    return found


def dbos(pairs):
    """Compare a step of a DBOS workflow with a checkpoint of a step on one of a hundred hosts, both on SQLite."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder, hosts = Path(name), names(100)
        attempt = attempt_at(f"sqlite://{folder}/journal.db", folder, hosts)
        for turn in range(pairs):
            command = [OTHERS / "python", Path(__file__).with_name("dbos_steps.py"), tempfile.mkdtemp(dir=name), "100"]
            said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            theirs, their_cpu = json.loads(said.splitlines()[-1])
            began, used = time.perf_counter(), time.process_time()
            for number in range(5):
                step(attempt, hosts, turn * 5 + number)
            ours = (time.perf_counter() - began) / (5 * len(hosts))
            our_cpu = (time.process_time() - used) / (5 * len(hosts))
            rows.append((theirs / ours, their_cpu / our_cpu))
        attempt.close()
    found = {"clock": spread([row[0] for row in rows]), "cpu": spread([row[1] for row in rows])}
    print(f"{'a DBOS step, of our checkpoints':<34} CPU {shown(found['cpu'])}, clock {shown(found['clock'])}")
    return found
