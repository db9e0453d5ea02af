"""The generated parts of docs/protocol.md: codes and games as Markdown tables, between their markers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tickroom.protocol.codes import CloseCode, ErrorCode
from tickroom.protocol.schema import Field, Schema


def fill_reference(page: str, schemas: Iterable[Schema]) -> str:
    """The page with each part between ``<!-- generated:NAME -->`` and ``<!-- /generated -->`` made anew.

    Raises ValueError when the page lacks one of them.
    """
    parts = {
        "error-codes": _codes(ErrorCode),
        "close-codes": _codes(CloseCode),
        "games": "\n".join(_game(schema) for schema in schemas),
    }
    for name, text in parts.items():
        opening = f"<!-- generated:{name} -->\n"
        pattern = re.compile(re.escape(opening) + r".*?(?=<!-- /generated -->)", re.DOTALL)
        page, found = pattern.subn(lambda _, filled=opening + text: filled, page)  # type: ignore[misc]
        if found != 1:
            raise ValueError(f"the page has {found} parts {opening.strip()!r}, not one")
    return page


def _codes(codes: type[CloseCode] | type[ErrorCode]) -> str:
    lines = [f"| {code.value} | `{code.reason}` | {_yes(code.retryable)} |" for code in codes]
    return "\n".join(["| code | reason | retryable |", "|---|---|---|", *lines]) + "\n"


def _game(schema: Schema) -> str:
    return "\n".join(
        [
            f"### {schema.game}, version {schema.version}",
            "",
            "Tables, in order after `seats` and before `session`:",
            "",
            *_tables(schema),
            "",
            "Input fields, in order:",
            "",
            *_fields(schema.inputs),
            "",
            "Requests:",
            "",
            "| action | arguments | |",
            "|---|---|---|",
            *(
                f"| `{action.name}` | {', '.join(f'`{field.name}`: {field.meaning}' for field in action.arguments)} "
                f"| {action.meaning} |"
                for action in schema.actions
            ),
            "",
            "Refused with code 10 and one of the reasons " + ", ".join(f"`{name}`" for name in schema.refusals) + ".",
            "",
            "Events:",
            "",
            "| kind | name | fields | |",
            "|---|---|---|---|",
            *(
                f"| {kind} | {event.name} | {', '.join(f'`{name}`' for name in event.fields)} | {event.meaning} |"
                for kind, event in enumerate(schema.events)
            ),
            "",
            "Settings (`options` of `POST /api/sessions`):",
            "",
            *_fields(schema.settings),
            "",
        ]
    )


def _tables(schema: Schema) -> Iterator[str]:
    yield from ("| table | column | | |", "|---|---|---|---|")
    for table in schema.tables:
        for column in table.columns:
            nature = "gliding" if column.gliding else "plain"
            yield f"| `{table.name}` | `{column.name}` | {nature} | {column.meaning} |"


def _fields(fields: Iterable[Field]) -> Iterator[str]:
    yield from ("| name | range | default | |", "|---|---|---|---|")
    for field in fields:
        choices = ": " + ", ".join(f"{number} {name}" for number, name in enumerate(field.choices))
        yield (
            f"| `{field.name}` | {field.minimum} to {field.maximum} | {field.default} "
            f"| {field.meaning}{choices if field.choices else ''} |"
        )


def _yes(value: bool) -> str:
    return "yes" if value else "no"
