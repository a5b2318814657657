# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Fixtures that all kinds of tests share."""

import pytest

from playground import Project


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)
