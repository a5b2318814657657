# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Caddy, the reverse proxy in front of the targets."""

import json
import os
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

from waiting import free_port, get, wait_until

CADDY = Path(sys.executable).parent / "caddy"


class Proxy:
    """One Caddy; its admin API takes targets out of the pool and puts them back."""

    def __init__(self, folder: Path) -> None:
        """Choose the ports and the folder for its files; it is not started yet."""
        self.folder = folder
        self.log = folder / "caddy.log"
        self.admin = f"127.0.0.1:{free_port()}"
        self.front = f"127.0.0.1:{free_port()}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, addresses: dict[str, str]) -> None:
        """Start to share requests out to the targets at these addresses."""
        self.folder.mkdir()
        config = self.folder / "caddy.json"
        config.write_text(json.dumps(self.config(addresses), indent=2))
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [CADDY, "run", "--config", config],
                env={**os.environ, "HOME": str(self.folder), "XDG_DATA_HOME": str(self.folder)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_until(lambda: self.pool() == addresses, "Caddy to listen")

    def stop(self) -> None:
        """Stop it, if it was started."""
        if self.process:
            self.process.kill()
            self.process.wait(timeout=20)

    def pool(self) -> dict[str, str]:
        """Return the addresses of the targets that get traffic; none while Caddy doesn't answer."""
        with suppress(OSError):
            return {each["@id"]: each["dial"] for each in get(f"http://{self.admin}/id/pool/upstreams")}
        return {}

    def changes(self) -> Counter[str]:
        """Count the changes that it was asked for, by what its own log says."""
        records = [json.loads(line) for line in self.log.read_text().splitlines()]
        requests = [record for record in records if record["msg"] == "received request"]
        return Counter(f"{each['method']} {each['uri']}" for each in requests if each["method"] != "GET")

    def config(self, addresses: dict[str, str]) -> dict[str, Any]:
        """Return Caddy's configuration: every target in turn, or the next one if it doesn't listen."""
        pool = {
            "@id": "pool",
            "handler": "reverse_proxy",
            "load_balancing": {
                "selection_policy": {"policy": "round_robin"},
                "try_duration": "5s",
                "try_interval": "50ms",
            },
            "upstreams": [{"@id": target, "dial": address} for target, address in addresses.items()],
        }
        shop = {
            "listen": [self.front],
            "automatic_https": {"disable": True},
            "routes": [{"handle": [pool]}],
        }
        return {
            "admin": {"listen": self.admin, "config": {"persist": False}},
            "apps": {"http": {"servers": {"shop": shop}}},
        }
