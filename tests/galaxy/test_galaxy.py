# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What Ansible Galaxy, and whoever reads the documentation there, would say of the tarball."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = ROOT / ".venv-galaxy" / "bin"
SITE = """\
---
- name: What is drilled
  hosts: all
  gather_facts: false
  strategy: saga.ops.linear
  tasks:
    - name: Look
      ansible.builtin.ping:
"""
WITHOUT_DOCKER = "[galaxy-importer]\nRUN_ANSIBLE_TEST = False\n"

pytestmark = pytest.mark.skipif(not BIN.is_dir(), reason="make galaxy makes the environment that is needed")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with the collection's files where Ansible looks for them, and a tarball made of them."""
    folder = tmp_path_factory.mktemp("galaxy")
    collection = folder / "ansible_collections" / "saga" / "ops"
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in filter(None, subprocess.check_output(listing, cwd=ROOT, text=True).split("\0")):
        if (ROOT / name).exists():
            (collection / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, collection / name)
    galaxy = collection / "galaxy.yml"
    if "\nrepository:" not in galaxy.read_text():  # Galaxy wants one, whoever publishes knows which
        galaxy.write_text(galaxy.read_text() + "repository: https://example.org/saga/ops\n")
    (folder / "importer.cfg").write_text(WITHOUT_DOCKER)
    call(folder, "ansible-galaxy", "collection", "build", "--output-path", folder, collection)
    return folder


def call(folder, name, *arguments, at="."):
    """Run one of the tools and return its exit code and what it said."""
    known = {
        "PATH": f"{BIN}:/usr/bin:/bin",
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "NO_COLOR": "1",
        "ANSIBLE_COLLECTIONS_PATH": str(folder),
        "GALAXY_IMPORTER_CONFIG": str(folder / "importer.cfg"),
    }
    kept = {name: os.environ[name] for name in ("PIP_INDEX_URL", "TMPDIR") if name in os.environ}
    command = [BIN / name, *map(str, arguments)]
    done = subprocess.run(command, cwd=folder / at, env=kept | known, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_galaxy_takes_the_tarball_and_complains_of_nothing(place):
    code, said = call(place, "python", "-m", "galaxy_importer.main", next(place.glob("*.tar.gz")))
    assert (code, "Importer processing completed successfully" in said) == (0, True), said
    assert re.findall(r"^(?:WARNING|ERROR): .*$", said, re.MULTILINE) == []


def test_ansible_lint_finds_nothing_by_its_strictest_profile(place):
    looked_at = ["roles", "playbooks", "extensions", "demo"]
    code, said = call(
        place, "ansible-lint", "--profile", "production", "--offline", *looked_at, at="ansible_collections/saga/ops"
    )
    assert code == 0, said


def test_ansible_lint_finds_nothing_in_the_scenarios_where_they_belong(place):
    """That is in a repository that has the playbook."""
    repository = place / "repository"
    shutil.copytree(ROOT / "extensions" / "scenarios", repository / "molecule")
    (repository / "site.yml").write_text(SITE)
    code, said = call(place, "ansible-lint", "--profile", "production", "--offline", "molecule", at="repository")
    assert code == 0, said


def test_the_documentation_of_the_plugins_can_be_shown_and_its_references_lead_somewhere(place):
    options = ["--plugin-docs", "--validate-collection-refs", "self"]
    code, said = call(place, "antsibull-docs", "lint-collection-docs", *options, place / "ansible_collections/saga/ops")
    assert (code, said.strip()) == (0, "")
