"""The rules for origins as a real Chromium meets them; the pages are in origins.mjs."""

import functools
import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.server.core.toy_game import ToyGame
from tests.server.shell.running import Running, running
from tickroom.server.shell.settings import ServerSettings

STORY = Path(__file__).with_name("origins.mjs")
pytestmark = [pytest.mark.browser, pytest.mark.slow]


class AnyPage(BaseHTTPRequestHandler):
    """Somebody else's web server."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        if self.path == "/sandboxed":
            self.send_header("Content-Security-Policy", "sandbox allow-scripts")
        self.end_headers()
        self.wfile.write(b"<title>a page</title>")

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), AnyPage) as pages:
        thread = threading.Thread(target=functools.partial(pages.serve_forever, poll_interval=0.05))
        thread.start()
        yield pages.server_address[1]
        pages.shutdown()
        thread.join(5)


@pytest.fixture(scope="module")
def server(elsewhere: int) -> Iterator[Running]:
    settings = ServerSettings(allowed_origins=(f"http://friend.example:{elsewhere}",), hello_timeout_s=10)
    with running(settings, {"toy": ToyGame()}) as one:
        yield one


@pytest.fixture(scope="module")
def seen(server: Running, elsewhere: int, with_node: str, chromium_path: str) -> dict[str, dict[str, Any]]:
    command = [with_node, "node", str(STORY), server.url, chromium_path, server.create(game="toy"), str(elsewhere)]
    story = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=90, check=False)
    assert story.returncode == 0, story.stderr
    answer: dict[str, dict[str, Any]] = json.loads(story.stdout)
    return answer


@pytest.mark.parametrize("page", ["itself", "otherPort", "friend"])
def test_these_pages_may_do_everything(seen: dict[str, dict[str, Any]], page: str) -> None:
    assert (seen[page]["read"], seen[page]["create"], seen[page]["socket"]) == (200, 200, "open")


@pytest.mark.parametrize("page", ["stranger", "nobody"])
def test_these_may_read_nothing_and_see_why_their_socket_is_closed(seen: dict[str, dict[str, Any]], page: str) -> None:
    assert (seen[page]["read"], seen[page]["create"], seen[page]["socket"]) == ("TypeError", "TypeError", 4003)


def test_a_rebound_name_may_not_play(seen: dict[str, dict[str, Any]]) -> None:
    assert (seen["rebound"]["create"], seen["rebound"]["socket"]) == (403, 4003)


@pytest.mark.parametrize("page", ["itself", "otherPort", "friend", "stranger", "nobody"])
def test_every_page_may_import_the_sdk(seen: dict[str, dict[str, Any]], page: str) -> None:
    assert seen[page]["sdk"] in (200, 503), "503: readable as well, not built"


def test_a_strangers_request_that_needs_no_preflight_does_nothing(
    server: Running, seen: dict[str, dict[str, Any]]
) -> None:
    created_by_pages = [page for page in seen if page in ("itself", "otherPort", "friend")]
    assert server.get("/api/stats")[1]["sessions"] == 1 + len(created_by_pages)
