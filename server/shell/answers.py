"""What every HTTP answer of ours looks like when something is wrong."""

from __future__ import annotations

from starlette.responses import JSONResponse


def refusal(status: int, error: str, detail: str) -> JSONResponse:
    """An error body: a machine-readable reason and what to do."""
    return JSONResponse({"error": error, "detail": detail}, status)
