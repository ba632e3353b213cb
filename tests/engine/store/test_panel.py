"""What a list of people shows, read in small parts: the same values as the whole record gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from engine.domain.batch import FloatArray, IntArray
from engine.domain.entries import IdentifiedEntries
from engine.errors import UsageError
from engine.store import Vault, apply_entries, load_observations, merge_people
from engine.store.panel import Leads, birth_number, latest_people, load_panel_columns, sort_name
from engine.store.panel_values import values_at

Sheet = Callable[..., IdentifiedEntries]
FIELDS = ("sbp_mmhg", "dbp_mmhg", "next_visit_date")
LEADS = Leads((), frozenset())


def _rows(people: int) -> list[dict[str, object]]:
    random = np.random.default_rng(5)
    rows: list[dict[str, object]] = []
    for place in range(people):
        for day in ("2024-01-02", "2024-03-04")[: 1 + place % 2]:
            readings = random.integers(90, 200, 6).tolist()
            row: dict[str, object] = {"person": f"p{place}", "visit_date": day, "name": f"n{place}"}
            names = ("sbp_mmhg", "dbp_mmhg", "pulse_bpm")
            for number, name in enumerate(names):
                row[name] = float(readings[number]) if place % 5 else None
                row[f"{name}#2"] = float(readings[number + 3]) if place % 3 else None
            row["next_visit_date"] = "2024-06-01" if place % 4 else None
            rows.append(row)
    return rows


def _values_at(vault: Vault, visits: IntArray, fields: Sequence[str]) -> dict[str, FloatArray]:
    with vault.granting():
        return values_at(vault, visits, fields)


@pytest.mark.parametrize("rule", [None, "mean", "first", "last", "higher_arm"])
def test_values_are_those_of_the_whole_record(vault: Vault, sheet: Sheet, rule: str | None) -> None:
    columns = {name: {"rule": rule} for name in ("sbp_mmhg", "sbp_mmhg#2", "dbp_mmhg", "dbp_mmhg#2")}
    apply_entries(vault, sheet(_rows(30), columns=columns), actor="user-1")
    apply_entries(vault, sheet([{**row, "person": f"q{row['person']}"} for row in _rows(9)]), actor="user-1")
    observations = load_observations(vault)
    keys: dict[str, int] = dict(vault._database.rows("SELECT id, key FROM visit"))
    order = np.argsort([keys[id_] for id_ in observations.visit_ids])
    visits = np.array(sorted(keys.values()), dtype=np.int64)
    for field, values in _values_at(vault, visits, FIELDS).items():
        np.testing.assert_array_equal(values, observations.columns[field][order], err_msg=field)
    some = visits[::3]
    for field, values in _values_at(vault, some, FIELDS).items():
        np.testing.assert_array_equal(values, observations.columns[field][order][::3], err_msg=field)


def test_fields_nobody_ever_recorded_are_empty(vault: Vault) -> None:
    assert _values_at(vault, np.array([1, 2]), ("sbp_mmhg",))["sbp_mmhg"].tolist() == pytest.approx(
        [np.nan] * 2, nan_ok=True
    )


def test_more_people_than_are_read_at_once(vault: Vault, sheet: Sheet) -> None:
    rows = [
        {
            "person": f"p{place}",
            "visit_date": f"2024-01-{place % 28 + 1:02}",
            "name": f"n{place}",
            "sbp_mmhg": 90.0 + place % 100,
        }
        for place in range(4_500)
    ]
    apply_entries(vault, sheet(rows), actor="user-1")
    found = load_panel_columns(vault, LEADS)
    assert found.person_ids == [f"p{place}" for place in range(4_500)]
    assert found.sbp_mmhg.tolist() == [90.0 + place % 100 for place in range(4_500)]
    assert found.names == [row["name"] for row in rows]
    some = load_panel_columns(vault, LEADS, ["p4499", "p7", "p4499"])
    assert (some.person_ids, some.sbp_mmhg.tolist()) == (["p4499", "p7"], [189.0, 97.0])
    assert latest_people(vault, 3) == ("p4479", "p4451", "p4423")


def test_of_two_visits_on_a_day_the_later_entered_counts(vault: Vault, sheet: Sheet) -> None:
    for person, sbp in (("a", 120.0), ("b", 150.0)):
        rows = [{"person": person, "visit_date": "2024-01-02", "name": person, "sbp_mmhg": sbp}]
        apply_entries(vault, sheet(rows), actor="user-1")
    merge_people(vault, "a", "b", "user-1")
    assert load_panel_columns(vault, LEADS).sbp_mmhg.tolist() == [150.0]
    assert latest_people(vault, 5) == ("a",)


def test_an_unknown_person_is_refused(vault: Vault) -> None:
    with pytest.raises(UsageError, match="person_unknown"):
        load_panel_columns(vault, LEADS, ["x"])


@pytest.mark.parametrize(("earlier", "later"), [("1960", "1960-05"), ("1960-05", "1960-05-06"), ("1959-12-31", "1960")])
def test_births_sort_by_their_earliest_day(earlier: str, later: str) -> None:
    assert birth_number(earlier) < birth_number(later)


def test_names_of_one_spelling_stand_by_name() -> None:
    assert sort_name("p1\n张伟\n\nzhangwei\nzw") == "zhangwei\n张伟"
    assert sort_name("p1\nann\n") == "ann"
    assert sort_name("p1\n\n") == ""
    assert sort_name("\n이명박\n") == "이명박"
