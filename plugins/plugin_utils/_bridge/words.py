# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables that a text names: in its templates, or as an expression."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from jinja2 import Environment, TemplateSyntaxError, nodes

_JINJA = Environment(extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"])  # noqa: S701  it only parses
_NAME = re.compile(r"[A-Za-z_]\w*")
# Through these a variable is reached by a text of its name.
_INDIRECT = frozenset({"vars", "hostvars", "lookup", "query", "q"})


def named_in(value: Any, *, is_expression: bool = False) -> frozenset[str]:
    """Return the variables that a value's templates name, however deep; of an expression, those that it names."""
    found: set[str] = set()
    for text in _texts(value):
        if is_expression or "{{" in text or "{%" in text:
            found |= _parsed(text if not is_expression or "{{" in text else f"{{{{ {text} }}}}")
    return frozenset(found)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield str.__str__(value)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(key)
            yield from _texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)


@lru_cache(maxsize=4096)
def _parsed(template: str) -> frozenset[str]:
    try:
        tree = _JINJA.parse(template)
    except TemplateSyntaxError:
        return frozenset(_NAME.findall(template))  # rather one too many
    names = {node.name for node in tree.find_all(nodes.Name)}
    if names & _INDIRECT:
        names |= {node.attr for node in tree.find_all(nodes.Getattr)}
        names |= {node.value for node in tree.find_all(nodes.Const) if _is_name(node.value)}
    return frozenset(names)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and bool(_NAME.fullmatch(value))
