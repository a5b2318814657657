# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""How far fuzzers go: alike in every run, unless SAGA_FUZZ_EXAMPLES asks for more, and then for others each time."""

import os

from hypothesis import HealthCheck, settings

EXAMPLES = int(os.environ.get("SAGA_FUZZ_EXAMPLES", "0"))

settings.register_profile(
    "fuzz",
    max_examples=EXAMPLES or 100,
    derandomize=not EXAMPLES,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("fuzz")
