# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the audit, declared once for every door.

This file is private to the collection.
"""

from __future__ import annotations


class ModuleDocFragment:
    """Options of what is kept of a run's audit beside the journal."""

    DOCUMENTATION = r"""
options:
  anchor:
    description:
      - Where to keep anchors of a run's audit, which show later that nothing was cut off and nothing made anew.
      - A file, to which a line is appended when an attempt begins and when it ends;
        or the URL of a web hook, http or https, to which the same is posted, within C(saga_notify_timeout).
      - It should be where whoever can change the journal cannot change it.
      - An anchor that cannot be kept is a warning; it changes nothing for the run.
    type: str
    env:
      - name: SAGA_ANCHOR
    ini:
      - section: saga
        key: anchor
    vars:
      - name: saga_anchor
"""
