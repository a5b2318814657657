# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module saga.ops.report, on the controller; plugins/modules/report.py documents it."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible_collections.saga.ops.plugins.plugin_utils._bridge.consulting import WHICH_RUN, Asked, Consulting, run_meant
from ansible_collections.saga.ops.plugins.plugin_utils._cli.report import FORMATS, form_of, save, written
from ansible_collections.saga.ops.plugins.plugin_utils._engine.begin import Means
from ansible_collections.saga.ops.plugins.plugin_utils._engine.journal.opening import without_password


class ActionModule(Consulting):
    """Writes down what a run did, when, and who decided what."""

    ARGUMENTS: ClassVar = {
        **WHICH_RUN,
        "dest": {"type": "path", "default": ""},
        "format": {"type": "str", "choices": list(FORMATS)},
    }

    def consult(self, means: Means, asked: Asked) -> dict[str, Any]:
        """Write the report to a file, or return it."""
        given = asked.given
        run = run_meant(means, named=given["run"], workflow=given["workflow"])
        form = given["format"] or form_of(given["dest"])
        text = written(means, run.id, form, journal=without_password(given["journal"])[0])
        told = {"run": run.id, "format": form, "dest": given["dest"]}
        if not given["dest"]:
            return {"changed": False, "content": text, **told}
        if asked.may_write:
            save(text, given["dest"])
        return {"changed": True, **told}
