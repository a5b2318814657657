# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The real systems of the demo: three targets that serve the shop, a proxy before them, and Ansible."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Self

from proxy import Proxy
from shop import r1
from traffic import Order
from waiting import get, wait_until

DEMO = Path(__file__).resolve().parent
BIN = Path(sys.executable).parent
TARGETS = ("app1", "app2", "app3")
RELEASES = ("r1", "r2", "r3")
CUSTOMERS = ("Ana López", "Jürgen Groß", "Mary Jane Watson", "Nguyễn An", "Олена Коваленко")
MONONYM = "Sukarno"
SETTINGS = """\
[defaults]
home = {folder}/ansible
inventory = {folder}/inventory.yml
remote_tmp = {folder}/ansible/tmp
localhost_warning = false
deprecation_warnings = false
"""


class Stage:
    """A private folder with everything that the demo starts; leaving it stops every process again."""

    def __init__(self, folder: Path) -> None:
        """Plan it; nothing is started yet."""
        self.folder = folder
        self.artefacts = folder / "artefacts"
        self.journal = folder / "journal.db"
        self.proxy = Proxy(folder / "proxy")
        self.seeds: list[Order] = []

    def __enter__(self) -> Self:
        """Stay for the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the proxy and every server."""
        self.proxy.stop()
        for card in self.folder.glob("targets/*/run/*.json"):
            stop_server(card)

    def home(self, target: str) -> Path:
        """Return the target's own folder."""
        return self.folder / "targets" / target

    def database(self, target: str) -> Path:
        """Return the target's database."""
        return self.home(target) / "orders.db"

    def effects(self, target: str) -> Path:
        """Return the log in which the target's commands note each of their executions."""
        return self.home(target) / "effects.log"

    def set(self, orders: int, targets: Sequence[str] = TARGETS) -> None:
        """Pack the releases, serve r1 with so many old orders on each target, put the proxy before them."""
        self.artefacts.mkdir()
        for release in RELEASES:
            self.pack(release)
        self.proxy.start({target: self.install(target, orders) for target in targets})
        self.configure_ansible(dict.fromkeys(targets, self.proxy))

    def pack(self, release: str) -> None:
        """Make the release's artefact: the shared code and its own module, as a folder in a tar file."""
        with tarfile.open(self.artefacts / f"{release}.tar.gz", "w:gz") as tar:
            for name in ("__main__.py", "server.py", f"{release}.py"):
                tar.add(DEMO / "shop" / name, f"{release}/{name}")

    def install(self, target: str, orders: int) -> str:
        """Give the target release r1 and old orders, start it, and return its address."""
        home = self.home(target)
        (home / "releases").mkdir(parents=True)
        subprocess.run(["tar", "-xzf", self.artefacts / "r1.tar.gz", "-C", home / "releases"], check=True, timeout=30)
        (home / "current").symlink_to("releases/r1")
        self.seed(target, orders)
        start = [sys.executable, "current", "start"]
        started = subprocess.run(start, cwd=home, capture_output=True, check=True, timeout=30)
        self.effects(target).write_text("")
        return f"127.0.0.1:{json.loads(started.stdout)['port']}"

    def seed(self, target: str, orders: int) -> None:
        """Fill the target's database; one customer of the last target has a single name."""
        names = [random.choice(CUSTOMERS) for _ in range(orders)]
        if target == TARGETS[-1]:
            names[0] = MONONYM
        seeds = [Order(f"{target}-{n}", name, random.randrange(1, 100_000)) for n, name in enumerate(names)]
        with closing(sqlite3.connect(self.database(target))) as db, db:
            db.execute(r1.SCHEMA)
            db.executemany("INSERT INTO orders VALUES (?, ?, ?)", seeds)
        self.seeds += seeds

    def configure_ansible(self, proxies: dict[str, Proxy]) -> None:
        """Write Ansible's settings and the inventory, as JSON, which is YAML; `proxies`: the one before each target."""
        shared = {
            "ansible_connection": "local",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "artefacts": str(self.artefacts),
            "saga_disposable": True,
            "stage": str(self.folder),
        }
        hosts = {
            target: {"home": str(self.home(target)), "proxy_admin": f"http://{proxy.admin}"}
            for target, proxy in proxies.items()
        }
        inventory = {"all": {"vars": shared, "children": {"shop": {"hosts": hosts}}}}
        (self.folder / "inventory.yml").write_text(json.dumps(inventory, indent=2))
        (self.folder / "ansible.cfg").write_text(SETTINGS.format(folder=self.folder))

    def environment(self) -> dict[str, str]:
        """Return what ansible-playbook and saga run with: a journal in the folder, nobody's settings."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("ANSIBLE_", "SAGA_")) or name == "ANSIBLE_COLLECTIONS_PATH"
        }
        return {
            **kept,
            "ANSIBLE_CONFIG": str(self.folder / "ansible.cfg"),
            "LC_ALL": "C.UTF-8",
            "SAGA_JOURNAL": f"sqlite://{self.journal}",
        }

    @contextmanager
    def playbook(self, release: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
        """Run the move to a release for the time of the block; its output goes to the log."""
        with log.open("wb") as output:
            process = subprocess.Popen(
                [BIN / "ansible-playbook", DEMO / "move.yml", "-e", f"release={release}"],
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(timeout=20)

    def saga(self, *arguments: str) -> tuple[int, str]:
        """Run the saga command; return its exit code and what it says."""
        done = subprocess.run(
            [BIN / "saga", *arguments],
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=30,
        )
        return done.returncode, done.stdout


def stop_server(card: Path) -> None:
    """Stop a server, if the process that answers on its port is the one on the card, and see it gone."""
    server = json.loads(card.read_text())
    with suppress(OSError):
        if get(f"http://127.0.0.1:{server['port']}/status")["pid"] == server["pid"]:
            os.kill(server["pid"], signal.SIGTERM)
            wait_until(lambda: not card.exists(), "a server to stop")
