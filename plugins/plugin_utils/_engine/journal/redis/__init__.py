# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal on a server: Redis or Valkey, alone, with Sentinel, or a Cluster."""

from .address import SCHEMES, Address, without_password
from .store import RedisJournal

__all__ = ["SCHEMES", "Address", "RedisJournal", "without_password"]
