"""Who is the host: the person who is there longest; a bot only among bots; nobody in an empty session."""

from __future__ import annotations

from tests.server.core.stage import Stage
from tickroom.server.core.commands import Drop, Join, Leave, Resume


def bot(connection: int) -> Join:
    return Join(connection, "Robot", f"token-{connection}", bot=True)


def test_the_first_person_is_host_and_stays_so_when_others_come() -> None:
    stage = Stage()
    assert stage.session.host == 0
    stage.join(1)
    stage.join(2)
    assert stage.session.host == 1
    assert stage.pool.tables.column("session", "host")[0, 0] == 1, "told like any other state"


def test_a_bot_is_host_only_until_a_person_comes() -> None:
    stage = Stage()
    stage.tick(bot(1), bot(2))
    assert stage.session.host == 1
    stage.join(3)
    assert stage.session.host == 3
    stage.join(4)
    stage.tick(Leave(3))
    assert stage.session.host == 4, "a person, though the bots were there before"
    stage.tick(Leave(4))
    assert stage.session.host == 1
    stage.tick(Leave(1))
    assert stage.session.host == 2
    stage.tick(Leave(2))
    assert stage.session.host == 0


def test_a_dropped_host_stays_host_while_the_seat_is_kept() -> None:
    stage = Stage()
    stage.join(1)
    stage.join(2)
    stage.tick(Drop(1))
    stage.ticks(29)
    stage.join(3)
    assert stage.session.host == 2, "the grace time of 3 s ran out with this tick"
    stage.tick(Drop(2))
    stage.ticks(28)
    assert stage.session.host == 2
    stage.tick(Resume(4, "token-2", "fresh"))
    stage.ticks(100)
    assert stage.session.host == 2


def test_one_who_is_dropped_comes_after_one_who_is_there() -> None:
    stage = Stage()
    for connection in (1, 2, 3):
        stage.join(connection)
    stage.tick(Drop(2))
    stage.tick(Leave(1))
    assert stage.session.host == 3
    stage.tick(Leave(3))
    assert stage.session.host == 2, "nobody else is left"
    stage.tick(bot(9))
    assert stage.session.host == 2, "a dropped person before a bot"


def test_a_code_s_next_session_starts_without_a_host() -> None:
    stage = Stage()
    stage.join(1)
    stage.tick(Leave(1))
    stage.ticks(50)
    assert not stage.pool.sessions
    assert stage.open("AGAIN2").host == 0
