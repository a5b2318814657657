# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run as people and programs read it afterwards: one view, and its drawings as HTML, Markdown and JUnit XML."""

from __future__ import annotations

from .junit import junit
from .markdown import markdown
from .page import page
from .view import Report, Sources, report

__all__ = ["Report", "Sources", "junit", "markdown", "page", "report"]
