# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A task's conditions, as every ansible-core evaluates them in a worker; here before there is one."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleError


def is_surely_skipped(task: Any, templar: Any, variables: dict[str, Any]) -> bool:
    """Tell whether a task's `when` is false; what cannot be told before its worker has the loop's item is not sure."""
    if not task.when:
        return False
    try:
        if hasattr(task, "_resolve_conditional"):
            return not task._resolve_conditional(task.when, variables)
        return not task.evaluate_conditional(templar, variables)
    except AnsibleError:
        return False
