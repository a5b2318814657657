# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""A journal that notes down when each write was asked for and when it was answered, and what it did to leases."""

import time

from ansible_collections.saga.ops.plugins.plugin_utils._engine.errors import EngineError
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import Fencing, Freeing, Taking

from history.chronicle import moment


class Witness:
    """Stands before a journal; everything else is the journal's own."""

    def __init__(self, journal, chronicle, *, ttl):
        self._journal = journal
        self._chronicle = chronicle
        self._ttl = ttl

    def __getattr__(self, name):
        return getattr(self._journal, name)

    def commit(self, entries, *, fence=None):
        puts = [put for entry in entries for put in entry.puts]
        # Until when they last was said before they were asked for, by the store's clock: that of this machine.
        begins = [put.lease.expires - self._ttl for put in puts if isinstance(put, Taking) and put.lease.expires]
        told = {
            "since": moment() - (time.time() - min(begins)) if begins else None,
            "run": entries[0].run if entries else "",
            "types": [entry.type for entry in entries],
            "takes": [
                [put.lease.name, put.lease.token, put.expect.token if put.expect else None, put.lease.expires is None]
                for put in puts
                if isinstance(put, Taking)
            ],
            "frees": [[put.name, put.token] for put in puts if isinstance(put, Freeing)],
            "fences": [[put.run, put.token, put.of] for put in puts if isinstance(put, Fencing)],
        }
        self._witnessed("commit", lambda: self._journal.commit(entries, fence=fence), fence, **told)

    def renew(self, fence, *, ttl):
        self._witnessed("renew", lambda: self._journal.renew(fence, ttl=ttl), fence, run=fence.run)

    def _witnessed(self, what, write, fence, **told):
        called, error = moment(), ""
        try:
            write()
        except EngineError as trouble:
            error = type(trouble).__name__
            raise
        except BaseException as trouble:
            error = f"{type(trouble).__name__}: {trouble}"
            raise
        finally:
            token = None if fence is None else fence.token
            self._chronicle.note(what, call=called, error=error, token=token, **told)


class Skewed:
    """The machine's clocks, one of which somebody has set wrong."""

    def __init__(self, seconds):
        self._seconds = seconds

    def now(self):
        return time.time() + self._seconds

    def monotonic(self):
        return moment()
