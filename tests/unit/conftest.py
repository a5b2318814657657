# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""How Hypothesis searches: alike in every run of the suite, not very far, and in no given time."""

from hypothesis import settings

settings.register_profile("saga", max_examples=50, deadline=None, derandomize=True, database=None)
settings.load_profile("saga")
