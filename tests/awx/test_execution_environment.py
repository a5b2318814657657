# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""An execution environment with this collection: ansible-builder makes its context, and finds what we need in it."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from playground import BIN

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "awx.md").read_text()


def call(*command, **keywords):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **keywords)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def context(tmp_path_factory):
    """The context of the definition that docs/awx.md shows, beside the built collection."""
    folder = tmp_path_factory.mktemp("ee")
    call(BIN / "ansible-galaxy", "collection", "build", "--output-path", folder / "collections", cwd=ROOT)
    [tarball] = (folder / "collections").glob("*.tar.gz")
    shown = PAGE.partition("```yaml\n# execution-environment.yml\n")[2].partition("```")[0]
    assert tarball.name in shown
    (folder / "execution-environment.yml").write_text(shown)
    call(BIN / "ansible-builder", "create", "--output-filename", "Containerfile", cwd=folder)
    return folder / "context"


def test_the_definition_in_the_docs_makes_a_context_that_installs_the_collection(context):
    containerfile = (context / "Containerfile").read_text()
    assert "ansible-galaxy collection install" in containerfile
    required = yaml.safe_load((context / "_build" / "requirements.yml").read_text())
    [collection] = required["collections"]
    assert (context / "_build" / collection["source" if "source" in collection else "name"]).exists()


def test_the_builder_finds_the_requirements_of_the_installed_collection(context, tmp_path):
    """As the Containerfile does it, where the collections are installed."""
    [tarball] = context.rglob("*.tar.gz")
    call(
        BIN / "ansible-galaxy",
        "collection",
        "install",
        "--force",
        "--offline",
        "-p",
        tmp_path / "ansible_collections",
        tarball,
    )
    script = context / "_build" / "scripts" / "introspect.py"
    python, system = tmp_path / "requirements.txt", tmp_path / "bindep.txt"
    call(sys.executable, script, "introspect", f"--write-pip={python}", f"--write-bindep={system}", tmp_path)
    lines = [line.partition("#")[0].strip() for line in python.read_text().splitlines()]
    assert "redis>=5.0" in lines
    assert not system.exists() or not [line for line in system.read_text().splitlines() if line and line[0] != "#"]
