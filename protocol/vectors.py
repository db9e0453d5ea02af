"""Golden vectors: what every client of the protocol, in any language, must read and write alike.

    python -m tickroom.protocol.vectors --write     writes tests/vectors/messages.json and deltas.json

    messages.json   [{name, direction "client" | "server", hex, meaning}]
                    The bytes of one frame and the array in them. All bytes are MessagePack's shortest form, so that
                    encoding ``meaning`` gives ``hex`` again.
    deltas.json     [{name, shows, tables: [{name, rows, columns: [{name, gliding}]}],
                      frames: [{hex, message, tick, values, rates, checksum}]}]
                    One session's frames, in order, the first a keyframe; after each, what the copy must hold: all
                    cells, the rates of the gliding ones, and the checksum of both.

Both are made by the encoder that the server uses; tests/protocol reads them with a decoder written from
docs/protocol.md alone, clients/web with its own.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from tickroom.protocol.delta_vectors import delta_vectors
from tickroom.protocol.message_vectors import message_vectors

VECTORS: dict[str, Callable[[], Iterable[object]]] = {
    "messages.json": message_vectors,
    "deltas.json": delta_vectors,
}


def render(name: str) -> str:
    """The content of one file of ``VECTORS``: JSON, one vector a line, so that a change shows as a line."""
    lines = (json.dumps(vector, separators=(",", ":")) for vector in VECTORS[name]())
    return "[\n" + ",\n".join(lines) + "\n]\n"


def main(arguments: list[str]) -> int:
    """Print the vectors, or write them where this checkout keeps them."""
    if arguments not in ([], ["--write"]):
        print("usage: python -m tickroom.protocol.vectors [--write]", file=sys.stderr)
        return 2
    folder = Path(__file__).resolve().parents[1] / "tests" / "vectors"
    for name in VECTORS:
        if arguments:
            folder.mkdir(exist_ok=True)
            (folder / name).write_text(render(name), encoding="utf-8")
            print(f"wrote tests/vectors/{name}")
        else:
            print(render(name), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
