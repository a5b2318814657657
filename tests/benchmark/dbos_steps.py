# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Steps of a DBOS workflow on SQLite, one after the other: prints seconds on the clock and of CPU for each, as JSON.

.venv-bench/bin/python tests/benchmark/dbos_steps.py FOLDER COUNT
"""

import json
import sys
import time

import pysqlite3

sys.modules["sqlite3"] = pysqlite3  # before DBOS looks for one

from dbos import DBOS  # noqa: E402

FOLDER, COUNT = sys.argv[1], int(sys.argv[2])

DBOS(
    config={
        "name": "bench",
        "system_database_url": f"sqlite:///{FOLDER}/dbos.sqlite",
        "log_level": "ERROR",
        "run_admin_server": False,
    }
)


@DBOS.step()
def step():
    return "r" * 1000


@DBOS.workflow()
def work():
    step()  # the first one fills caches
    began, used = time.perf_counter(), time.process_time()
    for _step in range(COUNT):
        step()
    return (time.perf_counter() - began) / COUNT, (time.process_time() - used) / COUNT


if __name__ == "__main__":
    DBOS.launch()
    print(json.dumps(work()))
    DBOS.destroy()
