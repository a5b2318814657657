# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What of a command line may be written down."""

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._bridge.command import told


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["ansible-playbook", "site.yml", "-e", "release=r3"], ["ansible-playbook", "site.yml", "-e", "release=r3"]),
        (["-e", "db_password=x y=1"], ["-e", "db_password=*** y=1"]),
        (["-edb_password=x"], ["-edb_password=***"]),
        (["--extra-vars=api_token='a b' n=1"], ["--extra-vars=api_token=*** n=1"]),
        (["-e", '{"api_key": "a\\"b", "n": 1}'], ["-e", '{"api_key": ***, "n": 1}']),
        (["-e", "@secrets.yml"], ["-e", "@secrets.yml"]),
        (["--vault-password-file", "pw"], ["--vault-password-file", "pw"]),
    ],
)
def test_values_of_extra_variables_that_sound_like_secrets_are_masked(arguments, expected):
    assert told(arguments) == tuple(expected)
