# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables on the command line, as ansible-playbook takes them: ``key=value``, YAML or JSON, or a file of it."""

from __future__ import annotations

import shlex
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml


def add_variables(parser: ArgumentParser) -> None:
    """Add the option that gives variables."""
    parser.add_argument(
        "-e",
        "--extra-vars",
        dest="variables",
        metavar="VARS",
        type=_read,
        action="append",
        default=[],
        help="with retry, variables that the step is tried again with: key=value, YAML, JSON or @FILE; may be repeated",
    )


def merged(given: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return all that was given; what comes later holds."""
    return {name: value for each in given for name, value in each.items()}


def _read(text: str) -> dict[str, Any]:
    if text.startswith("@"):
        try:
            return _dictionary(Path(text[1:]).expanduser().read_text(encoding="utf-8"), text)
        except (OSError, UnicodeDecodeError) as error:
            raise ArgumentTypeError(f"{text[1:]} cannot be read: {error}") from error
    if text.lstrip().startswith("{"):
        return _dictionary(text, text)
    return _pairs(text)


def _dictionary(text: str, told: str) -> dict[str, Any]:
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ArgumentTypeError(f"{told} is no YAML or JSON: {' '.join(str(error).split())}") from error
    if not isinstance(found, dict):
        raise ArgumentTypeError(f"{told} is no dictionary of variables")
    return _named(found)


def _pairs(text: str) -> dict[str, Any]:
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text} cannot be read: {error}") from error
    if not words or not all("=" in word for word in words):
        raise ArgumentTypeError(f"{text!r} is neither key=value, nor YAML or JSON in braces, nor @FILE")
    return _named({name: value for name, _sign, value in (word.partition("=") for word in words)})


def _named(found: Mapping[Any, Any]) -> dict[str, Any]:
    for name in found:
        if not isinstance(name, str) or not name.isidentifier():
            raise ArgumentTypeError(f"{name!r} is no name of a variable")
    return dict(found)
