"""Write what is made from the tables and messages: ``python -m tickroom.game.typescript --write``.

Without ``--write`` the TypeScript goes to the standard output. With it, two files of the checkout are brought up to
date: clients/web/src/generated/protocol.ts, and the generated parts of docs/protocol.md.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tickroom.game.arena import units
from tickroom.game.arena.schema import DASH_BUTTON, SCHEMA, EventKind, ItemKind
from tickroom.protocol.reference import fill_reference
from tickroom.protocol.typescript import render_protocol

CHECKOUT = Path(__file__).resolve().parents[1]
TYPESCRIPT = CHECKOUT / "clients" / "web" / "src" / "generated" / "protocol.ts"
REFERENCE = CHECKOUT / "docs" / "protocol.md"
SCHEMAS = (SCHEMA,)
SIZES = (
    "SUB",
    "TILE",
    "PLAYER_RADIUS",
    "ITEM_RADIUS",
    "LONGEST_STEP",
    "WALK_SPEED",
    "BOOTS_SPEED",
    "DASH_SPEED",
    "COLLECT_REACH",
    "MAGNET_REACH",
    "FULL_TILT",
)


def render_typescript() -> str:
    """The text of clients/web/src/generated/protocol.ts."""
    constants = {name: int(getattr(units, name)) for name in SIZES} | {"DASH_BUTTON": DASH_BUTTON}
    return render_protocol(SCHEMAS, enums=(ItemKind, EventKind), constants=constants)


def render_reference(page: str) -> str:
    """The text of docs/protocol.md with its generated parts made anew."""
    return fill_reference(page, SCHEMAS)


def main(arguments: list[str]) -> int:
    """Print, or write with ``--write``; returns the exit status."""
    if arguments == ["--write"]:
        TYPESCRIPT.parent.mkdir(parents=True, exist_ok=True)
        TYPESCRIPT.write_text(render_typescript(), encoding="utf-8")
        REFERENCE.write_text(render_reference(REFERENCE.read_text(encoding="utf-8")), encoding="utf-8")
        return 0
    if arguments:
        print("usage: python -m tickroom.game.typescript [--write]", file=sys.stderr)
        return 2
    print(render_typescript(), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
