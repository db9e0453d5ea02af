"""The golden vectors are current, complete, and say what docs/protocol.md says.

The decoder below is written from that page alone: no numpy, nothing of ours but the files.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgpack
import pytest

from tickroom.protocol.message_types import CLIENT_MESSAGES, SERVER_MESSAGES
from tickroom.protocol.messages import CHECKED_DELTA_KIND, DELTA_KIND, ClientMessageDecoder
from tickroom.protocol.schema import Field, Schema
from tickroom.protocol.tables import Column, Table
from tickroom.protocol.vectors import VECTORS, main, render

FOLDER = Path(__file__).resolve().parents[1] / "vectors"
Vector = dict[str, Any]  # as JSON has it

messages: list[Vector] = json.loads((FOLDER / "messages.json").read_text(encoding="utf-8"))
deltas: list[Vector] = json.loads((FOLDER / "deltas.json").read_text(encoding="utf-8"))


def by_name(vector: Vector) -> str:
    return str(vector["name"])


@pytest.mark.parametrize("name", VECTORS)
def test_current(name: str) -> None:
    """Else: python -m tickroom.protocol.vectors --write."""
    assert (FOLDER / name).read_text(encoding="utf-8") == render(name)


def test_the_command_prints_what_it_would_write(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert capsys.readouterr().out == "".join(render(name) for name in VECTORS)
    assert main(["--overwrite"]) == 2


# --- messages --------------------------------------------------------------------------------------------------------


def kinds_without_vector(direction: str, kinds: set[object]) -> set[object]:
    return kinds - {vector["meaning"][0] for vector in messages if vector["direction"] == direction}


def test_every_kind_has_a_vector() -> None:
    client: set[object] = {message.__struct_config__.tag for message in CLIENT_MESSAGES}
    server: set[object] = {message.__struct_config__.tag for message in SERVER_MESSAGES} | {
        DELTA_KIND,
        CHECKED_DELTA_KIND,
    }
    assert not kinds_without_vector("client", client)
    assert not kinds_without_vector("server", server)
    assert kinds_without_vector("client", {*client, 99}) == {99}, "a kind that is new would be missed"


def test_names_are_unique() -> None:
    for vectors in (messages, deltas):
        assert len({vector["name"] for vector in vectors}) == len(vectors)


@pytest.mark.parametrize("vector", messages, ids=by_name)
def test_bytes_are_the_meaning_in_shortest_form(vector: Vector) -> None:
    payload = bytes.fromhex(vector["hex"])
    assert msgpack.unpackb(payload) == vector["meaning"]
    assert msgpack.packb(vector["meaning"]) == payload


@pytest.mark.parametrize("vector", [vector for vector in messages if vector["direction"] == "client"], ids=by_name)
def test_the_server_accepts_what_clients_send(vector: Vector) -> None:
    fields = (Field("x", -127, 127), Field("y", -127, 127), Field("buttons", 0, 1))
    decoder = ClientMessageDecoder(Schema("test", 1, (Table("t", (Column("c"),)),), fields))
    assert decoder.decode(bytes.fromhex(vector["hex"])) is not None


# --- deltas, read by a decoder made from the page --------------------------------------------------------------------


@dataclass
class PageClient:
    """Section 5 of docs/protocol.md, and no more."""

    tables: list[Vector]
    tick: int = -1

    def __post_init__(self) -> None:
        self.value: list[int] = []
        self.rate: list[int] = []
        self.gliding: list[bool] = []
        self.row_begins: list[int] = []
        self.row_width: list[int] = []
        for table in self.tables:
            for _ in range(table["rows"]):
                self.row_begins.append(len(self.gliding))
                self.row_width.append(len(table["columns"]))
                self.gliding += [column["gliding"] for column in table["columns"]]

    def receive(self, payload: bytes) -> int | None:
        """Take a frame; the checksum that it carried, if any."""
        kind, *items = msgpack.unpackb(payload)
        if kind == 1:
            self.tick, self.value, rates = items[0], list(items[1]), list(items[2])
            self.rate = [rates.pop(0) if gliding else 0 for gliding in self.gliding]
            assert not rates
            return None
        while True:
            self.tick += 1
            self.value = [wrap(value + rate) for value, rate in zip(self.value, self.rate, strict=True)]
            if self.tick & 127 == items[0]:
                break
        carried = items[1] if kind == 3 else None
        tokens = items[2:] if kind == 3 else items[1:]
        while tokens:
            head = tokens.pop(0)
            row, mask = (head, 1) if head >= 0 else (-1 - head, tokens.pop(0))
            assert 0 < mask < 2 ** self.row_width[row]
            for column in range(self.row_width[row]):
                if mask & 1 << column:
                    cell, difference = self.row_begins[row] + column, tokens.pop(0)
                    self.value[cell] = wrap(self.value[cell] + difference)
                    if self.gliding[cell]:
                        self.rate[cell] = wrap(self.rate[cell] + difference)
        return carried

    def rates(self) -> list[int]:
        return [rate for rate, gliding in zip(self.rate, self.gliding, strict=True) if gliding]

    def checksum(self) -> int:
        return zlib.crc32(b"".join(number.to_bytes(4, "little", signed=True) for number in self.value + self.rates()))


def wrap(number: int) -> int:
    number &= 0xFFFFFFFF
    return number - 2**32 if number >= 2**31 else number


def follow(vector: Vector) -> None:
    """Fails where the client made from the page does not hold what the vector says."""
    client = PageClient(vector["tables"])
    for frame in vector["frames"]:
        carried = client.receive(bytes.fromhex(frame["hex"]))
        assert client.tick == frame["tick"]
        assert client.value == frame["values"]
        assert client.rates() == frame["rates"]
        assert client.checksum() == frame["checksum"]
        assert carried in (None, frame["checksum"])


@pytest.mark.parametrize("vector", deltas, ids=by_name)
def test_a_client_made_from_the_page_agrees(vector: Vector) -> None:
    follow(vector)


@pytest.mark.parametrize("vector", deltas, ids=by_name)
def test_messages_of_frames_are_their_bytes(vector: Vector) -> None:
    for frame in vector["frames"]:
        assert msgpack.unpackb(bytes.fromhex(frame["hex"])) == frame["message"]
    assert vector["frames"][0]["message"][0] == 1


@pytest.mark.parametrize("what", ["tick", "values", "rates", "checksum"])
def test_a_wrong_vector_is_noticed(what: str) -> None:
    for vector in deltas:
        wrong = json.loads(json.dumps(vector))
        if what == "rates" and not wrong["frames"][-1]["rates"]:
            continue
        if what in ("values", "rates"):
            wrong["frames"][-1][what][0] ^= 1
        else:
            wrong["frames"][-1][what] += 1
        with pytest.raises(AssertionError):
            follow(wrong)


def test_what_the_vectors_cover() -> None:
    """The edges that they are there for, so that a shorter file would be noticed."""
    frames = [pair for vector in deltas for pair in pairwise(vector["frames"])]
    sent = [after["message"] for _, after in frames]
    silences = {after["tick"] - before["tick"] for before, after in frames if after["message"][0] != 1}
    assert {1, 2, 127} <= silences
    assert max(silences) == 127
    assert any(before["tick"] & 127 > after["tick"] & 127 for before, after in frames)
    assert {message[0] for message in sent} == {1, 2, 3}
    assert any(len(message) == 2 for message in sent)
    assert any(2**30 - 1 in message for message in sent), "all 30 columns"
    assert any(2**29 in message for message in sent), "the 30th alone"
    extremes = {-(2**31), 2**31 - 1}
    assert any(extremes <= {*after["values"]} for _, after in frames)
    assert any(extremes & {*message[2:]} for message in sent)


def test_the_worked_example_is_the_page_s() -> None:
    page = (FOLDER.parents[1] / "docs" / "protocol.md").read_text(encoding="utf-8")
    keyframe, delta = next(vector for vector in deltas if vector["name"] == "worked example")["frames"]
    assert f"`{json.dumps(delta['message'])}`" in page
    assert f"`{keyframe['values'][6:]}`" in page
    assert (keyframe["tick"], delta["tick"]) == (41, 43)
    assert (delta["values"][6:], delta["rates"]) == ([1320, 820, 0], [0, 320])
