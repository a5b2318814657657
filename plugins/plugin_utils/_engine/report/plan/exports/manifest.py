# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML as people write it: texts of several lines as blocks, keys in the order that they are given in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import yaml


class Literal(str):
    """A text that Ansible must leave as it is."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    """Writes what a manifest holds."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style="|" if "\n" in text else None)


def _literal(dumper: yaml.SafeDumper, text: Literal) -> yaml.ScalarNode:
    return dumper.represent_scalar("!unsafe", str(text), style='"')


_Dumper.add_representer(str, _text)
_Dumper.add_multi_representer(str, _text)  # texts of Ansible know where they are from
_Dumper.add_representer(Literal, _literal)


def written(document: Any, comments: Iterable[str] = ()) -> str:
    """Return a document as YAML, comments on top."""
    head = "".join(f"# {comment}\n" for comment in comments)
    return head + yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=1000, allow_unicode=True).rstrip("\n")
