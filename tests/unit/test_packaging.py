# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What a user gets: one collection, as a Galaxy tarball and as a wheel."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
INSIDE_THE_WHEEL = "ansible_collections/saga/ops/"
CODE = ("extensions/", "meta/", "playbooks/", "plugins/", "roles/")


def run(*command):
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)


@pytest.fixture(scope="module")
def tarball(tmp_path_factory):
    """The names of the files in the Galaxy tarball."""
    folder = tmp_path_factory.mktemp("tarball")
    run(Path(sys.executable).with_name("ansible-galaxy"), "collection", "build", "--output-path", folder)
    with tarfile.open(next(folder.glob("*.tar.gz"))) as archive:
        return {member.name for member in archive.getmembers() if member.isfile()}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel's text files by name."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def code(names):
    return {name for name in names if name.startswith(CODE)}


def test_the_wheel_and_the_tarball_hold_the_same_code(wheel, tarball):
    assert code(name.removeprefix(INSIDE_THE_WHEEL) for name in wheel) == code(tarball)
    assert {
        "playbooks/awx_setup.yml",
        "playbooks/files/awx/saga_journal.yml",
        "playbooks/files/awx/survey.yml",
        "playbooks/smoke.yml",
        "playbooks/status.yml",
        "extensions/ansible_lint/saga_check.py",
        "extensions/eda/plugins/event_source/journal.py",
        "extensions/scenarios/resume/molecule.yml",
    } <= code(tarball)


def test_the_tarball_holds_nothing_else_than_what_a_user_needs(tarball):
    needed = {"CHANGELOG.md", "COPYING", "FILES.json", "MANIFEST.json", "README.md", "SECURITY.md"}
    needed |= {".ansible-lint", "changelogs", "docs"}
    assert {name.partition("/")[0] for name in tarball - code(tarball)} <= needed


def test_no_archive_holds_compiled_python(wheel, tarball):
    assert not [name for name in [*wheel, *tarball] if name.endswith(".pyc") or "__pycache__" in name]


def test_the_wheel_gives_the_command_saga(wheel):
    [points] = [text for name, text in wheel.items() if name.endswith(".dist-info/entry_points.txt")]
    assert "saga = ansible_collections.saga.ops.plugins.plugin_utils._cli.main:main" in points


def test_the_wheel_is_ansible_saga_and_has_the_extras(wheel):
    [metadata] = [text for name, text in wheel.items() if name.endswith(".dist-info/METADATA")]
    assert "\nName: ansible-saga\n" in metadata
    assert {line for line in metadata.splitlines() if line.startswith("Provides-Extra")} == {
        "Provides-Extra: otel",
        "Provides-Extra: redis",
    }


def test_the_wheel_and_the_collection_have_one_version(wheel):
    version = yaml.safe_load(wheel[INSIDE_THE_WHEEL + "galaxy.yml"])["version"]
    [metadata] = [text for name, text in wheel.items() if name.endswith(".dist-info/METADATA")]
    assert f"\nVersion: {version}\n" in metadata
