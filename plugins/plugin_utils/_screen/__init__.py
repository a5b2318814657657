# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Terminals: what a command or a callback draws on, and the one room that knows rich.

It knows no Ansible: lines, tables, colours, and an area that is drawn again in place. Only :mod:`.progress` knows what
a run is: the callback and the command line draw the same picture of one.
"""

from __future__ import annotations

from .screen import Screen, complain, printable

__all__ = ["Screen", "complain", "printable"]
