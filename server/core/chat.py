"""What the people of a session say: lines, who is writing, who has read what, and who may not be heard.

Pure, like all of the core: ticks and wall time come in with the calls. Everything is bounded, by the people who are
there (forgotten when they go) or by a constant here.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from tickroom.protocol.codes import ErrorCode
from tickroom.protocol.messages import TEXT_MAX_CHARACTERS, ChatMessage

ALL, WATCHERS = 0, 1  # channels

BURST_LINES = 5  # at once; then one a second
REPEATS, REPEATS_S = 3, 30  # the third line of the same text within so many seconds is refused
TYPING_S = 5
MARKS_BURST, MARKS_A_SECOND = 8, 2  # "typing" that is told of one person
KEPT_LEAST = 50  # lines that can still be revised, however few are told to who joins
MUTED_MOST = 200


class Author(NamedTuple):
    """Who says something."""

    person: int
    nickname: str


class Refused(NamedTuple):
    """Why not, and after how many ticks it may be tried again (0: waiting does not help)."""

    code: ErrorCode
    wait_ticks: int = 0


class Typist(NamedTuple):
    """Somebody who was writing, and where."""

    person: int
    channel: int


@dataclass
class _Voice:
    """What is known of one person. Ticks."""

    line_due: int = 0  # as in the generic cell rate algorithm: when a line would be on time at the sustained rate
    mark_due: int = 0
    recent: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=REPEATS_S + BURST_LINES))
    typing_in: int | None = None
    typing_until: int = 0
    read_up_to: int = 0
    muted: set[int] = field(default_factory=set)


class SavedVoice(Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """What is known of one person, as values."""

    person: int
    line_due: int
    mark_due: int
    recent: list[tuple[int, str]]
    typing_in: int | None
    typing_until: int
    read_up_to: int
    muted: list[int]


class SavedChat(Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """A chat as values; each list in the order in which things came."""

    newest: int
    lines: list[ChatMessage]
    voices: list[SavedVoice]
    silenced: list[int]


class Chat:
    """The chat of one session. ``history``: how many lines are told to who joins."""

    def __init__(self, tick_hz: int, history: int) -> None:
        self.tick_hz = tick_hz
        self.history = history
        self.silenced: set[int] = set()
        self._lines: dict[int, ChatMessage] = {}  # by id, oldest first
        self._kept = max(history, KEPT_LEAST)
        self._newest = 0
        self._voices: dict[int, _Voice] = {}

    def save(self) -> SavedChat:
        """All of it, for ``restore``."""
        voices = [
            SavedVoice(
                person,
                voice.line_due,
                voice.mark_due,
                list(voice.recent),
                voice.typing_in,
                voice.typing_until,
                voice.read_up_to,
                sorted(voice.muted),
            )
            for person, voice in self._voices.items()
        ]
        return SavedChat(self._newest, list(self._lines.values()), voices, sorted(self.silenced))

    def restore(self, saved: SavedChat) -> None:
        """As it was when saved."""
        self.silenced = set(saved.silenced)
        self._newest = saved.newest
        self._lines = {line.id: line for line in saved.lines}
        self._voices = {}
        for one in saved.voices:
            voice = self._voice(one.person)
            voice.line_due, voice.mark_due = one.line_due, one.mark_due
            voice.recent.extend(one.recent)
            voice.typing_in, voice.typing_until = one.typing_in, one.typing_until
            voice.read_up_to = one.read_up_to
            voice.muted = set(one.muted)

    # --- people ------------------------------------------------------------------------------------------------------

    def forget(self, person: int) -> None:
        """Somebody is gone for good; what was said stays."""
        self._voices.pop(person, None)
        self.silenced.discard(person)
        for voice in self._voices.values():
            voice.muted.discard(person)

    def silence(self, person: int, is_silent: bool) -> None:
        """Nobody hears what a person says from now on; or again."""
        (self.silenced.add if is_silent else self.silenced.discard)(person)

    def mute(self, hearer: int, person: int, is_muted: bool) -> ErrorCode | None:
        """One person does not hear another from now on; or again."""
        muted = self._voice(hearer).muted
        if is_muted and person not in muted and len(muted) >= MUTED_MOST:
            return ErrorCode.TOO_MANY_REQUESTS
        (muted.add if is_muted else muted.discard)(person)
        return None

    def is_deaf_to(self, hearer: int, person: int) -> bool:
        """Whether ``hearer`` has muted ``person``."""
        voice = self._voices.get(hearer)
        return voice is not None and person in voice.muted

    @property
    def has_mutes(self) -> bool:
        """Whether anybody has muted anybody: else what is said goes to all alike."""
        return any(voice.muted for voice in self._voices.values())

    # --- lines -------------------------------------------------------------------------------------------------------

    def say(self, author: Author, channel: int, text: str, tick: int, at_ms: int) -> ChatMessage | Refused:
        """A new line. ``text`` is clean (``clean_text``)."""
        refused = self._judge(author.person, text, tick)
        if refused is not None:
            return refused
        voice = self._voice(author.person)
        repeated = self._repeated(voice, text, tick)
        if repeated is not None:
            return repeated
        self._count_line(voice, tick)
        voice.recent.append((tick, text.casefold()))
        self._newest += 1
        line = ChatMessage(self._newest, author.person, author.nickname, channel, text, tick, at_ms, edited=False)
        self._lines[line.id] = line
        if len(self._lines) > self._kept:
            del self._lines[next(iter(self._lines))]
        return line

    def line(self, message: int) -> ChatMessage | None:
        """A line that is still kept."""
        return self._lines.get(message)

    def revise(self, person: int, message: int, text: str, tick: int) -> ChatMessage | Refused:
        """Give a line of one's own another text; counts as a line."""
        line = self._lines.get(message)
        if line is None:
            return Refused(ErrorCode.NO_SUCH_MESSAGE)
        if line.person != person:
            return Refused(ErrorCode.NOT_YOURS)
        refused = self._judge(person, text, tick)
        if refused is not None:
            return refused
        self._count_line(self._voice(person), tick)
        self._lines[message] = line = replace(line, text=text, edited=True)
        return line

    def delete(self, person: int, message: int, is_host: bool) -> ChatMessage | Refused:
        """Take a line away: one's own, or as the host anybody's."""
        line = self._lines.get(message)
        if line is None:
            return Refused(ErrorCode.NO_SUCH_MESSAGE)
        if line.person != person and not is_host:
            return Refused(ErrorCode.NOT_YOURS)
        return self._lines.pop(message)

    def told_to(self, person: int, channels: tuple[int, ...], before_tick: int) -> list[ChatMessage]:
        """The newest lines that a person who comes is told, oldest first.

        ``before_tick``: of the channel for all only lines of earlier ticks, for who sees the session late.
        """
        seen = [
            line
            for line in self._lines.values()
            if line.channel in channels
            and (line.channel == WATCHERS or line.tick < before_tick)
            and not self.is_deaf_to(person, line.person)
        ]
        return seen[len(seen) - self.history :] if self.history < len(seen) else seen

    # --- reading and writing -----------------------------------------------------------------------------------------

    def read(self, person: int, message: int) -> bool:
        """Somebody has read up to a line; whether that is news."""
        voice = self._voice(person)
        if not voice.read_up_to < message <= self._newest:
            return False
        voice.read_up_to = message
        return True

    @property
    def reads(self) -> list[tuple[int, int]]:
        """Up to which line each person has read."""
        return [(person, voice.read_up_to) for person, voice in self._voices.items() if voice.read_up_to]

    def type(self, person: int, channel: int, is_typing: bool, tick: int) -> list[tuple[Typist, bool]]:
        """Somebody writes in a channel, or no longer; what is new in that: who, where, on or off, in order."""
        voice = self._voice(person)
        if not is_typing:
            return [] if voice.typing_in != channel else [(typist, False) for typist in self._stop(person, voice)]
        voice_until = tick + TYPING_S * self.tick_hz
        if voice.typing_in == channel:
            voice.typing_until = voice_until
            return []
        if person in self.silenced or not self._may_mark(voice, tick):
            return []
        stopped = [(typist, False) for typist in self._stop(person, voice)]
        voice.typing_in, voice.typing_until = channel, voice_until
        return [*stopped, (Typist(person, channel), True)]

    def stop_typing(self, person: int) -> list[Typist]:
        """Somebody has said it, or is lost: where the person was writing till now, if anywhere."""
        voice = self._voices.get(person)
        return [] if voice is None else self._stop(person, voice)

    def typist(self, person: int) -> Typist | None:
        """Where somebody is writing, if anywhere."""
        voice = self._voices.get(person)
        return None if voice is None or voice.typing_in is None else Typist(person, voice.typing_in)

    def expire(self, tick: int) -> list[Typist]:
        """Who has not gone on writing."""
        expired = [
            person
            for person, voice in self._voices.items()
            if voice.typing_in is not None and voice.typing_until <= tick
        ]
        return [typist for person in expired for typist in self.stop_typing(person)]

    def next_expiry(self) -> int | None:
        """The tick at which the next one is no longer writing, unless said again."""
        return min((voice.typing_until for voice in self._voices.values() if voice.typing_in is not None), default=None)

    # --- within ------------------------------------------------------------------------------------------------------

    def _voice(self, person: int) -> _Voice:
        return self._voices.setdefault(person, _Voice())

    def _stop(self, person: int, voice: _Voice) -> list[Typist]:
        channel, voice.typing_in = voice.typing_in, None
        return [] if channel is None else [Typist(person, channel)]

    def _judge(self, person: int, text: str, tick: int) -> Refused | None:
        """What is wrong with the text as such first, then who may not speak, then when."""
        if not text:
            return Refused(ErrorCode.EMPTY_TEXT)
        if len(text) > TEXT_MAX_CHARACTERS:
            return Refused(ErrorCode.TOO_LONG)
        if person in self.silenced:
            return Refused(ErrorCode.SILENCED)
        wait = self._voice(person).line_due - (BURST_LINES - 1) * self.tick_hz - tick
        return Refused(ErrorCode.RATE_LIMITED, wait) if wait > 0 else None

    def _count_line(self, voice: _Voice, tick: int) -> None:
        voice.line_due = max(voice.line_due, tick) + self.tick_hz

    def _repeated(self, voice: _Voice, text: str, tick: int) -> Refused | None:
        since = tick - REPEATS_S * self.tick_hz
        same = [said for said, before in voice.recent if said > since and before == text.casefold()]
        if len(same) < REPEATS - 1:
            return None
        return Refused(ErrorCode.REPEATED, same[1 - REPEATS] - since)

    def _may_mark(self, voice: _Voice, tick: int) -> bool:
        every = max(1, self.tick_hz // MARKS_A_SECOND)
        if voice.mark_due - (MARKS_BURST - 1) * every > tick:
            return False
        voice.mark_due = max(voice.mark_due, tick) + every
        return True
