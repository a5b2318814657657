# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a catalogue's text to its rules; every mistake is an error that names its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import yaml

from ...errors import ContractError
from ...promises import Effect
from ...slotted import dataclass
from ..parse import nearest
from .rules import Case, Rule, plain

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # a few times as quick, where libyaml is there
_SAID = ("effect", "idempotent", "unknown")
_CONDITIONS = ("when", "given", "missing", "changed_when")
_OF_A_MODULE = (*_SAID, "arguments", "cases")
_OF_A_CASE = (*_CONDITIONS, *_SAID)
_OF_AN_ARGUMENT = ("default", "aliases")
_BOOLEAN = "tag:yaml.org,2002:bool"
_NULL = "tag:yaml.org,2002:null"
_PARTS_OF_A_NAME = 3  # namespace, collection, module


def read(text: str, where: str = "") -> dict[str, Rule]:
    """Return the rules of a catalogue by module; `where` is its file. Raise ContractError.

    A rule remembers its place if `where` is given: what is shipped has none that a user could mend.
    """
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{where}:{mark.line + 1}" if mark else where
        raise ContractError(f"this is no YAML: {getattr(error, 'problem', None) or error}", where=place) from error
    except (RecursionError, ValueError) as error:
        raise ContractError("this is no YAML: it is nested too deeply, or no text", where=where) from error
    if root is None or root.tag == _NULL:
        return {}
    reader = _Reader(where)
    said = dict(reader.pairs(root, "a catalogue"))
    lines = {key.value: key.start_mark.line + 1 for key, _node in root.value}
    return {name: reader.rule(name, node, lines[name]) for name, node in said.items()}


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads nodes, which know their lines, so that each mistake can be shown where it is."""

    where: str

    def rule(self, name: str, node: yaml.Node, line: int) -> Rule:
        """Read what is said of a module."""
        if name.count(".") + 1 < _PARTS_OF_A_NAME:
            raise self._wrong(node, f"{name!r} is no full name of a module, like ansible.builtin.copy")
        said = self._known(node, f"the entry of {name}", _OF_A_MODULE)
        aliases, defaults = self._arguments(said.get("arguments"))
        cases = self._case_nodes(said.get("cases"))
        return Rule(
            cases=(*(self._case(case) for case in cases), Case(**self._promise(said))),
            aliases=aliases,
            defaults=defaults,
            where=f"{self.where}:{line}" if self.where else "",
        )

    def pairs(self, node: yaml.Node, what: str) -> Iterator[tuple[str, yaml.Node]]:
        """Yield the keys and values of a dictionary; refuse other things, and a key that is there twice."""
        if not isinstance(node, yaml.MappingNode):
            raise self._wrong(node, f"{what} must be a dictionary, not {_shown(node)}")
        seen: set[str] = set()
        for key, value in node.value:
            word = self._text(key, f"a key of {what}")
            if word in seen:
                raise self._wrong(key, f"{word!r} is there twice in {what}")
            seen.add(word)
            yield word, value

    def _known(self, node: yaml.Node, what: str, keys: Iterable[str]) -> dict[str, yaml.Node]:
        said = dict(self.pairs(node, what))
        for key, _value in node.value:
            if key.value not in keys:
                raise self._wrong(
                    key,
                    f"unknown key {key.value!r} in {what}; known keys are {', '.join(keys)}",
                    nearest(key.value, keys),
                )
        return said

    def _promise(self, said: dict[str, yaml.Node]) -> dict[str, Any]:
        """Read effect, idempotent and unknown, and refuse contradictions."""
        effect = self._effect(said["effect"]) if "effect" in said else Effect.SIDE_EFFECT
        is_idempotent = self._boolean(said["idempotent"], "idempotent") if "idempotent" in said else None
        if effect is Effect.NONE and is_idempotent is False:
            raise self._wrong(said["idempotent"], "what has no effect is idempotent")
        is_unknown = "unknown" in said and self._boolean(said["unknown"], "unknown")
        if is_unknown and len(said.keys() & set(_SAID)) > 1:
            raise self._wrong(said["unknown"], "what is unknown has no 'effect' and no 'idempotent'")
        return {
            "effect": effect,
            "is_idempotent": effect is Effect.NONE if is_idempotent is None else is_idempotent,
            "is_known": not is_unknown,
        }

    def _case_nodes(self, node: yaml.Node | None) -> list[yaml.Node]:
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            raise self._wrong(node, f"'cases' must be a list, not {_shown(node)}")
        return list(node.value)

    def _case(self, node: yaml.Node) -> Case:
        said = self._known(node, "a case", _OF_A_CASE)
        if not said.keys() & set(_CONDITIONS):
            raise self._wrong(node, f"a case needs one of {', '.join(_CONDITIONS)}, or no later one is ever reached")
        if "changed_when" in said and self._boolean(said["changed_when"], "changed_when"):
            raise self._wrong(said["changed_when"], "'changed_when' can only be false in a case")
        return Case(
            when=self._asked(said["when"]) if "when" in said else (),
            given=self._texts(said.get("given"), "given"),
            missing=self._texts(said.get("missing"), "missing"),
            is_never_changed="changed_when" in said,
            **self._promise(said),
        )

    def _asked(self, node: yaml.Node) -> tuple[tuple[str, frozenset[str]], ...]:
        if not (asked := dict(self.pairs(node, "'when'"))):
            raise self._wrong(node, "'when' asks for nothing")
        return tuple((name, frozenset(map(plain, self._texts(values, name)))) for name, values in asked.items())

    def _arguments(self, node: yaml.Node | None) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
        aliases: dict[str, tuple[str, ...]] = {}
        defaults: dict[str, str] = {}
        for name, told in self.pairs(node, "'arguments'") if node is not None else ():
            said = self._known(told, f"the argument {name}", _OF_AN_ARGUMENT)
            if "aliases" in said:
                aliases[name] = self._texts(said["aliases"], "aliases")
            if "default" in said:
                defaults[name] = self._text(said["default"], "default")
        return aliases, defaults

    def _effect(self, node: yaml.Node) -> Effect:
        known = [str(effect) for effect in Effect]
        word = self._text(node, "effect")
        if word not in known:
            said = f"'effect' must be one of {', '.join(known)}, not {word!r}"
            raise self._wrong(node, said, nearest(word, known))
        return Effect(word)

    def _boolean(self, node: yaml.Node, what: str) -> bool:
        if node.tag != _BOOLEAN:
            raise self._wrong(node, f"{what!r} must be true or false, not {_shown(node)}")
        return plain(node.value) == "true"

    def _texts(self, node: yaml.Node | None, what: str) -> tuple[str, ...]:
        if node is None:
            return ()
        listed = node.value if isinstance(node, yaml.SequenceNode) else [node]
        if not listed:
            raise self._wrong(node, f"{what!r} lists nothing")
        return tuple(self._text(item, what) for item in listed)

    def _text(self, node: yaml.Node, what: str) -> str:
        if not isinstance(node, yaml.ScalarNode) or node.tag == _NULL:
            raise self._wrong(node, f"{what!r} must be a text, not {_shown(node)}")
        return str(node.value)

    def _wrong(self, node: yaml.Node, what: str, meant: str = "") -> ContractError:
        return ContractError(what, where=f"{self.where}:{node.start_mark.line + 1}", nearest=meant)


def _shown(node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        return "null" if node.tag == _NULL else f"the text {node.value!r}"
    return "a list" if isinstance(node, yaml.SequenceNode) else "a dictionary"
