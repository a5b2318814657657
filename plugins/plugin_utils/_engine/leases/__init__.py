# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One holder per target: who may take a lease, how it is kept, how its loss is noticed."""

from __future__ import annotations

from .heartbeat import Heartbeat
from .order import Standing, ahead
from .taking import Claim, Holding, takings

__all__ = ["Claim", "Heartbeat", "Holding", "Standing", "ahead", "takings"]
