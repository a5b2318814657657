# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether anybody can have configured Ansible here; nothing of Ansible is loaded for that: it takes long."""

from __future__ import annotations

import os
from pathlib import Path

_NAMED = "ANSIBLE_CONFIG"
_FILES = ("ansible.cfg", "~/.ansible.cfg", "/etc/ansible/ansible.cfg")


def is_unconfigured() -> bool:
    """Tell whether there is no file that Ansible would read its configuration from."""
    return _NAMED not in os.environ and not any(Path(name).expanduser().exists() for name in _FILES)
