# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which ansible-core can run saga.ops: the one list, for the collection, its checks and its documentation."""

from __future__ import annotations

TESTED = {
    "2.16": ("3.11", "3.12"),
    "2.17": ("3.11", "3.12"),
    "2.18": ("3.11", "3.12", "3.13"),
    "2.19": ("3.11", "3.12", "3.13"),
    "2.20": ("3.12", "3.13", "3.14"),
    "2.21": ("3.12", "3.13", "3.14"),
}
"""Each ansible-core that the checks run on, and the Pythons, of those that saga.ops runs on, that it runs on."""

OLDEST = next(iter(TESTED))


def series(version: str) -> tuple[int, int]:
    """Return the first two numbers of a version: releases of one series differ in nothing that matters here."""
    major, minor = version.split(".")[:2]
    return int(major), int(minor)


def refusal(version: str) -> str:
    """Return why saga.ops cannot run on this ansible-core; empty if it can, or may."""
    if series(version) >= series(OLDEST):
        return ""
    return f"saga.ops needs ansible-core {OLDEST} or newer; this is {version}"


def doubt(version: str) -> str:
    """Return what to warn of on this ansible-core; empty if it is one of those tested."""
    if version.split(".")[:2] in [tested.split(".") for tested in TESTED]:
        return ""
    return f"saga.ops is tested with ansible-core {', '.join(TESTED)}; this is {version}"
