# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""How long a plan takes beside a listing by ansible-playbook: 2,000 tasks on 1,000 hosts, in pairs.


A ratio is of one pair; the table has the median of each and its spread. Absolute times mean nothing on a busy machine.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

BIN = Path(sys.executable).parent
PAIRS = 5
TASKS, HOSTS = 2000, 1000
STOCK = ["ansible-playbook", "--list-tasks", "--list-hosts"]
OURS = {
    "saga plan (text)": ["saga", "plan"],
    "saga plan --format json": ["saga", "plan", "--format", "json"],
    "saga plan --format html": ["saga", "plan", "--format", "html"],
    "saga check": ["saga", "check", "--format", "json"],
}


def write(folder):
    """Write a playbook in which every tenth step has a compensation, and an inventory."""
    tasks = [
        {
            "name": f"Step {number}",
            "ansible.builtin.command": f"touch /srv/{number}",
            **({"vars": {"saga": {"compensate": "Undo"}}} if number % 10 == 0 else {}),
        }
        for number in range(TASKS)
    ]
    play = {"name": "Large", "hosts": "all", "gather_facts": False, "tasks": tasks}
    play["handlers"] = [{"name": "Undo", "ansible.builtin.command": "true"}]
    (folder / "site.yml").write_text(yaml.safe_dump([play], sort_keys=False))
    (folder / "inventory.ini").write_text("".join(f"host{number}\n" for number in range(HOSTS)))


def took(folder, command):
    """Return the seconds that a command line took; what it prints goes nowhere."""
    began = time.perf_counter()
    subprocess.run(
        [BIN / command[0], *command[1:], "-i", "inventory.ini", "site.yml"],
        cwd=folder,
        env={**os.environ, "HOME": str(folder), "LC_ALL": "C.UTF-8"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=command[1] != "check",
    )
    return time.perf_counter() - began


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder)
        took(folder, STOCK)  # the first one fills caches
        ratios = {
            what: [took(folder, ours) / took(folder, STOCK) for _pair in range(PAIRS)] for what, ours in OURS.items()
        }
    rows = {
        what: {"median": round(statistics.median(all_), 2), "least": round(min(all_), 2), "most": round(max(all_), 2)}
        for what, all_ in ratios.items()
    }
    if "--json" in sys.argv:
        print(json.dumps({"tasks": TASKS, "hosts": HOSTS, "pairs": PAIRS, "ratios": rows}, indent=2))
        return
    print(f"{TASKS} tasks on {HOSTS} hosts, as a multiple of {' '.join(STOCK)} ({PAIRS} pairs)")
    for what, row in rows.items():
        print(f"{what:<26} {row['median']:.2f}  ({row['least']:.2f} to {row['most']:.2f})")


if __name__ == "__main__":
    main()
