"""``/sdk/``: what a page of somebody else gets from it."""

from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from tests.server.core.toy_game import ToyGame
from tickroom.server.shell.app import build_app
from tickroom.server.shell.sdk_files import SdkFiles


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sdk").mkdir()
    (tmp_path / "sdk" / "client.js").write_text("export const one = 1;\n")
    (tmp_path / "sdk" / "client.js.map").write_text("{}")
    (tmp_path / "sdk" / "client.d.ts").write_text("export const one: number;\n")
    (tmp_path / "secret.txt").write_text("not yours")
    return tmp_path / "sdk"


async def get(folder: Path, path: str, **headers: str) -> httpx.Response:
    return await get_from(Starlette(routes=[Mount("/sdk", SdkFiles(folder))]), path, **headers)


async def get_from(app: Starlette, path: str, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as browser:
        return await browser.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("client.js", "text/javascript; charset=utf-8"),
        ("client.js.map", "application/json"),
        ("client.d.ts", "text/plain; charset=utf-8"),
    ],
)
async def test_any_page_may_import_it_and_asks_whether_it_is_new(folder: Path, name: str, kind: str) -> None:
    answer = await get(folder, f"/sdk/{name}", Origin="https://anybody.example")
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "no-cache"
    again = await get(folder, f"/sdk/{name}", If_None_Match=answer.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    "path", ["/sdk/", "/sdk/nothing.js", "/sdk/../secret.txt", "/sdk/%2e%2e/secret.txt", "/sdk/%00"]
)
async def test_what_is_not_there_is_404_and_names_what_is(folder: Path, path: str) -> None:
    answer = await get(folder, path)
    assert answer.status_code == 404
    assert "yours" not in answer.text


async def test_the_404_says_what_there_is(folder: Path) -> None:
    answer = await get(folder, "/sdk/Client.js")
    assert answer.text == "No such file in the SDK. Its modules: client.js\n"
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_before_it_is_built_it_says_so(tmp_path: Path) -> None:
    answer = await get(tmp_path / "sdk", "/sdk/client.js")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "text/plain; charset=utf-8")
    assert "make setup" in answer.text
    (tmp_path / "sdk").mkdir()
    (tmp_path / "sdk" / "client.js").write_text("export {};\n")
    assert (await get(tmp_path / "sdk", "/sdk/client.js")).status_code == 200


async def test_a_servers_own_sdk_comes_before_its_page() -> None:
    answer = await get_from(build_app(games={"toy": ToyGame()}), "/sdk/no-such-module.js")
    assert answer.status_code in (404, 503)
    assert "SDK" in answer.text
