"""JavaScript and TypeScript of the docs, compiled and run with the Node that the tests have."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

# For what runs: JavaScript comes out, and an import leads to what a package has built.
RUNNABLE: dict[str, object] = {"noEmit": False, "allowImportingTsExtensions": False, "types": []}
PAGE_STORY = Path(__file__).parents[1] / "browser" / "run_page.mjs"


def run_node(
    with_node: str, *arguments: str | Path, said: str = "", timeout_s: float = 100
) -> subprocess.CompletedProcess[str]:
    """Run a program in Node to its end. ``said``: what it reads."""
    return subprocess.run(
        [with_node, "node", *arguments], input=said, capture_output=True, text=True, timeout=timeout_s, check=False
    )


def run_page(with_node: str, chromium_path: str, folder: Path) -> Any:
    """What ``globalThis.told`` of the page in this folder is in a real Chromium, and its ``faults``."""
    ran = run_node(with_node, PAGE_STORY, folder, chromium_path)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def put_package(repository: Path, folder: Path) -> None:
    """The browser client as a package, for what is run in this folder."""
    place = folder / "node_modules" / "@tickroom"
    place.mkdir(parents=True)
    (place / "client").symlink_to(repository / "clients" / "web")


def compile_examples(
    repository: Path, with_node: str, folder: Path, files: dict[str, str], options: dict[str, object]
) -> str:
    """What the strict compiler says of these files; "" for nothing."""
    web = repository / "clients" / "web"
    for name, text in files.items():
        (folder / name).write_text(text)
    config = {
        "extends": str(web / "tsconfig.json"),
        "compilerOptions": {"noUnusedLocals": False, **options},
        "include": [],
        "files": sorted(files),
    }
    (folder / "tsconfig.json").write_text(json.dumps(config))
    said = run_node(with_node, web / "node_modules" / "typescript" / "bin" / "tsc", "--project", folder)
    return said.stdout + said.stderr
