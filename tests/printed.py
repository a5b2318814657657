# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What a page of the documentation prints: the files that it shows, and the commands that it has its reader type."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_FENCE = re.compile(r"^```(?P<language>\w+)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"`(?P<name>[\w./]+)`[^`]*:\n\n```(?:yaml|python)\n(?P<content>.*?)^```$", re.MULTILINE | re.DOTALL)


def section(page, title=""):
    """Return a page, or a section of it."""
    text = (ROOT / page).read_text()
    return text.split(f"\n## {title}\n")[1].split("\n## ")[0] if title else text


def files(text):
    """Return the content of each file that is shown, by its name, which stands before it."""
    return {found["name"]: found["content"] for found in _FILE.finditer(text)}


def commands(text):
    """Return the commands as they are typed, in their order: lines after a $, or all lines where there is no $."""
    typed = []
    for found in _FENCE.finditer(text):
        lines = found["code"].splitlines() if found["language"] == "console" else []
        prompted = [line[2:] for line in lines if line.startswith("$ ")]
        typed += prompted or lines
    return typed


def output(text):
    """Return what is printed as a program's whole output."""
    [code] = [found["code"] for found in _FENCE.finditer(text) if found["language"] == "text"]
    return code
