"""docs/protocol.md has a line for each message, with all of its items in order, and for each column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec import Struct
from msgspec.structs import fields

from tickroom.protocol import messages
from tickroom.protocol.message_types import CLIENT_MESSAGES, SERVER_MESSAGES, name_of
from tickroom.protocol.messages import (
    CHECKED_DELTA_KIND,
    DELTA_KIND,
    MESSAGE_MAX_BYTES,
    TEXT_MAX_CHARACTERS,
    ChatMessage,
    Keyframe,
    Listing,
    Member,
    Pong,
)
from tickroom.protocol.nickname import NAME_MAX_CHARACTERS
from tickroom.protocol.session_tables import SEATS, SESSION
from tickroom.protocol.tables import Table
from tickroom.protocol.version import SUBPROTOCOL

PARTS = (Member, ChatMessage, Listing)  # stand inside messages

ROW = re.compile(r"^\| (\d+) \| ([a-z ]+) \| (.*) \|$", re.MULTILINE)


@pytest.fixture(scope="module")
def page(repository: Path) -> str:
    return (repository / "docs" / "protocol.md").read_text(encoding="utf-8")


def section(page: str, title: str) -> str:
    """The text under the heading that holds ``title``."""
    (text,) = (part for part in re.split(r"^## ", page, flags=re.MULTILINE) if title in part.split("\n")[0])
    return text


def faults(text: str, classes: Sequence[type[Struct]]) -> list[str]:
    """What the table in ``text`` lacks, or has too much, beside these messages."""
    rows = {int(kind): (name, items) for kind, name, items in ROW.findall(text)}
    found = []
    for message in classes:
        kind, name = message.__struct_config__.tag, words(message)
        if kind not in rows:
            found.append(f"{name} is missing")
            continue
        written, items = rows.pop(int(kind))
        if written != name:
            found.append(f"{kind} is {name}, not {written}")
        names = r"\b.*?\b".join(re.escape(field.name) for field in fields(message))
        if not re.search(rf"\b{names}\b", items):
            found.append(f"{name} has the items {[field.name for field in fields(message)]}, not {items}")
    found += [f"{name} is no message" for name, _ in rows.values()]
    return found


def words(message: type[Struct]) -> str:
    """The name as the page has it: ``listingChanged`` is "listing changed"."""
    return re.sub(r"[A-Z]", lambda capital: f" {capital[0].lower()}", name_of(message))


def without_deltas(text: str) -> str:
    assert (DELTA_KIND, CHECKED_DELTA_KIND) == (2, 3)
    text, count = re.subn(r"^\| (2 \| delta|3 \| checked delta) \|.*\n", "", text, flags=re.MULTILINE)
    assert count == 2
    return text


def test_every_class_is_a_message_of_one_direction() -> None:
    """A class that is in neither union would escape every check here."""
    structs = {value for value in vars(messages).values() if isinstance(value, type) and issubclass(value, Struct)}
    assert structs - {Struct} == {*CLIENT_MESSAGES, *SERVER_MESSAGES, *PARTS}


@pytest.mark.parametrize("direction", [CLIENT_MESSAGES, SERVER_MESSAGES], ids=["client", "server"])
def test_kinds_are_unique(direction: Sequence[type[Struct]]) -> None:
    kinds = [message.__struct_config__.tag for message in direction]
    assert len(set(kinds)) == len(kinds)
    if direction is SERVER_MESSAGES:
        assert not {DELTA_KIND, CHECKED_DELTA_KIND} & {*kinds}


def test_every_message_has_its_line(page: str) -> None:
    assert not faults(section(page, "From client to server"), CLIENT_MESSAGES)
    assert not faults(without_deltas(section(page, "From server to client")), SERVER_MESSAGES)


class Added(Struct, array_like=True, tag=77):
    """A message that nobody wrote about."""

    reason: str


class Renamed(Struct, array_like=True, tag=11):
    """In the place of pong, with its items in another order."""

    tick: int
    echo: int
    age_us: int


def test_what_the_check_finds(page: str) -> None:
    text = without_deltas(section(page, "From server to client"))
    assert faults(text, [*SERVER_MESSAGES, Added]) == ["added is missing"]
    assert faults(text, [message for message in SERVER_MESSAGES if message is not Keyframe]) == [
        "keyframe is no message"
    ]
    changed = [Renamed if message is Pong else message for message in SERVER_MESSAGES]
    first, second = faults(text, changed)
    assert first == "11 is renamed, not pong"
    assert second.startswith("renamed has the items ['tick', 'echo', 'age_us']")
    cut = re.sub(r"^\| 5 \|.*\n", "", text, flags=re.MULTILINE)
    assert faults(cut, SERVER_MESSAGES) == ["reply is missing"]


@pytest.mark.parametrize("part", PARTS, ids=words)
def test_what_stands_inside_messages_is_written_out(page: str, part: type[Struct]) -> None:
    names = r"\b[^\]]*?\b".join(field.name for field in fields(part))
    assert re.search(rf"\*{words(part)}\* is `\[{names}\b", page)


@pytest.mark.parametrize("table", [SEATS, SESSION], ids=lambda table: table.name)
def test_the_tables_of_every_session_are_written_out(page: str, table: Table) -> None:
    (line,) = (line for line in section(page, "State").splitlines() if line.startswith(f"| `{table.name}`"))
    places = [line.find(f"`{column.name}`") for column in table.columns]
    assert -1 not in places
    assert places == sorted(places)


def test_numbers_are_those_of_the_code(page: str) -> None:
    assert f"subprotocol `{SUBPROTOCOL}`" in page
    assert f"at most {MESSAGE_MAX_BYTES:,} bytes" in page
    assert f"1 to {NAME_MAX_CHARACTERS} characters" in page
    assert f"more than {TEXT_MAX_CHARACTERS} characters" in page
