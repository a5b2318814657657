# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packed events to the objects that ansible-core 2.19 and newer make of them."""

from __future__ import annotations

from typing import Any

from ansible.module_utils._internal import _messages


def unpack_event(packed: dict[str, Any]) -> _messages.Event:
    """Return the event."""
    fields = dict(packed)
    if chain := fields.pop("chain", None):
        reason, traceback_reason, event, follow = chain
        fields["chain"] = _messages.EventChain(
            msg_reason=reason, traceback_reason=traceback_reason, event=unpack_event(event), follow=follow
        )
    if events := fields.pop("events", None):
        fields["events"] = tuple(unpack_event(child) for child in events)
    return _messages.Event(**fields)


def error(packed: dict[str, Any]) -> _messages.ErrorSummary:
    """Return the error of a packed event."""
    return _messages.ErrorSummary(event=unpack_event(packed))


def warning(packed: dict[str, Any]) -> _messages.WarningSummary:
    """Return the warning of a packed event."""
    return _messages.WarningSummary(event=unpack_event(packed))
