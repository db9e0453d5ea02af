"""The public sessions of all nodes: what is posted, what is read of it, and what quick play makes of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import msgpack
import msgspec
import pytest

from tests.server.shell.cluster.members import Member, toy_node, until
from tickroom.protocol.messages import Listing
from tickroom.server.core.settings import SessionSettings
from tickroom.server.shell.cluster.interface import NodeLoad
from tickroom.server.shell.cluster.listings import (
    LINGER_S,
    READ_EVERY_S,
    AllNodes,
    Neighbours,
    Posting,
    encode_posting,
    listed_for_ms,
    offers_of_all,
    post_listings,
)
from tickroom.server.shell.cluster.memory import MemoryStore
from tickroom.server.shell.description import view_session
from tickroom.server.shell.public_list import MOST_LISTED, PublicList
from tickroom.server.shell.quickplay import Offer, best_offer, open_offers


@dataclass
class Clock:
    """A store's and a reader's, in step."""

    s: float = 1000.0
    shared: MemoryStore = field(init=False)

    def __post_init__(self) -> None:
        self.shared = MemoryStore(lambda: round(self.s * 1e9))

    def now_s(self) -> float:
        return self.s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def here(clock: Clock) -> Member:
    return await joined(clock, "here")


@pytest.fixture
async def there(clock: Clock) -> Member:
    return await joined(clock, "there")


async def joined(clock: Clock, name: str, **settings: int) -> Member:
    member = Member(toy_node(**settings), clock.shared, name, f"http://{name}.test")
    await member.join()
    return member


def toy(**settings: object) -> SessionSettings:
    return msgspec.convert({"game": "toy", "grace_s": 10} | settings, SessionSettings)


async def post(member: Member) -> None:
    blob = encode_posting(PublicList(member.node).look())
    await member.store.directory.post_listings(member.incarnation, blob, listed_for_ms(1.5))


# --- out -------------------------------------------------------------------------------------------------------------


async def test_a_posting_says_what_the_lobby_and_quick_play_need(there: Member) -> None:
    older, newer = there.node.create(toy(seed=5)), there.node.create(toy(seats=2))
    there.node.create(toy(public=False))
    posting = msgspec.msgpack.decode(encode_posting(PublicList(there.node).look()), type=Posting)
    assert [one.listing.code for one in posting.sessions] == [newer.code, older.code]
    assert [(one.free_seats, one.grace_s, one.seed) for one in posting.sessions] == [(2, 10, None), (4, 10, 5)]
    assert posting.sessions[0].listing.settings == newer.told_settings
    assert [one.view() for one in posting.sessions] == [view_session(newer), view_session(older)]


async def test_the_newest_are_posted(clock: Clock) -> None:
    member = await joined(clock, "many")
    codes = [member.node.create(toy(seats=1)).code for _ in range(MOST_LISTED + 5)]
    blob = encode_posting(PublicList(member.node).look())
    posting = msgspec.msgpack.decode(blob, type=Posting)
    assert [one.listing.code for one in posting.sessions] == codes[: -MOST_LISTED - 1 : -1]
    assert len(blob) < 400 * MOST_LISTED


class Posts:
    """What reaches the directory."""

    def __init__(self, member: Member) -> None:
        self.blobs: list[bytes] = []
        self._really = member.store.directory.post_listings
        member.store.directory.post_listings = self._post  # type: ignore[method-assign]

    async def _post(self, incarnation: str, listings: bytes, lease_ms: int) -> None:
        await self._really(incarnation, listings, lease_ms)
        self.blobs.append(listings)


@pytest.fixture
async def posts(there: Member, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Posts]:
    monkeypatch.setattr("tickroom.server.shell.cluster.listings.POST_LOOK_EVERY_S", 0.01)
    monkeypatch.setattr("tickroom.server.shell.cluster.listings.REPOST_EVERY_S", 0.1)
    posts = Posts(there)
    posting = asyncio.create_task(post_listings(there.as_cluster))
    yield posts
    posting.cancel()
    await asyncio.gather(posting, return_exceptions=True)


async def test_a_change_is_posted_at_once_and_what_does_not_change_again_and_again(there: Member, posts: Posts) -> None:
    async def posted(count: int) -> None:
        async def enough() -> bool:
            return len(posts.blobs) >= count

        await until(enough)

    await posted(1)
    session = there.node.create(toy())
    await posted(2)
    session.locked = True
    await posted(3)
    began = asyncio.get_running_loop().time()
    assert len(set(posts.blobs)) == 3
    await posted(6)
    assert len(set(posts.blobs)) == 3
    assert asyncio.get_running_loop().time() - began > 0.15, "again at the slow beat, not at each look"


async def test_who_holds_no_lease_posts_nothing_and_a_store_that_was_away_hears_it_later(
    there: Member, posts: Posts
) -> None:
    async def there_are_some() -> bool:
        return bool(posts.blobs)

    await until(there_are_some)
    there.shared.is_away = True
    session = there.node.create(toy())
    looked = asyncio.Event()
    asyncio.get_running_loop().call_later(0.05, looked.set)
    await looked.wait()
    assert not any(session.code.encode() in blob for blob in posts.blobs)
    there.shared.is_away = False

    async def is_posted() -> bool:
        return session.code.encode() in posts.blobs[-1]

    await until(is_posted)


# --- in --------------------------------------------------------------------------------------------------------------


async def test_others_are_read_and_not_oneself(here: Member, there: Member, clock: Clock) -> None:
    session = there.node.create(toy())
    here.node.create(toy())
    await post(here)
    await post(there)
    neighbours = Neighbours(here.as_cluster, clock.now_s)
    known = await neighbours.read()
    assert list(known) == [session.code]
    posted, node = known[session.code]
    assert posted.listing.code == session.code
    assert node is not None
    assert node.entry.url == "http://there.test"


async def test_it_is_read_again_only_when_it_is_old_and_somebody_asks(
    here: Member, there: Member, clock: Clock
) -> None:
    reads = 0
    really = here.store.directory.listings

    async def counted() -> dict[str, bytes]:
        nonlocal reads
        reads += 1
        return await really()

    here.store.directory.listings = counted  # type: ignore[method-assign]
    neighbours = Neighbours(here.as_cluster, clock.now_s)
    assert reads == 0
    await asyncio.gather(*(neighbours.read() for _ in range(5)))
    assert reads == 1
    clock.s += READ_EVERY_S - 0.01
    await neighbours.read()
    assert reads == 1
    clock.s += 0.01
    await neighbours.read()
    assert reads == 2


async def test_what_was_known_stays_while_the_store_is_away(here: Member, there: Member, clock: Clock) -> None:
    session = there.node.create(toy())
    await post(there)
    neighbours = Neighbours(here.as_cluster, clock.now_s)
    await neighbours.read()
    clock.shared.is_away = True
    clock.s += 10
    assert list(await neighbours.read()) == [session.code]


@pytest.mark.parametrize("blob", [b"", b"\xc1", b"rubbish", msgpack.packb([2, []]), msgpack.packb([1, [[1, 2, 3]]])])
async def test_a_posting_that_is_not_understood_hides_no_other(
    here: Member, there: Member, clock: Clock, blob: bytes
) -> None:
    third = await joined(clock, "third")
    session = third.node.create(toy())
    await post(third)
    await there.store.directory.post_listings(there.incarnation, blob, 60_000)
    assert list(await Neighbours(here.as_cluster, clock.now_s).read()) == [session.code]


async def test_of_two_who_list_a_session_the_one_who_lives_counts(here: Member, clock: Clock) -> None:
    for names in (("a", "b"), ("c", "d")):
        dead, alive = [await joined(clock, name) for name in names]
        if names[0] == "c":
            dead, alive = alive, dead  # whatever their names
        session = dead.node.create(toy())
        alive.node.sessions[session.code] = session
        await post(dead)
        await post(alive)
        clock.shared.lapse(dead.incarnation)
        known = (await Neighbours(here.as_cluster, clock.now_s).read())[session.code]
        assert known.node is not None
        assert known.node.entry.incarnation == alive.incarnation


# --- the lobby's view ------------------------------------------------------------------------------------------------


async def shown(all_nodes: AllNodes, neighbours: Neighbours, own: Member) -> dict[str, Listing]:
    await neighbours.read()
    return all_nodes.listings(PublicList(own.node).look())


async def test_the_newest_of_all_nodes_come_first(here: Member, there: Member, clock: Clock) -> None:
    first, second, third = there.node.create(toy()), here.node.create(toy()), there.node.create(toy())
    first.born, second.born = -300, -150  # ten and five seconds ago
    await post(there)
    neighbours = Neighbours(here.as_cluster, clock.now_s)
    listed = await shown(AllNodes(neighbours, clock.now_s), neighbours, here)
    assert list(listed) == [third.code, second.code, first.code]


async def test_a_session_between_two_nodes_does_not_flicker(here: Member, there: Member, clock: Clock) -> None:
    session = there.node.create(toy())
    await post(there)
    neighbours = Neighbours(here.as_cluster, clock.now_s)
    all_nodes = AllNodes(neighbours, clock.now_s)
    before = await shown(all_nodes, neighbours, here)
    assert list(before) == [session.code]
    del there.node.sessions[session.code]  # parted from; nobody has posted it yet
    await post(there)
    for _ in range(2):
        clock.s += LINGER_S / 2 - 0.1
        assert await shown(all_nodes, neighbours, here) == before
    here.node.sessions[session.code] = session
    clock.s += LINGER_S
    assert await shown(all_nodes, neighbours, here) == before
    del here.node.sessions[session.code]  # and now it ends
    clock.s += LINGER_S - 0.1
    assert await shown(all_nodes, neighbours, here) == before
    clock.s += 0.2
    assert await shown(all_nodes, neighbours, here) == {}


async def test_sessions_of_a_dead_node_stay_until_its_posting_expires(
    here: Member, there: Member, clock: Clock
) -> None:
    session = there.node.create(toy())
    await post(there)
    neighbours = Neighbours(here.as_cluster, clock.now_s)
    all_nodes = AllNodes(neighbours, clock.now_s)
    clock.shared.lapse(there.incarnation)
    clock.s += listed_for_ms(1.5) / 1000 - 0.1
    assert list(await shown(all_nodes, neighbours, here)) == [session.code]
    assert neighbours.sessions()[session.code].node is None
    clock.s += 0.7
    await shown(all_nodes, neighbours, here)
    clock.s += LINGER_S
    assert list(await shown(all_nodes, neighbours, here)) == []


async def test_two_hundred_in_all_are_shown(here: Member, there: Member, clock: Clock) -> None:
    for member in (there, here):
        for _ in range(MOST_LISTED // 2 + 10):
            member.node.create(toy(seats=1))
    await post(there)
    neighbours = Neighbours(here.as_cluster, clock.now_s)
    listed = await shown(AllNodes(neighbours, clock.now_s), neighbours, here)
    assert len(listed) == MOST_LISTED
    assert set(here.node.sessions) <= set(listed), "they are newer"


# --- quick play ------------------------------------------------------------------------------------------------------


async def offered(here: Member, clock: Clock) -> list[Offer]:
    game = here.node.games["toy"]
    elsewhere = await Neighbours(here.as_cluster, clock.now_s).read()
    return offers_of_all(here.node, open_offers(here.node.public_sessions(), game), elsewhere, game)


async def test_a_session_is_the_same_offer_seen_from_anywhere(here: Member, there: Member, clock: Clock) -> None:
    there.node.create(toy(seed=7, seats=3, tick_hz=20, round_s=60, options={"start": 3}))
    await post(there)
    game = there.node.games["toy"]
    assert await offered(here, clock) == list(open_offers(there.node.public_sessions(), game))


async def test_every_setting_that_can_be_wished_stands_in_an_offer(here: Member) -> None:
    here.node.create(toy())
    game = here.node.games["toy"]
    offers = list(open_offers(here.node.public_sessions(), game))
    for name in SessionSettings.__struct_fields__:
        wishes = toy(grace_s=10) if name != "password" else toy(password="x")
        found = best_offer(offers, wishes, {name}, game)
        assert (found is None) == (name == "password"), name


async def test_only_sessions_that_take_somebody_are_offered(here: Member, there: Member, clock: Clock) -> None:
    there.node.create(toy(password="x"))
    there.node.create(toy()).locked = True
    there.node.create(toy(public=False))
    free = there.node.create(toy())
    await post(there)
    assert [offer.code for offer in await offered(here, clock)] == [free.code]
    await there.say(NodeLoad(seats_left=9, is_draining=True))
    assert await offered(here, clock) == [], "its sessions are about to move"
    await there.say(NodeLoad(seats_left=9))
    assert len(await offered(here, clock)) == 1
    clock.shared.lapse(there.incarnation)
    assert await offered(here, clock) == []


async def test_a_session_of_another_version_of_the_game_is_not_offered(here: Member, clock: Clock) -> None:
    other = Member(toy_node(), clock.shared, "other")
    entry = msgspec.structs.replace(other.entry, games={"toy": 12345})
    await other.store.directory.register(entry, 60_000)
    other.node.create(toy())
    await post(other)
    assert await offered(here, clock) == []


async def test_what_was_made_there_for_us_counts_before_it_is_posted(here: Member, there: Member, clock: Clock) -> None:
    neighbours = Neighbours(here.as_cluster, clock.now_s)
    view = next(node for node in await here.view_nodes() if node.entry.incarnation == there.incarnation)
    wishes = toy(seats=2, seed=4)
    session = there.node.create(wishes)
    neighbours.note(view_session(session), wishes, view)
    noted = await neighbours.read()
    assert list(noted) == [session.code]
    game = there.node.games["toy"]
    assert [noted[session.code].posted.offer()] == list(open_offers(there.node.public_sessions(), game))
    clock.s += 2
    assert await neighbours.read() == {}, "never posted: it is gone"
