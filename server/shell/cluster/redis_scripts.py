"""The Lua scripts: what must happen at once, and on one shard. Each says in its file what it does and takes."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final, NamedTuple

_FOLDER: Final = Path(__file__).parent / "scripts"


class Script(NamedTuple):
    """A script's text, and the digest by which Redis knows it once it has seen it."""

    text: str
    sha: str


def _read(name: str) -> Script:
    text = (_FOLDER / f"{name}.lua").read_text(encoding="utf-8")
    return Script(text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


APPEND: Final = _read("append")
TRIM: Final = _read("trim")
GRANT: Final = _read("grant")
RENEW: Final = _read("renew")
FORGET: Final = _read("forget")
NOTE: Final = _read("note")
STRIKE: Final = _read("strike")
OVERDUE: Final = _read("overdue")
RESERVE: Final = _read("reserve")
CLAIM: Final = _read("claim")
CHECKPOINT: Final = _read("checkpoint")
REMOVE: Final = _read("remove")
ASK: Final = _read("ask")
ANSWER: Final = _read("answer")
