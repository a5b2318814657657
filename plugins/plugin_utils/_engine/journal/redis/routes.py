# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the server is that holds the journal: the one that is named, the one that Sentinel or Cluster names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...errors import JournalUnusableError
from ..access import Access
from . import library
from .address import Address, Kind, Place
from .library import Broken, Refusal, Unwelcome
from .words import is_passing


class Route:
    """Finds the server, and makes connections to it; of a Cluster, the node that has our slot."""

    def __init__(self, address: Address, access: Access, *, key: str, timeout: float) -> None:
        self._address = address
        self._access = access
        self._key = key
        self._timeout = timeout
        self._known: list[Place] = list(address.places)  # Sentinels or nodes, in the order in which they are asked
        self.place = address.places[0]

    def connect(self) -> Any:
        """Return a connection to the server; raise Broken, Unwelcome or JournalUnusableError."""
        match self._address.kind:
            case Kind.SENTINEL:
                self.place = self._by_sentinel()
            case Kind.CLUSTER:
                return self._by_cluster()
        return self._connected(self.place)

    def turn_to(self, place: Place) -> None:
        """Look for the node with our slot at this place first: another node said so."""
        host = place.host or self.place.host
        place = Place(host, place.port)
        self._known = [place, *(known for known in self._known if known != place)]

    def turn_away(self) -> None:
        """Ask another one first the next time: who answered may be cut off from those that know better."""
        self._known = [*self._known[1:], *self._known[:1]]

    def visit(self, place: Place) -> Any:
        """Return a connection to another node than the one that has our slot so far."""
        return self._connected(Place(place.host or self.place.host, place.port))

    def _connected(self, place: Place) -> Any:
        return library.connected(self._address, self._access, place, timeout=self._timeout)

    def _by_sentinel(self) -> Place:
        troubles = []
        for place in list(self._known):
            try:
                found = self._asked(place)
            except (Broken, Unwelcome) as error:
                troubles.append(f"{place}: {error}")
                continue
            if isinstance(found, list):
                return Place(str(found[0]), int(found[1]))
            what = found.text if isinstance(found, Refusal) else f"it knows no service {self._address.service!r}"
            troubles.append(f"{place}: {what}")
        raise Broken(f"no Sentinel names the server ({'; '.join(troubles)})")

    def _asked(self, place: Place) -> Any:
        """Ask a Sentinel, without a name or, where it wants one, with the name that the server knows us by."""
        found = self._answered(place, is_anonymous=True)
        if isinstance(found, Refusal) and found.code in {"NOAUTH", "WRONGPASS", "NOPERM"}:
            found = self._answered(place, is_anonymous=False)
        return found

    def _answered(self, place: Place, *, is_anonymous: bool) -> Any:
        link = library.connected(self._address, self._access, place, timeout=self._timeout, is_anonymous=is_anonymous)
        try:
            return library.exchange(link, [("SENTINEL", "GET-MASTER-ADDR-BY-NAME", self._address.service)])[0]
        finally:
            library.close(link)

    def _by_cluster(self) -> Any:
        """Return a connection to the node that has our slot, as the first node that answers tells it."""
        troubles = []
        for place in list(self._known):
            try:
                return self._at_owner(place)
            except (Broken, Unwelcome) as error:
                if isinstance(error, Unwelcome) and not is_passing(error.refusal):
                    raise
                troubles.append(f"{place}: {error}")
        raise Broken(f"no node of the Cluster answers ({'; '.join(troubles)})")

    def _at_owner(self, place: Place) -> Any:
        """Ask a node who has our slot, and return a connection to that one."""
        link = self._connected(place)
        try:
            [slots] = library.exchange(link, [("CLUSTER", "SLOTS")])
            owner = self._learn(slots, place)
        except BaseException:
            library.close(link)
            raise
        if owner != place:
            library.close(link)
            link = self._connected(owner)
        self.place = owner
        return link

    def _learn(self, slots: Any, asked: Place) -> Place:
        """Remember the nodes, and return the one that has our slot."""
        if isinstance(slots, Refusal):
            if "cluster support disabled" in slots.text:
                raise JournalUnusableError(self._address.text, f"{asked} is in no Cluster; say redis:// instead")
            raise Unwelcome(slots)
        ours = library.slot(self._key)
        owner, nodes = None, []
        for first, last, *found in slots:
            places = list(_places(found, asked))
            nodes += places
            if first <= ours <= last and places:
                owner = places[0]
        if owner is None:
            raise Broken("it knows no node that has the journal's slot")
        self._known = list(dict.fromkeys([owner, asked, *nodes, *self._address.places]))
        return owner


def _places(nodes: list[Any], asked: Place) -> Iterator[Place]:
    for host, port, *_more in nodes:
        yield Place(str(host) if host else asked.host, int(port))
