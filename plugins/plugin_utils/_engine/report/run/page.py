# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run as one HTML page that needs nothing else: no network, no font, no framework.

What comes from targets and playbooks goes through the template's escaping, or stands as JSON in a data block that the
script reads; nothing is marked as safe but what this room ships. The page may run nothing but its own script, and load
nothing at all.
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from ... import clock
from .characters import clean
from .columns import columns
from .markdown import some
from .tones import Tone
from .view import Report, by_name

_SCRIPTS = ("script_data.js", "script_list.js", "script_timeline.js", "script_reader.js")


def page(report: Report) -> str:
    """Return the run as a page."""
    script, style = "\n".join(_shipped(name) for name in _SCRIPTS), _shipped("page.css")
    return _template().render(
        report=report,
        tones=[each for each in Tone if each in report.counts],
        names={row.key: row.name for row in report.rows},
        moment=clock.text,
        some=some,
        by_name=by_name,
        data=Markup(columns(report)),  # noqa: S704  JSON without a mark that HTML knows
        script=Markup(script),  # noqa: S704  ours
        style=Markup(style),  # noqa: S704  ours
        allowed=f"default-src 'none'; script-src '{_digest(script)}'; style-src '{_digest(style)}'; "
        "base-uri 'none'; form-action 'none'",
    )


def _digest(text: str) -> str:
    """Return what a content security policy knows an element by."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@lru_cache
def _shipped(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_cleaned
    )
    return environment.from_string(_shipped("page.html"))


def _cleaned(value: object) -> object:
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value
