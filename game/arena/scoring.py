"""The ranking of a round."""

from __future__ import annotations

from collections.abc import Sequence

from tickroom.game.arena.world import ArenaWorld
from tickroom.game.interface import Rank


def ranking(world: ArenaWorld, row: int, seats: Sequence[int]) -> list[Rank]:
    """Best first; equal scores share a place and are listed by seat; the place after two firsts is 3."""
    scored = sorted((-int(world.players.score[row, seat]), seat) for seat in seats)
    ranks: list[Rank] = []
    for position, (negative, seat) in enumerate(scored, start=1):
        shared = bool(ranks) and ranks[-1].score == -negative
        ranks.append(Rank(seat, ranks[-1].place if shared else position, -negative))
    return ranks
