# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What of a command line may be written down."""

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._bridge.command import told


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["ansible-playbook", "site.yml", "-i", "inv"], ["ansible-playbook", "site.yml", "-i", "inv"]),
        (["-e", "release=r3 y=1"], ["-e", "release=*** y=***"]),
        (["-e", "password=a,SECRET"], ["-e", "password=***"]),
        (["-eapi_pw=x"], ["-eapi_pw=***"]),
        (["-ve", "auth=x"], ["-ve", "auth=***"]),
        (["-vvve", "auth='a b'", "site.yml"], ["-vvve", "auth=***", "site.yml"]),
        (["--extra-vars=api_token='a b' n=1"], ["--extra-vars=api_token=*** n=***"]),
        (["--extra-var", "token=x"], ["--extra-var", "token=***"]),
        (["-e", '{"passwords": ["a", "SECRET"]}'], ["-e", "***"]),
        (["-e", "password: A SECRET"], ["-e", "***"]),
        (["-e", "unbalanced='x"], ["-e", "***"]),
        (["-e", "saga_drift=accept saga_lock_key=x"], ["-e", "saga_drift=accept saga_lock_key=x"]),
        (["-e", "@secrets.yml"], ["-e", "@secrets.yml"]),
        (["--vault-password-file", "pw"], ["--vault-password-file", "pw"]),
    ],
)
def test_values_of_extra_variables_are_masked_but_for_files_and_our_own_options(arguments, expected):
    assert told(arguments) == tuple(expected)


def test_a_password_in_the_url_of_a_journal_is_not_written_down():
    typed = ["-e", "saga_journal=redis://ada:SECRET@one/3 saga_drift=accept"]
    assert told(typed) == ("-e", "saga_journal=redis://ada@one/3 saga_drift=accept")
