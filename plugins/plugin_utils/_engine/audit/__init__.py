# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit: events chained by their hashes, and the proof that nothing is missing from the chain.

What a run needs is here. Who proves, looks or anchors takes it from where it is:

=========  ==================================================================
anchors    where a chain ended at some moment, kept elsewhere
breaks     a chain, and where it breaks
verifying  all that does not hold
accounts   states that no event tells of
filtering  which events are asked for
lines      events as lines of text; files of them
=========  ==================================================================
"""

from __future__ import annotations

from .chain import End, Fault, Finding, seal, sealed
from .kept import Kept, Witness

__all__ = ["End", "Fault", "Finding", "Kept", "Witness", "seal", "sealed"]
