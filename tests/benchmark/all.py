# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Measure everything: `python tests/benchmark/all.py [--full] [--json FILE] [NAME ...]`, tables on stdout.

Names are running, resuming, storing, beside. `--full` takes hours on a small machine.
"""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import beside
import resuming
import running
import storing
from pairs import machine

PARTS = {"running": running.main, "resuming": resuming.main, "storing": storing.main, "beside": beside.main}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="what to measure; all of it by default")
    parser.add_argument("--full", action="store_true", help="the large cases, too")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    options = parser.parse_args()
    print(machine())
    found = {}
    for name in options.names or PARTS:
        print()
        found[name] = PARTS[name](is_full=options.full)
    if options.json:
        options.json.write_text(json.dumps({"machine": machine(), **found}, indent=2))


if __name__ == "__main__":
    main()
