# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A callback's line on a result, put right for one that was restored."""

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._bridge.showing import restored_line


@pytest.mark.parametrize(
    ("line", "right"),
    [
        ("ok: [web1]", "restored: [web1]"),
        ("changed: [web1 -> db1(10.0.0.1)]", "restored: [web1 -> db1(10.0.0.1)]"),
        ('ok: [web1] => {"msg": "fine"}', 'restored: [web1] => {"msg": "fine"}'),
        ("changed: [web1] => (item=a: [b])", "restored: [web1] => (item=a: [b])"),
        ("skipping: [web1]", "restored: [web1] (skipped)"),
        ("skipping: [web1] => (item=a) ", "restored: [web1] (skipped) => (item=a)"),
        ('failed: [web1] (item=a) => {"rc": 1}', "restored: [web1] (failed) (item=a)"),
        ('fatal: [web1]: FAILED! => {"rc": 1}', "restored: [web1] (failed)"),
        ('fatal: [web1]: UNREACHABLE! => {"msg": "no\\nroute"}', "restored: [web1] (failed)"),
    ],
)
def test_a_line_on_a_result_says_that_it_was_restored(line, right):
    assert restored_line(line) == right


@pytest.mark.parametrize("line", ["...ignoring", "TASK [ok: [web1]]", "web1 | SUCCESS => {}", ""])
def test_any_other_line_stays_as_it_is(line):
    assert restored_line(line) == ""
