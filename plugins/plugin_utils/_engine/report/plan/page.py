# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan as one HTML page that needs nothing else: no network, no script.

All that comes from a playbook goes through the template's escaping; nothing is marked as safe.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, Template

from ...plan.crash import PROLOGUE
from ...plan.way_back import OUTCOMES
from . import wording
from .diagram import diagram
from .view import PlanView


def page(view: PlanView) -> str:
    """Return the plan as a page."""
    outcomes = {each.outcome for each in view.way_back.failing} | {each.outcome for each in view.way_back.later_batches}
    return _template().render(
        view=view,
        rows=view.rows_by_play(),
        standing=frozenset(view.way_back.standing),
        diagram=diagram(view),
        wording=wording,
        prologue=PROLOGUE,
        outcomes={word: meaning for word, meaning in OUTCOMES.items() if word in outcomes},
    )


@lru_cache(maxsize=1)
def _template() -> Template:
    text = files(__package__).joinpath("page.html").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(text)
