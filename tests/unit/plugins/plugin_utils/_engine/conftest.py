# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A scene for runs, on each journal; whatever a test does there has to be accounted for in the end [I12]."""

import pytest

from scene import JOURNALS, Scene


@pytest.fixture(params=sorted(JOURNALS))
def scene(request, tmp_path):
    scene = Scene(tmp_path, request.param)
    yield scene
    scene.must_be_accounted_for()
    scene.journal.close()
