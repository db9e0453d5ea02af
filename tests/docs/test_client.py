"""docs/client.md: its TypeScript is type-checked against the sources, its table of close codes and its sizes are true.

The twenty lines of HTML are run by tests/browser/test_client_page.py.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.blocks import blocks
from tests.docs.node import RUNNABLE, compile_examples, put_package, run_node
from tickroom.protocol.codes import CloseCode
from tickroom.protocol.typescript import render_protocol
from tickroom.server.cli.games import load_games

# What an example may take for given: a client of the arena, and a session of it that is live.
GIVEN = """
import type { Client as AnyClient, Session as AnySession } from "@tickroom/client";
import type { ARENA as Arena } from "@tickroom/client/arena";
declare global {
  const client: AnyClient<typeof Arena>;
  const session: AnySession<typeof Arena>;
}
"""
# What a bundler knows of single-file components.
COMPONENTS = """
declare module "*.vue" {
  const component: import("vue").Component;
  export default component;
}
"""
# What a page has: an element with an id is a global variable. Nothing else was drawn on it, so it has a context.
CANVAS = """
declare const canvas: Omit<HTMLCanvasElement, "getContext"> & { getContext(kind: "2d"): CanvasRenderingContext2D };
"""
ROW = re.compile(r"^\| (\d{4}) \| `(\w+)` \| [^|]+ \| ([^|]+) \|$", re.MULTILINE)
SIZE = re.compile(r"^\| `(\w+\.js)` \| ([\d.]+) kB \| ([\d.]+) kB \|", re.MULTILINE)
ENTRIES = ("arena", "chat", "lobby", "react", "vue", "testing", "websocket")


@pytest.fixture(scope="module")
def page(repository: Path) -> Path:
    return repository / "docs" / "client.md"


def examples(page: Path) -> dict[str, str]:
    """File name to text, of every example in TypeScript. A comment in the first line may say the name."""
    files = {"given.d.ts": GIVEN, "components.d.ts": COMPONENTS}
    for language in ("ts", "tsx"):
        for number, text in enumerate(blocks(page, language), 1):
            named = re.match(r"// ([a-z_]+\.tsx?)\n", text)
            files[named[1] if named else f"example{number}.{language}"] = f"{text}\nexport {{}};\n"
    return files


def type_check(
    repository: Path, with_node: str, folder: Path, files: dict[str, str], options: dict[str, object] | None = None
) -> str:
    """What the strict compiler says of these files, with the package's names leading to its sources; "" for nothing."""
    web = repository / "clients" / "web"
    (folder / "node_modules").symlink_to(web / "node_modules")
    paths = {
        "@tickroom/client": [str(web / "src" / "index.ts")],
        **{f"@tickroom/client/{entry}": [str(web / "src" / entry / "index.ts")] for entry in ENTRIES},
    }
    return compile_examples(repository, with_node, folder, files, {"paths": paths, **(options or {})})


@pytest.fixture
def lamps_schema(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The schema of the guide's game in TypeScript, as the client prints it."""
    (tmp_path / "lamps.py").write_text(blocks(repository / "docs/games/writing-a-game.md", "python")[0])
    monkeypatch.syspath_prepend(str(tmp_path))
    schema = load_games(["lamps:GAME"])["lamps"].schema
    del sys.modules["lamps"]
    return render_protocol([schema]).replace("../core/schema.ts", str(repository / "clients/web/src/core/schema.ts"))


def test_every_example_has_the_right_types(
    repository: Path, with_node: str, page: Path, tmp_path: Path, lamps_schema: str
) -> None:
    files = examples(page)
    assert len(files) > 10
    assert type_check(repository, with_node, tmp_path, files | {"lamps_schema.ts": lamps_schema}) == ""


def page_script(page: Path) -> str:
    """The twenty lines' module, for the compiler: the addresses of the SDK become the package's names."""
    (html,) = blocks(page, "html")
    script = html.split('<script type="module">')[1].removesuffix("</script>\n")
    return re.sub(r'"http://[^"]+/sdk/client.js"', '"@tickroom/client"', script).replace(
        '"http://localhost:2567/sdk/arena.js"', '"@tickroom/client/arena"'
    )


def check_page_script(repository: Path, with_node: str, folder: Path, script: str) -> str:
    """JavaScript, so nothing in it has a declared type; what may be null is known all the same."""
    options: dict[str, object] = {"allowJs": True, "checkJs": True, "noImplicitAny": False}
    return type_check(repository, with_node, folder, {"page.d.ts": CANVAS, "script.js": script}, options)


def test_the_twenty_lines_mind_what_may_be_null(repository: Path, with_node: str, page: Path, tmp_path: Path) -> None:
    assert check_page_script(repository, with_node, tmp_path, page_script(page)) == ""


def test_the_check_of_the_twenty_lines_finds_a_view_that_may_be_null(
    repository: Path, with_node: str, page: Path, tmp_path: Path
) -> None:
    careless = re.sub(r" *if \(!view\) continue;.*\n", "", page_script(page))
    assert "'view' is possibly 'null'" in check_page_script(repository, with_node, tmp_path, careless)


def compile_vue(repository: Path, with_node: str, component: str) -> str:
    """The TypeScript that a single-file component becomes, with its template, in which nothing narrows a ref's type."""
    compiler = Path(__file__).with_name("compile_vue.mjs")
    compiled = run_node(with_node, compiler, said=component)
    assert compiled.returncode == 0, compiled.stderr
    return compiled.stdout


def test_the_example_for_vue_compiles_and_has_the_right_types(
    repository: Path, with_node: str, page: Path, tmp_path: Path
) -> None:
    (component,) = blocks(page, "vue")
    compiled = compile_vue(repository, with_node, component)
    assert "_unref(best)" in compiled  # the template is in it, and found what the script has
    assert type_check(repository, with_node, tmp_path, {"component.ts": compiled}) == ""


def test_the_check_of_types_finds_a_mistake(repository: Path, with_node: str, tmp_path: Path) -> None:
    wrong = "session.setInput({ speed: 3 });\nexport {};\n"
    said = type_check(repository, with_node, tmp_path, {"given.d.ts": GIVEN, "wrong.ts": wrong})
    assert "'speed' does not exist" in said


def test_the_example_with_a_mock_server_prints_what_it_says(
    repository: Path, with_node: str, page: Path, tmp_path: Path
) -> None:
    """Run in Node on the built SDK, found as a package."""
    source = examples(page)["mocked.ts"]
    put_package(repository, tmp_path)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    assert compile_examples(repository, with_node, tmp_path, {"mocked.ts": source}, RUNNABLE) == ""
    ran = run_node(with_node, tmp_path / "mocked.js")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines() == re.findall(r"console\.log\(.*?\)+; // (.+)$", source, re.MULTILINE)


def test_the_table_of_close_codes_is_whole_and_right(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    table = text[text.index("<!-- checked:close-codes -->") : text.index("<!-- /checked -->")]
    rows = {int(code): (reason, client) for code, reason, client in ROW.findall(table)}
    assert {code: reason for code, (reason, _) in rows.items()} == {int(code): code.reason for code in CloseCode}
    back = {code for code, (_, client) in rows.items() if client.startswith("comes back")}
    assert back == {int(code) for code in CloseCode if code.retryable}


def sdk_sizes(repository: Path, with_node: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run_node(with_node, repository / "clients" / "web" / "scripts" / "sdk-sizes.mjs", *arguments)


def test_the_sizes_are_those_of_the_build(repository: Path, with_node: str, page: Path) -> None:
    said = sdk_sizes(repository, with_node, "--json")
    assert said.returncode == 0, said.stderr
    built = {entry["name"]: (entry["raw"] / 1000, entry["gzip"] / 1000) for entry in json.loads(said.stdout)}
    told = {name: (float(raw), float(gzip)) for name, raw, gzip in SIZE.findall(page.read_text(encoding="utf-8"))}
    assert told.keys() == built.keys()
    for name, sizes in told.items():
        assert sizes == pytest.approx(built[name], rel=0.1), f"{name}: {built[name]}, see npm run build:sdk"


def test_a_core_over_its_limit_fails_the_build(repository: Path, with_node: str) -> None:
    said = sdk_sizes(repository, with_node, "1000")
    assert said.returncode == 1
    assert "the limit is 1000" in said.stderr


def test_the_tables_of_subjects_and_figures_are_whole(
    repository: Path, with_node: str, page: Path, tmp_path: Path
) -> None:
    text = page.read_text(encoding="utf-8")
    subjects = first_cells(text, "| subject | its value | when |")
    figures = first_cells(text, "| figure | |")
    source = f"""
        import type {{ Sampled, SessionSubjects, Statistics }} from "@tickroom/client";
        type Subject = {" | ".join(f'"{name}"' for name in subjects)};
        type Figure = {" | ".join(f'"{name}"' for name in figures)};
        type Within<Part, Whole> = [Part] extends [Whole] ? true : false;
        export const checks: [true, true, true, true] = [
          true satisfies Within<Subject, keyof SessionSubjects>,
          true satisfies Within<keyof SessionSubjects, Subject>,
          true satisfies Within<Figure, keyof Statistics>,
          true satisfies Within<Sampled, Figure>,
        ];
    """
    assert type_check(repository, with_node, tmp_path, {"tables.ts": source}) == ""


def first_cells(text: str, head: str) -> list[str]:
    """The names in the first column of the table with this head; a call's arguments are no part of its name."""
    rows = text[text.index(head) :].split("\n\n")[0].splitlines()[2:]
    return [name for row in rows for name in re.findall(r"`(\w+)[^`]*`", row.split("|")[1])]
