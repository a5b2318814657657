# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The shape of the house: sizes, licences, and what may not stand where. import-linter holds the storeys."""

import ast
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ENGINE = ROOT / "plugins" / "plugin_utils" / "_engine"

LICENCE = ("SPDX-License-Identifier: GPL-3.0-or-later", "Copyright (c) 2026, the saga.ops contributors")
LINES_IN_A_FILE = 400
LINES_IN_A_FUNCTION = 60

# antsibull-changelog writes these, COPYING is the licence itself, and the rest have no comments.
WITHOUT_A_LICENCE_LINE = {"CHANGELOG.md", "changelogs/changelog.yaml", "COPYING"}
WITHOUT_COMMENTS = {".json", ".jsonl", ".png", ".svg"}


def files(*where):
    """Every file that is in git or would be with the next `git add`."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *map(str, where)]
    names = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return [path for path in (ROOT / name for name in names if name) if path.is_file()]


def python_files(where):
    return [path for path in files(where) if path.suffix == ".py"]


def nodes(path):
    return ast.walk(ast.parse(path.read_text(), path))


def place(path, node):
    return f"{path.relative_to(ROOT)}:{node.lineno}"


def test_no_plugin_file_outgrows_one_noun():
    sizes = {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in python_files("plugins")}
    assert {path: size for path, size in sizes.items() if size > LINES_IN_A_FILE} == {}


def test_no_function_in_a_plugin_outgrows_a_screen():
    assert [
        f"{place(path, node)} {node.name}: {node.end_lineno - node.lineno + 1} lines"
        for path in python_files("plugins")
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno - node.lineno >= LINES_IN_A_FUNCTION
    ] == []


def test_no_plugin_uses_assert():
    """ansible-test refuses it, and `python -O` would drop the check."""
    assert [
        place(path, node) for path in python_files("plugins") for node in nodes(path) if isinstance(node, ast.Assert)
    ] == []


def test_the_engine_imports_no_ansible():
    """import-linter says so too; this one needs no environment in which the engine can be imported."""
    assert [
        f"{place(path, node)} imports {name}"
        for path in python_files(ENGINE)
        for node in nodes(path)
        for name in imported(node)
        if name.partition(".")[0] in {"ansible", "ansible_test", "ansible_runner"}
    ] == []


def imported(node):
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level:
        return [node.module]
    return []


def test_every_file_says_its_licence():
    silent = [path for path in files() if may_hold_a_comment(path) and not says_its_licence(path)]
    assert [str(path.relative_to(ROOT)) for path in silent] == []


def may_hold_a_comment(path):
    if path.match("tests/plans/*/plan.md"):
        return False  # what saga plan prints
    return path.suffix not in WITHOUT_COMMENTS and str(path.relative_to(ROOT)) not in WITHOUT_A_LICENCE_LINE


def says_its_licence(path):
    """In its first lines, or in those of FILE.license where a format leaves no room for them."""
    beside = path.with_name(f"{path.name}.license")
    path = beside if beside.is_file() else path
    start = "".join(path.read_text().splitlines(keepends=True)[:12])
    return all(line in start for line in LICENCE)


@pytest.mark.parametrize("role", sorted(path.name for path in (ROOT / "roles").iterdir()))
def test_every_role_says_what_it_is_and_what_it_takes(role):
    """Galaxy refuses a role without a README; without an argument spec a misspelt variable goes unnoticed."""
    assert (ROOT / "roles" / role / "README.md").is_file()
    assert (ROOT / "roles" / role / "meta" / "argument_specs.yml").is_file()
