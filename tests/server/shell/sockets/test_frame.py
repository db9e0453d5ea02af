import pytest
from websockets.frames import Frame as Reference
from websockets.frames import Opcode

from tickroom.server.shell.sockets.frame import HEADROOM_BYTES, build_frame, join_frames


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65535, 65536, 70000])
def test_wire_is_what_an_independent_library_writes(size: int) -> None:
    payload = bytes(i % 251 for i in range(size))
    frame = build_frame(payload)
    assert frame.wire == Reference(Opcode.BINARY, payload).serialize(mask=False)
    assert frame.payloads == (payload,)
    assert frame.payload_bytes == size
    assert frame.buffer is not None
    assert bytes(frame.buffer[HEADROOM_BYTES:]) == payload


def test_joined_frames_keep_their_order() -> None:
    one, two, three = build_frame(b"1"), build_frame(b""), build_frame(b"3" * 200)
    joined = join_frames(one, join_frames(two, three))
    assert joined.wire == one.wire + two.wire + three.wire
    assert joined.payloads == (b"1", b"", b"3" * 200)
    assert joined.payload_bytes == 201
    assert joined.buffer is None


def test_one_frame_joined_is_itself() -> None:
    frame = build_frame(b"x")
    assert join_frames(frame) is frame
