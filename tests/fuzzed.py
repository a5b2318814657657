# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What must hold of each door, whatever comes in by it: fuzzers try it on what they draw, unit tests on found cases.

A check returns how the door answered, and raises where it has let something through, or fell over it.
"""

import io
import json
import math
from contextlib import redirect_stderr, redirect_stdout

from ansible_collections.saga.ops.plugins.plugin_utils._cli.main import main
from ansible_collections.saga.ops.plugins.plugin_utils._engine import codec
from ansible_collections.saga.ops.plugins.plugin_utils._engine.contracts import sidecar
from ansible_collections.saga.ops.plugins.plugin_utils._engine.contracts.catalogue.reading import read as read_rules
from ansible_collections.saga.ops.plugins.plugin_utils._engine.contracts.parse import (
    declared_by_tags,
    declared_by_vars,
    resolve,
)
from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import ContractError, EngineError
from ansible_collections.saga.ops.plugins.plugin_utils._engine.moving import reading
from ansible_collections.saga.ops.plugins.plugin_utils._engine.promises import Contract

LONGEST = 4000  # characters of a message: what is wrong, not all that somebody has sent
CODES = range(6)


def said(error):
    """Return the message of an error that may be raised; it is for people."""
    message = str(error)
    assert message.strip()
    assert len(message) < LONGEST, message[:200]
    return message


def contract(data):
    """A contract is read, or refused with a reason."""
    try:
        return resolve(declared_by_vars(data, where="site.yml:7"), Contract(), where="site.yml:7")
    except ContractError as error:
        return said(error)


def tags(found):
    try:
        return declared_by_tags(found, where="site.yml:7")
    except ContractError as error:
        return said(error)


def of_sidecar(text):
    try:
        read = sidecar.read(text, path="saga.yml")
    except ContractError as error:
        return said(error)
    for entry in read.entries.values():
        if entry.error is not None:
            said(entry.error)
    return read


def of_catalogue(text):
    try:
        return read_rules(text, "own.yml")
    except ContractError as error:
        return said(error)


def data(value):
    """What a target sends comes back as it was; or the codec says that it cannot keep it."""
    try:
        text = codec.encode(value)
    except codec.UnfitError as error:
        return said(error)
    text.encode("ascii")
    back = codec.decode(text)
    assert codec.encode(back) == text
    assert is_deep(text) or same(back, value)
    assert codec.canonical(back) == codec.canonical(value)
    return back


def text_of_data(text):
    """What somebody else has written into a journal is read as plain data, or refused."""
    try:
        return codec.decode(text)
    except codec.UnfitError as error:
        return said(error)


def export(raw):
    """A file is an export from end to end, or refused."""
    try:
        _header, found = reading.read(io.BytesIO(raw))
        return list(found)
    except EngineError as error:
        return said(error)


def command(arguments):
    """A command line ends with a documented code; what it says is no traceback, and steers no terminal."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(arguments)
    assert code in CODES, (code, arguments)
    assert code == 0 or err.getvalue() or out.getvalue()
    shown = out.getvalue() + err.getvalue()
    assert "Traceback" not in shown
    assert not [letter for letter in shown if letter != "\n" and not letter.isprintable()], ascii(shown)
    return code


def same(one, other):
    """Tell whether two values are equal in type as well; NaN is itself."""
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return one == other or (math.isnan(one) and math.isnan(other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(map(same, one.values(), other.values()))
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


def is_deep(text):
    """Tell whether data is nested more deeply than a test may compare it by calling itself; its text was compared."""
    return text.startswith(("[" * 300, '{"__proto__":' * 300))


def nested(depth, kind="list"):
    """Return lists in lists, or dictionaries in dictionaries, without a recursion of our own."""
    found = "bottom"
    for _level in range(depth):
        found = [found] if kind == "list" else {"__proto__": found}
    return found


CHECKS = {
    "contract": lambda case: contract(json.loads(case)),
    "sidecar": of_sidecar,
    "catalogue": of_catalogue,
    "codec": text_of_data,
    "export": lambda case: export(case.encode("latin-1")),
    "command": lambda case: command(json.loads(case)),
}
"""By the folder of the corpus: how a found case is tried again; a case is text."""
