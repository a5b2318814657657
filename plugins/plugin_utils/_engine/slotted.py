# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records with slots, as ``dataclasses.dataclass`` makes them, in a tenth of the time.

The standard library writes the methods of each class as text and compiles them, in each process anew: more than a
millisecond for a class, and a play needs a hundred before its first task. Here a class gets closures, and only what is
worth compiling is compiled, ``__init__``, when the first record is made. Of most classes none ever is.

For whoever uses a record it is the standard one; so it is for a type checker. A test holds one against the other.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError, field
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NoReturn

__all__ = ["dataclass", "field"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(*, slots: bool, frozen: bool = False, kw_only: bool = False) -> Callable[[type], type]:
        """Return what makes a class of records; one without slots is for the standard library to make."""
        if not slots:
            raise TypeError("records without slots are made by dataclasses.dataclass")
        bare = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True, kw_only=kw_only)
        return lambda named: _completed(bare(named), is_frozen=frozen)


def _completed(made: Any, *, is_frozen: bool) -> Any:
    """Give a class that has fields and slots the methods of a record, as far as it has none of its own."""
    compared = [each.name for each in dataclasses.fields(made) if each.compare]
    content: Callable[[Any], Any] = attrgetter(*compared) if compared else lambda _record: ()

    def init(self: Any, /, *values: Any, **named: Any) -> None:
        made.__init__ = _compiled(made)
        made.__init__(self, *values, **named)

    def equals(self: Any, other: object) -> Any:
        return content(self) == content(other) if other.__class__ is self.__class__ else NotImplemented

    methods: dict[str, Any] = {"__init__": init, "__eq__": equals, "__hash__": None, "__repr__": _shown}
    if is_frozen:
        methods |= {
            "__hash__": lambda self: hash(content(self)),
            "__setattr__": _refuse,
            "__delattr__": _refuse,
            "__getstate__": _packed,
            "__setstate__": _unpack,
        }
    for name, method in methods.items():
        if name not in vars(made):
            setattr(made, name, method)
    return made


def _compiled(made: Any) -> Any:
    """Return the __init__ of a class, which puts each value straight into its slot."""
    scope: dict[str, Any] = {"_none": MISSING}
    heads: dict[bool, list[str]] = {False: [], True: []}  # by whether it can be told by its name only
    body = []
    for each in dataclasses.fields(made):
        name, value, default = each.name, each.name, ""
        if each.default_factory is not MISSING:
            scope[f"_make_{name}"] = each.default_factory
            default, value = "=_none", f"_make_{name}() if {name} is _none else {name}"
        elif each.default is not MISSING:
            scope[f"_default_{name}"] = each.default
            default = f"=_default_{name}"
        scope[f"_put_{name}"] = vars(made)[name].__set__
        heads[bool(each.kw_only)].append(f"{name}{default}")
        body.append(f" _put_{name}(self, {value})")
    if hasattr(made, "__post_init__"):
        body.append(" self.__post_init__()")
    named = ["*", *heads[True]] if heads[True] else []
    text = "\n".join([f"def __init__({', '.join(['self', *heads[False], *named])}):", *body, " return None"])
    exec(text, scope)  # noqa: S102  names of fields, which stand in our own modules
    init = scope["__init__"]
    init.__qualname__ = f"{made.__qualname__}.__init__"
    return init


def _shown(self: Any) -> str:
    names = (each.name for each in dataclasses.fields(self) if each.repr)
    return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"


def _refuse(self: Any, name: str, *_value: Any) -> NoReturn:
    raise FrozenInstanceError(f"the {name} of a {type(self).__name__} stays as it is")


def _packed(self: Any) -> list[Any]:
    return [getattr(self, each.name) for each in dataclasses.fields(self)]


def _unpack(self: Any, values: list[Any]) -> None:
    for each, value in zip(dataclasses.fields(self), values, strict=True):
        object.__setattr__(self, each.name, value)
