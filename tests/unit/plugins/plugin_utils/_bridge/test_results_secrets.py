# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""What is stored of a task that failed, when something of it comes from a vault: a rescue sees all of such a task."""

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._bridge import results
from ansible_collections.saga.ops.plugins.plugin_utils._bridge.core import text
from ansible_collections.saga.ops.plugins.plugin_utils._bridge.core.seen import Seen
from ansible_collections.saga.ops.plugins.plugin_utils._bridge.sealing import Cover
from ansible_collections.saga.ops.plugins.plugin_utils._engine.sealing import DataKey, Place, unsealed

pytestmark = pytest.mark.skipif(
    results.core.FAMILY == "2.21", reason="its results are no dictionaries: see test_secrets"
)
PLACE = Place("R1", "h1", "1 Move/Ask#1")
WORD = "a word that is in no other test"


def stored(argument, key=None):
    """Return what is stored of a task that failed with this argument."""
    failed = Seen(
        is_failed=True,
        is_unreachable=False,
        is_skipped=False,
        is_changed=False,
        is_ignored=False,
        is_secret=False,
        has_done_items=False,
        data={"failed": True, "msg": "no"},
    )
    cover = Cover(place=PLACE, is_registered=True, key=key, is_wanted=False)
    fields = {"name": "Ask", "action": "raw", "args": {"_raw_params": argument}}
    return results.payload(failed, fields, cover)


def test_arguments_of_a_failed_task_are_stored():
    assert "echo 41" in stored("echo 41")


def test_arguments_that_come_from_a_vault_are_not_stored_in_the_clear():
    found = stored(text.secret(WORD))
    assert WORD not in found
    assert '"no"' in found


def test_arguments_that_come_from_a_vault_are_stored_encrypted():
    key = DataKey.fresh()
    found = stored(text.secret(WORD), key)
    assert WORD not in found
    assert WORD in unsealed(found, PLACE, key)
