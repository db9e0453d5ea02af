"""The suite runs against both paths: ``fast`` (our protocol class) and ``plain`` (uvicorn's own, our plain adapter)."""

import logging
from collections.abc import Iterator

import pytest

from .echo_server import EchoServer, running_server
from .raw_client import RawClient


@pytest.fixture(scope="package", params=["fast", "plain"])
def server(request: pytest.FixtureRequest) -> Iterator[EchoServer]:
    with running_server(request.param) as (server, _):
        yield server


@pytest.fixture
def client(server: EchoServer) -> Iterator[RawClient]:
    """A fresh TCP connection."""
    with RawClient(server.port) as client:
        yield client


@pytest.fixture(autouse=True)
def no_traceback_in_the_log(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever a peer sends, no traceback and no error line; a test of our own faults says ``may_log_errors``."""
    yield
    if request.node.get_closest_marker("may_log_errors") is None:
        records = [*caplog.get_records("call"), *caplog.get_records("teardown")]
        assert [record.getMessage() for record in records if record.exc_info or record.levelno >= logging.ERROR] == []


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "may_log_errors: the fault is the server's on purpose, so that it logs one")
