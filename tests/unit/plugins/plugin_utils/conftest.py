# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A past for the engine's readers and the command line to look at."""

import pytest

from past import Past


@pytest.fixture
def past(tmp_path, capsys):
    opened = Past(tmp_path, capsys)
    yield opened
    opened.close()
