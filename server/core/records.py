"""What changed the sessions of some pools in one tick, as bytes: a record of a node's journal.

Commands are few and written one by one; inputs are many and written as arrays. An input's tick is written as its
distance from the session's, so that with the values of most games it fits a byte.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

from tickroom.protocol.tables import Int32Array
from tickroom.server.core.commands import Command
from tickroom.server.core.inputs import AppliedInputs
from tickroom.server.core.pool import Pool, TickOutput
from tickroom.server.core.sealing import Unsealed, seal, unseal
from tickroom.server.core.session import Session

# Signed, little-endian.
_WIDTHS: dict[int, np.dtype[Any]] = {1: np.dtype("i1"), 2: np.dtype("<i2"), 4: np.dtype("<i4")}


class RecordUnreadable(Exception):
    """Damaged, of another format, or not the one that follows."""


class PackedIntegers(Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """Integers of ``width`` bytes each, little-endian: the fewest of 1, 2 and 4 that hold all."""

    width: int
    values: bytes


class PoolRecord(Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """One beat of one pool, by its number.

    ``commands``: each with the row of its session, in order. ``places``, ``inputs``: as in AppliedInputs, but for the
    ticks, which are differences from the session's. ``newcomers``: row and code of each session whose first tick here
    it was: whatever an earlier one had in that row does not go on.
    """

    pool: int
    beat: int
    commands: list[tuple[int, Command]]
    places: PackedIntegers
    inputs: PackedIntegers
    newcomers: list[tuple[int, str]]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[PoolRecord])


def pool_record(pool: Pool, commands: Sequence[tuple[Session, Command]], output: TickOutput) -> PoolRecord:
    """What ``pool.advance(commands)`` has just done. Call before anything else happens to the pool.

    Cost: a few array operations for all inputs, whoever many; Python work for each command only.
    """
    newcomers = [(one.row, one.code) for one in pool.newcomers]
    places, inputs = _EMPTY, _EMPTY
    applied = output.inputs
    if applied.places.size:
        entries = applied.entries.copy()
        entries[:, 0] -= pool.ticks_of(applied.places)
        places, inputs = _pack(applied.places), _pack(entries)
    if not commands:
        return PoolRecord(pool.number, pool.beat, [], places, inputs, newcomers)
    # A command of a session that ended before this tick did nothing, and its row may be another's by now.
    touched = {part.session for part in output.sessions}
    rows = [
        (session.row, command)
        for session, command in commands
        if session in touched or pool.sessions.get(session.row) is session
    ]
    return PoolRecord(pool.number, pool.beat, rows, places, inputs, newcomers)


def encode_record(parts: list[PoolRecord]) -> bytes:
    """Sealed MessagePack."""
    return seal(_encoder.encode(parts))


def decode_record(blob: bytes) -> list[PoolRecord]:
    """What ``encode_record`` was given. Raises RecordUnreadable."""
    try:
        return _decoder.decode(unseal(blob))
    except (Unsealed, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise RecordUnreadable(f"no record: {error}") from error


def unpack_inputs(part: PoolRecord, fields: int) -> AppliedInputs:
    """Places, and entries of 1 + ``fields`` integers whose first is the distance from the session's tick.

    Raises RecordUnreadable.
    """
    places, entries = _unpack(part.places), _unpack(part.inputs)
    if entries.size != places.size * (1 + fields):
        raise RecordUnreadable(f"{entries.size} integers for {places.size} inputs of {fields} fields")
    return AppliedInputs(places.astype(np.intp), entries.reshape(-1, 1 + fields))


def _pack(values: np.ndarray[Any, Any]) -> PackedIntegers:
    reach = max(int(values.max()), -1 - int(values.min()))
    width = 1 if reach < 2**7 else 2 if reach < 2**15 else 4
    return PackedIntegers(width, values.astype(_WIDTHS[width]).tobytes())


def _unpack(packed: PackedIntegers) -> Int32Array:
    dtype = _WIDTHS.get(packed.width)
    if dtype is None or len(packed.values) % packed.width:
        raise RecordUnreadable(f"{len(packed.values)} bytes of integers of {packed.width}")
    values: Int32Array = np.frombuffer(packed.values, dtype=dtype).astype(np.int32)
    return values


_EMPTY = PackedIntegers(1, b"")
