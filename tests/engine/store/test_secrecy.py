"""What the store says when it refuses: a sentence for every code, and never a patient's value."""

from __future__ import annotations

import ast
import logging
import traceback
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from engine.domain.entries import IdentifiedEntries
from engine.domain.record import Certainty, Condition, Origin, SourceKind
from engine.errors import EngineError
from engine.store import (
    Vault,
    add_item,
    apply_entries,
    edit_identity,
    load_draft,
    load_record,
    merge_people,
    move_visit,
    remove_value,
    save_draft,
)
from engine.wording import LANGUAGES, load_wording

Sheet = Callable[..., IdentifiedEntries]
SECRETS = ("Wilhelmina", "Quist", "P-4711", "07700 900123", "160.125", "1931")
ROW = {
    "person": "w",
    "visit_date": "2024-01-02",
    "name": "Wilhelmina Quist",
    "patient_id": "P-4711",
    "phone": "07700 900123",
    "birth_date": "1931",
    "sbp_mmhg": 160.125,
}


def test_every_code_of_the_store_has_its_sentence(checkout: Path) -> None:
    codes: set[str] = set()
    for path in (checkout / "engine/store").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                kind, texts = node.func.id, node.args
            elif isinstance(node, ast.Dict):
                kind, texts = "table", [value for value in node.values if value is not None]
            else:
                continue
            named = [text.value for text in texts if isinstance(text, ast.Constant) and isinstance(text.value, str)]
            if kind in {"StoreError", "UsageError", "InputError", "PassphraseError", "AccessError"}:
                codes.update(named)
            elif kind == "table":
                codes.update(name for name in named if name.startswith("store_"))
    assert len(codes) > 20
    for language in LANGUAGES:
        wording = load_wording(language)
        assert {code for code in codes if f"error.{code}" not in wording} == set()


@pytest.fixture
def refusals(vault: Vault, sheet: Sheet) -> list[Callable[[], object]]:
    """Things that are refused while such values are about."""
    apply_entries(vault, sheet([ROW, ROW | {"person": "x", "visit_date": "2024-03-03"}]), actor="user-1")
    visit = load_record(vault, "w").visits[0].id
    odd = Condition(object(), "Quist", Certainty.CONFIRMED, Origin(SourceKind.TYPED, datetime(2025, 1, 1, tzinfo=UTC)))  # type: ignore[arg-type]  # what must not happen
    return [
        lambda: apply_entries(vault, sheet([ROW | {"sbp_mmhg": "160.125 Wilhelmina"}]), actor="user-1"),
        lambda: apply_entries(vault, sheet([ROW | {"name": "Wilhelmina \ud800"}]), actor="user-1"),
        lambda: apply_entries(vault, sheet([ROW | {"notes": "Quist \ud800", "person": "y"}]), actor="user-1"),
        lambda: edit_identity(vault, "w", {"name": "Wilhelmina \ud800"}, "user-1"),
        lambda: edit_identity(vault, "Wilhelmina", {"name": "Quist"}, "user-1"),
        lambda: edit_identity(vault, "w", {"Wilhelmina": "Quist"}, "user-1"),
        lambda: merge_people(vault, "w", "Wilhelmina", "user-1"),
        lambda: move_visit(vault, visit, "user-1", to_person_id="Quist", to_date=date(1931, 1, 1)),
        lambda: remove_value(vault, visit, "Wilhelmina", 1, "user-1"),
        lambda: add_item(vault, "Wilhelmina", odd, "user-1"),
        lambda: load_draft(vault, "Wilhelmina"),
    ]


def test_no_refusal_tells_a_patients_value(
    vault: Vault,
    refusals: list[Callable[[], object]],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    before = vault._database.rows("SELECT count(*) FROM audit")
    for refusal in refusals:
        with pytest.raises(EngineError) as caught:
            refusal()
        told = "".join(traceback.format_exception_only(caught.value)) + repr(caught.value.details)
        if caught.value.__cause__ is not None:
            told += "".join(traceback.format_exception_only(caught.value.__cause__))
        assert caught.value.__cause__ is not None or caught.value.__suppress_context__ or not caught.value.__context__
        assert not [secret for secret in SECRETS if secret in told]
    assert vault._database.rows("SELECT count(*) FROM audit") == before
    written = caplog.text + "".join(capfd.readouterr())
    assert not [secret for secret in SECRETS if secret in written]


def test_the_audit_log_holds_no_patients_value(vault: Vault, sheet: Sheet) -> None:
    apply_entries(vault, sheet([ROW]), actor="user-1")
    edit_identity(vault, "w", {"name": "Wilhelmina Q.", "phone": "07700 900123 0"}, "user-1")
    visit = load_record(vault, "w").visits[0].id
    move_visit(vault, visit, "user-1", to_date=date(2024, 5, 5))
    remove_value(vault, visit, "sbp_mmhg", 1, "user-1")
    save_draft(vault, "visit", {"name": "Wilhelmina"}, "user-1")
    log = repr(vault._database.rows("SELECT * FROM audit")) + repr(vault._database.rows("SELECT * FROM change"))
    assert not [secret for secret in SECRETS if secret in log]
