"""What passes as a nickname, and in which form it is kept."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickroom.protocol.messages import MalformedMessage
from tickroom.protocol.nickname import NAME_MAX_CHARACTERS, clean_nickname

CLEAN = ["Ann", "x", "a b", "漢字", "ب", "Zo\xeb", "\N{GRINNING FACE}" * 24, "<b>&\"'", "o'Neil", "-", "\u0928\u093f"]

CLEANED = {
    " Ann": "Ann",
    "Ann  ": "Ann",
    "a   b": "a b",
    "a\u00a0b": "a b",  # no-break space
    "\u3000a\u2003\u2003b\u2028": "a b",
    "e\N{COMBINING ACUTE ACCENT}": "\xe9",
    "\N{ANGSTROM SIGN}": "\xc5",
}

CONTROLS = [*range(0x20), *range(0x7F, 0xA0)]
FORMATS = [*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), *range(0x2066, 0x206A), 0xFEFF, 0xAD]
FORMATS += [0x180E, 0x061C, 0xE0001, 0xE0041]

INVISIBLE = [
    "",
    " ",
    "\u3000\u2003",
    "\u0301",
    "\u0301\u0302",
    "\u3164",
    "\u2800\u2800",
    "\u115f\u1160",
    "\uffa0",
    "\ue000",
]


@pytest.mark.parametrize("name", CLEAN)
def test_a_clean_name_stays_as_it_is(name: str) -> None:
    assert clean_nickname(name) == name


@pytest.mark.parametrize(("name", "clean"), CLEANED.items())
def test_spaces_are_collapsed_and_characters_composed(name: str, clean: str) -> None:
    assert clean_nickname(name) == clean


@pytest.mark.parametrize("character", [*CONTROLS, *FORMATS], ids=hex)
def test_control_and_format_characters_are_refused_anywhere(character: int) -> None:
    for name in (chr(character), f"{chr(character)}Ann", f"An{chr(character)}n", f"Ann{chr(character)}"):
        with pytest.raises(MalformedMessage, match="control or format"):
            clean_nickname(name)


def test_half_a_pair_is_refused() -> None:
    with pytest.raises(MalformedMessage):
        clean_nickname("Ann\ud83d")


@pytest.mark.parametrize("name", INVISIBLE, ids=ascii)
def test_a_name_that_nobody_can_see_is_refused(name: str) -> None:
    with pytest.raises(MalformedMessage, match="seen"):
        clean_nickname(name)


def test_length_counts_once_the_name_is_clean() -> None:
    assert len(clean_nickname(f"  {'a' * NAME_MAX_CHARACTERS}  ")) == NAME_MAX_CHARACTERS
    assert clean_nickname("e\N{COMBINING ACUTE ACCENT}" * NAME_MAX_CHARACTERS) == "\xe9" * NAME_MAX_CHARACTERS
    for name in ("a" * (NAME_MAX_CHARACTERS + 1), "\u0958" * NAME_MAX_CHARACTERS):  # U+0958 becomes two characters
        with pytest.raises(MalformedMessage, match="at most"):
            clean_nickname(name)


@given(st.text(max_size=40) | st.text(st.characters(categories=["L", "M", "N", "Z", "S"]), max_size=40))
def test_what_comes_out_is_clean_and_stays_so(name: str) -> None:
    try:
        clean = clean_nickname(name)
    except MalformedMessage:
        return
    assert clean_nickname(clean) == clean == unicodedata.normalize("NFC", clean)
    assert 1 <= len(clean) <= NAME_MAX_CHARACTERS
    assert clean == clean.strip()
    assert "  " not in clean
    assert not {unicodedata.category(character) for character in clean} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
