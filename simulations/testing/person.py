"""One person in a session under test: what they do, and what they were told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from tickroom.protocol.codes import CloseCode
from tickroom.protocol.messages import (
    WATCHING_SEAT,
    ClientMessage,
    Closing,
    Events,
    Input,
    Keyframe,
    Leave,
    Read,
    Reply,
    Request,
    Revise,
    Say,
    ServerFact,
    Typing,
    Welcome,
)
from tickroom.protocol.replica import NO_TICK, Replica
from tickroom.protocol.tables import Int32Array
from tickroom.simulations.testing.errors import NotNow
from tickroom.simulations.wire import decode

if TYPE_CHECKING:
    from tickroom.simulations.testing.session import SessionUnderTest

Fact = TypeVar("Fact")


class Answer:
    """The answer to one request, once a tick has decided it."""

    def __init__(self, question: str) -> None:
        self.question = question
        self.reply: Reply | None = None  # until it is decided

    @property
    def decided(self) -> Reply:
        """The reply. Raises NotNow before the next tick, and where a closed socket left the request unanswered."""
        if self.reply is None:
            raise NotNow(f"{self.question} has no answer (yet): advance the session first")
        return self.reply

    @property
    def ok(self) -> bool:
        """Whether it was done. Raises NotNow."""
        return self.decided.code == 0

    @property
    def reason(self) -> str:
        """Why it was refused, "ok" if it was not. Raises NotNow."""
        return self.decided.reason


class Happening(NamedTuple):
    """One event of the game, by the names of its schema."""

    tick: int
    name: str
    fields: Mapping[str, int]


class Person:
    """A player or spectator. Made by ``SessionUnderTest.join`` and ``watch``.

    ``facts``: everything told so far but states, decoded, oldest first; clear it as you like. ``welcome``: the newest;
    ``closed``: why the socket was closed. ``replica``: the copy of the public state that a client would hold.
    """

    def __init__(self, nickname: str, session: SessionUnderTest) -> None:
        self.nickname = nickname
        self.welcome: Welcome | None = None
        self.closed: Closing | None = None
        self.facts: list[ServerFact] = []
        self.replica = Replica(session.core.pool.layout)
        self.is_dropped = False
        self._session = session
        self._schema = session.game.schema
        self._answers: dict[int, Answer] = {}
        self._last_question = 0
        self._held = (0,) * len(self._schema.inputs)
        self._to_hold: tuple[int, ...] | None = None

    def __repr__(self) -> str:
        return f"<Person {self.nickname}>"

    # --- who and where -----------------------------------------------------------------------------------------------

    @property
    def id(self) -> int:
        """The player's or spectator's id in the session. Raises NotNow before the welcome."""
        return self._welcomed.player

    @property
    def seat(self) -> int:
        """The index of the seat, -1 for who watches. Raises NotNow before the welcome."""
        return self._welcomed.seat

    @property
    def token(self) -> str:
        """What ``SessionUnderTest.resume`` takes. Raises NotNow before the welcome."""
        return self._welcomed.token

    @property
    def is_watching(self) -> bool:
        """Whether this is a spectator. Raises NotNow before the welcome."""
        return self.seat == WATCHING_SEAT

    @property
    def is_here(self) -> bool:
        """Whether the session speaks with this person now."""
        return self.welcome is not None and self.closed is None and not self.is_dropped

    @property
    def _welcomed(self) -> Welcome:
        if self.welcome is None:
            raise NotNow(f"{self.nickname} was not welcomed (yet): advance the session first")
        return self.welcome

    # --- what they do: takes effect in the next tick -----------------------------------------------------------------

    def hold(self, *values: int, **named: int) -> None:
        """Hold these values from the next tick on; what is not named stays. The last call before a tick counts.

        Raises NotNow for who has no seat, ValueError for a name that is no input field of the game.
        """
        if not self.is_here or self.is_watching:
            raise NotNow(f"{self.nickname} has no seat to hold anything in")
        names = [field.name for field in self._schema.inputs]
        unknown = set(named) - set(names)
        if unknown or len(values) > len(names):
            raise ValueError(f"inputs of {self._schema.game} are {', '.join(names)}, not {sorted(unknown) or values}")
        before = self._held if self._to_hold is None else self._to_hold
        given = dict(zip(names, (*values, *before[len(values) :]), strict=True)) | named
        self._to_hold = tuple(given[name] for name in names)

    def request(self, action: str, *arguments: int) -> Answer:
        """Ask for an action of the session or of the game."""
        return self._ask(action, lambda number: Request(number, action, list(arguments)))

    def say(self, text: str, channel: int = 0) -> Answer:
        """Say a line of chat."""
        return self._ask("say", lambda number: Say(number, channel, text))

    def revise(self, message: int, text: str | None) -> Answer:
        """Give a line another text; with None delete it."""
        return self._ask("revise", lambda number: Revise(number, message, text))

    def typing(self, on: bool = True, channel: int = 0) -> None:
        """Be writing, or no longer."""
        self.send(Typing(channel, on))

    def read(self, message: int) -> None:
        """Have read everything up to a line."""
        self.send(Read(message))

    def leave(self) -> None:
        """Go for good."""
        self.send(Leave())

    def drop(self) -> None:
        """Lose the socket: nothing is told any more from now on, and the session knows in the next tick."""
        self._session.drop(self)

    def resume(self) -> None:
        """Come back with the token of the newest welcome. Raises NotNow for who has not dropped."""
        self._session.resume(self)

    def send(self, message: ClientMessage) -> None:
        """Send any message as it is: an input for another tick, a resync, a ping. Raises MalformedMessage, NotNow."""
        if self.closed is not None or self.is_dropped:
            raise NotNow(f"{self.nickname} has no connection")
        self._session.receive(self, message)

    def _ask(self, question: str, message: Callable[[int], ClientMessage]) -> Answer:
        self._last_question += 1
        answer = self._answers[self._last_question] = Answer(question)
        self.send(message(self._last_question))
        return answer

    # --- what they were told -----------------------------------------------------------------------------------------

    def heard(self, kind: type[Fact]) -> list[Fact]:
        """All facts of one kind, a message class such as ``Said``, oldest first."""
        return [fact for fact in self.facts if isinstance(fact, kind)]

    def happenings(self, name: str | None = None) -> list[Happening]:
        """The game's events that were told, of one name or all."""
        kinds = self._schema.events
        told: list[Happening] = [
            Happening(fact.tick, kinds[kind].name, MappingProxyType(dict(zip(kinds[kind].fields, values, strict=True))))
            for fact in self.heard(Events)
            for kind, *values in fact.events
        ]
        return [event for event in told if name is None or event.name == name]

    def table(self, name: str) -> Int32Array:
        """A (rows, columns) copy of a public table as this person sees it now. Raises KeyError, NotNow without a state.

        Spectators of a delayed session see an older one.
        """
        return self._session.seen_by(self, name)

    def forecast(self, tick: int) -> Int32Array:
        """All cells as this person takes them to be at ``tick``; a copy. Raises NotNow without a state."""
        if self.replica.tick == NO_TICK:
            raise NotNow(f"{self.nickname} has no state")
        return self.replica.values + self.replica.rates * np.int32(tick - self.replica.tick)

    # --- for the session ---------------------------------------------------------------------------------------------

    def take_input(self, tick: int) -> Input | None:
        """What is to be held from ``tick`` on, if that is another than before."""
        held, self._to_hold = self._to_hold, None
        if held is None or held == self._held:
            return None
        self._held = held
        return Input(tick, held)

    def hear(self, payload: bytes) -> None:
        """Take one message from the server. Raises OutOfStep: the copy is not the server's state."""
        message = decode(payload)
        if isinstance(message, list):
            if self.replica.tick != NO_TICK:
                self.replica.apply_delta(message)
        elif isinstance(message, Keyframe):
            self.replica.load_keyframe(message.tick, message.values, message.rates)
        else:
            self._hear_fact(message)

    def hear_close(self, code: CloseCode, reason: str) -> None:
        """The server closes the socket."""
        self.closed = Closing(code, reason or code.reason, code.retryable)
        self.facts.append(self.closed)

    def lose_connection(self) -> None:
        """The socket is lost: nothing more is told, and nothing is held when it is back."""
        self.is_dropped = True
        self.forget_controls()

    def find_connection(self) -> None:
        """There is a new socket, with nothing told on it yet."""
        self.is_dropped = False
        self.replica.tick = NO_TICK
        self._answers.clear()

    def forget_controls(self) -> None:
        """Whoever takes or takes back a seat holds nothing."""
        self._held, self._to_hold = (0,) * len(self._schema.inputs), None

    def _hear_fact(self, fact: ServerFact) -> None:
        self.facts.append(fact)
        if isinstance(fact, Welcome):
            self.welcome = fact
            self.forget_controls()
        elif isinstance(fact, Reply) and (answer := self._answers.pop(fact.id, None)) is not None:
            answer.reply = fact
