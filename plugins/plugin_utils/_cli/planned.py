# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook that a command is about, read as ansible-playbook would read it."""

from __future__ import annotations

from argparse import Namespace

from .._engine.errors import PlaybookError
from .._engine.plan.outline import Outline
from .._screen.text import complain
from .exits import Exit


def outline(arguments: Namespace) -> Outline:
    """Return what the rest of the command line would run; raise PlaybookError when it cannot be loaded."""
    if not arguments.rest:
        complain("saga: name a playbook, as for ansible-playbook")
        raise SystemExit(Exit.USAGE)
    from ansible.errors import AnsibleError  # noqa: PLC0415  costs more than all the rest, and may not be needed

    try:
        from .._bridge.planning import outline as read  # noqa: PLC0415  reads ansible.cfg as it is imported

        return read(arguments.rest)
    except AnsibleError as error:
        raise PlaybookError(str(error)) from error
