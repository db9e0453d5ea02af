"""What nodes ask of each other, over the inbox: the questions, the answers, and both sides of each.

All are MessagePack arrays whose first item says which. A node of another version may ask what this one does not know:
that is refused, never raised. Settings travel as JSON, as their creator sent them, so that each version reads them by
its own rules, and sealed, for a password may be among them.
"""

from __future__ import annotations

import logging
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from tickroom.server.core.settings import SessionSettings, SettingsInvalid, parse_settings
from tickroom.server.shell.cluster.envelope import Envelope, NotOpened
from tickroom.server.shell.cluster.interface import Fenced, NoAnswer, Store, StoreAway
from tickroom.server.shell.description import SessionView, view_session
from tickroom.server.shell.node import NodeFull

if TYPE_CHECKING:
    from tickroom.server.shell.cluster.cluster import Cluster

logger = logging.getLogger("tickroom.cluster")

SHOW_TIMEOUT_S = 0.25  # a node that plays answers within milliseconds; of one that does not, showing.py asks again
CREATE_TIMEOUT_S = 1.5  # a reservation in the store comes on top
ADOPT_TIMEOUT_S = 3.0  # a claim, a restore and a checkpoint
MOVE_TIMEOUT_S = 10.0
DRAIN_TIMEOUT_S = 60.0  # all of a node's sessions, one after the other


class Create(Struct, array_like=True, frozen=True, tag=1):
    """Make a session with these ``settings`` (JSON, sealed). Answered by Shown."""

    settings: bytes


class Show(Struct, array_like=True, frozen=True, tag=2):
    """Describe a session that you own. Answered by Shown."""

    code: str


class Adopt(Struct, array_like=True, frozen=True, tag=3):
    """Take a session over from the incarnation ``held_by``, which has parted from it. Answered by Done."""

    code: str
    held_by: str


class Drain(Struct, array_like=True, frozen=True, tag=4):
    """Move all your sessions elsewhere and take no more. Answered by Done with how many stayed."""


class Move(Struct, array_like=True, frozen=True, tag=5):
    """Move a session of yours to the node of the name ``to``. Answered by Done."""

    code: str
    to: str


class Shown(Struct, array_like=True, frozen=True, tag=1):
    """The session. Its ``websocket`` is "": who asks knows this node's address."""

    view: SessionView


class Done(Struct, array_like=True, frozen=True, tag=2):
    """It is done. ``left``: of a drain, how many sessions could not be moved."""

    left: int = 0


class Why(StrEnum):
    """Why something was not done."""

    NOT_UNDERSTOOD = "not_understood"
    INVALID_SETTINGS = "invalid_settings"
    FULL = "full"
    NO_SUCH_SESSION = "no_such_session"
    NOT_MOVED = "not_moved"
    STORE_AWAY = "store_away"
    FAILED = "failed"


class Refused(Struct, array_like=True, frozen=True, tag=3):
    """It is not done. ``words``: for a person; with INVALID_SETTINGS all the faults."""

    why: Why
    words: list[str] = []


Question = Create | Show | Adopt | Drain | Move
Answered = Shown | Done | Refused


class ErrandRefused(Exception):
    """The other node said no, and why."""

    def __init__(self, refused: Refused) -> None:
        super().__init__("; ".join([refused.why.value, *refused.words]))
        self.why = refused.why
        self.words = refused.words


_encoder = msgspec.msgpack.Encoder()
_questions = msgspec.msgpack.Decoder(Question)
_answers = msgspec.msgpack.Decoder(Answered)


# --- the side that answers -------------------------------------------------------------------------------------------


async def answer(cluster: Cluster, question: bytes) -> bytes:
    """Do what another node asks; what to answer. Nothing is raised but cancellation: ``Inbox.serve`` goes on."""
    return _encoder.encode(await _answer(cluster, question))


async def _answer(cluster: Cluster, question: bytes) -> Answered:
    try:
        asked: Question = _questions.decode(question)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        logger.warning("a question that is not understood: %s", error)
        return Refused(Why.NOT_UNDERSTOOD, [str(error)])
    try:
        return await _carry_out(cluster, asked)
    except SettingsInvalid as error:
        return Refused(Why.INVALID_SETTINGS, error.faults)
    except Exception as error:
        why = _why(error)
        if why is Why.FAILED:
            # Whoever asks is told, instead of waiting for an answer that never comes.
            logger.exception("%s failed", type(asked).__name__)
        return Refused(why, [str(error) or type(error).__name__])


def _why(error: Exception) -> Why:
    from tickroom.server.shell.cluster.handover import NotMoved  # here, for moving is asking: it imports this module

    match error:
        case NodeFull():
            return Why.FULL
        case KeyError() | IndexError():
            return Why.FAILED  # LookupErrors as well, but a fault of ours
        case LookupError():
            return Why.NO_SUCH_SESSION
        case NotMoved():
            return Why.NOT_MOVED
        case NotOpened():
            return Why.NOT_UNDERSTOOD
        case StoreAway() | Fenced():
            return Why.STORE_AWAY
        case _:
            return Why.FAILED


async def _carry_out(cluster: Cluster, asked: Question) -> Answered:
    match asked:
        case Create(settings):
            opened = cluster.node.envelope.open(settings)
            return Shown(view_session(await cluster.create(parse_settings(opened))))
        case Show() if not cluster.is_active:
            return Refused(Why.STORE_AWAY, ["this node may own nothing any more"])
        case Show(code):
            session = cluster.node.find(code)
            return Refused(Why.NO_SUCH_SESSION) if session is None else Shown(view_session(session))
        case Adopt(code, held_by):
            await cluster.adopt_from(code, held_by)
            return Done()
        case Drain():
            return Done(await cluster.drain())
        case Move(code, to):
            await cluster.move(code, to)
            return Done()


# --- the side that asks ----------------------------------------------------------------------------------------------
# Each names the incarnation it asks, and raises NoAnswer (it may be done, or not), StoreAway and ErrandRefused.


async def ask_create(store: Store, incarnation: str, settings: SessionSettings, envelope: Envelope) -> SessionView:
    """Have a session made there. Raises SettingsInvalid and NodeFull as well, as the other node found."""
    sealed = envelope.seal(msgspec.json.encode(settings))
    try:
        return await _ask_for_view(store, incarnation, Create(sealed), CREATE_TIMEOUT_S)
    except ErrandRefused as refused:
        match refused.why:
            case Why.INVALID_SETTINGS:
                raise SettingsInvalid(refused.words) from None
            case Why.FULL:
                raise NodeFull(str(refused)) from None
        raise


async def ask_show(store: Store, incarnation: str, code: str) -> SessionView | None:
    """A session as its owner sees it; None when it has no such session (any more)."""
    try:
        return await _ask_for_view(store, incarnation, Show(code), SHOW_TIMEOUT_S)
    except ErrandRefused as refused:
        if refused.why is Why.NO_SUCH_SESSION:
            return None
        raise


async def ask_adopt(
    store: Store, incarnation: str, code: str, held_by: str, timeout_s: float = ADOPT_TIMEOUT_S
) -> None:
    """Have a session taken over there. After NoAnswer the directory knows who owns it."""
    await _ask(store, incarnation, Adopt(code, held_by), timeout_s)


async def ask_drain(store: Store, incarnation: str, timeout_s: float = DRAIN_TIMEOUT_S) -> int:
    """Have all its sessions moved elsewhere; how many could not be."""
    match await _ask(store, incarnation, Drain(), timeout_s):
        case Done(left):
            return left
        case other:
            raise NoAnswer(f"asked to drain, it answered {other}")


async def ask_move(store: Store, incarnation: str, code: str, to: str, timeout_s: float = MOVE_TIMEOUT_S) -> None:
    """Have the owner move a session to the node of the name ``to``."""
    await _ask(store, incarnation, Move(code, to), timeout_s)


async def _ask_for_view(store: Store, incarnation: str, question: Create | Show, timeout_s: float) -> SessionView:
    match await _ask(store, incarnation, question, timeout_s):
        case Shown(view):
            return view
        case other:
            raise NoAnswer(f"asked for a session, it answered {other}")


async def _ask(store: Store, incarnation: str, question: Question, timeout_s: float) -> Shown | Done:
    said = await store.inbox.ask(incarnation, _encoder.encode(question), timeout_s)
    try:
        answered: Answered = _answers.decode(said)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise NoAnswer(f"its answer is not understood: {error}") from None
    if isinstance(answered, Refused):
        raise ErrandRefused(answered)
    return answered
