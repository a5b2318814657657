# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a journal on a server is reached: who one is, by which certificates, and how long one waits for it."""

from __future__ import annotations

from ..slotted import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What the URL of a journal does not say; a file has no use for it."""

    username: str = ""
    password: str = field(default="", repr=False)
    password_file: str = ""  # read with each connection, so that a password may be changed under a run
    ca: str = ""
    certificate: str = ""
    key: str = ""
    replicas: int | None = None  # wait for the server's disk and so many replicas' with each commit; None: do not
    patience: float = 5.0  # seconds in which a server that cannot be reached may come back
