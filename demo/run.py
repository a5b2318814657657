# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A shop moves to a new release under traffic: killed and resumed, then moved again, failed, and gone back.

Beside its Python it needs the collection, the `saga` command and what demo/requirements.txt names. It needs no
root, writes only to a folder of its own, and ends with 0 only if every check held.
"""

import argparse
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from acts import count_the_orders, fail_and_go_back, lose_the_controller, resume, show_the_record
from stage import CUSTOMERS, Stage
from story import Story
from traffic import Traffic

OLD_ORDERS = 600


def main() -> int:
    """Play the demo, and return 0 if every check held."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", action="store_true", help="keep the folder, with logs, databases and journal")
    parser.add_argument("--verbose", action="store_true", help="show what ansible-playbook says, too")
    options = parser.parse_args()
    for end in (signal.SIGINT, signal.SIGTERM):
        signal.signal(end, lambda *_: sys.exit("stopped"))
    folder = Path(tempfile.mkdtemp(prefix="saga-demo-"))
    story = Story(is_verbose=options.verbose)
    is_good = False
    try:
        with Stage(folder) as stage:
            perform(stage, story)
        is_good = story.ends_well()
    finally:
        if options.keep or not is_good:
            print(f"Logs, databases and the journal are in {folder}")
        else:
            shutil.rmtree(folder)
    return 0 if is_good else 1


def perform(stage: Stage, story: Story) -> None:
    """Play the acts under one stream of orders, up to the first that goes wrong."""
    story.act(f"Three targets serve release r1, with {OLD_ORDERS} orders each; Caddy shares the requests out.")
    stage.set(OLD_ORDERS)
    with Traffic(stage.proxy.front, CUSTOMERS) as traffic:
        story.say(f"Customers order at http://{stage.proxy.front}, from now on to the end.")
        for act in (lose_the_controller, resume, fail_and_go_back):
            if not story.broken:
                act(stage, story, traffic)
    if not story.broken:
        count_the_orders(stage, story, traffic)
    show_the_record(stage, story)


if __name__ == "__main__":
    sys.exit(main())
