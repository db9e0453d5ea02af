"""Chat in a session: what the commands of chat.py's subject do, and who hears of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tickroom.protocol.codes import ErrorCode
from tickroom.protocol.messages import (
    ChatMessage,
    History,
    ReadFact,
    Reply,
    Revised,
    Said,
    ServerFact,
    TypingFact,
)
from tickroom.server.core.chat import ALL, WATCHERS, Author, Chat, Refused, Typist
from tickroom.server.core.commands import Read, Revise, Say, Type
from tickroom.server.core.effects import Effect, Tell, TellAll, TellSome
from tickroom.server.core.people import Watcher
from tickroom.server.core.seats import Seat
from tickroom.server.core.settings import SessionSettings

if TYPE_CHECKING:
    from tickroom.server.core.session import Session

Effects = list[Effect]


class Conversation:
    """The chat of one session, between its people. Where the session has none, every line is refused.

    Each call is given the session: one that held it would be a cycle, and what is closed is to be freed at once.
    """

    def __init__(self, settings: SessionSettings) -> None:
        self.chat = Chat(settings.tick_hz, settings.history)
        self._is_on = settings.chat

    def answer(self, session: Session, command: Say | Revise, tick: int, effects: Effects) -> None:
        """Somebody says something or revises it; the reply says whether it was done, or why not."""
        person = session.person_of(command.connection)
        if person is None:
            done: ChatMessage | Refused = Refused(ErrorCode.NOT_SEATED)
        elif isinstance(command, Say):
            done = self._say(session, person, command, tick, effects)
        else:
            done = self._revise(session, person, command, tick, effects)
        code, wait_ticks = done if isinstance(done, Refused) else (ErrorCode.OK, 0)
        wait_ms = -(-wait_ticks * 1000 // session.settings.tick_hz)
        effects.append(Tell(command.connection, Reply(command.id, code, code.reason, tick, wait_ms)))

    def hear(self, session: Session, command: Type | Read, tick: int, effects: Effects) -> None:
        """Somebody is writing, or has read."""
        person = session.person_of(command.connection)
        if person is None or not self._is_on:
            return
        number = person_number(person)
        if isinstance(command, Read):
            if self.chat.read(number, command.message):
                effects.append(TellAll(ReadFact(number, command.message), but=command.connection))
        elif self._has(person, command.channel):
            for typist, is_on in self.chat.type(number, command.channel, command.on, tick):
                self._tell_typing(session, typist, is_on, effects)

    def greet(self, session: Session, person: Seat | Watcher, connection: int, tick: int, effects: Effects) -> None:
        """Tell somebody who comes what was said before."""
        if not self._is_on:
            return
        watches = isinstance(person, Watcher)
        delay = session.settings.spectator_delay_ticks if watches else 0
        channels = (ALL, WATCHERS) if watches else (ALL,)
        before = tick - delay if delay else tick + 1  # the tick so long ago is told after this
        lines = self.chat.told_to(person_number(person), channels, before)
        effects.append(Tell(connection, History(lines, self.chat.reads)))

    def interrupt(self, session: Session, person: int, effects: Effects) -> None:
        """Somebody's socket is lost, and with it what was being written."""
        for typist in self.chat.stop_typing(person):
            self._tell_typing(session, typist, False, effects)

    def mute(self, hearer: Seat | Watcher, person: int, is_muted: bool, effects: Effects) -> ErrorCode | None:
        """One person does not hear another from now on, or again; why not, if it may not be."""
        refused = self.chat.mute(person_number(hearer), person, is_muted)
        if refused is None and is_muted and hearer.connection is not None:
            self._end_typing_for(hearer, hearer.connection, person, effects)
        return refused

    def wake(self, session: Session, tick: int, effects: Effects) -> None:
        """Whoever has not gone on writing has stopped."""
        for typist in self.chat.expire(tick):
            self._tell_typing(session, typist, False, effects)

    # --- within ------------------------------------------------------------------------------------------------------

    def _has(self, person: Seat | Watcher, channel: int) -> bool:
        return self._is_on and (channel == ALL or (channel == WATCHERS and isinstance(person, Watcher)))

    def _say(
        self, session: Session, person: Seat | Watcher, command: Say, tick: int, effects: Effects
    ) -> ChatMessage | Refused:
        if not self._has(person, command.channel):
            return Refused(ErrorCode.NO_SUCH_CHANNEL)
        author = Author(person_number(person), person.nickname)
        line = self.chat.say(author, command.channel, command.text, tick, command.at_ms)
        if isinstance(line, ChatMessage):
            for typist in self.chat.stop_typing(author.person):
                if typist.channel != line.channel:  # else the line itself says so
                    self._tell_typing(session, typist, False, effects)
            self._tell(session, line.channel, author.person, Said(line), effects)
        return line

    def _revise(
        self, session: Session, person: Seat | Watcher, command: Revise, tick: int, effects: Effects
    ) -> ChatMessage | Refused:
        number = person_number(person)
        line = self.chat.line(command.message)
        if line is None or not self._may_see(session, person, line):
            return Refused(ErrorCode.NO_SUCH_MESSAGE)
        if command.text is None:
            revised = self.chat.delete(number, command.message, is_host=number == session.host)
        else:
            revised = self.chat.revise(number, command.message, command.text, tick)
        if isinstance(revised, ChatMessage):
            fact = Revised(revised.id, command.text or "", command.text is None, command.at_ms)
            self._tell(session, revised.channel, revised.person, fact, effects)
        return revised

    def _may_see(self, session: Session, person: Seat | Watcher, line: ChatMessage) -> bool:
        """Whoever has no place in a channel does not learn which lines it has; the host cleans up in all of them."""
        return self._has(person, line.channel) or person_number(person) in (line.person, session.host)

    def _end_typing_for(self, hearer: Seat | Watcher, connection: int, person: int, effects: Effects) -> None:
        """Whoever is writing now does so no more for somebody who listens no longer, and will not be told the end."""
        typist = self.chat.typist(person)
        if typist is not None and self._has(hearer, typist.channel):
            fact = TypingFact(person, typist.channel, False)
            effects.append(TellSome((connection,), fact, at_once=typist.channel == WATCHERS))

    def _tell_typing(self, session: Session, typist: Typist, is_on: bool, effects: Effects) -> None:
        fact = TypingFact(typist.person, typist.channel, is_on)
        self._tell(session, typist.channel, typist.person, fact, effects, echo=False)

    def _tell(
        self, session: Session, channel: int, person: int, fact: ServerFact, effects: Effects, *, echo: bool = True
    ) -> None:
        """To all of a channel who listen to this person."""
        own = session.connection_of(person)
        if channel == ALL and not self.chat.has_mutes:
            effects.append(TellAll(fact, but=None if echo else own))
            return
        watchers = [(watcher.person, watcher.connection) for watcher in session.watchers]
        players = [
            (seat.player, seat.connection) for seat in session.members if seat.connection is not None and channel == ALL
        ]
        hearers = tuple(
            connection
            for hearer, connection in players + watchers
            if not self.chat.is_deaf_to(hearer, person) and (echo or connection != own)
        )
        if hearers:
            deaf = tuple(connection for _, connection in players + watchers if connection not in hearers)
            effects.append(TellSome(hearers, fact, at_once=channel == WATCHERS, deaf=deaf))


def person_number(person: Seat | Watcher) -> int:
    """The id of somebody who is here."""
    return person.person if isinstance(person, Watcher) else person.player
