# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Where the events of a run are written: names that lead nowhere else."""

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._bridge.jsonl import placed, safe

from samples import a_run


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("saga-{run}.jsonl", "saga-R1.jsonl"),
        ("/logs/{workflow}/{run}.jsonl", "/logs/shop_site.yml/R1.jsonl"),
        ("{run}{run}", "R1R1"),
        ("plain", "plain"),
        ("{host}-{{run}}", "{host}-{R1}"),
    ],
)
def test_a_path_is_filled_in(path, found):
    assert placed(path, a_run(workflow="shop/site.yml")) == found


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("../../etc/passwd", "_._.._etc_passwd"),
        ("..", "_."),
        (".", "_"),
        ("a b\n\0ü:%s{run}", "a_b____%s{run}".replace("%", "_").replace("{", "_").replace("}", "_")),
        ("01M8242AA4GJDWHVPJXB4PAA35", "01M8242AA4GJDWHVPJXB4PAA35"),
    ],
)
def test_a_name_is_no_folder_and_not_hidden(word, found):
    assert safe(word) == found


def test_a_long_name_is_cut_and_stays_its_own():
    one, other = safe("x" * 300 + "1"), safe("x" * 300 + "2")
    assert one != other
    assert len(one) < 120


def test_what_a_run_is_called_fills_in_nothing_else():
    assert placed("{workflow}-{run}", a_run(workflow="{run}")) == "_run_-R1"
