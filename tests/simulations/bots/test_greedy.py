import numpy as np

from tests.simulations.bots.views import view
from tickroom.game.arena.schema import DASH_BUTTON, PLAYERS, ItemKind
from tickroom.protocol.session_tables import Presence, Status
from tickroom.simulations.bots.behaviour import Intent
from tickroom.simulations.bots.greedy import GIVE_UP_S, Greedy

RIGHT, LEFT, DOWN, UP = (127, 0), (-127, 0), (0, 127), (0, -127)
COIN, GEM = ItemKind.COIN, ItemKind.GEM


def direction(intent: Intent) -> tuple[int, int]:
    return intent.x, intent.y


def test_straight_to_an_item_in_the_open() -> None:
    assert direction(Greedy().decide(view(at=(2, 1), items={(7, 1): COIN}))) == RIGHT


def test_round_the_wall_to_an_item_behind_it() -> None:
    intent = Greedy().decide(view(at=(3, 1), items={(3, 3): COIN}))
    assert direction(intent) == LEFT, "by the nearer end of the wall, not into it"
    assert intent.collect is None, "near, but behind the wall"


def test_worth_counts_against_distance() -> None:
    assert direction(Greedy().decide(view(at=(4, 1), items={(2, 1): COIN, (8, 1): COIN}))) == LEFT
    assert direction(Greedy().decide(view(at=(4, 1), items={(2, 1): COIN, (8, 1): GEM}))) == RIGHT


def test_an_item_in_reach_is_asked_for() -> None:
    assert Greedy().decide(view(at=(2, 1), items={(8, 1): COIN, (3, 1): COIN})).collect == 1
    waiting = view(at=(2, 1), items={(3, 1): COIN}, status=Status.WAITING)
    assert Greedy().decide(waiting).collect is None, "nothing can be picked before the round"


def test_nothing_to_get_nothing_to_do() -> None:
    assert Greedy().decide(view(at=(2, 1))) == Intent()
    assert Greedy().decide(view(at=(2, 1), items={(3, 1): COIN}, status=Status.FINISHED)) == Intent()


def test_a_rich_neighbour_is_dashed_at_when_the_dash_is_ready() -> None:
    bot = Greedy()
    near = {(4, 1): 100}
    intent = bot.decide(view(at=(2, 1), others=near, items={(1, 1): COIN}))
    assert (direction(intent), intent.buttons) == (RIGHT, DASH_BUTTON)
    for spared in (
        view(at=(2, 1), others=near, items={(1, 1): COIN}, dash_ready=101),
        view(at=(2, 1), others={(4, 1): 20}, items={(1, 1): COIN}),
        view(at=(2, 1), others={(8, 1): 100}, items={(1, 1): COIN}),
        view(at=(3, 1), others={(3, 3): 100}, items={(1, 1): COIN}),
    ):
        assert bot.decide(spared).buttons == 0


def test_whoever_is_shielded_or_gone_is_spared() -> None:
    shielded = view(at=(2, 1), others={(4, 1): 100})
    shielded.players[1, PLAYERS.index("shield_until")] = 1000
    assert Greedy().decide(shielded).buttons == 0
    gone = view(at=(2, 1), others={(4, 1): 100})
    gone.seats[1, 1] = Presence.EMPTY
    assert Greedy().decide(gone).buttons == 0


def test_a_goal_that_stays_out_of_reach_is_given_up_for_a_while() -> None:
    bot = Greedy()
    items = {(4, 1): GEM, (1, 1): COIN}
    looks = [bot.decide(view(at=(2, 1), items=items, tick=tick)) for tick in range(100, 110 + 20 * GIVE_UP_S)]
    assert direction(looks[0]) == RIGHT
    assert direction(looks[-1]) == LEFT


def test_a_place_in_a_wall_is_no_crash() -> None:
    lost = view(at=(0, 0), items={(4, 1): GEM})
    assert Greedy().decide(lost) == Intent()
    assert np.all(lost.players >= 0)
