# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module saga.ops.control, on the controller; plugins/modules/control.py documents it."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible_collections.saga.ops.plugins.plugin_utils._bridge.consulting import Asked, Consulting
from ansible_collections.saga.ops.plugins.plugin_utils._engine.begin import Means, find_run
from ansible_collections.saga.ops.plugins.plugin_utils._engine.control import (
    ask,
    is_at_work,
    must_be_askable,
    must_be_open,
)
from ansible_collections.saga.ops.plugins.plugin_utils._engine.operator import abandon
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import Wish


class ActionModule(Consulting):
    """Pauses or cancels a run."""

    ARGUMENTS: ClassVar = {
        "run": {"type": "str", "required": True},
        "wish": {"type": "str", "required": True, "choices": [str(wish) for wish in Wish if wish != Wish.COMPENSATE]},
        "compensate": {"type": "bool", "default": False},
        "why": {"type": "str", "required": True},
    }

    def consult(self, means: Means, asked: Asked) -> dict[str, Any]:
        """Ask whoever works on the run; cancel at once a run that nobody works on."""
        given, why = asked.given, asked.given["why"].strip()
        if given["compensate"] and given["wish"] != Wish.CANCEL:
            return {"failed": True, "changed": False, "msg": "compensate goes with wish: cancel only"}
        run = find_run(means.journal, given["run"])
        wish = Wish.COMPENSATE if given["compensate"] else Wish(given["wish"])
        must_be_open(run, wish)
        if wish is Wish.CANCEL and not is_at_work(means, run):
            abandon(means, run, why=why, by=asked.by, may_write=asked.may_write)
            is_given_up = "is abandoned" if asked.may_write else "would be abandoned"
            said = f"run {run.id} of {run.workflow} {is_given_up}: nobody was at work on it"
            return {"changed": True, "run": run.id, "is_over": asked.may_write, "msg": said}
        must_be_askable(means, run, wish)
        before = means.journal.control(run.id)
        if before is not None and before.wish is wish:
            said = f"run {run.id} of {run.workflow} is asked for that already, by {before.by}"
            return {"changed": False, "run": run.id, "is_over": False, "msg": said}
        if asked.may_write:
            ask(means, run, wish, why=why, by=asked.by)
        is_asked = "is asked" if asked.may_write else "would be asked"
        what = {Wish.PAUSE: "to pause", Wish.CANCEL: "to cancel", Wish.COMPENSATE: "to cancel, and to undo what it did"}
        return {
            "changed": True,
            "run": run.id,
            "is_over": False,
            "msg": f"run {run.id} of {run.workflow} {is_asked} {what[wish]}, before its next step",
        }
