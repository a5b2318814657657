# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Drill the move to another release: `python demo/drill.py [options of saga drill]`, on the targets of the demo.

`--playbook FILE` drills another playbook than move.yml, `--targets N` tries so many cases at a time. `reset` and
`look` are what the drill itself calls.
"""

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from evidence import orders, picture
from proxy import Proxy
from stage import BIN, DEMO, TARGETS, Stage, stop_server
from waiting import get, wait_until

ORDERS = 20
HERE = Path(__file__).resolve()


def main() -> int:
    """Reset or look at a target, or drill."""
    commands = {"reset": reset, "look": look}
    if sys.argv[1:2] and sys.argv[1] in commands:
        folder, target, proxy = sys.argv[2:5]
        stage = Stage(Path(folder))
        stage.proxy.admin = proxy.removeprefix("http://")
        commands[sys.argv[1]](stage, target)
        return 0
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--playbook", type=Path, default=DEMO / "move.yml", help="what to drill")
    parser.add_argument("--targets", type=int, default=len(TARGETS), help="how many, each a lane (%(default)s)")
    options, rest = parser.parse_known_args()
    targets = [f"app{number + 1}" for number in range(options.targets)]
    folder = Path(tempfile.mkdtemp(prefix="saga-demo-"))
    try:
        with Stage(folder) as stage, ExitStack() as proxies:
            stage.set(ORDERS, targets)
            stage.configure_ansible({target: proxies.enter_context(alone(stage, target)) for target in targets})
            return drill(options.playbook, ["--lanes", ",".join(targets), *rest], stage.environment())
    finally:
        shutil.rmtree(folder)


@contextmanager
def alone(stage: Stage, target: str) -> Iterator[Proxy]:
    """Put a proxy before one target alone: lanes share nothing that the move changes."""
    proxy = Proxy(stage.folder / f"proxy-{target}")
    try:
        proxy.start({target: stage.proxy.pool()[target]})
        yield proxy
    finally:
        proxy.stop()


def drill(playbook: Path, options: list[str], environment: dict[str, str]) -> int:
    """Let saga drill a playbook."""
    look_at = "{{ ansible_playbook_python }} {{ drill }} look {{ stage }} {{ inventory_hostname }} {{ proxy_admin }}"
    command = [
        *(BIN / "saga", "drill", "--reset", DEMO / "reset.yml", "--state", look_at),
        *("--effects", "cut -d ' ' -f 2- {{ home }}/effects.log"),
        *options,
        *(playbook, "-e", "release=r2", "-e", f"drill={HERE}"),
    ]
    return subprocess.run(command, env=environment, stdin=subprocess.DEVNULL).returncode


def reset(stage: Stage, target: str) -> None:
    """Make a target as it was before the move."""
    home, admin = stage.home(target), f"http://{stage.proxy.admin}/id"
    for card in home.glob("run/*.json"):
        stop_server(card)
    shutil.rmtree(home)
    random.seed(target)
    address = stage.install(target, ORDERS)
    if target in stage.proxy.pool():
        ask("DELETE", f"{admin}/{target}")
    # Caddy closes connections to its admin API when its configuration changes: what counts is what is in the pool then.
    wait_until(lambda: target not in stage.proxy.pool(), "the target to be out of the pool")
    ask("POST", f"{admin}/pool/upstreams", {"@id": target, "dial": address})
    wait_until(lambda: stage.proxy.pool().get(target) == address, "the target to be in the pool")


def ask(method: str, url: str, body: object = None) -> None:
    """Ask the proxy for a change."""
    data, headers = json.dumps(body).encode(), {"Content-Type": "application/json"}
    with suppress(ConnectionError):
        urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method), timeout=10).close()


def look(stage: Stage, target: str) -> None:
    """Show a target's state, but for the ports, which are others each time."""
    seen = asdict(picture(stage, target))
    seen["in the pool"] = seen.pop("address") != "nowhere"
    seen["orders"] = {table: sorted(rows) for table, rows in orders(stage, target).items()}
    cards = sorted(stage.home(target).glob("run/*.json"))
    seen["servers"] = [
        get(f"http://127.0.0.1:{json.loads(card.read_text())['port']}/status")["release"] for card in cards
    ]
    print(json.dumps(seen, indent=1, sort_keys=True))


if __name__ == "__main__":
    sys.exit(main())
