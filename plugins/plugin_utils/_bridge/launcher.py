# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In whose name a process works, and what AWX says of the job that it is.

AWX adds the same facts to the extra vars of every job twice: as awx_NAME, and as tower_NAME for playbooks of old.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from .._engine import owners


def launcher(variables: Mapping[str, Any]) -> str:
    """Return who AWX says has launched the job; without AWX, the account behind this process.

    AWX's processes all run as one account. A job that a schedule has started is nobody's: it has the schedule's name.
    """
    if person := _told(variables, "user_name"):
        return person
    schedule = _told(variables, "schedule_name") or _told(variables, "parent_job_schedule_name")
    return f"schedule {schedule}" if schedule else owners.user()


def workflow_of_job(variables: Mapping[str, Any], playbooks: Sequence[str]) -> str:
    """Return how the workflow of a job is called, by its template and its playbook in the project; else nothing.

    The folder that AWX runs a job in is another one for each job, or one for all projects.
    """
    template = _told(variables, "job_template_name")
    if not template or not playbooks or any(PurePath(name).is_absolute() for name in playbooks):
        return ""
    return f"{template}: {' '.join(str(PurePath(name)) for name in playbooks)}"


def sliced_run(variables: Mapping[str, Any], workflow: str) -> str:
    """Return the id of the run that the jobs of a sliced launch share; without AWX nothing.

    All slices of a launch are jobs of one workflow job. A node of a larger workflow gets what an earlier one has left:
    if that is a run of the same workflow, it is the one to go on with.
    """
    left = variables.get("saga_run")
    if isinstance(left, Mapping) and left.get("workflow") == workflow and left.get("id"):
        return str(left["id"])
    launch = _told(variables, "workflow_job_id")
    return f"awx-{launch}" if launch else ""


def _told(variables: Mapping[str, Any], name: str) -> str:
    named = (str(variables[key]) for key in (f"awx_{name}", f"tower_{name}") if variables.get(key))
    return next(named, "")
