"""The HTTP side: create and find sessions, describe games, health, statistics."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from msgspec import to_builtins
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tickroom.server.core.codes import normal_code
from tickroom.server.core.settings import SessionSettings, SettingsInvalid, parse_settings
from tickroom.server.shell.answers import limited, refusal, try_again
from tickroom.server.shell.cluster.figures import cluster_figures
from tickroom.server.shell.cluster.interface import StoreAway
from tickroom.server.shell.cluster.listings import Neighbour, offers_of_all
from tickroom.server.shell.cluster.placing import create_somewhere
from tickroom.server.shell.cluster.showing import Showing
from tickroom.server.shell.cluster.whereabouts import Elsewhere, Here, Nowhere, TryAgain, look_up
from tickroom.server.shell.description import SessionView, describe_game, view_session
from tickroom.server.shell.entrance import address_of
from tickroom.server.shell.identity.identity import KeysUnavailable, NotAuthenticated
from tickroom.server.shell.identity.recognition import Recognition
from tickroom.server.shell.limits.admission import FULL, Admission, Reason, Refusal
from tickroom.server.shell.node import Node, NodeFull
from tickroom.server.shell.quickplay import best_offer, named_fields, open_offers
from tickroom.server.shell.statistics import resident_bytes

BODY_MAX_BYTES = 16 * 1024
BODY_DEADLINE_S = 5.0
LISTED_MOST = 100  # over HTTP


async def create_session(request: Request) -> Response:
    """``POST /api/sessions``: a new session (201), on whichever node has most room."""
    node = _node(request)

    async def create(body: bytes) -> tuple[SessionView, int]:
        return await _create(request, node, parse_settings(body)), 201

    return await _answer_with_session(request, create)


async def quick_play(request: Request) -> Response:
    """``POST /api/quickplay``: a public session with a free seat that suits (200), else a new one (201).

    The body is that of ``POST /api/sessions``; of it only what it names must suit. Looking and creating are one step of
    the event loop, and where there are other nodes one after the other: two who ask a node at once never make two
    sessions where one would do. But no seat is kept: of two who are sent to the last seat, the second to join finds the
    session full (close 4005) and asks again.
    """
    node = _node(request)

    async def find_or_create(body: bytes) -> tuple[SessionView, int]:
        wishes, named = parse_settings(body), named_fields(body)
        neighbours = node.lobby.neighbours
        if neighbours is None:
            found = _suiting(request, node, wishes, named)
            return (found, 200) if found is not None else (await _create(request, node, wishes), 201)
        async with neighbours.turn:
            found = _suiting(request, node, wishes, named, await neighbours.read())
            return (found, 200) if found is not None else (await _create(request, node, wishes), 201)

    return await _answer_with_session(request, find_or_create)


def _suiting(
    request: Request,
    node: Node,
    wishes: SessionSettings,
    named: frozenset[str],
    elsewhere: Mapping[str, Neighbour] | None = None,
) -> SessionView | None:
    """The session that suits best, here or elsewhere. Raises SettingsInvalid, StoreAway."""
    game = node.games.get(wishes.game)
    if node.cluster is not None and not node.cluster.is_active:
        raise StoreAway("this node holds no lease")
    if game is None or node.closing:
        return None
    is_leaving = node.cluster is not None and node.cluster.is_draining  # its sessions are about to move
    own = open_offers(() if is_leaving else node.public_sessions(), game)
    offers = offers_of_all(node, own, elsewhere, game) if elsewhere else own
    offer = best_offer(offers, wishes, named, game)
    if offer is None:
        return None
    if (session := node.sessions.get(offer.code)) is not None:
        return view_session(session).at(_own_url(request))
    assert elsewhere is not None, "an offer is of a session here or of one elsewhere"
    return _view_elsewhere(request, elsewhere[offer.code])


async def _create(request: Request, node: Node, settings: SessionSettings) -> SessionView:
    """Raises SettingsInvalid, NodeFull, StoreAway."""
    if node.cluster is None:
        return view_session(node.create(settings)).at(_own_url(request))
    made = await create_somewhere(node.cluster, settings)
    neighbours = node.lobby.neighbours
    if made.elsewhere is not None and neighbours is not None and settings.public and settings.password is None:
        neighbours.note(made.view, settings, made.elsewhere)
    return made.view


async def _answer_with_session(
    request: Request, choose: Callable[[bytes], Awaitable[tuple[SessionView, int]]]
) -> Response:
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
        view, status = await choose(body)
    except SettingsInvalid as error:
        return refusal(400, "invalid_settings", "; ".join(error.faults))
    except NodeFull:
        return _limited(request, FULL)
    except StoreAway:
        return try_again("no session can be made or found now")
    return _json(view, status)


async def list_sessions(request: Request) -> Response:
    """``GET /api/sessions``: the public ones, newest first, at most 100."""
    if (stranger := await _not_recognised(request)) is not None:
        return stranger
    node = _node(request)
    neighbours = node.lobby.neighbours
    elsewhere = {} if neighbours is None else await neighbours.read()
    sessions = node.public_sessions()[:LISTED_MOST]
    views = [view_session(session).at(_own_url(request)) for session in sessions]
    if elsewhere:
        # Sorting is stable: of a node's own sessions, which may be of the same millisecond, the order stays.
        aged = [(node.lobby.public.born_ms(session), view) for session, view in zip(sessions, views, strict=True)]
        aged += [
            (neighbour.posted.born_ms, _view_elsewhere(request, neighbour))
            for code, neighbour in elsewhere.items()
            if code not in node.sessions
        ]
        views = [view for _, view in sorted(aged, key=lambda one: -one[0])[:LISTED_MOST]]
    return JSONResponse({"sessions": [to_builtins(view) for view in views]})


async def show_session(request: Request) -> Response:
    """``GET /api/sessions/{code}``. Who named many codes that no session has is not told about any for a while."""
    if (stranger := await _not_recognised(request)) is not None:
        return stranger
    node = _node(request)
    code = request.path_params["code"]
    found = await look_up(node, code, _admission(request), address_of(request))
    match found:
        case Refusal():
            return _limited(request, found)
        case Here(session):
            return _json(view_session(session).at(_own_url(request)))
        case Elsewhere() | TryAgain():
            assert node.cluster is not None, "a node by itself knows at once"
            showing: Showing = request.app.state.showing
            return _shown(await showing.show(node.cluster, normal_code(code) or code, found))
        case Nowhere():
            return _shown(found)


def _shown(shown: SessionView | Nowhere | TryAgain) -> Response:
    match shown:
        case SessionView():
            return _json(shown)
        case Nowhere():
            return refusal(404, "no_such_session", "no session has this code: check it, or create one")
        case TryAgain():
            return try_again("the server that has this session does not answer now")


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
    node = _node(request)
    ready = not node.closing and (node.cluster is None or (node.cluster.is_active and not node.cluster.is_draining))
    return JSONResponse({"ready": ready}, 200 if ready else 503)


async def statistics(request: Request) -> Response:
    """``GET /api/stats``: what this node counted. ``?reset=1`` starts the timings anew (from loopback only)."""
    node = _node(request)
    counted = node.statistics
    inputs = node.placement.input_counts
    answer: dict[str, object] = {
        "sessions": len(node.sessions),
        "connections": node.connection_count,
        "phases": len(node.placement.open_phases()),
        "ticks": counted.ticks,
        "ticks_skipped": counted.ticks_skipped,
        "ticks_paused": counted.ticks_paused,
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
    if node.cluster is not None:
        answer["cluster"] = cluster_figures(node.cluster)
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


def _own_url(request: Request) -> str:
    """Where clients reach this very node."""
    node = _node(request)
    if node.cluster is not None:
        return node.cluster.url
    return node.settings.public_url or str(request.base_url)


def _view_elsewhere(request: Request, neighbour: Neighbour) -> SessionView:
    """Of a session that waits to be taken over nobody knows where it will be; every node will tell, this one too."""
    posted, node = neighbour
    return posted.view().at(_own_url(request) if node is None else node.entry.url)


def _json(view: SessionView, status: int = 200) -> Response:
    return JSONResponse(to_builtins(view), status)
