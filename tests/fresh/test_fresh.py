# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The first hour of a new user: an environment with ansible-core and nothing else, an empty home, and the pages.

What is typed here is what the pages print. Only the two archives are made by us, as `make build` makes them.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from printed import ROOT, commands, files, output, section

PIP = Path.home() / ".config" / "pip" / "pip.conf"
KEPT = ("PIP_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT", "REQUESTS_CA", "http_proxy", "https_proxy")


class Newcomer:
    """Somebody with a home of their own, who types into a shell what a page says."""

    def __init__(self, folder):
        self.home = folder / "home"
        self.home.mkdir()
        self.type(f"{sys.executable} -m venv {folder}/venv", "pip install --quiet ansible-core")

    def type(self, *lines, at=""):
        """Type lines into one shell, which goes on whatever they end with; return what each has printed."""
        folder = self.home / at
        folder.mkdir(exist_ok=True)
        script = "".join(f"{line}\necho; echo '=====' $?\n" for line in lines)
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=folder,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return [Said(part) for part in _parts(done.stdout)]

    def must(self, *lines, at=""):
        """Type lines of which each ends well."""
        said = self.type(*lines, at=at)
        assert [one.code for one in said] == [0] * len(lines), "\n".join(one.text for one in said)
        return said

    def write(self, shown, at=""):
        for name, content in shown.items():
            path = self.home / at / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)

    def _environment(self):
        kept = {name: value for name, value in os.environ.items() if name.startswith(KEPT)}
        own = {"PIP_CONFIG_FILE": str(PIP)} if PIP.exists() else {}  # where packages come from is the machine's matter
        path = f"{self.home.parent}/venv/bin:/usr/local/bin:/usr/bin:/bin"
        return own | kept | {"PATH": path, "HOME": str(self.home), "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}


class Said:
    """What a line has printed, and its exit code."""

    def __init__(self, part):
        self.text, self.code = part[0], int(part[1])


def _parts(printed):
    text = []
    for line in printed.splitlines():
        if line.startswith("===== "):
            yield "\n".join(text), line.split()[1]
            text = []
        else:
            text.append(line)


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
    """The tarball and the wheel, built from a checkout."""
    folder = tmp_path_factory.mktemp("archives")
    tools = Path(sys.executable).parent
    made = (
        [tools / "ansible-galaxy", "collection", "build", "--output-path", folder],
        [tools / "python", "-m", "build", "--wheel", "--no-isolation", "--outdir", folder],
    )
    for command in made:
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return sorted(folder.iterdir())


INSTALL = commands(section("README.md", "Install"))
[BY_TARBALL] = [line for line in INSTALL if "ansible-galaxy" in line]
[BY_WHEEL] = [line for line in INSTALL if "pip install" in line]
[PROOF] = [line for line in INSTALL if line.startswith("ansible-playbook")]


def newcomer(folder, archives):
    made = Newcomer(folder)
    for archive in archives:
        (made.home / archive.name).symlink_to(archive)
    return made


@pytest.fixture(scope="module")
def by_tarball(tmp_path_factory, archives):
    made = newcomer(tmp_path_factory.mktemp("tarball"), archives)
    made.must(BY_TARBALL)
    return made


@pytest.fixture(scope="module")
def by_wheel(tmp_path_factory, archives):
    made = newcomer(tmp_path_factory.mktemp("wheel"), archives)
    made.must(BY_WHEEL)
    return made


@pytest.fixture(params=["by_tarball", "by_wheel"])
def user(request):
    return request.getfixturevalue(request.param)


def test_the_readme_leads_to_a_controller_that_is_proven(user):
    [proof] = user.must(PROOF)
    assert "Journaled as run" in proof.text


QUICKSTART = section("docs/quickstart.md")


def test_the_quickstart_is_as_printed(user, request):
    user.write(files(QUICKSTART), at="quick")
    typed = commands(QUICKSTART)
    if "tarball" in request.node.name:
        typed = ["ansible-playbook saga.ops.status" if line == "saga status" else line for line in typed]
    _set, _started, _killed, status, resumed, log, _touched, failed, tail = user.type(*typed, at="quick")
    assert "Next: the same command resumes it" in status.text
    assert "resumes (attempt 2)" in resumed.text
    assert log.text.split() == ["open", "use", "4711"]
    assert "is compensated: 'Use the account' failed on" in failed.text
    assert tail.text.split() == ["open", "close", "4711"]
    for host in ("web1", "web2"):
        assert (user.home / "quick" / f"log-{host}").read_text() == "open\nuse 4711\nopen\nclose 4711\n"


def test_the_program_of_the_page_is_as_printed(by_tarball):
    page = section("docs/python.md")
    by_tarball.write(files(page), at="program")
    *_before, said = by_tarball.must(*commands(page), at="program")
    assert said.text.strip() == output(page).strip()
    assert (by_tarball.home / "program" / "orders" / "project" / "switched").exists()


MOLECULE = section("docs/molecule.md")
SCENARIOS = [line for line in commands(MOLECULE) if line.startswith("molecule test")]


@pytest.fixture(scope="module")
def repository(by_tarball, archives):
    """A repository with the page's playbook, to which the scenarios are copied."""
    by_tarball.write(files(MOLECULE), at="repository")
    for archive in archives:
        (by_tarball.home / "repository" / archive.name).symlink_to(archive)
    by_tarball.must(*[line for line in commands(MOLECULE) if line not in SCENARIOS], at="repository")
    return "repository"


@pytest.mark.parametrize("line", SCENARIOS)
def test_a_molecule_test_is_as_printed(by_tarball, repository, line):
    [said] = by_tarball.must(line, at=repository)
    assert "cases ended as the contracts promise" in said.text


def test_both_scenarios_of_the_page_are_typed_here():
    assert len(SCENARIOS) == 2
