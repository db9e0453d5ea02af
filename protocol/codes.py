"""Close codes and error codes: one table each, with a machine-readable reason and whether trying again can help."""

from __future__ import annotations

from enum import IntEnum
from typing import Self


class Code(IntEnum):
    """A number, its ``reason`` (unique in its table, snake_case) and ``retryable``: whether trying again can help."""

    reason: str
    retryable: bool

    def __new__(cls, code: int, reason: str = "", retryable: bool = False) -> Self:
        """A member from its three columns; ``Code(4004)`` still finds it by number."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.reason = reason
        member.retryable = retryable
        return member


class CloseCode(Code):
    """Why the server closes a socket; the close frame's reason is ``reason``. 1xxx are RFC 6455's, 4xxx ours.

    ``retryable``: True when the same client may connect again by itself and can expect to get in.
    """

    NORMAL = 1000, "normal", False
    GOING_AWAY = 1001, "going_away", True
    PROTOCOL_ERROR = 1002, "websocket_protocol_error", False
    UNSUPPORTED_DATA = 1003, "binary_frames_only", False
    POLICY_VIOLATION = 1008, "policy_violation", False
    MESSAGE_TOO_BIG = 1009, "message_too_big", False
    INTERNAL_ERROR = 1011, "internal_error", True
    SERVICE_RESTART = 1012, "service_restart", True
    TRY_AGAIN_LATER = 1013, "try_again_later", True
    LEFT = 4000, "left", False
    NOT_AUTHENTICATED = 4001, "not_authenticated", False
    NOT_ALLOWED = 4003, "not_allowed", False
    NO_SUCH_SESSION = 4004, "no_such_session", False
    SESSION_FULL = 4005, "session_full", False
    VERSION_MISMATCH = 4006, "version_mismatch", False
    HELLO_TIMEOUT = 4007, "hello_timeout", True
    BAD_MESSAGES = 4008, "bad_messages", False
    TOO_SLOW = 4009, "too_slow", True
    SHUTTING_DOWN = 4010, "shutting_down", True
    SESSION_ENDED = 4011, "session_ended", False
    SUPERSEDED = 4012, "superseded", False
    KICKED = 4013, "kicked", False
    SESSION_FAILED = 4014, "session_failed", False
    WRONG_PASSWORD = 4015, "wrong_password", False
    MOVED = 4016, "moved", True
    RATE_LIMITED = 4029, "rate_limited", True


class ErrorCode(Code):
    """Why a message or request is refused while the socket stays open. 0 to 99 are the server's.

    Games add reasons of their own by name: ``GAME_REFUSED`` with the reason in text.
    """

    OK = 0, "ok", False
    MALFORMED = 1, "malformed", False
    NOT_SEATED = 3, "not_seated", False
    ALREADY_SEATED = 4, "already_seated", False
    INPUT_TOO_EARLY = 5, "input_too_early", True
    INPUT_OUT_OF_ORDER = 6, "input_out_of_order", False
    UNKNOWN_ACTION = 7, "unknown_action", False
    BAD_ARGUMENTS = 8, "bad_arguments", False
    WRONG_STATUS = 9, "wrong_status", True
    GAME_REFUSED = 10, "game_refused", True
    TOO_MANY_REQUESTS = 11, "too_many_requests", True
    NOT_HOST = 12, "not_host", False
    NO_SUCH_PLAYER = 13, "no_such_player", False
    NO_SUCH_PERSON = 14, "no_such_person", False
    NO_SUCH_MESSAGE = 15, "no_such_message", False
    NO_SUCH_CHANNEL = 16, "no_such_channel", False
    SILENCED = 17, "silenced", False
    TOO_LONG = 18, "too_long", False
    REPEATED = 19, "repeated", True
    RATE_LIMITED = 20, "rate_limited", True
    LOCKED = 21, "locked", True
    NOT_YOURS = 22, "not_yours", False
    BOTS_FULL = 23, "bots_full", True
    SESSION_FULL = 24, "session_full", True
    EMPTY_TEXT = 25, "empty_text", False
    STORAGE_AWAY = 26, "storage_away", True
