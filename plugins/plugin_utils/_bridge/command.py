# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command that began a run, as it may be written down: an operator types it again, a thief learns nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence

_SECRET = re.compile(
    r"""(?ix) (["']? (?!saga_) \b [\w-]* (?:pass|secret|token|key|cred|vault) [\w-]* ["']? \s* [=:] \s*)
    ( "(?:[^"\\]|\\.)*" | '[^']*' | [^\s,}]+ )"""
)


def told(arguments: Sequence[str]) -> tuple[str, ...]:
    """Return a command line in which values of extra variables that sound like secrets are masked."""
    masked, is_value = [], False
    for argument in arguments:
        is_joined = argument.startswith(("-e", "--extra-vars="))
        masked.append(_SECRET.sub(r"\1***", argument) if is_value or is_joined else argument)
        is_value = argument in {"-e", "--extra-vars"}
    return tuple(masked)
