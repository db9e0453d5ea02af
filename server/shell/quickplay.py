"""Quick play: which session somebody is sent to who only wants to play.

The same rule judges the sessions of this node and what other nodes say of theirs: each is an Offer first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from tickroom.game.interface import Game
from tickroom.server.core.session import Session
from tickroom.server.core.settings import SessionSettings, game_options


class Offer(NamedTuple):
    """A public session that anybody may join and that has a free seat, with all that a wish may name.

    ``told``: the settings as clients are told them; the last four are settings that are told elsewhere or nowhere.
    """

    code: str
    players: int
    told: Mapping[str, int]
    tick_hz: int
    grace_s: int
    seed: int | None
    public: bool = True


def named_fields(body: bytes) -> frozenset[str]:
    """The settings that a body names, whatever their values; the body is one that ``parse_settings`` took."""
    return frozenset(msgspec.json.decode(body or b"{}", type=dict[str, msgspec.Raw]))


def open_offers(sessions: Iterable[Session], game: Game[Any]) -> Iterator[Offer]:
    """What public sessions of this node offer to whoever wants to play ``game``, in their order."""
    for session in sessions:
        if session.pool.game is game and not session.ended and session.is_open and session.free_seats > 0:
            settings = session.settings
            yield Offer(
                session.code,
                len(session.members),
                session.told_settings,
                settings.tick_hz,
                settings.grace_s,
                settings.seed,
                settings.public,
            )


def best_offer(
    offers: Iterable[Offer], wishes: SessionSettings, named: Collection[str], game: Game[Any]
) -> Offer | None:
    """The one that suits ``wishes`` best: the one with most players, then the first.

    Args:
        offers: of sessions of ``game``, newest first.
        wishes: as for a new session; only those that are ``named`` (and the game) must be met, and options by what
            they come to in the session: ``items: 500`` fits one that has as many items as its seats allow.
    Raises:
        SettingsInvalid: the game has no such option, or not with this value.
    """
    options = {
        name: value for name, value in game_options(game.schema, wishes.options).items() if name in wishes.options
    }
    suiting = [offer for offer in offers if _meets(offer, wishes, named) and _meets_options(offer, options, game)]
    return max(suiting, key=lambda offer: offer.players, default=None)


def _meets(offer: Offer, wishes: SessionSettings, named: Collection[str]) -> bool:
    told = offer.told  # first: what the session goes by now, whatever it was made with
    asked = wishes.told()
    return all(
        (told[name] if name in told else getattr(offer, name)) == asked.get(name, getattr(wishes, name))
        for name in named
        if name not in ("game", "options")
    )


def _meets_options(offer: Offer, options: Mapping[str, int], game: Game[Any]) -> bool:
    """Whether asking this session for the options would change none of them."""
    if not options:
        return True
    told = offer.told
    now = {field.name: told[field.name] for field in game.schema.settings}
    effective = game.effective_settings({**now, **options}, told["seats"])
    return all(effective[name] == now[name] for name in options)
