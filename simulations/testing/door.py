"""What a server makes of what a connected person sends: a command of the next tick."""

from __future__ import annotations

from tickroom.protocol.messages import Leave, Read, Request, Revise, Say, Typing
from tickroom.protocol.text import clean_text
from tickroom.server.core import commands

Ask = Request | Say | Revise | Typing | Read | Leave


def command_of(connection: int, message: Ask, token: str, now_ms: int) -> commands.Command:
    """The command for a message. ``token``: of the seat that it may give."""
    match message:
        case Request(number, action, arguments):
            return commands.Act(connection, number, action, tuple(arguments), token)
        case Say(number, channel, text):
            return commands.Say(connection, number, channel, clean_text(text), now_ms)
        case Revise(number, line, other):
            clean = None if other is None else clean_text(other)
            return commands.Revise(connection, number, line, clean, now_ms)
        case Typing(channel, on):
            return commands.Type(connection, channel, on)
        case Read(line):
            return commands.Read(connection, line)
        case Leave():
            return commands.Leave(connection)
