# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a playbook foresees, and how it has drifted since a run began."""

from __future__ import annotations

from .drift import Change, drifted, has_changed

__all__ = ["Change", "drifted", "has_changed"]
