# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Make a virtual environment in which this checkout is the installed collection.

    python3 tools/venv.py .venv                      # the newest ansible-core that this Python can run
    python3.13 tools/venv.py .venv-2.21 2.21         # ansible-core 2.21.*

Run again, it installs what pyproject.toml has gained and leaves the rest as it is.
"""

import os
import subprocess
import sys
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 - whoever runs this may have an older one
    sys.exit(f"saga.ops needs Python 3.11 or newer, and {sys.executable} is {sys.version.split()[0]}.")

import tomllib

ROOT = Path(__file__).resolve().parent.parent
INSTALLED = ("extensions", "galaxy.yml", "meta", "playbooks", "plugins", "roles")

# sh reads a line that starts Python on this file, Python a string: the path may be long or hold a space.
COMMAND = """\
#!/bin/sh
'''exec' "{python}" "$0" "$@"
' '''
import sys

from ansible_collections.saga.ops.plugins.plugin_utils._cli.main import main

sys.exit(main())
"""


def main() -> None:
    """Make the environment named by the arguments, or mend it."""
    venv = ROOT / sys.argv[1]
    core = [f"ansible-core=={version}.*" for version in sys.argv[2:]]
    python = venv / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    install = [python, "-m", "pip", "install", "--quiet", "--quiet", "--disable-pip-version-check"]
    if subprocess.run([*install, *requirements(), *core]).returncode:
        sys.exit(f"{venv.name} is not complete: pip says why, above. Run it again when that is mended.")
    link_the_collection(venv)
    write_the_command(venv)
    say_what_it_got(venv)


def requirements() -> list[str]:
    """List what the collection and its checks need, straight from pyproject.toml."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project = pyproject["project"]
    extras = [name for names in project["optional-dependencies"].values() for name in names]
    return [*project["dependencies"], *extras, *pyproject["dependency-groups"]["dev"]]


def link_the_collection(venv: Path) -> None:
    """Let Python, mypy and Ansible find the checkout as ansible_collections.saga.ops.

    The collection is a folder of links to what a user gets, not one link to the checkout: the checkout holds
    the environment, and tools that follow links would walk in circles.
    """
    home = venv / "collections" / "ansible_collections" / "saga" / "ops"
    home.mkdir(parents=True, exist_ok=True)
    for name in INSTALLED:
        link = home / name
        if not link.is_symlink():
            link.symlink_to(os.path.relpath(ROOT / name, home))
    (site_packages(venv) / "saga-ops.pth").write_text(f"{venv / 'collections'}\n")


def write_the_command(venv: Path) -> None:
    """Write bin/saga, as pip would for the wheel."""
    command = venv / "bin" / "saga"
    command.write_text(COMMAND.format(python=venv / "bin" / "python"))
    command.chmod(0o755)


def site_packages(venv: Path) -> Path:
    """Find where the environment's own Python looks for packages."""
    return Path(ask(venv, "import sysconfig; print(sysconfig.get_path('purelib'))"))


def say_what_it_got(venv: Path) -> None:
    """Print which Python and which ansible-core the environment holds."""
    python = ask(venv, "import platform; print(platform.python_version())")
    core = ask(venv, "import ansible; print(ansible.__version__)")
    print(f"{venv.name}: Python {python}, ansible-core {core}")


def ask(venv: Path, program: str) -> str:
    """Answer what a one-line program prints in the environment."""
    python = venv / "bin" / "python"
    return subprocess.run([python, "-c", program], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


if __name__ == "__main__":
    main()
