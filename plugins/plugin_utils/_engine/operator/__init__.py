# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator decides about a run that nobody works on: each decision is on the record, with who and why.

Every decision gives the run a new token. So an attempt that begins at the same moment fails instead of overwriting the
decision, and one that was taken for dead, and is not, can no longer write.
"""

from __future__ import annotations

from ..records import Answer
from .choosing import Word
from .deciding import Decided, decide, may_be_decided
from .ending import Abandoned, Unlocked, abandon, holder, unlock
from .rekeying import rekey
from .telling import outcome

__all__ = [
    "Abandoned",
    "Answer",
    "Decided",
    "Unlocked",
    "Word",
    "abandon",
    "decide",
    "holder",
    "may_be_decided",
    "outcome",
    "rekey",
    "unlock",
]
