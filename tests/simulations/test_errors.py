import pytest

from tickroom.protocol.codes import CloseCode, ErrorCode
from tickroom.simulations.errors import ApiRefused, ConnectionClosed, RequestRefused


@pytest.mark.parametrize("code", [*CloseCode])
def test_a_close_is_retryable_as_its_code_says(code: CloseCode) -> None:
    assert ConnectionClosed(code, code.reason).retryable is code.retryable


@pytest.mark.parametrize(("code", "retryable"), [(1006, True), (1005, False), (4999, False)])
def test_a_broken_connection_may_come_back_and_an_unknown_code_may_not(code: int, retryable: bool) -> None:
    assert ConnectionClosed(code, "").retryable is retryable


@pytest.mark.parametrize("code", [*ErrorCode])
def test_a_refusal_is_retryable_as_its_code_says(code: ErrorCode) -> None:
    assert RequestRefused("start", code, code.reason, 1).retryable is code.retryable


def test_an_unknown_error_code_is_not_retryable() -> None:
    assert RequestRefused("start", 999, "new", 1).retryable is False


@pytest.mark.parametrize(("status", "retryable"), [(400, False), (404, False), (429, True), (503, True)])
def test_http_statuses(status: int, retryable: bool) -> None:
    assert ApiRefused(status, "x", "").retryable is retryable
