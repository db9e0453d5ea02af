"""The TypeScript and the reference tables are made from the classes, and the files in the repository are current."""

import dataclasses

import pytest

from tickroom.game.arena.schema import PLAYERS, SCHEMA
from tickroom.game.typescript import REFERENCE, TYPESCRIPT, main, render_reference, render_typescript
from tickroom.protocol.codes import CloseCode, ErrorCode
from tickroom.protocol.message_types import CLIENT_MESSAGES, SERVER_MESSAGES, name_of
from tickroom.protocol.messages import Typing, TypingFact, Welcome
from tickroom.protocol.reference import fill_reference
from tickroom.protocol.schema import protocol_fingerprint
from tickroom.protocol.tables import Column, Table
from tickroom.protocol.typescript import render_protocol

STALE = "run `python -m tickroom.game.typescript --write`"


def test_the_typescript_in_the_repository_is_current() -> None:
    assert TYPESCRIPT.read_text(encoding="utf-8") == render_typescript(), STALE


def test_the_reference_in_the_repository_is_current() -> None:
    page = REFERENCE.read_text(encoding="utf-8")
    assert page == render_reference(page), STALE


def test_every_message_is_there_with_its_kind() -> None:
    text = render_typescript()
    for message in (*CLIENT_MESSAGES, *SERVER_MESSAGES):
        assert f"export interface {message.__name__} {{" in text
        assert f'{message.__struct_config__.tag}: {{ name: "{name_of(message)}", fields: [' in text


def test_a_fact_is_called_as_the_message_that_it_answers() -> None:
    """The interfaces need two names; what crosses the wire has one a direction."""
    assert (name_of(TypingFact), name_of(Typing), name_of(Welcome)) == ("typing", "typing", "welcome")
    text = render_typescript()
    assert 'export interface TypingFact {\n  kind: "typing";' in text


def test_every_code_is_in_both_files() -> None:
    text, page = render_typescript(), REFERENCE.read_text(encoding="utf-8")
    for code in (*CloseCode, *ErrorCode):
        assert f'{code.value}: {{ reason: "{code.reason}", retryable: {str(code.retryable).lower()} }}' in text
        assert f"| {code.value} | `{code.reason}` | {'yes' if code.retryable else 'no'} |" in page


def test_a_new_column_changes_the_typescript_and_the_reference() -> None:
    players = Table("players", (*PLAYERS.columns, Column("mood", "how it feels")))
    changed = dataclasses.replace(SCHEMA, tables=(players, *SCHEMA.tables[1:]))
    assert "mood: 11" in render_protocol([changed])
    assert str(changed.fingerprint) in render_protocol([changed])
    page = REFERENCE.read_text(encoding="utf-8")
    assert "| `players` | `mood` | plain | how it feels |" in fill_reference(page, [changed])
    assert fill_reference(page, [changed]) != page


def test_tables_name_their_columns_as_typescript_does() -> None:
    text = render_typescript()
    assert 'SEATS_TABLE = { name: "seats", columns: ["stamp", "presence", "player", "ready"], gliding: [' in text
    assert '"dashUntil", "dashReady"' in text
    assert f"export const PROTOCOL_FINGERPRINT = {protocol_fingerprint()};" in text


def test_prose_cannot_end_a_comment() -> None:
    table = Table("t", (Column("c", "a */ b"),))
    schema = dataclasses.replace(SCHEMA, tables=(table,))
    assert "a */ b" not in render_protocol([schema])


def test_a_page_without_the_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="generated:error-codes"):
        fill_reference("# no markers", [SCHEMA])


def test_the_command_prints_or_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert capsys.readouterr().out == render_typescript()
    assert main(["--wrong"]) == 2
    assert "usage" in capsys.readouterr().err
