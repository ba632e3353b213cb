"""The form's state: what is typed, in which unit, and what of it is saved."""

from __future__ import annotations

from datetime import date

import pytest

from desktop.record.form import Form
from desktop.record.layout import Layout, make_layout, typed_fields
from desktop.settings import Settings
from desktop.units import canonical_of, first_unit, split_pair, units_of, written
from engine.fields import Field, Kind, Scope, load_dictionary
from engine.intake.typed import TypedValue
from engine.workflows.live import RecordInHand
from engine.workflows.overlay import nobody

TODAY = date(2026, 11, 22)
DICTIONARY = load_dictionary()


def layout(read: tuple[str, ...] = ("sbp_mmhg", "waist_cm")) -> Layout:
    return make_layout(DICTIONARY, ("sbp_mmhg", "bmi_kg_m2"), read)


def new_form(settings: Settings | None = None) -> Form:
    in_hand = RecordInHand(None, None, nobody("p"), "u", "Nurse")
    chosen = settings or Settings()
    return Form(DICTIONARY, layout(), in_hand, TODAY, lambda field: first_unit(field, chosen))


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("152/92", ("152", "92")),
        ("152 92", ("152", "92")),
        ("152 / 92", ("152", "92")),
        ("１５２／９２", ("152", "92")),
        ("20,3/12,1", ("20,3", "12,1")),
        ("152/92 mmHg", ("152 mmHg", "92 mmHg")),
        ("152", None),
        ("abc", None),
        ("", None),
    ],
)
def test_a_pressure_is_read_as_people_write_it(typed: str, expected: tuple[str, str] | None) -> None:
    assert split_pair(typed) == expected


def test_every_field_of_visits_and_people_is_found_in_the_form_or_under_add() -> None:
    found = layout()
    offered = [name for group in found.groups for name in group.fields]
    assert len(offered) == len(set(offered))
    assert set(offered) | set(found.standing) == set(typed_fields(DICTIONARY))
    for field in DICTIONARY.fields.values():
        asked_elsewhere = field.name in {"age", "birth_date", "sex", "birth_date_precision", "visit_date"}
        calculated = field.name == "pulse_pressure_mmhg" or field.name.endswith("_confirmed_date")
        if field.scope is not Scope.SETTING and not asked_elsewhere and not calculated:
            assert any(field in box.fields for box in new_form().boxes.values()), field.name


def test_what_other_packs_read_is_offered_first_and_stands_when_the_leading_one_reads_it() -> None:
    assert "waist_cm" in layout().wanted
    leading = make_layout(DICTIONARY, ("waist_cm",), ("waist_cm",))
    assert "waist_cm" in leading.standing
    assert "waist_cm" not in leading.wanted


MEASURED = [one for one in DICTIONARY.fields.values() if units_of(one)]


@pytest.mark.parametrize("field", MEASURED, ids=lambda one: one.name)
def test_a_value_shown_in_another_unit_reads_back_as_nearly_the_same(field: Field) -> None:
    if field.plausible_min is None or field.plausible_max is None:
        return
    middle = (field.plausible_min + field.plausible_max) / 2
    for unit in units_of(field):
        shown = written(field, middle, unit)
        back = canonical_of(field, shown.lstrip("-"), unit)
        assert back is not None
        assert back == pytest.approx(abs(middle), rel=0.06, abs=10 ** -(field.decimals or 0))


def test_switching_the_unit_changes_what_is_shown_and_not_what_was_typed() -> None:
    form = new_form()
    box = form.boxes["total_cholesterol_mmol_l#1"]
    box.type("5.6")
    box.unit = "mg/dL"
    assert box.text == "217"
    assert list(box.values()) == [TypedValue("total_cholesterol_mmol_l", "5.6", "mmol/L")]
    box.type("200")
    assert list(box.values()) == [TypedValue("total_cholesterol_mmol_l", "200", "mg/dL")]


def test_fields_open_in_the_units_of_the_clinic_or_in_the_one_picked_last() -> None:
    cholesterol = DICTIONARY["total_cholesterol_mmol_l"]
    assert first_unit(cholesterol, Settings()) == "mmol/L"
    assert first_unit(cholesterol, Settings(units="us")) == "mg/dL"
    picked = Settings(units="us", unit_choices={"total_cholesterol_mmol_l": "mmol/L"})
    assert first_unit(cholesterol, picked) == "mmol/L"


@pytest.mark.parametrize(("second", "asked"), [("148/88", False), ("146/88", True), ("150/86", True), ("", False)])
def test_a_third_pressure_is_asked_for_only_when_two_differ_by_ten(second: str, asked: bool) -> None:
    form = new_form()
    form.boxes["pressure#1"].type("156/96")
    form.boxes["pressure#2"].type(second)
    assert form.third is asked


def test_an_age_is_taken_for_a_birth_date() -> None:
    form = new_form()
    form.boxes["birth_date#1"].type("61")
    assert list(form.boxes["birth_date#1"].values()) == [TypedValue("age", "61")]
    form.boxes["birth_date#1"].type("1965")
    assert list(form.boxes["birth_date#1"].values()) == [TypedValue("birth_date", "1965")]


def test_a_draft_brings_back_all_that_was_typed() -> None:
    form = new_form()
    form.boxes["name#1"].type("Li")
    form.boxes["pressure#1"].type("15")
    form.boxes["hdl_mmol_l#1"].say_unknown()
    form.extra.append("waist_cm")
    form.confirmed.add("hba1c_percent")
    again = new_form()
    again.take_plain(form.to_plain())
    assert again.to_plain() == form.to_plain()
    assert again.boxes["hdl_mmol_l#1"].unknown


def test_a_draft_of_another_version_is_taken_as_far_as_it_is_understood() -> None:
    form = new_form()
    form.take_plain({"boxes": {"no_such_field#1": {"text": "1"}, "name#1": {"text": "Li"}}, "extra": ["gone"]})
    assert form.boxes["name#1"].text == "Li"
    assert form.extra == []


def test_choices_have_a_box_each_and_texts_too() -> None:
    kinds = {box.kind for box in new_form().boxes.values()}
    assert kinds == {Kind.NUMBER, Kind.CATEGORY, Kind.BOOLEAN, Kind.DATE, Kind.TEXT}
