# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Which variables a text names."""

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._bridge.words import named_in


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("version", set()),
        ("install {{ version }}", {"version"}),
        ("{{ a.b }} {{ c['d'] }} {{ e | default(f) }}", {"a", "c", "e", "f"}),
        ("{% for item in items %}{{ item }}{% endfor %}", {"items", "item"}),
        ({"{{ key }}": ["{{ one }}", {"deep": ("{{ two }}",)}]}, {"key", "one", "two"}),
        ("{{ 'version' }}", set()),
        ("{{ vars['version'] }}", {"vars", "version"}),
        ("{{ hostvars[host].version }}", {"hostvars", "host", "version"}),
        ("{{ lookup('vars', 'version') }}", {"lookup", "vars", "version"}),
        ("{{ x | some.unknown.filter }}", {"x"}),
        ("{{ broken or }} {{ version", {"broken", "or", "version"}),
        (7, set()),
        (None, set()),
    ],
)
def test_a_text_names_what_its_templates_name(value, names):
    assert named_in(value) == names


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("version is defined and zone == 'version'", {"version", "zone"}),
        (["a", "b > 1"], {"a", "b"}),
        ("{{ version }} == 1", {"version"}),
        (True, set()),
    ],
)
def test_an_expression_names_what_it_names(value, names):
    assert named_in(value, is_expression=True) == names
