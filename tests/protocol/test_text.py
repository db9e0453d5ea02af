"""What becomes of a line of chat: the harmless stays, the harmful goes, and twice is the same as once."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tickroom.protocol.text import MARKS_IN_A_ROW, clean_text

STAYS = {
    "plain": "hello, world!",
    "several scripts": "Zoë 漢字 שלום مرحبا",
    "an emoji": "\U0001f44b",
    "a family of joined emoji": "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "a heart in emoji form, joined": "\u2764\ufe0f\u200d\U0001f525",
    "a skin tone, joined": "\U0001f469\U0001f3fd\u200d\U0001f680",
    "Persian with a non-joiner": "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    "Hindi with a joiner after a virama": "\u0915\u094d\u200d\u0937",
    "two marks on a letter": "a\u0329\u0323",
    "markup, for it is shown as text": "<b onclick='x'>&amp;</b>",
    "300 and more characters: length is judged elsewhere": "a" * 600,
}
CHANGES = {
    "white space at the ends": ("  a  ", "a"),
    "runs of white space, of all kinds": ("a \t\r\n\u00a0\u2003\u2028b", "a b"),
    "control characters": ("a\x00b\x1b[31mc\x7f", "ab[31mc"),
    "a right-to-left override": ("\u202eevil", "evil"),
    "isolates and marks of direction": ("\u2066a\u2069\u200e\u200f\u061c", "a"),
    "zero-width characters within a word": ("b\u200ba\u200cd\u200d!\u2060\ufeff", "bad!"),
    "a joiner between letters": ("a\u200db", "ab"),
    "a joiner at the end": ("\U0001f468\u200d", "\U0001f468"),
    "several joiners": ("\U0001f468\u200d\u200d\U0001f469", "\U0001f468\u200d\U0001f469"),
    "tags": ("a\U000e0061\U000e007f", "a"),
    "soft hyphens": ("ex\u00adam\u00adple", "example"),
    "private use": ("a\ue000b", "ab"),
    "zalgo": ("a" + "\u0310\u0311\u0312\u0313" * 20, "a\u0310\u0311"),
    "composition": ("e\u0301", "\xe9"),
    "marks around what is taken out": ("a\u0301\u200b\u0302\u200b\u0303\u200b\u0304", "\xe1\u0302\u0303"),
}
EMPTY = ["", " ", "\n\t", "\u200b\u200d\u202e", "\u0301\u0302", "\u3164", "\u2800 \u115f", "\x00", "\ue000"]


@pytest.mark.parametrize("text", STAYS.values(), ids=STAYS.keys())
def test_stays(text: str) -> None:
    assert clean_text(text) == text


@pytest.mark.parametrize(("text", "clean"), CHANGES.values(), ids=CHANGES.keys())
def test_changes(text: str, clean: str) -> None:
    assert clean_text(text) == clean


@pytest.mark.parametrize("text", EMPTY)
def test_nothing_to_be_seen(text: str) -> None:
    assert clean_text(text) == ""


TRICKS = st.sampled_from(
    "ab \n\u0301\u0323\u0334\u20e3\u200b\u200c\u200d\u202e\u2066\u094d\u0915\u0645\u1100\u1161\u11a8\u3164\ufe0f"
    "\U0001f468\U0001f3fd\U000e0061\ue000\u00ad\u2028\u0958\u0344\u212b"
)


def faults(text: str) -> list[str]:
    """What a clean text must not have."""
    found = [f"{ord(one):x}" for one in text if unicodedata.category(one) in ("Cc", "Cs", "Co")]
    found += [f"{ord(one):x}" for one in text if unicodedata.category(one) == "Cf" and one not in "\u200c\u200d"]
    run = 0
    for one in text:
        run = run + 1 if unicodedata.category(one) in ("Mn", "Me") else 0
        if run > MARKS_IN_A_ROW:
            found.append("a heap of marks")
    if text != " ".join(text.split()):
        found.append("white space")
    if not unicodedata.is_normalized("NFC", text):
        found.append("not NFC")
    return found


@settings(max_examples=500)
@given(st.text(max_size=60) | st.text(TRICKS, max_size=30))
@example("\u0958")
@example("a\u0301\u0301\u0301\u0301")
def test_clean_text_is_safe_and_stays_as_it_is(text: str) -> None:
    clean = clean_text(text)
    assert not faults(clean)
    assert clean_text(clean) == clean
    if not faults(text) and not set(text) & {"\u200c", "\u200d"} and clean:
        assert clean == text


def test_the_check_finds_what_it_should() -> None:
    for text in ("\u202ea", "a  b", "e\u0301", "a\u0310\u0311\u0312", "\x00", "\ue000"):
        assert faults(text), text


@pytest.mark.parametrize(
    "text",
    [
        "\u0345\u094d\u200cA",  # in NFC the virama does not stand before the joiner any more
        "a\u0301\u0300\u094d\u200c\u0915",  # a third mark: the virama goes
        "\u0dd9\u0dca\u200d\u0d9a",  # a virama that is composed with the vowel before it
        "\u0345\u200d\u094d\u200cA",
    ],
)
def test_a_joiner_that_has_lost_its_virama_goes_as_well(text: str) -> None:
    clean = clean_text(text)
    assert clean_text(clean) == clean
    assert "\u200c" not in clean
    assert "\u200d" not in clean
