"""What must hold of a run, judged from the bots' own records, and from an uninterrupted replay where there is one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Protocol

from msgspec import Struct

from tickroom.simulations.chaos.records import PlayerRecord, Records, SessionRecord

SKEW_S = 0.5  # a bot may read what it was told a little later than another one who was told after it
KEPT_LINES = 200  # as the sessions of a run are made: so many lines are told to who comes


class Rule(StrEnum):
    """What may not happen."""

    SESSION_LOST = "session lost"
    BOT_LOST = "bot could not come back"
    SEAT_CHANGED = "bot in another seat"
    ACK_LOST = "acknowledged and lost"
    APPLIED_TWICE = "applied twice"
    LINE_CHANGED = "a line became another"
    TICK_UNDONE = "a state that was told was undone"
    FORK = "two states of one tick"
    NOT_REPLAYED = "another state than the uninterrupted run's"
    NOT_JOURNALED = "went on from memory where it must not"
    STALE_ACK = "acknowledged by nobody who had the session"
    NOT_PLAYING = "not everybody played again in time"
    NODE_DIED = "a node ended by itself"


class Violation(Struct, frozen=True):
    """A rule that was broken, where, and how, in words."""

    rule: Rule
    where: str
    what: str


class Life(Protocol):
    """A session's life from its first checkpoint on, replayed in one go from all journals."""

    @property
    def checksums(self) -> Mapping[int, int]:
        """CRC-32 of the values after each tick that was replayed."""
        ...

    @property
    def replies(self) -> Counter[tuple[int, int]]:
        """Tick and id of every request that was answered with yes."""
        ...

    @property
    def owners(self) -> Sequence[str]:
        """The incarnations that had it, in order."""
        ...

    @property
    def missing(self) -> tuple[range, ...]:
        """Ticks that stand in no journal: there it went on from a checkpoint."""
        ...


def judge(records: Records, lives: Mapping[str, Life]) -> list[Violation]:
    """Every broken rule. ``lives``: by the session's code; empty where nothing was replayed."""
    found: list[Violation] = []
    players: dict[str, list[PlayerRecord]] = {session.code: [] for session in records.sessions}
    for player in records.players:
        players[player.code].append(player)
        found += _came_back(player)
    for session in records.sessions:
        here = players[session.code]
        found += _session(session)
        found += _lines(session, here)
        found += _ticks(session.code, here)
        if session.code in lives:
            found += _replayed(session, here, lives[session.code])
    return found


def from_memory(lives: Mapping[str, Life], has_lost_lease: Callable[[str], bool]) -> Iterable[Violation]:
    """Where ticks stand in no journal, of sessions that were never with a node which lost its lease and lived.

    ``has_lost_lease``: whether the node did that an incarnation is of.
    """
    for code, life in lives.items():
        if any(map(has_lost_lease, life.owners)):
            continue
        for ticks in life.missing:
            yield Violation(Rule.NOT_JOURNALED, code, f"ticks {ticks.start} to {ticks.stop - 1} stand in no journal")


def _session(session: SessionRecord) -> Iterable[Violation]:
    if not session.is_alive:
        yield Violation(Rule.SESSION_LOST, session.code, "nobody can watch it at the end")
    for fork in session.forks:
        yield Violation(Rule.FORK, session.code, f"tick {fork.tick}: {fork.one:08x} and {fork.other:08x}")


def _came_back(player: PlayerRecord) -> Iterable[Violation]:
    where = f"{player.code}, bot {player.number}"
    if player.gave_up or not player.stays:
        yield Violation(Rule.BOT_LOST, where, player.gave_up or "it never had a seat")
    places = {(stay.player, stay.seat) for stay in player.stays}
    if len(places) > 1:
        yield Violation(Rule.SEAT_CHANGED, where, f"player and seat: {sorted(places)}")


# --- what is said ----------------------------------------------------------------------------------------------------


def _lines(session: SessionRecord, players: list[PlayerRecord]) -> Iterable[Violation]:
    told = [entry for player in players for entry in player.heard]
    told += [entry for player in players for stay in player.stays for entry in stay.history or ()]
    told += session.history
    ids, texts = _both_ways(told)
    for text, its_ids in ids.items():
        if len(its_ids) > 1:
            yield Violation(Rule.APPLIED_TWICE, session.code, f"{text!r} is line {sorted(its_ids)}")
    for number, its_texts in texts.items():
        if len(its_texts) > 1:
            yield Violation(Rule.LINE_CHANGED, session.code, f"line {number} is {sorted(its_texts)}")
    stays = (stay for player in players for stay in player.stays)
    histories = [(stay.welcomed_s, stay.history) for stay in stays if stay.history is not None]
    if session.is_alive:
        histories.append((session.looked_s, session.history))
    for player in players:
        for line in player.lines:
            if line.code == 0:
                yield from _kept(session.code, line.text, line.answered_s, ids.get(line.text, set()), histories)


def _kept(
    code: str, text: str, answered_s: float, ids: set[int], histories: list[tuple[float, list[tuple[int, str]]]]
) -> Iterable[Violation]:
    """Whoever came after the answer was told the line, but for those who were told only newer ones."""
    if not ids:
        yield Violation(Rule.ACK_LOST, code, f"{text!r} was said, and nobody ever heard it")
        return
    for welcomed_s, history in histories:
        if welcomed_s > answered_s + SKEW_S and len(history) < KEPT_LINES and (min(ids), text) not in history:
            yield Violation(Rule.ACK_LOST, code, f"{text!r} (line {min(ids)}) is not in a later history")
            return


def _both_ways(told: list[tuple[int, str]]) -> tuple[dict[str, set[int]], dict[int, set[str]]]:
    ids: dict[str, set[int]] = {}
    texts: dict[int, set[str]] = {}
    for number, text in told:
        ids.setdefault(text, set()).add(number)
        texts.setdefault(number, set()).add(text)
    return ids, texts


# --- states ----------------------------------------------------------------------------------------------------------


def _ticks(code: str, players: list[PlayerRecord]) -> Iterable[Violation]:
    """Whoever comes to a node is told a later state than anybody was told by another node before."""
    stays = [stay for player in players for stay in player.stays if stay.first_tick >= 0]
    for stay in stays:
        before = [other for other in stays if other.node != stay.node and other.last_state_s < stay.first_state_s]
        newest = max((other.last_tick for other in before), default=-1)
        if newest > stay.first_tick:
            what = f"tick {newest} was told before, and tick {stay.first_tick} first by {stay.node}"
            yield Violation(Rule.TICK_UNDONE, code, what)
    for player in players:
        yield from _own_ticks(code, player)


def _own_ticks(code: str, player: PlayerRecord) -> Iterable[Violation]:
    stays = [stay for stay in player.stays if stay.first_tick >= 0]
    for before, after in pairwise(stays):
        if after.first_tick < before.last_tick:
            what = f"bot {player.number} was told tick {before.last_tick}, then {after.first_tick}"
            yield Violation(Rule.TICK_UNDONE, code, what)


def _replayed(session: SessionRecord, players: list[PlayerRecord], life: Life) -> Iterable[Violation]:
    missing = [tick for ticks in life.missing for tick in ticks]
    unknown = set(missing)
    for tick, checksum in sorted(session.seen.items()):
        replayed = life.checksums.get(tick)
        if replayed is None and tick not in unknown:
            yield Violation(Rule.NOT_REPLAYED, session.code, f"tick {tick} was told and stands in no journal")
        elif replayed is not None and replayed != checksum:
            what = f"tick {tick}: {checksum:08x} was told, {replayed:08x} is replayed"
            yield Violation(Rule.NOT_REPLAYED, session.code, what)
            return  # all that follow differ as well
    told = Counter((answer.tick, answer.id) for player in players for answer in player.answers)
    for (tick, number), times in (told - life.replies).items():
        if tick not in unknown:
            what = f"{times} answers more than in the journals: tick {tick}, request {number}"
            yield Violation(Rule.STALE_ACK, session.code, what)
