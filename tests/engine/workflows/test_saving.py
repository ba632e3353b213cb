"""A form saved in one go, who a person is put right, the history of it all, lists and drafts: on a real clinic."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from engine.domain.dates import PartialDate
from engine.domain.history import HistoryAction, HistoryEntry
from engine.domain.ports import FixedClock
from engine.domain.problems import Reason
from engine.domain.record import Answer, Certainty, Condition, Medicine, Relative, SourceKind
from engine.errors import BugError, InputError, UsageError
from engine.intake.typed import TypedValue
from engine.workflows.clinics import OpenClinic, open_clinic
from engine.workflows.drafts import drop_draft, form_drafts, save_form_draft
from engine.workflows.import_files import ImportRequest, import_file
from engine.workflows.record import (
    add_entry,
    add_medicine,
    edit_entry,
    edit_person,
    load_person,
    merge_people,
    move_visit,
    remove_entry,
    remove_visit,
    save_visit,
    typed_origin,
    unmerge_people,
    visit_history,
)
from engine.workflows.record_lists import describe_medicine, medicine_label, suggest_conditions, suggest_relations
from tests.made_once import new_clinic

CLOCK = FixedClock(datetime(2026, 11, 23, 9, 30, tzinfo=UTC))
PASSPHRASE = "a passphrase for tests"
TAN = {"name": "Tan Weiming", "birth_date": "1970-03-14", "sex": "M", "phone": "138 0000", "village": "North"}


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[OpenClinic]:
    new_clinic(tmp_path / "clinic", "CHN", PASSPHRASE, CLOCK)
    with open_clinic(tmp_path / "clinic", PASSPHRASE, CLOCK) as opened:
        yield opened


def form(day: str, *more: TypedValue, **values: str) -> list[TypedValue]:
    return [TypedValue("visit_date", day), *(TypedValue(field, text) for field, text in values.items()), *more]


def second(field: str, text: str) -> TypedValue:
    return TypedValue(field, text, reading=2)


@pytest.fixture
def tan(clinic: OpenClinic) -> str:
    values = form("2026-11-20", second("sbp_mmhg", "152"), sbp_mmhg="148", smoker="current", **TAN)
    saved = save_visit(clinic, None, values)
    assert (saved.problems, saved.counts.rows_new) == ((), 1)
    assert saved.person_id is not None
    return saved.person_id


def readings(clinic: OpenClinic, person: str) -> dict[str, dict[tuple[str, int], object]]:
    return {
        visit.visit_date.isoformat(): {(m.field, m.reading): m.value for m in visit.measurements}
        for visit in load_person(clinic, person).visits
    }


def changes(clinic: OpenClinic) -> int:
    found = clinic.vault._database.one("SELECT count(*) FROM change")
    assert found is not None
    return int(found[0])


def told(history: tuple[HistoryEntry, ...], field: str | None = None) -> list[tuple[object, ...]]:
    return [(one.action.value, one.field, one.old, one.new) for one in history if field in (None, one.field)]


def test_a_new_person_comes_with_the_first_visit(clinic: OpenClinic, tan: str) -> None:
    patient = load_person(clinic, tan).patient
    assert (patient.name, str(patient.birth_date), patient.sex) == ("Tan Weiming", "1970-03-14", "M")
    assert (patient.phone, patient.village) == ("138 0000", "North")
    nameless = save_visit(clinic, None, form("2026-11-20", sbp_mmhg="148"))
    assert [problem.reason for problem in nameless.problems] == [Reason.MISSING_IDENTITY]


def test_two_pressures_become_one_in_one_change(clinic: OpenClinic, tan: str) -> None:
    before = changes(clinic)
    saved = save_visit(clinic, tan, form("2026-11-20", sbp_mmhg="144"), removed=[("sbp_mmhg", 2)])
    assert (saved.problems, saved.counts.rows_updated) == ((), 1)
    assert changes(clinic) == before + 1
    assert readings(clinic, tan) == {"2026-11-20": {("sbp_mmhg", 1): 144.0, ("smoker", 1): "current"}}
    history = visit_history(clinic, tan)
    assert told(history, "sbp_mmhg")[:2] == [
        ("removed", "sbp_mmhg", 152.0, None),
        ("changed", "sbp_mmhg", 148.0, 144.0),
    ]
    assert {(one.reading, one.visit_date, one.source) for one in history if one.field == "sbp_mmhg"} == {
        (1, date(2026, 11, 20), SourceKind.TYPED),
        (2, date(2026, 11, 20), SourceKind.TYPED),
    }


def test_what_is_cleared_and_typed_again_is_typed(clinic: OpenClinic, tan: str) -> None:
    save_visit(clinic, tan, form("2026-11-20", smoker="never"), removed=[("smoker", 1)])
    assert readings(clinic, tan)["2026-11-20"]["smoker", 1] == "never"


def test_nothing_is_saved_while_anything_is_wrong(clinic: OpenClinic, tan: str) -> None:
    before = changes(clinic)
    saved = save_visit(clinic, tan, form("2026-11-20", sbp_mmhg="1480", weight_kg="290"), removed=[("smoker", 1)])
    assert {problem.fields for problem in saved.problems} == {("sbp_mmhg",), ("weight_kg",)}
    early = save_visit(clinic, tan, form("1969-01-01", sbp_mmhg="148"))
    assert [problem.fields for problem in early.problems] == [("visit_date", "birth_date")]
    nameless = save_visit(clinic, tan, form("2026-11-20"), removed=[("name", 1)])
    assert [problem.reason for problem in nameless.problems] == [Reason.MISSING_IDENTITY]
    with pytest.raises(UsageError, match="value_unknown"):
        save_visit(clinic, tan, form("2026-11-20", sbp_mmhg="140"), removed=[("hdl_mmol_l", 1)])
    with pytest.raises(UsageError, match="person_unknown"):
        save_visit(clinic, "nobody", form("2026-11-20", sbp_mmhg="140"))
    assert changes(clinic) == before
    kept = save_visit(clinic, tan, form("2026-11-20", weight_kg="290"), frozenset({"weight_kg"}))
    assert kept.problems == ()


def test_a_corrected_visit_moves_to_its_new_day(clinic: OpenClinic, tan: str) -> None:
    save_visit(clinic, tan, form("2026-10-01", sbp_mmhg="130"))
    old, new = load_person(clinic, tan).visits
    with pytest.raises(InputError, match="visit_day_taken"):
        save_visit(clinic, tan, form("2026-10-01", sbp_mmhg="100"), visit_id=new.id)
    assert save_visit(clinic, tan, form("2026-11-21", sbp_mmhg="145"), visit_id=new.id).counts.rows_updated == 1
    assert [visit.id for visit in load_person(clinic, tan).visits] == [old.id, new.id]
    assert readings(clinic, tan)["2026-11-21"] == {
        ("sbp_mmhg", 1): 145.0,
        ("sbp_mmhg", 2): 152.0,
        ("smoker", 1): "current",
    }
    moved = next(one for one in visit_history(clinic, tan) if one.action is HistoryAction.VISIT_MOVED)
    assert (moved.old, moved.new, moved.visit_id) == ("2026-11-20", "2026-11-21", new.id)
    other = save_visit(clinic, None, form("2026-11-20", name="Bo")).person_id
    with pytest.raises(UsageError, match="visit_unknown"):
        save_visit(clinic, other, form("2026-11-20", sbp_mmhg="140"), visit_id=new.id)


def test_a_correction_of_who_it_is_counts_whatever_the_day(clinic: OpenClinic, tan: str) -> None:
    old_day = form("2026-01-05", birth_date="1971", name="Tan Wei Ming", sex="M", sbp_mmhg="130")
    assert save_visit(clinic, tan, old_day, removed=[("phone", 1)]).problems == ()
    patient = load_person(clinic, tan).patient
    assert (patient.name, str(patient.birth_date), patient.phone) == ("Tan Wei Ming", "1971", None)
    history = visit_history(clinic, tan)
    assert told(history, "name") == [
        ("changed", "name", "Tan Weiming", "Tan Wei Ming"),
        ("entered", "name", None, "Tan Weiming"),
    ]
    assert told(history, "phone") == [
        ("removed", "phone", "138 0000", None),
        ("entered", "phone", None, "138 0000"),
    ]
    assert told(history, "sex") == [("entered", "sex", None, "M")]


def test_who_a_person_is_is_edited_with_the_same_checks(clinic: OpenClinic, tan: str) -> None:
    assert edit_person(clinic, tan, {"name": " Tan  Wei ", "phone": None, "village": ""}) == ()
    patient = load_person(clinic, tan).patient
    assert (patient.name, patient.phone, patient.village) == ("Tan Wei", None, None)
    before = changes(clinic)
    assert edit_person(clinic, tan, {"name": "Tan Wei"}) == ()
    for values, reason, fields in (
        ({"birth_date": "soon"}, Reason.UNREADABLE_VALUE, ("birth_date",)),
        ({"birth_date": "2090-01-01"}, Reason.FUTURE_DATE, ("birth_date",)),
        ({"birth_date": "2026-11-21"}, Reason.IMPOSSIBLE_VALUE, ("birth_date",)),
        ({"name": None}, Reason.MISSING_IDENTITY, ("patient_id", "name")),
        ({"sex": "?"}, Reason.UNREADABLE_VALUE, ("sex",)),
    ):
        problems = edit_person(clinic, tan, values)
        assert [(problem.reason, problem.fields) for problem in problems] == [(reason, fields)]
    with pytest.raises(BugError, match="identity_field"):
        edit_person(clinic, tan, {"sbp_mmhg": "120"})
    assert changes(clinic) == before
    assert edit_person(clinic, tan, {"name": "Tan Weiming"}) == ()
    assert told(visit_history(clinic, tan), "name")[0] == ("changed", "name", "Tan Wei", "Tan Weiming")


def test_the_history_tells_of_visits_lists_and_merges(clinic: OpenClinic, tan: str) -> None:
    origin = typed_origin(clinic)
    medicine = add_medicine(clinic, tan, "Amlodipine 5 mg")
    remove_entry(clinic, Medicine, medicine)
    condition = add_entry(clinic, tan, Condition("", "hypertension", Certainty.SUSPECTED, origin))
    edit_entry(clinic, Condition(condition, "hypertension", Certainty.CONFIRMED, origin, onset=PartialDate(2019)))
    add_entry(clinic, tan, Relative("", "mother", "stroke", origin, deceased=True))
    add_entry(clinic, tan, Answer("", "chest_pain", True, date(2026, 11, 20), origin))
    other = save_visit(clinic, None, form("2026-10-02", name="Bo Li", uacr_mg_g="<3", creatinine_umol_l="70")).person_id
    assert other is not None
    unmerge_people(clinic, merge_people(clinic, tan, other))
    (visit,) = load_person(clinic, other).visits
    move_visit(clinic, visit.id, to_person=tan)
    remove_visit(clinic, visit.id)
    history = visit_history(clinic, tan)
    assert told(history)[:11] == [
        ("visit_removed", None, None, None),
        ("visit_taken_over", None, other, tan),
        ("unmerged", None, other, None),
        ("merged", None, None, other),
        ("visit_added", None, None, None),
        ("entered", "creatinine_umol_l", None, 70.0),
        ("entered", "uacr_mg_g", None, 3.0),
        ("entered", "answer", None, "chest_pain"),
        ("entered", "relative", None, "stroke"),
        ("changed", "condition.onset", None, "2019"),
        ("changed", "condition.certainty", "suspected", "confirmed"),
    ]
    assert history[6].new_qualifier == "<"
    assert told(history, "medicine") == [
        ("removed", "medicine", "Amlodipine 5 mg", None),
        ("entered", "medicine", None, "Amlodipine 5 mg"),
    ]
    assert {one.subject for one in history if one.field == "condition.certainty"} == {"hypertension"}
    assert next(one.action for one in visit_history(clinic, other)) is HistoryAction.VISIT_TAKEN_OVER
    moments = [one.moment for one in history]
    assert moments == sorted(moments, reverse=True)


def test_the_history_tells_what_came_from_a_file(clinic: OpenClinic, tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_text("patient id,name,visit date,SBP\nP1,Ann Lee,2026-11-01,120\nP1,Ann Li,2026-11-09,130\n")
    assert import_file(clinic, file, ImportRequest()).stored
    (person,) = {row[0] for row in clinic.vault._database.rows("SELECT id FROM patient")}
    history = visit_history(clinic, person)
    assert {one.source for one in history} == {SourceKind.IMPORTED}
    assert told(history, "name") == [("changed", "name", "Ann Lee", "Ann Li"), ("entered", "name", None, "Ann Lee")]
    assert edit_person(clinic, person, {"name": "Ann Lee"}) == ()
    assert told(visit_history(clinic, person), "name")[0] == ("changed", "name", "Ann Li", "Ann Lee")


def test_conditions_and_relatives_are_found_while_typing() -> None:
    assert [one.code for one in suggest_conditions("kidney", "en")] == ["kidney_transplant", "ckd"]
    assert [one.label for one in suggest_conditions("I21", "zh")] == ["心肌梗死"]
    assert [one.code for one in suggest_conditions("高血", "en")] == ["hypertension"]
    assert suggest_conditions("no such thing", "en") == ()
    assert len(suggest_conditions("", "zh", 3)) == 3
    assert [one.code for one in suggest_relations("en")][:2] == ["mother", "father"]


def test_a_medicine_is_described_in_both_languages() -> None:
    found = describe_medicine("Amlodipine 5 mg")
    assert found.ingredient == {"en": "amlodipine", "zh": "氨氯地平"}
    assert [names["en"] for names in found.classes] == ["Calcium channel blocker"]
    assert found.dose_text == "5 mg"
    assert describe_medicine("aspirin + metformin").ingredient == {"en": "aspirin/metformin", "zh": "阿司匹林/二甲双胍"}
    assert describe_medicine("herbal tea").ingredient is None
    assert medicine_label("aspirin/metformin", "zh") == "阿司匹林/二甲双胍"
    assert medicine_label("metformin", "en") == "metformin"


def test_a_form_in_hand_survives_and_is_dropped(clinic: OpenClinic, tan: str) -> None:
    draft = save_form_draft(clinic, tan, {"sbp_mmhg": "14"})
    assert save_form_draft(clinic, tan, {"sbp_mmhg": "148"}, draft) == draft
    new = save_form_draft(clinic, None, {"name": "Bo"})
    assert [(one.id, one.person_id, one.content) for one in form_drafts(clinic)] == [
        (new, None, {"name": "Bo"}),
        (draft, tan, {"sbp_mmhg": "148"}),
    ]
    drop_draft(clinic, new)
    drop_draft(clinic, new)
    assert [one.id for one in form_drafts(clinic)] == [draft]
