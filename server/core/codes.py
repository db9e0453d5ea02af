"""Session codes: six characters that nobody misreads. 31 ** 6 is 887,503,681 of them."""

from __future__ import annotations

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no 0 O, 1 I L
LENGTH = 6
CODES = len(ALPHABET) ** LENGTH


def code_from_number(number: int) -> str:
    """The code numbered ``number``, 0 to CODES - 1. Uniform numbers give uniform codes."""
    if not 0 <= number < CODES:
        raise ValueError(f"a code's number is 0 to {CODES - 1}, not {number}")
    letters = []
    for _ in range(LENGTH):
        number, letter = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[letter])
    return "".join(letters)


def normal_code(text: str) -> str | None:
    """The code that somebody meant by ``text`` (any case, spaces and dashes ignored); None if it cannot be one."""
    code = text.upper().replace(" ", "").replace("-", "")
    return code if len(code) == LENGTH and all(letter in ALPHABET for letter in code) else None
