# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan as people and programs read it: one view, and its drawings as JSON, Markdown and HTML."""

from __future__ import annotations

from . import wording
from .document import document
from .markdown import markdown
from .page import page
from .view import Finding, PlanView, view_plan

__all__ = ["Finding", "PlanView", "document", "markdown", "page", "view_plan", "wording"]
