"""A plain model of the people of a session: lists and sets, and the rules of docs/sessions.md said once more.

It does not guess who is told what; it says who may be there after each command, and what must be true of what is told.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Person:
    """Somebody in the session. ``connection`` None: dropped, or played by the server."""

    number: int
    connection: int | None
    token: str = ""
    seated: bool = True
    driven: bool = False
    address: str = ""
    kept_until: int = 0
    muted: set[int] = field(default_factory=set)


@dataclass
class Model:
    """The people, by id, and the door."""

    seats: int
    spectators: int
    grace_ticks: int
    people: dict[int, Person] = field(default_factory=dict)
    gone_connections: set[int] = field(default_factory=set)  # closed or lost: nothing is told to them any more
    banned: set[str] = field(default_factory=set)
    silenced: set[int] = field(default_factory=set)
    locked: bool = False
    host: int = 0

    def by_connection(self, connection: int) -> Person | None:
        return next((one for one in self.people.values() if one.connection == connection), None)

    def by_token(self, token: str) -> Person | None:
        return next((one for one in self.people.values() if one.seated and not one.driven and one.token == token), None)

    @property
    def seated(self) -> list[Person]:
        return [one for one in self.people.values() if one.seated]

    @property
    def players(self) -> list[Person]:
        return [one for one in self.seated if not one.driven]

    @property
    def bots(self) -> list[Person]:
        return [one for one in self.seated if one.driven]

    @property
    def watchers(self) -> list[Person]:
        return [one for one in self.people.values() if not one.seated]

    @property
    def has_place(self) -> bool:
        return len(self.players) < self.seats

    def forget(self, person: Person) -> None:
        """Somebody is gone for good."""
        del self.people[person.number]
        self.silenced.discard(person.number)
        for other in self.people.values():
            other.muted.discard(person.number)
        if person.connection is not None:
            self.gone_connections.add(person.connection)
        self.settle()

    def make_room(self) -> None:
        """A person needs a seat: the newest bot goes if all are taken."""
        if len(self.seated) == self.seats:
            self.forget(max(self.bots, key=lambda bot: bot.number))

    def settle(self) -> None:
        """Without people there are no bots; the host is a player, the one who is there longest when there is none."""
        if not self.players:
            for bot in self.bots:
                del self.people[bot.number]
        if self.host not in {one.number for one in self.players}:
            order = sorted(self.players, key=lambda one: (one.connection is None, one.number))
            self.host = order[0].number if order else 0

    def hearers(self, author: int, channel: int) -> set[int]:
        """The connections that hear what somebody says."""
        return {
            one.connection
            for one in self.people.values()
            if one.connection is not None and author not in one.muted and (channel == 0 or not one.seated)
        }
