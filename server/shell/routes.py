"""The HTTP side: create and find sessions, describe games, health, statistics."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tickroom.server.core.session import Session
from tickroom.server.core.settings import SettingsInvalid, parse_settings
from tickroom.server.shell.answers import limited, refusal
from tickroom.server.shell.description import describe_game
from tickroom.server.shell.entrance import address_of
from tickroom.server.shell.identity.identity import KeysUnavailable, NotAuthenticated
from tickroom.server.shell.identity.recognition import Recognition
from tickroom.server.shell.limits.admission import FULL, Admission, Reason, Refusal
from tickroom.server.shell.node import Node, NodeFull
from tickroom.server.shell.quickplay import best_session, named_fields
from tickroom.server.shell.statistics import resident_bytes

BODY_MAX_BYTES = 16 * 1024
BODY_DEADLINE_S = 5.0


async def create_session(request: Request) -> Response:
    """``POST /api/sessions``: a new session (201)."""
    node = _node(request)

    def create(body: bytes) -> tuple[Session, int]:
        return node.create(parse_settings(body)), 201

    return await _answer_with_session(request, create)


async def quick_play(request: Request) -> Response:
    """``POST /api/quickplay``: a public session with a free seat that suits (200), else a new one (201).

    The body is that of ``POST /api/sessions``; of it only what it names must suit. Looking and creating are one step of
    the event loop: two who ask at once never make two sessions where one would do. But no seat is kept: of two who are
    sent to the last seat, the second to join finds the session full (close 4005) and asks again.
    """
    node = _node(request)

    def find_or_create(body: bytes) -> tuple[Session, int]:
        wishes = parse_settings(body)
        game = node.games.get(wishes.game)
        if game is not None and not node.closing:
            found = best_session(node.public_sessions(), wishes, named_fields(body), game)
            if found is not None:
                return found, 200
        return node.create(wishes), 201

    return await _answer_with_session(request, find_or_create)


async def _answer_with_session(request: Request, choose: Callable[[bytes], tuple[Session, int]]) -> Response:
    if (stranger := await _not_recognised(request)) is not None:
        return stranger
    if (refused := _admission(request).may_create(address_of(request))) is not None:
        return _limited(request, refused)
    body = b""
    try:
        async with asyncio.timeout(BODY_DEADLINE_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > BODY_MAX_BYTES:
                    return refusal(413, "body_too_large", f"send at most {BODY_MAX_BYTES} bytes")
    except TimeoutError:
        answer = refusal(408, "body_too_slow", f"send it within {BODY_DEADLINE_S:g} s")
        answer.headers["Connection"] = "close"  # the rest of the body would be read as the next request
        return answer
    try:
        session, status = choose(body)
    except SettingsInvalid as error:
        return refusal(400, "invalid_settings", "; ".join(error.faults))
    except NodeFull:
        return _limited(request, FULL)
    return JSONResponse(_public_view(session, request), status)


async def list_sessions(request: Request) -> Response:
    """``GET /api/sessions``: the public ones, newest first, at most 100."""
    if (stranger := await _not_recognised(request)) is not None:
        return stranger
    sessions = _node(request).public_sessions()[:100]
    return JSONResponse({"sessions": [_public_view(session, request) for session in sessions]})


async def show_session(request: Request) -> Response:
    """``GET /api/sessions/{code}``. Who named many codes that no session has is not told about any for a while."""
    if (stranger := await _not_recognised(request)) is not None:
        return stranger
    admission, address = _admission(request), address_of(request)
    if (refused := admission.may_look_up(address)) is not None:
        return _limited(request, refused)
    session = _node(request).find(request.path_params["code"])
    if session is None:
        admission.count_unknown_code(address)
        return refusal(404, "no_such_session", "no session has this code: check it, or create one")
    return JSONResponse(_public_view(session, request))


async def show_game(request: Request) -> Response:
    """``GET /api/games/{name}``: the schema, its fingerprint, and what else clients need (maps)."""
    game = _node(request).games.get(request.path_params["name"])
    if game is None:
        return refusal(404, "no_such_game", f"games: {', '.join(sorted(_node(request).games))}")
    return JSONResponse(describe_game(game))


async def health(_request: Request) -> Response:
    """``GET /healthz``: the process lives."""
    return JSONResponse({"ok": True})


async def readiness(request: Request) -> Response:
    """``GET /readyz``: the node takes sessions."""
    ready = not _node(request).closing
    return JSONResponse({"ready": ready}, 200 if ready else 503)


async def statistics(request: Request) -> Response:
    """``GET /api/stats``: what this node counted. ``?reset=1`` starts the timings anew (from loopback only)."""
    node = _node(request)
    counted = node.statistics
    inputs = node.placement.input_counts
    answer = {
        "sessions": len(node.sessions),
        "connections": node.connection_count,
        "phases": len(node.placement.open_phases()),
        "ticks": counted.ticks,
        "ticks_skipped": counted.ticks_skipped,
        "tick_lateness_us": counted.tick_lateness.summary(),
        "tick_duration_us": counted.tick_duration.summary(),
        "garbage_pause_us": counted.garbage_pause.summary(),
        "messages_in": node.messages_in,
        "facts_out": counted.facts_out,
        "states_out": counted.states_out,
        "states_skipped": counted.states_skipped,
        "keyframes_out": counted.keyframes_out,
        "malformed": counted.malformed,
        "resyncs": counted.resyncs,
        "refused": counted.refused,
        "origins_refused": counted.origins_refused,
        "hosts_refused": counted.hosts_refused,
        "not_authenticated": counted.not_authenticated,
        "limited": counted.limited,
        "late_inputs": inputs.late,
        "inputs_too_early": inputs.too_early,
        "inputs_out_of_order": inputs.out_of_order,
        "sessions_failed": counted.sessions_failed,
        "closes": counted.closes,
        "rss_bytes": resident_bytes(),
    }
    if request.query_params.get("reset") and request.client is not None and request.client.host in ("127.0.0.1", "::1"):
        counted.clear_timings()
    return JSONResponse(answer)


def _node(request: Request) -> Node:
    node: Node = request.app.state.node
    return node


def _admission(request: Request) -> Admission:
    admission: Admission = request.app.state.admission
    return admission


def _limited(request: Request, refused: Refusal) -> Response:
    _node(request).statistics.count_limited(refused.reason.value)
    return limited(refused)


async def _not_recognised(request: Request) -> Response | None:
    """The answer to who may not ask, by their account; None for who may."""
    recognition: Recognition = request.app.state.recognition
    try:
        await recognition.of_request(request)
    except NotAuthenticated as error:
        _node(request).statistics.not_authenticated += 1
        answer = refusal(401, "not_authenticated", str(error))
        answer.headers["WWW-Authenticate"] = "Bearer"
        return answer
    except KeysUnavailable:
        return _limited(request, Refusal(Reason.KEYS, FULL.retry_after_ms))
    return None


def _public_view(session: Session, request: Request) -> dict[str, object]:
    node = _node(request)
    members = session.members
    base = node.settings.public_url or str(request.base_url).rstrip("/")
    return {
        "code": session.code,
        "game": session.settings.game,
        "status": session.status.name.lower(),
        "seats": session.settings.seats,
        "players": len(members),
        "connected": sum(seat.connection is not None for seat in members),
        "tick_hz": session.settings.tick_hz,
        "public": session.settings.public,
        "options": session.told_settings,
        "websocket": f"ws{base.removeprefix('http')}/ws/{session.code}",
    }
