# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of a run on its way, by the journal and by a callback; and the picture that it makes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ...records import RunState
from .fold import Fold
from .hosts import Host
from .picture import ORDER, Counts, HostProgress, Picture, SliceProgress, Standing
from .route import path_of

_OUTSIDE = "outside/"  # begins the path of a step that is not recorded


class Progress(Fold):
    """A run on its way; times in seconds."""

    # From a callback

    def meet(self, hosts: Iterable[str]) -> None:
        """Take hosts that a play is for."""
        for name in hosts:
            self._host(name)

    def begin(self, host: str, step: str, where: str, *, at: float) -> None:
        """Take that Ansible gives a step to a host; of one with an effect the journal tells more."""
        found = self._host(host)
        if found.standing is Standing.RETRYING and at < found.due:
            return
        found.begin(step, where, key="", at=at)
        found.is_unrecorded = True
        if path := self._route.find(step, where, self._names):
            self._come_to(found, path, at=at)

    def end(self, host: str, standing: Standing = Standing.BETWEEN, *, at: float, is_restored: bool = False) -> None:
        """Take that a step has ended on a host; where the journal has told it, nothing is new."""
        found = self._host(host)
        self._restored += is_restored
        if found.is_unrecorded:
            if not is_restored:
                path = f"{_OUTSIDE}{found.where or found.step}"
                self._names[path] = found.step, found.where
                self._come_to(found, path, at=at)
                found.done |= {path} if standing is Standing.BETWEEN else set()
            found.rest(standing, at=at)

    def handle(self, host: str) -> None:
        """Take that the failure of a host's step, the last one, is no failure: ignored, or rescued."""
        found = self._host(host)
        self._handle(host, found.key)
        if found.standing in {Standing.FAILED, Standing.UNREACHABLE}:
            found.rest(Standing.BETWEEN, at=found.since)

    def remark(self, reason: str) -> None:
        """Take what is to be said of the whole, until the journal says something else."""
        self._reason = reason

    def numbered(self, name: str, where: str) -> tuple[int, int]:
        """Return which step one with this name and place is, from 1, and of how many; 0: that is not known."""
        path = self._route.find(name, where, self._names)
        return self._route.position(path), self._total

    def finish(self, *, at: float) -> None:
        """Take that the whole of it has ended; of a recorded run the journal tells that."""
        if not self.run:
            self._ended = at

    # The picture

    def picture(
        self, now: float, *, slices: Sequence[SliceProgress] = (), worker: str = "", is_lost: bool = False
    ) -> Picture:
        """Return the run as it is now; `is_lost`: nobody works on it, so what it is at is in doubt."""
        debts, stuck = self._debts()
        hosts = [self._seen(host, debts, stuck, is_lost=is_lost) for host in self._hosts.values()]
        name, where = self._told(self._route.furthest)
        return Picture(
            at=now,
            run=self.run,
            workflow=self.workflow,
            state=self._state,
            reason=self._reason,
            attempt=self._attempt,
            is_going_back=self._is_going_back,
            began=self._began,
            ended=self._ended,
            step=self._route.position(self._route.furthest),
            steps=self._total,
            is_open=self._route.is_open,
            name=name,
            where=where,
            share=self._share(hosts),
            left=self._left(hosts, now),
            hosts=tuple(sorted(hosts, key=_urgency)),
            counts=self._counts(hosts),
            slices=tuple(slices),
            worker=worker,
        )

    @property
    def _total(self) -> int:
        return len(self._route) if self._route.is_foreseen else 0

    def _debts(self) -> tuple[Counter[str], dict[str, str]]:
        """Return how many steps are to be undone on each host, and of each host one that could not be."""
        owed = (place for place in self._owed or () if self._undone.get(place) is not False)
        return Counter(name for name, _key in owed), {
            name: key for (name, key), failed in self._undone.items() if failed
        }

    def _seen(self, host: Host, debts: Counter[str], stuck: Mapping[str, str], *, is_lost: bool) -> HostProgress:
        position = self._route.position(host.path)
        if is_lost and host.standing.is_busy and host.standing is not Standing.RETRYING:
            host.standing = Standing.IN_DOUBT
        is_ended = self._state is RunState.COMPLETED or (not self.run and self._ended is not None)
        is_done = is_ended or (bool(host.path) and position == self._total)
        seen = host.seen(position, is_done=is_done)
        if not self._is_going_back:
            return seen
        seen = replace(seen, owed=debts[host.name])
        if seen.standing is Standing.BETWEEN and not seen.owed and host.name in self._repaid:
            return replace(seen, standing=Standing.COMPENSATED)
        if host.name not in stuck or seen.standing.is_busy:
            return seen
        step, where = self._told(path_of(stuck[host.name]))
        return replace(seen, standing=Standing.COMPENSATION_FAILED, step=step, where=where)

    def _share(self, hosts: Sequence[HostProgress]) -> float:
        if self._state is RunState.COMPLETED or not self._total:
            return float(self._state is RunState.COMPLETED)
        if self._is_going_back:
            undone, left = self._way_back()
            total = undone + left + sum(self._undone.values())
            return undone / total if total else 0.0
        ways = len(self._route) * len(hosts)
        return sum(max(host.position - host.standing.is_on, 0) for host in hosts) / ways if ways else 0.0

    def _left(self, hosts: Sequence[HostProgress], now: float) -> float | None:
        if self._ended is not None or self._is_going_back or not self._route.furthest:
            return None
        order = self._route.position
        furthest = self._route.furthest
        over = [path for path in self.pace.seconds if 0 < order(path) < order(furthest)]
        is_over = all(host.standing is not Standing.AT_WORK for host in hosts) and not self._is_ahead(hosts)
        if is_over:
            return self.pace.left([*over, furthest], "", spent=0.0)
        return self.pace.left(over, furthest, spent=now - self._route.since)

    def _is_ahead(self, hosts: Sequence[HostProgress]) -> bool:
        """Tell whether some hosts have still to come to the furthest step."""
        most = max(host.position for host in hosts)
        return any(host.position < most and not host.standing.is_bad for host in hosts)

    def _counts(self, hosts: Sequence[HostProgress]) -> Counts:
        undone, left = self._way_back()
        doubts = {host.host for host in hosts if host.standing is Standing.IN_DOUBT}
        return Counts(
            done=sum(len(host.done) for host in self._hosts.values()),
            restored=self._restored,
            retried=self._retried,
            failed=len(self._failures) + sum(host.standing.is_bad and not self._is_told(host) for host in hosts),
            in_doubt=len(self._in_doubt | {(name, self._hosts[name].key) for name in doubts}),
            waiting=len(self._waiting),
            compensated=undone,
            compensation_failed=sum(self._undone.values()),
            owed=left,
        )

    def _is_told(self, host: HostProgress) -> bool:
        """Tell whether a bad standing is one that is counted already, or not as a failure."""
        is_failure = host.standing in {Standing.FAILED, Standing.UNREACHABLE}
        return not is_failure or any(name == host.host for name, _key in self._failures)

    def _way_back(self) -> tuple[int, int]:
        """Return how many steps are undone, and how many are still to be tried."""
        undone = sum(not has_failed for has_failed in self._undone.values())
        return undone, len((self._owed or set()) - self._undone.keys())


def _urgency(host: HostProgress) -> tuple[int, float]:
    return ORDER[host.standing], host.since if host.standing.is_busy else 0.0
