"""Messages to bytes and back with ``msgpack``; the server uses ``msgspec``, so an exchange crosses two implementations.

``msgspec`` only gives the decoded arrays their types here; it never sees the bytes.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import cast, get_args

import msgpack
import msgspec

from tickroom.protocol.messages import (
    CHECKED_DELTA_KIND,
    DELTA_KIND,
    ClientMessage,
    Keyframe,
    ServerFact,
)
from tickroom.simulations.errors import ServerFault

Delta = list[int]  # the array as it came, its kind included: ``Replica.apply_delta`` takes it
ServerMessage = Keyframe | Delta | ServerFact

_CLASS_OF_KIND = MappingProxyType(
    {message.__struct_config__.tag: message for message in (Keyframe, *get_args(ServerFact))}
)


def encode(message: ClientMessage) -> bytes:
    """MessagePack bytes of a client's message."""
    return cast(bytes, msgpack.packb(msgspec.to_builtins(message)))


def decode(payload: bytes) -> ServerMessage:
    """The one message in ``payload``. Raises ServerFault for anything that is not one."""
    try:
        items = msgpack.unpackb(payload)
    except (ValueError, msgpack.exceptions.UnpackException) as error:
        raise ServerFault(f"a frame is not one MessagePack value: {error}") from None
    if not isinstance(items, list) or not items:
        raise ServerFault("a message is not an array with a kind")
    kind = items[0]
    if kind in (DELTA_KIND, CHECKED_DELTA_KIND):
        return items
    try:
        message: ServerMessage = msgspec.convert(items, type=_CLASS_OF_KIND[kind])
    except (msgspec.ValidationError, KeyError, TypeError) as error:
        raise ServerFault(f"not a message of this protocol: {error}") from None
    return message
