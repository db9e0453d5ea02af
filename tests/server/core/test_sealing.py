"""Bytes for other processes: what is another format's or damaged is refused, whatever else it may look like."""

import pytest

from tickroom.server.core.sealing import FORMAT, Unsealed, seal, unseal


def test_what_was_sealed_is_unsealed() -> None:
    for body in (b"", b"x", bytes(range(256)) * 9):
        assert bytes(unseal(seal(body))) == body


def test_another_format_is_refused_by_its_first_byte_alone() -> None:
    sealed = seal(b"body")
    for format_ in (0, FORMAT + 1, 255):
        with pytest.raises(Unsealed, match=f"format {format_}, and this server reads {FORMAT}"):
            unseal(bytes([format_]) + sealed[1:])


def test_no_damage_goes_unseen() -> None:
    sealed = seal(b"a body of some length")
    for place in range(len(sealed)):
        broken = bytearray(sealed)
        broken[place] ^= 1
        with pytest.raises(Unsealed):
            unseal(bytes(broken))
        with pytest.raises(Unsealed):
            unseal(sealed[:place])
    with pytest.raises(Unsealed, match="sum"):
        unseal(sealed + b"\0")
