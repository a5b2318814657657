# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text that is safe to show."""

from __future__ import annotations

import sys


def printable(text: str) -> str:
    """Return text that cannot steer a terminal: what is recorded may come from a target."""
    if text.isprintable():
        return text
    return "".join(mark if mark.isprintable() else mark.encode("unicode_escape").decode("ascii") for mark in text)


def complain(text: str) -> None:
    """Say something beside the output, on standard error: lines, each as it may be shown."""
    print("\n".join(map(printable, text.split("\n"))), file=sys.stderr)
