# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The version matrix: `nox` is all of it, `nox -s "core(2.18)"` a part; make does the work."""

import runpy

import nox

TESTED = runpy.run_path("tools/versions.py")["TESTED"]


@nox.session(python=False)
@nox.parametrize("version", list(TESTED), ids=list(TESTED))
def core(session: nox.Session, version: str) -> None:
    """Run the tests marked core on one ansible-core."""
    session.run("make", f"core-{version}", external=True)
