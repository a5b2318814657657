# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Which ansible-core is welcome, which is warned of, which is refused."""

from importlib import import_module

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._bridge.core import versions


@pytest.mark.parametrize("version", ["2.16.0", "2.16.19", "2.18.1rc1", "2.21.5", "2.22.0.dev0", "3.0"])
def test_a_version_that_can_run_it_is_not_refused(version):
    assert versions.refusal(version) == ""


@pytest.mark.parametrize("version", ["2.9.27", "2.15.13", "1.9"])
def test_an_older_one_is_refused_in_one_sentence(version):
    assert versions.refusal(version) == f"saga.ops needs ansible-core 2.16 or newer; this is {version}"


@pytest.mark.parametrize("version", ["2.16.0", "2.21.5"])
def test_a_tested_one_is_in_no_doubt(version):
    assert versions.doubt(version) == ""


@pytest.mark.parametrize("version", ["2.22.0.dev0", "2.100.1", "3.0"])
def test_a_newer_one_than_those_tested_is_warned_of_by_name(version):
    assert versions.doubt(version) == (
        f"saga.ops is tested with ansible-core 2.16, 2.17, 2.18, 2.19, 2.20, 2.21; this is {version}"
    )


@pytest.mark.parametrize("shape", ["v2_16", "v2_19", "v2_21"])
def test_the_module_of_each_shape_of_results_can_be_imported_whichever_is_in_use(shape):
    """ansible-test sanity does that, on the newest ansible-core that a Python has, and is given no excuses."""
    found = import_module(f"{versions.__package__}.{shape}")
    assert shape.removeprefix("v").replace("_", ".") == found.FAMILY
