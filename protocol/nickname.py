"""Nicknames: text by strangers that everybody's screen shows. One rule for what passes, and in which form."""

from __future__ import annotations

import unicodedata

from tickroom.protocol.errors import MalformedMessage

NAME_MAX_CHARACTERS = 24

# Cc: C0 and C1 controls, tab and line feed among them. Cf: zero-width characters, direction marks, overrides and
# isolates (one U+202E turns the rest of a score board around), byte order mark, soft hyphen, tags: whatever changes how
# its neighbours look without being seen. It costs joined emoji their joiner (U+200D). Cs: halves of a pair.
_FORBIDDEN = frozenset({"Cc", "Cf", "Cs"})

# Letters, numbers, punctuation, symbols. A name of combining marks or unassigned characters alone shows nothing.
_VISIBLE = frozenset("LNPS")

# Letters and symbols by category, blank on every screen: Hangul fillers, the empty braille pattern.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")


def clean_nickname(nickname: str) -> str:
    """The name in the one form in which it is kept and shown: NFC, runs of spaces made one, none at the ends.

    Idempotent: a clean name comes back as it is.

    Raises:
        MalformedMessage: a control or format character (Unicode categories Cc, Cf, Cs); nothing visible in it; or more
            than ``NAME_MAX_CHARACTERS`` code points once it is clean (composing makes a few characters longer).
    """
    if any(unicodedata.category(character) in _FORBIDDEN for character in nickname):
        raise MalformedMessage("a nickname holds no control or format characters")
    clean = " ".join(unicodedata.normalize("NFC", nickname).split())
    if not any(unicodedata.category(character)[0] in _VISIBLE and character not in _BLANK for character in clean):
        raise MalformedMessage("a nickname needs something that can be seen")
    if len(clean) > NAME_MAX_CHARACTERS:
        raise MalformedMessage(f"a nickname has at most {NAME_MAX_CHARACTERS} characters")
    return clean
