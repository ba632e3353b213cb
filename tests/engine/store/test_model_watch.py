"""What models say silently is kept once, goes with its person and is handed to them; months that warn leave items."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from engine.domain.clinic_packs import PackOrigin
from engine.domain.entries import IdentifiedEntries
from engine.domain.models import DriftKind, ModelVerdict, Prediction, VerdictReason
from engine.domain.results import PackRef
from engine.errors import AccessError, BugError, UsageError
from engine.store import (
    ReviewKind,
    Role,
    Said,
    User,
    Vault,
    add_model,
    close_review,
    load_record,
    merge_people,
    month_looked_at,
    move_visit,
    note_month,
    open_reviews,
    people_answered,
    predictions_of,
    remove_visit,
    save_predictions,
    save_verdict,
    without_prediction,
)
from engine.store.audit_log import verify_store
from engine.store.erasure.erase import Order, erase_person, would_erase
from engine.store.person_rows import person_rows
from tests.engine.store.conftest import CHEAP, PASSPHRASE
from tests.engine.store.entering import ANN, store

Sheet = Callable[..., IdentifiedEntries]
ONE = PackRef("ours", "1.0.0", "ab" * 32)
BOB = ANN | {"person": "bob", "patient_id": "P2", "name": "Bob Stone"}
MONTH = date(2025, 5, 1)


@pytest.fixture
def visits(vault: Vault, sheet: Sheet) -> dict[str, str]:
    """Two people with one visit each, and a model; returns the visit of each."""
    store(vault, sheet, [ANN, BOB])
    add_model(vault, ONE, PackOrigin.FOREIGN, "user-1")
    return {person: load_record(vault, person).visits[0].id for person in ("ann", "bob")}


def say(vault: Vault, *told: Prediction) -> int:
    return save_predictions(vault, [Said(ONE, "risk", told)], "user-1")


def test_an_answer_is_kept_once_and_a_later_one_changes_nothing(vault: Vault, visits: dict[str, str]) -> None:
    ann, bob = visits["ann"], visits["bob"]
    assert without_prediction(vault, ONE, [ann, bob]) == {ann, bob}
    assert say(vault, Prediction(ann, 0.25)) == 1
    assert without_prediction(vault, ONE, [ann, bob]) == {bob}
    assert say(vault, Prediction(ann, 0.75), Prediction(bob, None)) == 1
    assert predictions_of(vault, ONE) == (Prediction(ann, 0.25), Prediction(bob, None))
    assert people_answered(vault, ONE) == 1
    with pytest.raises(BugError, match="store_statement"), vault.scratch() as database:
        database.run("UPDATE model_prediction SET number = 0.9")


def test_an_answer_at_no_visit_or_of_no_model_is_refused_whole(vault: Vault, visits: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="visit_unknown"):
        say(vault, Prediction(visits["ann"], 0.25), Prediction("nowhere", 0.5))
    unknown = PackRef("else", "1.0.0", "cd" * 32)
    with pytest.raises(UsageError, match="model_unknown"):
        save_predictions(vault, [Said(unknown, "risk", [Prediction(visits["ann"], 0.25)])], "user-1")
    with pytest.raises(UsageError, match="model_unknown"):
        save_verdict(vault, unknown, ModelVerdict.UNCLEAR, (VerdictReason.NOBODY,), {}, "user-1")
    assert predictions_of(vault, ONE) == ()


def test_it_is_erased_with_its_person_and_the_rest_is_as_provable_as_before(
    vault: Vault, visits: dict[str, str]
) -> None:
    say(vault, Prediction(visits["ann"], 0.25), Prediction(visits["bob"], 0.5))
    assert would_erase(vault, "ann")["model_prediction"] == 1
    erase_person(vault, "ann", Order(reason="asked in writing", retention="none"), PASSPHRASE, floor=CHEAP)
    assert predictions_of(vault, ONE) == (Prediction(visits["bob"], 0.5),)
    assert verify_store(vault).findings == ()


def test_it_is_among_what_a_person_is_handed(vault: Vault, visits: dict[str, str]) -> None:
    say(vault, Prediction(visits["ann"], 0.25), Prediction(visits["bob"], 0.5))
    found = person_rows(vault, "ann")["model_prediction"]
    assert isinstance(found, dict)
    assert isinstance(found["columns"], list)
    place = found["columns"].index("number")
    assert isinstance(found["rows"], list)
    assert [row[place] for row in found["rows"] if isinstance(row, list)] == [0.25]


def test_a_row_that_is_altered_behind_the_program_is_found(vault: Vault, visits: dict[str, str]) -> None:
    say(vault, Prediction(visits["ann"], 0.25))
    with vault.scratch() as database:
        database.run("DROP TRIGGER model_prediction_no_UPDATE")
        database.run("UPDATE model_prediction SET number = 0.9")
    (finding,) = verify_store(vault).findings
    assert (finding.flaw.value, finding.table) == ("rows_altered", "model_prediction")
    with vault.scratch() as database:
        database.run("UPDATE model_prediction SET number = 0.25")


def test_a_visit_takes_its_answer_along_and_one_taken_out_no_longer_counts(
    vault: Vault, visits: dict[str, str]
) -> None:
    say(vault, Prediction(visits["ann"], 0.25), Prediction(visits["bob"], 0.5))
    move_visit(vault, visits["ann"], "user-1", to_date=date(2024, 2, 2), to_person_id="bob")
    assert "model_prediction" not in would_erase(vault, "ann")
    assert would_erase(vault, "bob")["model_prediction"] == 2
    assert people_answered(vault, ONE) == 1
    remove_visit(vault, visits["ann"], "user-1")
    assert predictions_of(vault, ONE) == (Prediction(visits["bob"], 0.5),)


def test_records_shown_as_one_person_are_one_person(vault: Vault, visits: dict[str, str]) -> None:
    say(vault, Prediction(visits["ann"], 0.25), Prediction(visits["bob"], 0.5))
    merge_people(vault, "ann", "bob", "user-1")
    assert people_answered(vault, ONE) == 1


def test_who_may_read_no_record_reads_no_answer_and_may_know_how_many_there_are(
    vault: Vault, visits: dict[str, str]
) -> None:
    say(vault, Prediction(visits["ann"], 0.25))
    vault.user = User("user-1", "Ada Okafor", frozenset({Role.ADMINISTRATOR}))
    with pytest.raises(AccessError, match="access_denied"):
        predictions_of(vault, ONE)
    with pytest.raises(AccessError, match="access_denied"):
        say(vault, Prediction(visits["bob"], 0.5))
    assert people_answered(vault, ONE) == 1


def test_a_month_that_warns_leaves_an_item_for_anybody_who_may_review(vault: Vault, visits: dict[str, str]) -> None:
    assert month_looked_at(vault, ONE) is None
    note_month(vault, ONE, date(2025, 4, 1), (), "user-1")
    assert open_reviews(vault) == ()
    note_month(vault, ONE, MONTH, (DriftKind.INPUTS, DriftKind.ALERTS), "user-1")
    assert month_looked_at(vault, ONE) == MONTH
    (item,) = open_reviews(vault)
    assert (item.kind, item.reason, item.text, item.whom) == (
        ReviewKind.DRIFT, "inputs alerts", "2025-05", "ours 1.0.0",
    )  # fmt: skip
    close_review(vault, item.id, "the cuff was replaced")  # nobody's act: who found it may close it
    assert open_reviews(vault) == ()
