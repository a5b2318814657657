# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Options of a journal on a server, as they are read."""

import pytest
from ansible.errors import AnsibleError
from ansible_collections.saga.ops.plugins.plugin_utils._bridge import settings

SECRET = "{{ not }} a template, {% nor %} this"


@pytest.fixture(autouse=True)
def nothing_configured(monkeypatch, tmp_path):
    for name in ("JOURNAL", "REDIS_PASSWORD", "REDIS_WAIT"):
        monkeypatch.delenv(f"SAGA_{name}", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def test_a_password_in_the_url_is_taken_out_of_it(monkeypatch):
    monkeypatch.setenv("SAGA_JOURNAL", "rediss://ada:hush@one/3")
    chosen = settings.read()
    assert (chosen.journal, chosen.access.password) == ("rediss://ada@one/3", "hush")
    assert "hush" not in repr(chosen)


def test_a_password_is_what_it_is(monkeypatch):
    monkeypatch.setenv("SAGA_REDIS_PASSWORD", SECRET)
    chosen = settings.read()
    assert chosen.access.password == SECRET
    assert SECRET not in repr(chosen)


def test_a_password_is_no_variable():
    """Variables are written down: by AWX, and with the command of a run."""
    assert settings.read({"saga_redis_password": "x"}).redis_password == ""


def test_a_journal_may_be_away_as_long_as_leases_hold_without_it():
    assert settings.read({"saga_lock_ttl": "60s"}).access.patience == 50


@pytest.mark.parametrize(("wait", "replicas"), [("", None), (" ", None), ("0", 0), (2, 2)])
def test_what_a_write_waits_for(wait, replicas):
    assert settings.read({"saga_redis_wait": wait}).access.replicas == replicas


@pytest.mark.parametrize("wait", ["yes", "-1", "1.5", "all"])
def test_what_a_write_cannot_wait_for_is_refused(wait):
    with pytest.raises(AnsibleError, match="saga_redis_wait must be empty, 0 or a number of replicas"):
        settings.read({"saga_redis_wait": wait})
