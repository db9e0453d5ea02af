"""The examples of a page."""

import re
from pathlib import Path


def blocks(page: Path, language: str) -> list[str]:
    """The fenced code blocks of one language in a page."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
