"""A session as bytes, between two ticks: everything that it needs to go on in another process, bit for bit.

What is *not* in it: inputs that wait for later ticks. Nobody was told that they took effect, and whoever comes back
sends anew. A checkpoint is a function of the commands and the inputs that took effect, of nothing else.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from tickroom.server.core.pool import Pool
from tickroom.server.core.rows import SavedRow
from tickroom.server.core.sealing import FORMAT as FORMAT
from tickroom.server.core.sealing import Unsealed, seal, unseal
from tickroom.server.core.session import GamePlan, Session
from tickroom.server.core.session_state import SavedSession, restore_session_state, save_session
from tickroom.server.core.settings import MAX_SEATS, SessionSettings


class CheckpointUnreadable(Exception):
    """Damaged, of another format, or of a game that this server does not have in that version."""


class Checkpoint(Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """A session after ``tick``.

    ``incarnation``, ``pool`` (its number), ``row``: in whose journal, and where in the records, its life goes on;
    ``sequence``: of the last record that is in here already; ``beat``: of the pool then. ``fingerprint``: the schema's.
    """

    code: str
    game: str
    fingerprint: int
    tick: int
    incarnation: str
    pool: int
    row: int
    sequence: int
    beat: int
    seat_rows: Annotated[int, Meta(ge=1, le=MAX_SEATS)]
    settings: SessionSettings
    plan: GamePlan
    session: SavedSession
    arrays: SavedRow


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Checkpoint)


def take_checkpoint(session: Session, incarnation: str, sequence: int) -> Checkpoint:
    """The session after its newest tick, which is in the record ``sequence`` of this incarnation or an earlier one."""
    pool = session.pool
    return Checkpoint(
        code=session.code,
        game=pool.game.schema.game,
        fingerprint=pool.game.schema.fingerprint,
        tick=session.tick,
        incarnation=incarnation,
        pool=pool.number,
        row=session.row,
        sequence=sequence,
        beat=pool.beat,
        seat_rows=pool.seat_rows,
        settings=session.settings,
        plan=session.plan,
        session=save_session(session),
        arrays=pool.save(session),
    )


def encode_checkpoint(checkpoint: Checkpoint) -> bytes:
    """Sealed MessagePack."""
    return seal(_encoder.encode(checkpoint))


def decode_checkpoint(blob: bytes) -> Checkpoint:
    """What ``encode_checkpoint`` was given. Raises CheckpointUnreadable; whether the game is ours, ``restore`` sees."""
    try:
        return _decoder.decode(unseal(blob))
    except (Unsealed, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise CheckpointUnreadable(f"no checkpoint: {error}") from error


def check_fits(pool: Pool, checkpoint: Checkpoint) -> None:
    """Raises CheckpointUnreadable when the session is none for this pool."""
    schema = pool.game.schema
    theirs = (checkpoint.game, checkpoint.fingerprint, checkpoint.seat_rows, checkpoint.settings.tick_hz)
    ours = (schema.game, schema.fingerprint, pool.seat_rows, pool.tick_hz)
    if theirs != ours:
        raise CheckpointUnreadable(f"{checkpoint.code}: game, fingerprint, seat rows and rate are {theirs}, not {ours}")
    if checkpoint.settings.seats > pool.seat_rows or not 0 <= checkpoint.tick < 2**31:
        raise CheckpointUnreadable(f"{checkpoint.code}: {checkpoint.settings.seats} seats, tick {checkpoint.tick}")


def restore_session(pool: Pool, checkpoint: Checkpoint) -> Session:
    """The session in a free row; its next tick is ``checkpoint.tick`` + 1.

    Raises CheckpointUnreadable, PoolFull; then the row is as free as before.
    """
    check_fits(pool, checkpoint)
    try:
        session = pool.restore(
            checkpoint.code, checkpoint.settings, checkpoint.plan, checkpoint.tick, checkpoint.arrays
        )
    except ValueError as error:
        raise CheckpointUnreadable(f"{checkpoint.code}: {error}") from error
    try:
        restore_session_state(session, checkpoint.session)
    except Exception as error:
        pool.close(session)  # whatever it was: never half a session
        raise CheckpointUnreadable(f"{checkpoint.code}: {error}") from error
    return session
