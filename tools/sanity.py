# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Run ansible-test sanity on what a user gets, uncommitted changes included, without a container.

ansible-test has three habits that need a hand:

- It wants a folder that really is ansible_collections/saga/ops, where git ignores nothing that it should see:
  the collection's files are copied to such a folder.
- It keeps an environment per test in its HOME: it gets a HOME of its own, so that a second run is quick and
  the user's HOME is left alone.
- It downloads get-pip.py from its own servers: it finds tools/get_pip.py in its cache instead.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

from ansible_test._internal.python_requirements import get_venv_packages

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache" / "sanity"
HOME = CACHE / "home"
COLLECTION = CACHE / "ansible_collections" / "saga" / "ops"
SHIPPED = (
    "*.md",
    "COPYING",
    "changelogs",
    "extensions/ansible_lint",
    "galaxy.yml",
    "meta",
    "playbooks",
    "plugins",
    "roles",
)
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


def main() -> None:
    """Lay the ground and run ansible-test, which gets the arguments (--test NAME, a path)."""
    copy_the_collection()
    bring_pip()
    command = [Path(sys.executable).with_name("ansible-test"), "sanity", "--python", PYTHON, *sys.argv[1:]]
    environment = os.environ | {"HOME": str(HOME)}
    sys.exit(subprocess.run(command, cwd=COLLECTION, env=environment, check=False).returncode)


def copy_the_collection() -> None:
    """Copy what git knows or would know of the collection to a repository of its own."""
    shutil.rmtree(COLLECTION, ignore_errors=True)
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--"]
    names = subprocess.check_output([*listing, *SHIPPED], cwd=ROOT, text=True)
    for name in filter(None, names.split("\0")):
        if (ROOT / name).exists():  # git lists a deleted file until its deletion is committed
            (COLLECTION / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, COLLECTION / name)
    subprocess.run(["git", "init", "--quiet", COLLECTION], check=True)


def bring_pip() -> None:
    """Put the pip that ansible-test asks for, and what installs it, where ansible-test looks for them."""
    version = get_venv_packages(SimpleNamespace(version=PYTHON))["pip"]
    shelf = HOME / ".ansible" / "test" / "cache"
    script = shelf / f"get_pip_{version.replace('.', '_')}.py"
    if script.exists():
        return
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--quiet", "--no-deps", f"--dest={shelf}"]
    subprocess.run([*download, f"pip=={version}"], check=True)
    shutil.copy(ROOT / "tools" / "get_pip.py", script)


if __name__ == "__main__":
    main()
