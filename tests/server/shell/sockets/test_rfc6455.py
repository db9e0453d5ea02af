import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.exceptions import ProtocolError
from websockets.frames import Close

from tickroom.server.shell.sockets.limits import MAX_FRAGMENTS
from tickroom.server.shell.sockets.rfc6455 import (
    MAX_REASON_BYTES,
    PING,
    Assembly,
    PeerFault,
    check_text,
    cut_reason,
    encode_control,
    may_be_sent,
    parse_close,
)


def test_codes_that_may_be_sent_are_those_of_an_independent_library() -> None:
    for code in range(65536):
        try:
            Close(code, "").check()
            theirs = True
        except ProtocolError:
            theirs = False
        assert may_be_sent(code) is theirs, code


@given(st.binary(max_size=125))
def test_any_close_payload_gives_a_code_or_the_peers_fault(payload: bytes) -> None:
    try:
        code, reason = parse_close(payload)
    except PeerFault as fault:
        code, reason = fault.code, ""
        valid = False
    else:
        valid = True
    if valid:
        assert payload == (b"" if code == 1005 else struct.pack("!H", code) + reason.encode())
    else:
        assert code in (1002, 1007)


@given(st.text())
def test_cut_reason_fits_and_stays_whole(reason: str) -> None:
    cut = cut_reason(reason)
    assert reason.startswith(cut)
    assert len(cut.encode()) <= MAX_REASON_BYTES
    assert cut == reason or len(cut.encode()) > MAX_REASON_BYTES - 4


def test_control_frame() -> None:
    assert encode_control(PING, b"abc") == b"\x89\x03abc"
    with pytest.raises(ValueError, match="at most 125"):
        encode_control(PING, bytes(126))


def test_assembly_joins_within_its_bounds() -> None:
    assembly = Assembly(b"a", is_text=False, max_bytes=3)
    assembly.append(b"")
    assembly.append(b"bc")
    assert assembly.join() == b"abc"
    with pytest.raises(PeerFault) as fault:
        assembly.append(b"d")
    assert fault.value.code == 1009


def test_assembly_bounds_the_number_of_fragments() -> None:
    assembly = Assembly(b"", is_text=False, max_bytes=3)
    for _ in range(MAX_FRAGMENTS - 1):
        assembly.append(b"")
    with pytest.raises(PeerFault) as fault:
        assembly.append(b"")
    assert fault.value.code == 1008


def test_text_must_be_utf8() -> None:
    check_text("κόσμε".encode())
    with pytest.raises(PeerFault) as fault:
        check_text(b"\xed\xa0\x80")  # a surrogate
    assert fault.value.code == 1007
