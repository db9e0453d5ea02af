"""Sockets to listen on, bound here or inherited."""

from __future__ import annotations

import contextlib
import os
import socket

import pytest

from tickroom.server.shell.listening import PortTaken, bind_to, inherit, listen_on


def test_a_free_port_is_taken_and_nobody_else_gets_it() -> None:
    with contextlib.closing(listen_on("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(PortTaken, match=f"127.0.0.1 port {port}"):
            listen_on("127.0.0.1", port)
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            pass  # it waits in the queue


def test_two_that_are_bound_to_one_port_cannot_both_listen() -> None:
    with contextlib.closing(bind_to("127.0.0.1", 0)) as bound:
        port = bound.getsockname()[1]
        with contextlib.closing(listen_on("127.0.0.1", port)), pytest.raises(OSError, match="in use"):
            bound.listen()


@pytest.mark.parametrize("host", ["203.0.113.1", "x" * 64 + ".example"])
def test_a_host_that_is_not_this_machine_is_said_plainly(host: str) -> None:
    with pytest.raises(PortTaken, match="cannot listen on"):
        bind_to(host, 0)


def test_what_is_inherited_listens_and_is_not_handed_on() -> None:
    with contextlib.closing(bind_to("127.0.0.1", 0)) as bound:
        copy = os.dup(bound.fileno())
        os.set_inheritable(copy, True)
        with contextlib.closing(inherit(copy)) as listener:
            assert not listener.get_inheritable()
            with socket.create_connection(bound.getsockname(), timeout=5):
                connection, _ = listener.accept()
                connection.close()


def test_a_descriptor_that_is_no_socket_is_said_plainly() -> None:
    with open(os.devnull) as nothing, pytest.raises(PortTaken, match="no socket"):  # noqa: PTH123
        inherit(nothing.fileno())
