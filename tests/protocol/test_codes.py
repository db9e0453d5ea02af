"""The two tables of codes: what RFC 6455 demands of them, and what clients rely on."""

from __future__ import annotations

import re

import pytest

from tickroom.protocol.codes import CloseCode, Code, ErrorCode

SNAKE_CASE = re.compile(r"[a-z]+(_[a-z]+)*\Z")


@pytest.mark.parametrize("table", [CloseCode, ErrorCode])
def test_numbers_and_reasons_are_unique(table: type[CloseCode] | type[ErrorCode]) -> None:
    assert len(table.__members__) == len(list(table)), "two names share a number"
    assert len({code.reason for code in table}) == len(table)


@pytest.mark.parametrize("code", [*CloseCode, *ErrorCode], ids=lambda code: code.reason)
def test_columns(code: CloseCode | ErrorCode) -> None:
    assert SNAKE_CASE.match(code.reason)
    assert type(code.retryable) is bool
    assert type(code)(int(code)) is code
    assert str(int(code)) == str(code) == f"{code}"


@pytest.mark.parametrize("code", CloseCode, ids=lambda code: code.reason)
def test_close_codes_may_be_sent(code: CloseCode) -> None:
    assert len(code.reason.encode()) <= 123, "RFC 6455, 5.5: a control frame holds 125 bytes, two of them the code"
    assert code in (1000, 1001, 1002, 1003, *range(1007, 1015)) or 4000 <= code <= 4999, "RFC 6455, 7.4"
    assert code not in (1004, 1005, 1006, 1015), "RFC 6455, 7.4.1: never in a close frame"


def test_ok_is_zero_and_the_only_success() -> None:
    assert ErrorCode.OK == 0
    assert all(0 < code < 100 for code in ErrorCode if code is not ErrorCode.OK)


def test_a_doubled_number_would_be_seen() -> None:
    class Doubled(Code):
        ONE = 1, "one", False
        ANOTHER = 1, "another", True

    assert len(Doubled.__members__) != len(list(Doubled))
