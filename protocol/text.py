"""Lines of chat: text by strangers that everybody's screen shows. What of it is kept, and in which form."""

from __future__ import annotations

import unicodedata

MARKS_IN_A_ROW = 2  # Vietnamese and pointed Hebrew need two; a heap of them ("zalgo") covers the lines above and below

# Cc: controls. Cf: zero-width characters, direction marks, overrides and isolates, soft hyphen, byte order mark, tags.
# Cs: halves of a pair. Co, private use: nobody knows what a screen shows for it.
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co"})
_MARKS = frozenset({"Mn", "Me"})
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters and symbols by category, blank on every screen
_JOINER, _NON_JOINER, _EMOJI_FORM = "\u200d", "\u200c", "\ufe0f"
_VIRAMA = 9  # canonical combining class


def clean_text(text: str) -> str:
    """The text as it is kept and shown: one line, NFC, nothing in it that acts on its neighbours without being seen.

    Idempotent. Control, format and private-use characters go (direction overrides and isolates, zero-width ones), but
    for the joiners that Indic and Arabic spelling (RFC 5892, appendix A) and joined emoji need; of more than two
    combining marks in a row the rest goes; runs of white space become one space. "" when nothing is left to be seen.
    """
    line = _in_form(text)
    if (_JOINER in line or _NON_JOINER in line) and _in_form(line) != line:
        # What a joiner joined was reordered, composed or dropped after it was judged: none of them can be trusted.
        line = _in_form(line.replace(_JOINER, "").replace(_NON_JOINER, ""))
    return line if any(_is_visible(character) for character in line) else ""


def _in_form(text: str) -> str:
    kept = _without_invisible(" ".join(text.split()))
    return " ".join(_with_few_marks(unicodedata.normalize("NFC", kept)).split())


def _without_invisible(text: str) -> str:
    kept: list[str] = []
    for character, after in zip(text, [*text[1:], ""], strict=False):
        before = kept[-1] if kept else ""
        if unicodedata.category(character) not in _DROPPED or _may_join(before, character, after):
            kept.append(character)
    return "".join(kept)


def _may_join(before: str, joiner: str, after: str) -> bool:
    if joiner not in (_JOINER, _NON_JOINER) or not before or not after:
        return False
    if unicodedata.combining(before) == _VIRAMA:
        return _is_visible(after)
    if joiner == _NON_JOINER:
        return unicodedata.bidirectional(before) == unicodedata.bidirectional(after) == "AL"
    is_emoji = unicodedata.category(before) in ("So", "Sk") or before == _EMOJI_FORM
    return is_emoji and unicodedata.category(after) == "So"


def _with_few_marks(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character) in _MARKS else 0
        if marks <= MARKS_IN_A_ROW:
            kept.append(character)
    return "".join(kept)


def _is_visible(character: str) -> bool:
    return unicodedata.category(character)[0] in "LNPS" and character not in _BLANK
