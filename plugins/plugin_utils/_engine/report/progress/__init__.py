# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run on its way: one picture of where it is, for whoever looks on.

:class:`Progress` folds the events of the journal, and what a callback sees beside them, into a :class:`Picture`.
"""

from __future__ import annotations

from .pace import Pace, pace
from .picture import Counts, HostProgress, Picture, SliceProgress, Standing
from .progress import Progress

__all__ = ["Counts", "HostProgress", "Pace", "Picture", "Progress", "SliceProgress", "Standing", "pace"]
