"""What every HTTP answer of ours looks like when something is wrong."""

from __future__ import annotations

from starlette.responses import JSONResponse

from tickroom.server.shell.limits.admission import Refusal


def refusal(status: int, error: str, detail: str) -> JSONResponse:
    """An error body: a machine-readable reason and what to do."""
    return JSONResponse({"error": error, "detail": detail}, status)


def limited(refused: Refusal) -> JSONResponse:
    """429 for who asked too much, 503 when there is no room for anybody; ``Retry-After`` in both."""
    ours = refused.is_ours
    body = {
        "error": "server_full" if ours else "rate_limited",
        "limit": refused.reason.value,
        "detail": f"this server takes nothing new now; try again in {refused.retry_after_s} s"
        if ours
        else f"too much from your address ({refused.reason.value}); try again in {refused.retry_after_s} s",
        "retry_after_ms": refused.retry_after_ms,
    }
    return JSONResponse(body, 503 if ours else 429, {"Retry-After": str(refused.retry_after_s)})


def try_again(detail: str) -> JSONResponse:
    """503 for what cannot be said or done at this moment, but most likely at the next."""
    return JSONResponse({"error": "try_again", "detail": f"{detail}; try again in 1 s"}, 503, {"Retry-After": "1"})
