"""Many people's values as columns: the same numbers as the records, only flat."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.domain.entries import IdentifiedEntries
from engine.domain.readings import visit_value
from engine.domain.record import Value
from engine.errors import UsageError
from engine.fields import load_dictionary
from engine.store import (
    Vault,
    apply_entries,
    export_visits,
    load_observations,
    load_record,
    merge_people,
    move_visit,
    remove_value,
    remove_visit,
)

Sheet = Callable[..., IdentifiedEntries]
ROWS: list[dict[str, Value | None]] = [
    {
        "person": "a",
        "visit_date": "2024-02-02",
        "name": "Ann",
        "birth_date": "1950-03",
        "sex": "F",
        "sbp_mmhg": 140.0,
        "sbp_mmhg#2": 131.0,
        "smoker": "former",
        "diabetes": True,
        "notes": "well",
        "next_visit_date": "2024-05-02",
    },
    {"person": "a", "visit_date": "2023-02-02", "sbp_mmhg": 150.0, "smoker": "current", "diabetes": False},
    {"person": "b", "visit_date": "2024-01-01", "sex": "M", "hba1c_percent": 6.5, "smoker": "pipe"},
    {"person": "c", "visit_date": "2024-01-01", "next_visit_date": "soon"},
]


@pytest.fixture
def people(vault: Vault, sheet: Sheet) -> Vault:
    apply_entries(vault, sheet(ROWS), actor="user-1")
    return vault


def test_visits_are_sorted_by_person_and_day(people: Vault) -> None:
    seen = load_observations(people)
    assert list(seen.person_ids) == ["a", "b", "c"]
    assert seen.visit_person.tolist() == [0, 0, 1, 2]
    days = [date(2023, 2, 2), date(2024, 2, 2), date(2024, 1, 1), date(2024, 1, 1)]
    assert seen.visit_day.tolist() == [day.toordinal() for day in days]
    assert seen.last_visits().tolist() == [False, True, True, True]
    assert seen.visit_ids[1] == load_record(people, "a").visits[1].id


def test_values_are_encoded_as_in_a_batch(people: Vault) -> None:
    columns = load_observations(people).columns
    smoker = load_dictionary()["smoker"].category_codes.index
    expected = {
        "sbp_mmhg": [150.0, 135.5, np.nan, np.nan],
        "smoker": [smoker("current"), smoker("former"), np.inf, np.nan],  # a pipe is no code of the field
        "diabetes": [0.0, 1.0, np.nan, np.nan],
        "hba1c_percent": [np.nan, np.nan, 6.5, np.nan],
        "next_visit_date": [np.nan, date(2024, 5, 2).toordinal(), np.nan, np.inf],
    }
    assert set(columns) == set(expected)  # texts take no part
    for field, values in expected.items():
        np.testing.assert_array_equal(columns[field], values, err_msg=field)


def test_people_have_their_own_columns(people: Vault) -> None:
    persons = load_observations(people).persons
    np.testing.assert_array_equal(persons["birth_date"], [date(1950, 3, 1).toordinal(), np.nan, np.nan])
    np.testing.assert_array_equal(persons["sex"], [0.0, 1.0, np.nan])
    precision = load_dictionary()["birth_date_precision"].category_codes.index
    np.testing.assert_array_equal(persons["birth_date_precision"], [precision("month"), np.nan, np.nan])


@pytest.mark.parametrize("chosen", [["c"], ["b", "a"], ["a", "a"]])
def test_chosen_people_have_the_same_values(people: Vault, chosen: list[str]) -> None:
    everyone, some = load_observations(people), load_observations(people, chosen)
    assert list(some.person_ids) == list(dict.fromkeys(chosen))
    for place, visit in enumerate(some.visit_ids):
        other = list(everyone.visit_ids).index(visit)
        assert some.person_ids[some.visit_person[place]] == everyone.person_ids[everyone.visit_person[other]]
        for field, column in some.columns.items():
            np.testing.assert_array_equal(column[place], everyone.columns[field][other])


def test_removed_and_moved_visits_count_as_they_now_stand(people: Vault) -> None:
    first, second = load_record(people, "a").visits
    remove_visit(people, first.id, "user-1")
    move_visit(people, second.id, "user-1", to_person_id="b", to_date=date(2022, 1, 1))
    remove_value(people, second.id, "diabetes", 1, "user-1")
    seen = load_observations(people)
    assert seen.visit_person.tolist() == [1, 1, 2]
    np.testing.assert_array_equal(seen.columns["sbp_mmhg"], [135.5, np.nan, np.nan])
    assert "diabetes" not in seen.columns


def test_merged_people_are_one(people: Vault) -> None:
    merge_people(people, "b", "a", "user-1")
    for seen in (load_observations(people), load_observations(people, ["a"])):
        assert seen.person_ids[0] == "b"
        assert seen.visit_person.tolist()[:3] == [0, 0, 0]
        assert seen.visit_day.tolist()[:3] == sorted(seen.visit_day.tolist()[:3])
        assert seen.persons["sex"][0] == 1.0  # its own
        assert seen.persons["birth_date"][0] == date(1950, 3, 1).toordinal()  # what it lacked


def test_an_empty_clinic_has_empty_columns(vault: Vault) -> None:
    seen = load_observations(vault)
    assert len(seen.person_ids) == len(seen.visit_ids) == 0
    assert seen.columns == {}


def test_somebody_unknown_is_refused(people: Vault) -> None:
    with pytest.raises(UsageError, match="person_unknown"):
        load_observations(people, ["nobody"])


numbers = st.floats(-1e9, 1e9).map(lambda number: round(number, 3))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(st.lists(st.dictionaries(st.integers(1, 4), numbers, max_size=4), min_size=1, max_size=5))
def test_the_columns_hold_bit_for_bit_what_the_record_gives(
    vault: Vault, sheet: Sheet, visits: list[Mapping[int, float]]
) -> None:
    person = str(vault._database.one("SELECT count(*) FROM audit"))
    rows = [
        {"person": person, "visit_date": f"2024-01-{day:02}"} | {f"hdl_mmol_l#{n}": v for n, v in readings.items()}
        for day, readings in enumerate(visits, 1)
    ]
    apply_entries(vault, sheet(rows), actor="user-1")
    column = load_observations(vault, [person]).columns.get("hdl_mmol_l", np.full(len(visits), np.nan))
    for place, visit in enumerate(load_record(vault, person).visits):
        readings = [m.value for m in visit.measurements if m.value is not None]
        np.testing.assert_array_equal(column[place], visit_value(readings) if readings else np.nan)


pressures = st.dictionaries(
    st.sampled_from([f"{name}#{n}" for name in ("sbp_mmhg", "dbp_mmhg", "pulse_bpm") for n in (1, 2, 3)]),
    st.sampled_from([70.0, 80.0, 91.3, 120.0, 140.7]),
    min_size=1,
)
rules = st.dictionaries(
    st.sampled_from(["sbp_mmhg", "dbp_mmhg", "pulse_bpm"]), st.sampled_from(["mean", "first", "last", "higher_arm"])
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80, deadline=None)
@given(st.lists(st.tuples(rules, st.lists(pressures, min_size=1, max_size=3)), min_size=1, max_size=3))
def test_columns_and_the_exported_table_follow_the_same_rules(
    vault: Vault, sheet: Sheet, files: list[tuple[Mapping[str, str], list[Mapping[str, float]]]]
) -> None:
    person = str(vault._database.one("SELECT count(*) FROM audit"))
    for chosen, visits in files:
        rows = [
            {"person": person, "patient_id": person, "visit_date": f"2024-01-{day:02}", **readings}
            for day, readings in enumerate(visits, 1)
        ]
        names = {name for row in rows for name in row}
        columns = {name: {"rule": chosen.get(name.partition("#")[0])} for name in names}
        apply_entries(vault, sheet(rows, columns=columns), actor="user-1")
    table = export_visits(vault)
    cells = [dict(zip(table.fields, row, strict=True)) for row in table.rows]
    exported = [row for row in cells if row["patient_id"] == person]
    everyone, alone = load_observations(vault), load_observations(vault, [person])
    last = everyone.visit_person == list(everyone.person_ids).index(person)
    for field, column in alone.columns.items():
        expected = [np.nan if row[field] is None else row[field] for row in exported]
        np.testing.assert_array_equal(column, np.array(expected, dtype=np.float64), err_msg=field)
        np.testing.assert_array_equal(everyone.columns[field][last], column, err_msg=field)
