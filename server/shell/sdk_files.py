"""``/sdk/``: the browser client as ES modules, for pages that are served anywhere.

import { Client } from "https://play.example.org/sdk/client.js"
"""

from __future__ import annotations

import os
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

SDK = Path(__file__).parent / "sdk"

# Not asked of the system, whose tables differ: a browser runs no module that does not come as JavaScript.
_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".map": "application/json",
    ".ts": "text/plain; charset=utf-8",
    ".css": "text/css; charset=utf-8",
}


class SdkFiles(StaticFiles):
    """Any page may read these, and asks each time whether they are still the newest (a 304 costs nothing)."""

    def __init__(self, directory: Path = SDK) -> None:
        # Built or not is looked up at each request: `make setup` beside a running server is enough.
        super().__init__(directory=directory, check_dir=False)
        self._folder = directory

    async def check_config(self) -> None:
        """No folder is no fault of the set-up: see ``get_response``."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file; 404 naming what there is; 503 if nothing was built."""
        try:
            response = await super().get_response(path, scope)
        except HTTPException as error:
            if error.status_code != 404:
                raise
            response = self._missing()
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cache-Control"] = "no-cache"
        return response

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """See ``StaticFiles.file_response``; with the type by our table."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        kind = _TYPES.get(Path(full_path).suffix)
        if kind is not None and response.status_code == status_code:
            response.headers["Content-Type"] = kind
        return response

    def _missing(self) -> Response:
        modules = sorted(path.name for path in self._folder.glob("*.js"))
        if not modules:
            return PlainTextResponse("The SDK is not built: run `make setup`.\n", 503)
        return PlainTextResponse(f"No such file in the SDK. Its modules: {', '.join(modules)}\n", 404)
