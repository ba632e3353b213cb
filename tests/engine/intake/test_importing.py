"""A file, its questions and answers, and values set for it: what would be stored, and what never is."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.domain.entries import KnownPerson
from engine.errors import InputError
from engine.intake.plan import ImportPlan, Outcome
from engine.intake.questions import AnswerValue
from engine.wording import LANGUAGES, load_wording
from tests.engine.intake.plans import (
    parked_by_row,
    person_of_row,
    plan_file,
    plan_text,
    qualifiers_by_row,
    values_by_row,
)

HEAD = "Patient ID,Name,Date of birth,Sex,Visit date,"
WHO = ["P1,Ann,1960-01-02,F,2024-05-06,", "P2,Bob,1961-03-04,M,2024-05-07,"]


def people(count: int) -> list[str]:
    return [f"P{n},Person {n},19{50 + n % 40}-01-02,F,2024-05-06," for n in range(count)]


def table(column: str, cells: list[str]) -> str:
    rows = [f"{who}{cell}" for who, cell in zip(people(len(cells)), cells, strict=True)]
    return "\n".join([HEAD + column, *rows, ""])


def asked(plan: ImportPlan) -> list[str]:
    return [question.id for question in plan.questions]


def test_a_unit_that_is_nowhere_is_asked_for_with_guess_and_evidence(tmp_path: Path) -> None:
    text = table("Chol", ["180", "200", "240", "NA"])
    plan = plan_text(tmp_path, text)
    question = plan.questions[0]
    assert (question.id, question.options, question.guess) == ("unit:Chol", ("mmol/L", "mg/dL", "leave_out"), "mg/dL")
    assert (question.evidence["low"], question.evidence["middle"], question.evidence["high"]) == (180, 200, 240)
    assert not plan.can_be_stored
    for answer in ("mg/dL", "MG/DL", "mg%"):
        done = plan_text(tmp_path, text, {"unit:Chol": answer})
        assert done.can_be_stored
        assert values_by_row(done)[2]["total_cholesterol_mmol_l"] == pytest.approx(180 / 38.67)
    left = plan_text(tmp_path, text, {"unit:Chol": "leave_out"})
    assert "total_cholesterol_mmol_l" not in values_by_row(left)[2]
    wrong = plan_text(tmp_path, text, {"unit:Chol": "mmol/L"})
    assert {reasons[0][0] for reasons in parked_by_row(wrong).values()} == {"impossible_value"}


@pytest.mark.parametrize("name", ["g/day", "mg sodium/day"])
def test_every_unit_offered_may_be_answered(tmp_path: Path, name: str) -> None:
    text = table("Salt intake", ["6", "7", "8"])
    plan = plan_text(tmp_path, text, {"map:Salt intake": "salt_g_day"})
    question = plan.questions[0]
    assert (question.id, name in question.options) == ("unit:Salt intake", True)
    answered = plan_text(tmp_path, text, {"map:Salt intake": "salt_g_day", "unit:Salt intake": name})
    assert answered.can_be_stored


@pytest.mark.parametrize(
    ("column", "cells", "guess"),
    [
        ("Height", ["1.70", "1.82"], "m"),
        ("Height", ["170", "182"], "cm"),
        ("Height", ["66", "70"], "in"),
        ("Creatinine", ["80", "95"], "umol/L"),
        ("Creatinine", ["0.9", "1.1"], "mg/dL"),
        ("HbA1c", ["5.6", "7.2"], "%"),
        ("HbA1c", ["38", "55"], "mmol/mol"),
        ("FBG", ["5.2", "6.1"], "mmol/L"),
        ("FBG", ["94", "110"], "mg/dL"),
    ],
)
def test_the_guess_is_the_unit_that_fits_people(tmp_path: Path, column: str, cells: list[str], guess: str) -> None:
    plan = plan_text(tmp_path, table(column, cells))
    assert [question.guess for question in plan.questions] == [guess]


def test_units_in_cells_win_and_need_no_question(tmp_path: Path) -> None:
    plan = plan_text(tmp_path, table("Glucose fasting", ["5.0 mmol/L", "90 mg/dL", ""]))
    values = values_by_row(plan)
    assert (asked(plan), values[2]["fasting_glucose_mmol_l"]) == ([], 5.0)
    assert values[3]["fasting_glucose_mmol_l"] == pytest.approx(90 / 18.016)
    assert plan.columns[5].unit_names == ("mmol/L", "mg/dL")


def test_a_unit_in_a_cell_wins_over_the_header_and_is_kept_with_the_value(tmp_path: Path) -> None:
    plan = plan_text(tmp_path, table("Weight (kg)", ["70", "154 lb", "140斤"]))
    assert plan.identified is not None
    weight = next(column for column in plan.identified.entries.columns if column.field == "weight_kg")
    assert weight.values == [70.0, pytest.approx(154 * 0.45359237), 70.0]
    assert weight.texts == [None, "154 lb", "140斤"]
    assert weight.row_conversions is not None
    assert {row: one.unit_from for row, one in weight.row_conversions.items()} == {1: "[lb_av]", 2: "jin"}


def test_a_unit_that_the_field_cannot_have_is_unreadable(tmp_path: Path) -> None:
    plan = plan_text(tmp_path, table("Weight (kg)", [*["70"] * 9, "70 mmHg"]))
    assert parked_by_row(plan) == {11: [("unreadable_value", ("weight_kg",))]}


def test_a_column_without_units_and_some_units_in_cells_still_asks(tmp_path: Path) -> None:
    assert asked(plan_text(tmp_path, table("Weight", ["70 kg", "154 lb", "68"]))) == ["unit:Weight"]


def test_a_whole_column_that_contradicts_its_unit_is_asked_about(tmp_path: Path) -> None:
    text = table("Glucose (mmol/L)", ["90", "101", "88", "120", "95", "99"])
    plan = plan_text(tmp_path, text)
    assert [(question.id, question.guess) for question in plan.questions] == [
        ("unit_conflict:Glucose (mmol/L)", "mg/dL")
    ]
    done = plan_text(tmp_path, text, {"unit_conflict:Glucose (mmol/L)": "mg/dL"})
    assert values_by_row(done)[2]["glucose_mmol_l"] == pytest.approx(90 / 18.016)


def test_one_value_outside_its_unit_is_impossible_not_ambiguous(tmp_path: Path) -> None:
    plan = plan_text(tmp_path, table("Glucose (mmol/L)", ["5.0", "5.5", "6.0", "5.1", "5.2", "101"]))
    assert parked_by_row(plan) == {7: [("impossible_value", ("glucose_mmol_l",))]}


def test_mixed_units_are_decided_by_bands_and_the_overlap_is_parked(tmp_path: Path) -> None:
    cells = ["5.0", "4.8", "5.2", "190", "210", "180", "16", "59.9", "60", "14.9"]
    text = table("Chol", cells)
    plan = plan_text(tmp_path, text)
    assert asked(plan) == ["mixed_units:Chol"]
    assert parked_by_row(plan) == {
        8: [("ambiguous_unit", ("total_cholesterol_mmol_l",))],
        9: [("ambiguous_unit", ("total_cholesterol_mmol_l",))],
        11: [("implausible_value", ("total_cholesterol_mmol_l",))],
    }
    assert values_by_row(plan)[10]["total_cholesterol_mmol_l"] == pytest.approx(60 / 38.67)
    assert plan_text(tmp_path, text, {"mixed_units:Chol": "per_value"}).can_be_stored


def test_dates_in_an_unproven_order_are_asked_about_each_column(tmp_path: Path) -> None:
    text = "Patient ID,Date of birth,Visit date\nP1,03/04/1960,05/06/2024\nP2,07/08/1961,09/10/2024\n"
    plan = plan_text(tmp_path, text)
    assert asked(plan) == ["date_order:Date of birth", "date_order:Visit date"]
    done = plan_text(tmp_path, text, {"date_order:Date of birth": "MDY", "date_order:Visit date": "dmy"})
    assert done.can_be_stored
    assert values_by_row(done)[2] == {"patient_id": "P1", "birth_date": "1960-03-04", "visit_date": "2024-06-05"}


def test_a_column_with_both_orders_takes_what_has_one_reading_and_parks_the_rest(tmp_path: Path) -> None:
    dates = ["13/04/1960", "04/13/1961", "03/04/1962", "05/05/1963", "1964-01-02"]
    rows = [f"P{n},{day},2024-01-02" for n, day in enumerate(dates)]
    plan = plan_text(tmp_path, "\n".join(["Patient ID,Date of birth,Visit date", *rows]))
    assert [(question.kind.value, question.guess) for question in plan.questions] == [("date_order", "mixed")]
    assert parked_by_row(plan) == {4: [("ambiguous_date", ("birth_date",))]}
    assert values_by_row(plan)[5]["birth_date"] == "1963-05-05"


def test_a_header_that_names_the_date_format_settles_it(tmp_path: Path) -> None:
    plan = plan_text(tmp_path, "Patient ID,DOB (dd/mm/yyyy),Visit date\nP1,03/04/1960,2024-06-05\n")
    assert (asked(plan), values_by_row(plan)[2]["birth_date"]) == ([], "1960-04-03")


def test_a_birth_year_gives_an_age_and_never_a_birth_date(tmp_path: Path) -> None:
    years = ["1960", "unknown", "2090", "1850"]
    rows = [f"P{n},{year},2024-01-01" for n, year in enumerate(years, 1)]
    text = "\n".join(["Patient ID,Year of birth,Visit date", *rows])
    plan = plan_text(tmp_path, text)
    assert asked(plan) == ["birth_year_only:Year of birth"]
    assert values_by_row(plan) == {
        2: {"patient_id": "P1", "age": 64.0, "visit_date": "2024-01-01"},
        3: {"patient_id": "P2", "visit_date": "2024-01-01"},
    }
    assert parked_by_row(plan) == {4: [("future_date", ("birth_date",))], 5: [("impossible_value", ("birth_date",))]}


def test_a_birth_year_needs_no_column_of_visit_dates(tmp_path: Path) -> None:
    plan = plan_text(tmp_path, "Patient ID,Year of birth\nP1,1960\n", visit_date="2024-01-05")
    assert values_by_row(plan)[2]["age"] == 64


def test_a_visit_before_the_year_of_birth_is_impossible(tmp_path: Path) -> None:
    plan = plan_text(tmp_path, "Patient ID,Year of birth,Visit date\nP1,2025,2024-01-05\nP2,1960,2024-01-05\n")
    assert parked_by_row(plan) == {2: [("impossible_value", ("age",))]}


def test_years_among_birth_dates_give_ages_beside_them(tmp_path: Path) -> None:
    births = ["1960-02-03", "1971", "1980-05", "13/04/1959"]
    rows = [f"P{n},{birth},2024-01-01" for n, birth in enumerate(births, 1)]
    text = "\n".join(["Patient ID,Date of birth,Visit date", *rows])
    plan = plan_text(tmp_path, text)
    assert asked(plan) == ["birth_year_only:Date of birth"]
    found = [(values.get("birth_date"), values.get("age")) for values in values_by_row(plan).values()]
    assert found == [("1960-02-03", None), (None, 53), ("1980-05", None), ("1959-04-13", None)]
    without = plan_text(tmp_path, text, {"birth_year_only:Date of birth": "leave_out"})
    assert [values.get("age") for values in values_by_row(without).values()] == [None] * 4


def test_a_file_without_visit_dates_asks_for_one_or_takes_the_one_set(tmp_path: Path) -> None:
    text = "Patient ID,SBP\nP1,120\n"
    assert asked(plan_text(tmp_path, text)) == ["visit_date"]
    for plan in (
        plan_text(tmp_path, text, {"visit_date": "2024-01-15"}),
        plan_text(tmp_path, text, visit_date="2024-01-15"),
    ):
        assert plan.can_be_stored
        assert values_by_row(plan)[2]["visit_date"] == "2024-01-15"
    with pytest.raises(InputError):
        plan_text(tmp_path, text, {"visit_date": "2090-01-01"})


def test_a_set_value_fills_only_the_rows_that_have_none(tmp_path: Path) -> None:
    text = "Patient ID,Visit date,CVD,SBP\nP1,2024-01-02,No,120\nP2,,Yes,130\nP3,NA,,140\n"
    plan = plan_text(tmp_path, text, visit_date="2024-05-05", cvd_history="true")
    assert plan.can_be_stored
    assert {row: (value["visit_date"], value["cvd_history"]) for row, value in values_by_row(plan).items()} == {
        2: ("2024-01-02", False),
        3: ("2024-05-05", True),
        4: ("2024-05-05", True),
    }


def test_a_set_value_without_a_column_is_marked_as_set(tmp_path: Path) -> None:
    plan = plan_text(tmp_path, "Patient ID,Visit date\nP1,2024-01-02\n", cvd_history="true")
    assert plan.identified is not None
    column = next(column for column in plan.identified.entries.columns if column.field == "cvd_history")
    assert (column.values, column.texts, column.set_for_file) == ([True], [None], True)


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("nonsense", "1", "set_unknown_field"),
        ("score2_region", "low", "set_unknown_field"),
        ("sbp_mmhg", "1200", "set_value_invalid"),
        ("sbp_mmhg", "a lot", "set_value_invalid"),
        ("cvd_history", "yes", "set_value_invalid"),
        ("smoker", "sometimes", "set_value_invalid"),
        ("visit_date", "15/01/2024", "set_value_invalid"),
        ("visit_date", "2024-02-30", "set_value_invalid"),
        ("visit_date", "2090-01-01", "set_value_invalid"),
        ("birth_date", "1850-01-01", "set_value_invalid"),
        ("notes", " ", "set_value_invalid"),
    ],
)
def test_a_set_value_must_be_possible_and_canonical(tmp_path: Path, name: str, text: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        plan_text(tmp_path, "Patient ID,Visit date\nP1,2024-01-02\n", None, **{name: text})
    assert (caught.value.code, caught.value.details) == (code, {"field": name})
    for language in LANGUAGES:
        assert name in load_wording(language).error(caught.value)


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({"unit:Nothing": "mg/dL"}, "answer_unknown"),
        ({"unit:Chol": "furlongs"}, "answer_invalid"),
        ({"unit:Chol": "mmHg"}, "answer_invalid"),
        ({"unit:Chol": 5.0}, "answer_invalid"),
        ({"unit:Chol": {"a": "b"}}, "answer_invalid"),
        ({"unit:Chol": None}, "answer_invalid"),
        ({"unit:Chol": "mg/dL", "visit_date": "2024-01-01"}, "answer_unknown"),
        ({"map:Chol": "no_such_field"}, "answer_invalid"),
    ],
)
def test_an_answer_must_belong_to_a_question_and_be_one_of_its_options(
    tmp_path: Path, answers: dict[str, AnswerValue], code: str
) -> None:
    with pytest.raises(InputError) as caught:
        plan_text(tmp_path, table("Chol", ["180", "200"]), answers)
    assert caught.value.code == code


def test_codes_are_asked_about_and_answered_as_a_table(tmp_path: Path) -> None:
    text = "Patient ID,Visit date,Sex,Diabetes\nP1,2024-01-02,1,0\nP2,2024-01-02,2,1\n"
    plan = plan_text(tmp_path, text)
    assert [(question.id, question.guess) for question in plan.questions] == [
        ("code_meaning:Sex", {"1": "M", "2": "F"}),
        ("code_meaning:Diabetes", {"0": "false", "1": "true"}),
    ]
    answers: dict[str, AnswerValue] = {
        "code_meaning:Sex": {"1": "F", "2": "M"},
        "code_meaning:Diabetes": {"0": False, "1": True},
    }
    done = plan_text(tmp_path, text, answers)
    assert done.can_be_stored
    assert (values_by_row(done)[2]["sex"], values_by_row(done)[3]["diabetes"]) == ("F", True)
    for wrong in ({"1": "woman"}, "M", {"1": True}):
        with pytest.raises(InputError):
            plan_text(tmp_path, text, {"code_meaning:Sex": wrong})


def test_a_column_may_be_mapped_by_hand_or_left_out(tmp_path: Path) -> None:
    text = "Patient ID,Visit date,Druck oben (mmHg),Puls\nP1,2024-01-02,120,70\n"
    assert [line.field for line in plan_text(tmp_path, text).columns] == ["patient_id", "visit_date", None, "pulse_bpm"]
    plan = plan_text(tmp_path, text, {"map:Druck oben (mmHg)": "sbp_mmhg", "map:Puls": "leave_out"})
    assert plan.outcome is Outcome.OK
    assert values_by_row(plan)[2] == {"patient_id": "P1", "visit_date": "2024-01-02", "sbp_mmhg": 120.0}


def test_a_name_that_is_only_offered_is_taken_when_a_person_says_so(tmp_path: Path) -> None:
    text = "Patient ID,Visit date,Albumin (g/L)\nP1,2024-01-02,41\n"
    assert [(line.field, line.suggested) for line in plan_text(tmp_path, text).columns][2] == (None, "albumin_g_l")
    plan = plan_text(tmp_path, text, {"map:Albumin (g/L)": "albumin_g_l"})
    assert values_by_row(plan)[2]["albumin_g_l"] == 41.0


def test_two_columns_for_one_field_are_asked_about(tmp_path: Path) -> None:
    text = "Patient ID,Visit date,Weight (kg),Weight (lb)\nP1,2024-01-02,70,154.3\n"
    plan = plan_text(tmp_path, text)
    assert [(question.id, question.options) for question in plan.questions] == [
        ("column:weight_kg", ("Weight (kg)", "Weight (lb)"))
    ]
    done = plan_text(tmp_path, text, {"column:weight_kg": "Weight (lb)"})
    assert values_by_row(done)[2]["weight_kg"] == pytest.approx(70, abs=0.02)


def test_a_column_that_holds_something_else_is_not_taken(tmp_path: Path) -> None:
    text = table("Pulse", ["good", "weak", "regular", "good", "fine", "good"])
    plan = plan_text(tmp_path, text)
    assert [(question.id, question.guess) for question in plan.questions] == [("holds:Pulse", "leave_out")]
    assert plan.parked == ()
    taken = plan_text(tmp_path, text, {"holds:Pulse": "pulse_bpm"})
    assert len(taken.parked) == 6


def test_repeated_readings_are_kept_with_their_rule(tmp_path: Path) -> None:
    text = "Patient ID,Visit date,SBP1,DBP1,SBP2,DBP2\nP1,2024-01-02,120,80,130,\n"
    plan = plan_text(tmp_path, text)
    assert asked(plan) == ["repeated_readings"]
    done = plan_text(tmp_path, text, {"repeated_readings": "last"})
    assert done.identified is not None
    found = [(c.field, c.reading, c.rule, c.values) for c in done.identified.entries.columns if "bp" in c.field]
    assert found == [
        ("sbp_mmhg", 1, "last", [120.0]),
        ("dbp_mmhg", 1, "last", [80.0]),
        ("sbp_mmhg", 2, "last", [130.0]),
    ]


def test_two_arms_ask_for_the_higher_one(tmp_path: Path) -> None:
    text = "姓名,出生日期,随访日期,左侧收缩压,左侧舒张压,右侧收缩压,右侧舒张压\n"
    text += "王小明,1960-01-02,2024-01-02,120,80,130,85\n"
    plan = plan_text(tmp_path, text)
    assert [(question.id, question.guess) for question in plan.questions] == [("repeated_readings", "higher_arm")]


def test_swapped_columns_are_asked_about_once(tmp_path: Path) -> None:
    rows = [
        f"{who}{height},{weight}" for who, height, weight in zip(people(8), range(86, 94), range(160, 168), strict=True)
    ]
    plan = plan_text(tmp_path, "\n".join([HEAD + "Height (cm),Weight (kg)", *rows]))
    assert asked(plan) == ["swapped_columns:Height (cm)+Weight (kg)"]
    assert plan.parked == ()
    assert values_by_row(plan)[2]["height_cm"] == 160.0
    kept = plan_text(
        tmp_path,
        "\n".join([HEAD + "Height (cm),Weight (kg)", *rows]),
        {"swapped_columns:Height (cm)+Weight (kg)": "keep"},
    )
    assert len(kept.parked) == 8


def test_pressures_in_the_wrong_columns_are_asked_about(tmp_path: Path) -> None:
    rows = [f"{who}{80 + n},{120 + n}" for n, who in enumerate(people(8))]
    plan = plan_text(tmp_path, "\n".join([HEAD + "SBP,DBP", *rows]))
    assert asked(plan) == ["swapped_columns:SBP+DBP"]
    assert values_by_row(plan)[2]["sbp_mmhg"] == 120.0


def test_readings_without_a_name_ask_whose_they_are(tmp_path: Path) -> None:
    text = "Date,Time,Systolic (mmHg),Diastolic (mmHg)\nApr 04 2025,07:20,125,82\nApr 03 2025,06:11,134,80\n"
    assert asked(plan_text(tmp_path, text)) == ["whose_readings"]
    with pytest.raises(InputError):
        plan_text(tmp_path, text, {"whose_readings": "P9"})
    plan = plan_text(tmp_path, text, patient_id="P9")
    assert plan.can_be_stored
    assert len(set(person_of_row(plan).values())) == 1
    assert all(values["patient_id"] == "P9" for values in values_by_row(plan).values())


def test_readings_without_a_name_go_to_the_person_of_the_clinic_who_is_named(tmp_path: Path) -> None:
    path = tmp_path / "home.csv"
    path.write_text("Date,Systolic (mmHg),Diastolic (mmHg)\nApr 04 2025,125,82\n")
    known = [KnownPerson("known", "P9", "Ann Lee", "1960-01-02", "F")]
    for plan in (
        plan_file(path, {"whose_readings": "P9"}, known=known),
        plan_file(path, settings={"patient_id": "P9"}, known=known),
    ):
        assert plan.identified is not None
        assert (plan.identified.person_ids, plan.identified.new_person_ids) == (["known"], frozenset())


def test_names_in_two_columns_are_joined_as_people_write_them(tmp_path: Path) -> None:
    text = "ID,First name,Surname,Visit date\n1,Ann,Birch,2024-01-02\n2,明,王,2024-01-02\n3,Bob,,2024-01-02\n"
    assert [values["name"] for values in values_by_row(plan_text(tmp_path, text)).values()] == [
        "Ann Birch",
        "王明",
        "Bob",
    ]
    spanish = "ID,Nombre,Apellidos,Fecha\n1,Ana Ruiz,Ruiz,2024-01-02\n2,Eva,Gil,2024-01-02\n"
    assert [values["name"] for values in values_by_row(plan_text(tmp_path, spanish)).values()] == [
        "Ana Ruiz",
        "Eva Gil",
    ]


def test_a_heart_attack_makes_the_history_true_and_its_absence_nothing(tmp_path: Path) -> None:
    facts = ["yes,no", "no,yes", "no,no", ","]
    text = "ID,Visit date,heart_attack,stroke\n" + "".join(f"{n},2024-01-02,{fact}\n" for n, fact in enumerate(facts))
    values = values_by_row(plan_text(tmp_path, text))
    assert [row.get("cvd_history") for row in values.values()] == [True, True, None, None]
    assert [row.get("stroke_history") for row in values.values()] == [False, True, False, None]


def test_resident_numbers_give_birth_date_sex_and_number(tmp_path: Path) -> None:
    text = "身份证号,姓名,随访日期\n990309 19730702 8687,李茵,2024-01-02\n990309197307028688,王芳,2024-01-02\n"
    plan = plan_text(tmp_path, text)
    values = values_by_row(plan)[2]
    assert (values["patient_id"], values["birth_date"], values["sex"]) == ("990309197307028687", "1973-07-02", "F")
    assert {reason for reason, _ in parked_by_row(plan)[3]} == {"impossible_value"}


def test_qualifiers_stay_with_their_numbers(tmp_path: Path) -> None:
    plan = plan_text(tmp_path, table("UACR (mg/g)", ["<3", ">300", "negative", "5"]))
    assert qualifiers_by_row(plan) == {2: {"uacr_mg_g": "<"}, 3: {"uacr_mg_g": ">"}, 4: {"uacr_mg_g": "negative"}}
    assert [values.get("uacr_mg_g") for values in values_by_row(plan).values()] == [3.0, 300.0, None, 5.0]


def test_originals_are_kept_only_where_they_differ(tmp_path: Path) -> None:
    plan = plan_text(tmp_path, table("HDL (mg/dL)", ["58", "60.0", ""]))
    assert plan.identified is not None
    columns = {column.field: column for column in plan.identified.entries.columns}
    assert columns["hdl_mmol_l"].texts == ["58", "60.0", None]
    assert columns["sex"].texts == [None, None, None]
    assert columns["hdl_mmol_l"].conversion is not None
    assert columns["hdl_mmol_l"].conversion.unit_from == "mg/dL"
    assert (columns["hdl_mmol_l"].header, columns["hdl_mmol_l"].index) == ("HDL (mg/dL)", 5)


def test_rows_that_are_no_patients_are_counted_apart(tmp_path: Path) -> None:
    rows = [f"{who}120" for who in people(9)]
    extra = [HEAD + "SBP", "Total,9 patients,,,,", "合计,,,,,", "Average,,,,,121", "Printed for testing only,,,,,"]
    plan = plan_text(tmp_path, "\n".join([HEAD + "SBP", *rows[:4], extra[0], *rows[4:], *extra[1:]]))
    assert [(row.row, row.kind.value) for row in plan.not_patients] == [
        (6, "repeated_header"),
        (12, "totals"),
        (13, "totals"),
        (14, "totals"),
        (15, "footer"),
    ]
    assert plan.rows_read == 9


def test_a_person_called_total_or_max_is_a_person(tmp_path: Path) -> None:
    text = "\n".join([HEAD + "SBP", "P1,Max,1960-01-02,M,2024-05-06,120", "P2,Total,1960-01-02,F,2024-05-06,120"])
    plan = plan_text(tmp_path, text)
    assert plan.not_patients == ()
    assert plan.rows_read == 2


def test_known_people_are_not_made_again(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("\n".join([HEAD + "SBP", *[f"{who}120" for who in WHO]]), encoding="utf-8")
    from tests.engine.intake.plans import plan_file

    known = [KnownPerson("id-1", "P1", "Ann", "1960-01-02", "F")]
    plan = plan_file(path, known=known)
    assert person_of_row(plan) == {2: "id-1", 3: "new-1"}
    assert plan.identified is not None
    assert plan.identified.new_person_ids == {"new-1"}


def test_every_question_has_its_sentence(tmp_path: Path) -> None:
    texts = (
        table("Chol", ["180", "200"]),
        table("Chol", ["5.0", "4.8", "5.2", "190", "210", "180"]),
        "Patient ID,Year of birth\nP1,1960\n",
        "Date,Systolic,Diastolic\nApr 04 2025,125,82\n",
        "Patient ID,Visit date,Sex,SBP1,SBP2\nP1,03/04/2024,1,120,130\n",
        "Patient ID,Visit date,Weight (kg),Weight (lb)\nP1,2024-01-02,70,154.3\n",
        table("Pulse", ["good"] * 6),
        "Name,Visit date\nAnn,2024-01-02\nAnn,2024-01-03\n",
    )
    for text in texts:
        plan = plan_text(tmp_path, text)
        assert plan.questions
        for question in plan.questions:
            for language in LANGUAGES:
                sentence = load_wording(language).say(f"intake.question.{question.kind.value}", **question.evidence)
                assert "{" not in sentence
