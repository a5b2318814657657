# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What `saga plan --export` says of a project's playbook."""


def exported(project, playbook, engine):
    done = project.saga("plan", playbook, "--export", engine)
    assert done.code == 0, done.output
    return done.output
