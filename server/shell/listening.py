"""Sockets to listen on: bound here, or inherited from the process that started this one."""

from __future__ import annotations

import os
import socket

BACKLOG = 2048


class PortTaken(Exception):
    """The operator's fault: the address cannot be listened on."""


def bind_to(host: str, port: int) -> socket.socket:
    """A socket bound to an address; port 0 takes a free one. Raises PortTaken."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except (OSError, UnicodeError) as error:  # UnicodeError: a host name with an impossible label
        listener.close()
        reason = error.strerror if isinstance(error, OSError) else "that is no host"
        raise PortTaken(f"cannot listen on {host} port {port}: {reason}") from None
    return listener


def listen_on(host: str, port: int) -> socket.socket:
    """The same, and who connects from now on waits until somebody accepts. Raises PortTaken."""
    listener = bind_to(host, port)
    try:
        listener.listen(BACKLOG)
    except OSError as error:  # another is bound, too (SO_REUSEADDR), and listens
        listener.close()
        raise PortTaken(f"cannot listen on {host} port {port}: {error.strerror}") from None
    return listener


def inherit(descriptor: int) -> socket.socket:
    """A listening socket by the descriptor under which it was handed down. Raises PortTaken."""
    try:
        listener = socket.socket(fileno=descriptor)
    except OSError as error:
        raise PortTaken(f"descriptor {descriptor} is no socket to listen on: {error.strerror}") from None
    os.set_inheritable(descriptor, False)
    listener.listen(BACKLOG)
    return listener
