"""Session codes: one for every number, readable, and forgiving to type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickroom.server.core.codes import ALPHABET, CODES, LENGTH, code_from_number, normal_code


@given(st.integers(0, CODES - 1))
def test_a_code_is_normal_and_survives_how_people_type(number: int) -> None:
    code = code_from_number(number)
    assert normal_code(code) == code
    assert normal_code(f" {code[:3].lower()}-{code[3:]} ") == code


def test_different_numbers_give_different_codes() -> None:
    assert len({code_from_number(number) for number in range(5000)}) == 5000
    assert code_from_number(CODES - 1) == ALPHABET[-1] * LENGTH


@pytest.mark.parametrize("text", ["", "ABCDE", "ABCDEFG", "ABCDE0", "ABCDEO", "ABCDE1", "ÄBCDEF", "ABC\x00DE"])
def test_what_cannot_be_a_code_is_none(text: str) -> None:
    assert normal_code(text) is None


@pytest.mark.parametrize("number", [-1, CODES])
def test_there_are_no_other_codes(number: int) -> None:
    with pytest.raises(ValueError, match="number"):
        code_from_number(number)
