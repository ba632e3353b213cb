from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import InputError
from engine.learning.columns import Kind, read_columns
from engine.learning.leaks import Code, Weight, tells
from engine.learning.rows import Asked, Rows, prepare
from engine.learning.telling import tell_finding
from engine.wording import LANGUAGES, load_wording

Cells = dict[str, list[str]]


def clinic(count: int = 400) -> Cells:
    """People of a made-up clinic: age and pressure matter a little, the rest does not."""
    rng = np.random.default_rng(1)
    age, pressure = rng.integers(30, 85, count), rng.normal(135, 18, count)
    ill = rng.random(count) < 1 / (1 + np.exp(4 - 0.05 * age))
    return {
        "age": [str(each) for each in age],
        "sbp": ["" if each > 165 else f"{each:.1f}" for each in pressure],
        "waist": [f"{each:.2f}" for each in rng.normal(90, 12, count)],
        "sex": ["男" if each else "女" for each in rng.random(count) < 0.5],
        "ill": ["1" if each else "0" for each in ill],
    }


def found(rows: Rows, column: str) -> dict[Code, Weight]:
    return {each.code: each.weight for each in rows.findings if each.column == column}


def test_kinds_are_read_from_the_cells() -> None:
    names = [f"patient {each} said so" for each in range(40)]
    cells = {
        "row": [str(each) for each in range(1, 41)],
        "mrn": [f"A{each}" for each in range(40)],
        "age": [str(20 + each % 30) for each in range(40)],
        "full": ["１２．５", "13"] * 20,
        "cat": ["a", "b", "", "NA"] * 10,
        "seen": ["2024-03-05", "2024年3月6日"] * 20,
        "same": ["7"] * 40,
        "none": [""] * 40,
        "note": names,
        "story": [each * 8 for each in names],
        "mostly": ["5.5"] * 20 + ["6"] * 19 + ["inf"],
        "words": ["5.5"] * 20 + ["high"] * 20,
    }
    columns = {column.name: column for column in read_columns(cells)}
    kinds = {name: column.kind for name, column in columns.items()}
    assert kinds == {
        **{"row": Kind.IDENTIFIER, "mrn": Kind.IDENTIFIER, "age": Kind.NUMBER, "full": Kind.NUMBER},
        **{"cat": Kind.CATEGORY, "seen": Kind.DATE, "same": Kind.CONSTANT, "none": Kind.CONSTANT},
        **{"note": Kind.TEXT, "story": Kind.LONG_TEXT, "mostly": Kind.NUMBER, "words": Kind.CATEGORY},
    }
    assert columns["full"].values[:2].tolist() == [12.5, 13.0]
    assert columns["cat"].missing.sum() == 20
    assert columns["seen"].values[0] == date(2024, 3, 5).toordinal()
    assert columns["mostly"].unreadable == 1
    assert np.isnan(columns["mostly"].values[-1])


@settings(deadline=None)
@given(st.lists(st.one_of(st.just(""), st.floats(-1e6, 1e6).map(repr)), min_size=1, max_size=60))
def test_numbers_come_back_as_they_were_written(cells: list[str]) -> None:
    (column,) = read_columns({"value": cells})
    assert column.kind in (Kind.NUMBER, Kind.CONSTANT, Kind.IDENTIFIER)
    if any(cells):
        assert [("" if np.isnan(each) else float(each)) for each in column.values] == [
            float(cell) if cell else "" for cell in cells
        ]


def test_a_clean_table_is_left_alone() -> None:
    rows = prepare(clinic(), Asked("ill"))
    assert [column.name for column in rows.columns] == ["age", "sbp", "waist", "sex"]
    assert rows.findings == ()
    assert rows.event.sum() == clinic()["ill"].count("1")
    gaps = clinic()["sbp"].count("")
    assert rows.missingness.share["sbp"] == pytest.approx(gaps / 400)
    assert rows.missingness.complete == 400 - gaps
    assert rows.missingness.patterns == (((), 400 - gaps), (("sbp",), gaps))


def _shifted(ill: int, rng: np.random.Generator) -> str:
    return f"{ill * 5 + rng.random():.3f}"


def _renamed(ill: int, rng: np.random.Generator) -> str:
    return ["ok", "bad"][ill]


def _in_the_middle(ill: int, rng: np.random.Generator) -> str:
    return f"{(5 if ill else rng.choice([1, 9])) + rng.random():.2f}"  # an order alone would not show it


def _one_word(ill: int, rng: np.random.Generator) -> str:
    return str(rng.choice(["x", "y", "z"] if ill else ["y", "z"]))


def _filled_because(ill: int, rng: np.random.Generator) -> str:
    return str(rng.integers(0, 9)) if ill and rng.random() < 0.4 else ""


def _often_missing(ill: int, rng: np.random.Generator) -> str:
    return "" if rng.random() < 0.2 + 0.5 * ill else str(rng.integers(0, 9))


@pytest.mark.parametrize(
    ("make", "code", "weight"),
    [
        (_shifted, Code.COPY, Weight.LEAVE_OUT),
        (_renamed, Code.COPY, Weight.LEAVE_OUT),
        (_in_the_middle, Code.COPY, Weight.LEAVE_OUT),
        (_one_word, Code.VALUE_TELLS, Weight.ASK),
        (_filled_because, Code.MISSING_TELLS, Weight.LEAVE_OUT),
        (_often_missing, Code.MISSING_DIFFERS, Weight.KNOW),
    ],
)
def test_columns_that_know_the_outcome_are_found(
    make: Callable[[int, np.random.Generator], str], code: Code, weight: Weight
) -> None:
    cells = clinic()
    rng = np.random.default_rng(2)
    cells["extra"] = [make(int(each), rng) for each in cells["ill"]]
    rows = prepare(cells, Asked("ill"))
    assert found(rows, "extra")[code] is weight
    assert ("extra" in [column.name for column in rows.columns]) is (weight is not Weight.LEAVE_OUT)
    assert {each.column for each in rows.findings} == {"extra"}
    assert "extra" in [column.name for column in prepare(cells, Asked("ill", keep=["extra"])).columns]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("time", Code.NAME_AFTER),
        ("discharge", Code.NAME_AFTER),
        ("mother_died_age", None),
        ("死亡家族史", None),
        ("dnr", Code.NAME_DECISION),
        ("site", Code.NAME_COLLECTION),
        ("ill_2", Code.NAME_LIKE_OUTCOME),
        ("weight82", Code.LATER_TWIN),
        ("death_family_history", None),
        ("marital_status", None),
        ("treadmill", None),
    ],
)
def test_names_are_questions_and_with_figures_that_agree_answers(name: str, code: Code | None) -> None:
    cells = clinic()
    rng = np.random.default_rng(3)
    cells["weight71"] = [f"{each:.1f}" for each in rng.normal(70, 10, 400)]
    cells[name] = [f"{each:.1f}" for each in rng.normal(70, 10, 400)]
    assert found(prepare(cells, Asked("ill")), name) == ({} if code is None else {code: Weight.ASK})
    cells[name] = [f"{rng.normal() + 2 * int(each):.2f}" for each in cells["ill"]]
    known = found(prepare(cells, Asked("ill")), name)
    if code is not None:
        assert known[code] is (Weight.ASK if code is Code.NAME_COLLECTION else Weight.LEAVE_OUT)


@pytest.mark.parametrize(
    "name", ["FollowupDays", "follow_up_months", "随访天数", "time_death_days", "death_event", "surv2m", "censored"]
)
def test_what_is_only_known_after_any_outcome_is_left_out_by_its_name_alone(name: str) -> None:
    cells = clinic()
    cells[name] = [f"{each:.1f}" for each in np.random.default_rng(3).normal(70, 10, 400)]
    rows = prepare(cells, Asked("ill"))
    assert found(rows, name) == {Code.NAME_AFTER: Weight.LEAVE_OUT}
    assert name not in [each.name for each in rows.columns]
    assert name in [each.name for each in prepare(cells, Asked("ill", keep=[name])).columns]


@pytest.mark.parametrize("form", ["{:.1f}%", "{:.1f} %", "comma"])
def test_numbers_spelt_for_people_are_refused_and_not_learned_from_as_words(form: str) -> None:
    cells = clinic()
    values = np.random.default_rng(3).normal(70, 10, 400)
    told = [f"{each:.1f}".replace(".", ",") if form == "comma" else form.format(each) for each in values]
    cells["share"] = ["", *told[1:]]
    with pytest.raises(InputError, match="learning_other_numbers") as caught:
        prepare(cells, Asked("ill"))
    assert (caught.value.details["column"], caught.value.details["row"]) == ("share", 3)
    prepare({**cells, "share": ["<5 %", "5-10 %"] * 200}, Asked("ill"))  # bands are words


def test_a_column_of_chance_tells_nothing() -> None:
    rng = np.random.default_rng(4)
    event = rng.random(300) < 0.3
    words = [f"v{each}" for each in rng.integers(0, 25, 300)]
    numbers = [f"{each:.4f}" for each in rng.normal(size=300)]
    assert all(tells(column, event) < 0.65 for column in read_columns({"words": words, "numbers": numbers}))


def test_dates_after_the_outcome_are_counted() -> None:
    cells = clinic()
    ill = [each == "1" for each in cells["ill"]]
    cells["fell_ill"] = ["2024-03-05" if each else "" for each in ill]
    cells["tested"] = ["2024-03-09" if place % 2 else "2023-01-01" for place in range(400)]
    later = sum(each and place % 2 for place, each in enumerate(ill))
    rows = prepare(cells, Asked("ill", outcome_day="fell_ill"))
    assert next(each.details for each in rows.findings if each.code is Code.DATE_AFTER) == {"rows": later}
    assert "tested" not in [column.name for column in rows.columns]


def test_rows_said_twice_and_rows_that_contradict_are_counted() -> None:
    cells = clinic(60)
    for name, column in cells.items():
        cells[name] = [*column, column[0], column[1]]
    cells["ill"][-1] = "0" if cells["ill"][1] == "1" else "1"
    cells["no"] = [str(each) for each in range(62)]
    rows = prepare(cells, Asked("ill"))
    assert np.flatnonzero(rows.duplicate).tolist() == [60]
    by_code = {each.code: each.details for each in rows.findings if not each.column}
    assert by_code == {Code.DUPLICATES: {"rows": 1, "of": 62}, Code.CONTRADICTIONS: {"rows": 2}}


def test_of_rows_of_the_record_neither_names_nor_rows_that_are_alike_are_asked_about() -> None:
    cells = clinic(200)
    cells["on_treatment"] = ["yes" if place % 3 else "no" for place in range(200)]
    twice = {name: column + column[:30] for name, column in cells.items()}
    asked = prepare(twice, Asked("ill"))
    assert {Code.NAME_DECISION, Code.DUPLICATES} <= {each.code for each in asked.findings}
    of_record = prepare(twice, Asked("ill", of_record=True))
    assert not {Code.NAME_DECISION, Code.DUPLICATES} & {each.code for each in of_record.findings}
    assert not of_record.duplicate.any()


def test_a_code_of_a_field_is_a_value_though_it_reads_like_a_gap() -> None:
    cells = ["none", "first_degree", "", "none"] * 20
    (history,) = read_columns({"family_history_diabetes": cells})
    assert history.levels == ("first_degree", "none")
    assert history.missing.sum() == 20
    (other,) = read_columns({"complaint": cells})
    assert other.missing.sum() == 60


def test_rows_without_outcome_do_not_take_part() -> None:
    cells = clinic(100)
    cells["ill"][3] = cells["ill"][50] = "NA"
    rows = prepare(cells, Asked("ill"))
    assert (len(rows.event), len(rows.columns[0].values)) == (98, 98)
    assert 3 not in rows.row
    assert [each.details for each in rows.findings if each.code is Code.NO_OUTCOME] == [{"rows": 2}]


@pytest.mark.parametrize(
    ("outcome", "asked", "code"),
    [
        (["1"] * 40, Asked("o"), "learning_one_class"),
        (["0", "1", "2", "3"] * 10, Asked("o"), "learning_many_classes"),
        (["green", "red"] * 20, Asked("o"), "learning_unclear_outcome"),
        (["green", "red"] * 20, Asked("o", positive="blue"), "learning_no_positive"),
        (["0", "1"] * 5, Asked("o"), "learning_few_rows"),
        (["0", "1"] * 20, Asked("p"), "learning_no_column"),
        (["0", "1"] * 20, Asked("o", exclude=["age"]), "learning_no_columns"),
        (["0", "1"] * 20, Asked("o", time="t"), "learning_no_column"),
    ],
)
def test_what_cannot_be_learned_is_refused_with_a_sentence(outcome: list[str], asked: Asked, code: str) -> None:
    cells = {"o": outcome, "age": [str(30 + place % 7) for place in range(len(outcome))]}
    with pytest.raises(InputError) as refused:
        prepare(cells, asked)
    assert refused.value.code == code
    for language in LANGUAGES:
        assert load_wording(language).error(refused.value)


@pytest.mark.parametrize("pair", [("是", "否"), ("Yes", "no"), ("1.0", "0.0"), ("阳性", "阴性")])
def test_plain_outcomes_are_understood(pair: tuple[str, str]) -> None:
    cells = {"o": list(pair) * 20, "age": [str(30 + place // 2) for place in range(40)]}
    assert prepare(cells, Asked("o")).event.tolist() == [True, False] * 20


def test_every_finding_has_its_sentence() -> None:
    cells = clinic()
    cells["died"] = cells["ill"]
    cells["id"] = [str(each) for each in range(400)]
    cells["later"] = ["" if each == "0" else "1.5" for each in cells["ill"]]
    rows = prepare(cells, Asked("ill"))
    assert len(rows.findings) >= 4
    for language in LANGUAGES:
        wording = load_wording(language)
        for finding in rows.findings:
            told = tell_finding(finding)
            assert finding.column in wording.say(told.key, **told.details)
        for code in Code:
            assert f"learning.finding.{code}" in wording


# Known not to be found by what the columns hold: other tests of the same visit, and a score made of the same values.
BEYOND_REACH = {
    "cervical_risk": {"hinselmann", "cytology"},
    "support2": {"sps"},
    "nhefs": {"qsmk"},
    "rhc_icu": {"swang1"},
}


@pytest.mark.shared
def test_the_traps_of_the_shared_sets_are_caught_and_honest_columns_stay(shared: Path) -> None:
    wrongly = []
    for meta in sorted((shared / "data").glob("*/meta.json")):
        document = json.loads(meta.read_text(encoding="utf-8"))
        with (meta.parent / "train.csv").open(encoding="utf-8", newline="") as file:
            table = list(csv.DictReader(file))
        cells = {name: [row[name] for row in table] for name in table[0]}
        rows = prepare(cells, Asked(document["outcome"]))
        noticed = {finding.column for finding in rows.findings}
        traps = set(document["non_features"]) & set(cells)
        assert traps - noticed == BEYOND_REACH.get(document["name"], set()), document["name"]
        kept = {column.name for column in rows.columns}
        constant = {finding.column for finding in rows.findings if finding.code is Code.CONSTANT}
        wrongly += [f"{document['name']}.{name}" for name in document["features"] if name not in kept | constant]
    # nhefs numbers its people in a column listed as a predictor, and lists who was lost to follow-up as another; the
    # last tells 98 % of tumours apart by itself.
    assert wrongly == ["nhefs.id", "nhefs.censored", "wdbc.worst_perimeter"]
