"""Who gives a row, from which visit, until when and with what: hand-made records whose answer is plain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pytest

from engine.domain.record import Certainty, Condition, Value
from engine.domain.studio import RowLeftOut
from engine.fields import load_dictionary
from engine.risk.cohort.follow import Cohort, Tells, Visits, follow
from engine.risk.cohort.outcome import asked_outcome
from tests.engine.risk.cohort.histories import Visits as History
from tests.engine.risk.cohort.histories import illness, observations

SEEN: Mapping[str, Value] = {"sbp_mmhg": 140.0}
TWO_YEARS: History = [("2020-01-01", SEEN), ("2022-01-01", SEEN)]


def run(
    *people: History,
    outcome: str = "declared:diabetes",
    at_least: float | None = None,
    conditions: Mapping[str, Sequence[Condition]] | None = None,
    horizon: float | None = 10.0,
    since: str = "1900-01-01",
    until: str = "2100-01-01",
    repeats: Sequence[str] = (),
) -> Cohort:
    records = observations(*people)
    asked = asked_outcome(outcome, at_least, load_dictionary())
    days = records.visit_day
    in_time = (days >= date.fromisoformat(since).toordinal()) & (days <= date.fromisoformat(until).toordinal())
    pressure = records.columns.get("sbp_mmhg", np.full(len(days), np.nan))
    visits = Visits(in_time, in_time & ~np.isnan(pressure))
    if asked.measure is not None:
        values = records.columns[asked.measure]
        tells = Tells((np.where(np.isnan(values), np.nan, values >= (at_least or 0)),), until_last=True, kept=False)
    else:
        columns = tuple(records.columns[name] for name in asked.fields if name in records.columns)
        tells = Tells(columns, until_last=asked.name == "pregnant", kept=asked.name != "pregnant")
    return follow(records, conditions or {}, asked, tells, visits, repeats, horizon)


def years(cohort: Cohort) -> list[float]:
    assert cohort.years is not None
    return [round(each * 365.25, 6) for each in cohort.years.tolist()]


def test_who_stays_well_is_followed_from_the_first_to_the_last_visit() -> None:
    found = run([("2019-01-01", {}), *TWO_YEARS])  # nothing of the predictors was recorded in 2019
    assert (found.visits.tolist(), found.event.tolist(), years(found)) == ([1], [False], [731])
    assert found.left_out == {}


def test_everybody_gives_one_row_however_often_they_came() -> None:
    often: History = [(f"2020-{month:02d}-01", SEEN) for month in range(1, 13)]
    found = run(often, TWO_YEARS)
    assert found.visits.tolist() == [0, 12]


def test_the_time_cut_moves_the_visit_from_which_people_are_followed() -> None:
    found = run([("2018-06-01", SEEN), *TWO_YEARS], since="2019-01-01", until="2021-01-01")
    assert found.visits.tolist() == [1]
    assert years(found) == [731]  # what comes after the cut still tells how it ended


def test_who_has_no_visit_in_the_time_is_counted() -> None:
    found = run([("2010-01-01", SEEN), ("2011-01-01", SEEN)], TWO_YEARS, since="2019-01-01")
    assert found.left_out == {RowLeftOut.NO_VISIT: 1}
    assert len(found.event) == 1


def test_a_dated_condition_is_an_event_on_its_day() -> None:
    found = run(TWO_YEARS, conditions={"p0": [illness("diabetes_type2", "2021-01-01")]})
    assert (found.event.tolist(), years(found)) == ([True], [366])


def test_an_event_beyond_the_horizon_is_none_and_ends_at_the_horizon() -> None:
    found = run(
        [("2010-01-01", SEEN), ("2020-01-01", SEEN)],
        conditions={"p0": [illness("diabetes_type2", "2019-01-01")]},
        horizon=3.0,
    )
    assert (found.event.tolist(), years(found)) == ([False], [pytest.approx(3 * 365.25)])


@pytest.mark.parametrize("code", ["diabetes_type2", "diabetes_type1"])  # of the second the outcome is no case
@pytest.mark.parametrize("onset", ["2015-03-01", "2015", "2020-01-01"])
def test_who_was_ill_at_the_first_visit_is_left_out(code: str, onset: str) -> None:
    found = run(TWO_YEARS, conditions={"p0": [illness(code, onset)]})
    assert found.left_out == {RowLeftOut.OUTCOME_BEFORE: 1}


@pytest.mark.parametrize("onset", [None, "2020", "2020-01"])
def test_a_day_that_does_not_tell_before_from_after_leaves_out(onset: str | None) -> None:
    found = run(TWO_YEARS, conditions={"p0": [illness("diabetes_type2", onset)]})
    assert found.left_out == {RowLeftOut.OUTCOME_UNDATED: 1}


@pytest.mark.parametrize("certainty", [Certainty.SUSPECTED, Certainty.REFUTED])
def test_what_is_not_sure_is_no_event(certainty: Certainty) -> None:
    found = run(TWO_YEARS, conditions={"p0": [illness("diabetes_type2", "2021-01-01", certainty)]})
    assert found.event.tolist() == [False]


def test_who_never_came_back_is_left_out_but_an_event_told_later_counts() -> None:
    once: History = [("2020-01-01", SEEN)]
    found = run(once, once, conditions={"p1": [illness("diabetes_type2", "2021-06-01")]})
    assert found.left_out == {RowLeftOut.NOT_FOLLOWED: 1}
    assert found.event.tolist() == [True]


def test_death_from_something_else_ends_the_time() -> None:
    found = run(TWO_YEARS, conditions={"p0": [illness("death", "2022-07-01")]})
    assert (found.event.tolist(), years(found)) == ([False], [912])
    assert found.lost == 0


@pytest.mark.parametrize("told", ["visit", "condition"])
def test_nothing_happens_after_death(told: str) -> None:
    late = [("2023-01-01", SEEN)] if told == "visit" else []
    own = [illness("death", "2022-07-01"), *([] if late else [illness("diabetes_type2", "2023-01-01")])]
    found = run([*TWO_YEARS, *late], conditions={"p0": own})
    assert found.left_out == {RowLeftOut.CONTRADICTION: 1}


def turned(*answers: tuple[str, bool | None]) -> History:
    return [(day, SEEN if yes is None else {**SEEN, "diabetes": yes}) for day, yes in answers]


def test_a_field_that_turns_counts_in_the_middle_of_the_time_between() -> None:
    found = run(turned(("2020-01-01", False), ("2021-01-01", False), ("2023-01-01", True), ("2024-01-01", True)))
    middle = (date(2021, 1, 2).toordinal() + date(2023, 1, 1).toordinal()) / 2 - date(2020, 1, 1).toordinal()
    assert (found.event.tolist(), years(found)) == ([True], [pytest.approx(middle)])


def test_an_illness_that_does_not_pass_and_is_gone_later_contradicts_itself() -> None:
    history = turned(("2020-01-01", False), ("2021-01-01", True), ("2022-01-01", False))
    assert run(history).left_out == {RowLeftOut.CONTRADICTION: 1}
    passing = [(day, {**SEEN, "physically_active": values.get("diabetes", False)}) for day, values in history]
    assert run(passing, outcome="field:physically_active").event.tolist() == [True]


def test_a_field_that_nobody_ever_recorded_tells_nothing() -> None:
    found = run(TWO_YEARS, turned(("2020-01-01", False), ("2022-01-01", None)), outcome="field:diabetes")
    assert found.left_out == {RowLeftOut.OUTCOME_UNKNOWN: 1}
    assert years(found) == [731]  # a field of the person counts until it changes


def test_a_field_of_one_visit_tells_nothing_of_the_visits_after_it() -> None:
    history: History = [
        ("2020-01-01", {**SEEN, "pregnant": False}),
        ("2021-01-01", {**SEEN, "pregnant": False}),
        ("2025-01-01", SEEN),
    ]
    assert years(run(history, outcome="field:pregnant")) == [366]


def hba1c(*values: tuple[str, float | None]) -> History:
    return [(day, SEEN if value is None else {**SEEN, "hba1c_percent": value}) for day, value in values]


def test_a_measurement_that_reaches_the_limit_is_an_event_between_two_visits() -> None:
    found = run(
        hba1c(("2020-01-01", 6.0), ("2021-01-01", 6.4), ("2022-01-01", 6.5)),
        outcome="measurement:hba1c_percent",
        at_least=6.5,
    )
    middle = (date(2021, 1, 2).toordinal() + date(2022, 1, 1).toordinal()) / 2 - date(2020, 1, 1).toordinal()
    assert (found.event.tolist(), years(found)) == ([True], [pytest.approx(middle)])


def test_people_begin_when_it_was_measured_and_end_when_it_was_measured_last() -> None:
    found = run(
        hba1c(("2019-01-01", None), ("2020-01-01", 6.0), ("2021-01-01", 6.0), ("2025-01-01", None)),
        hba1c(("2019-01-01", None), ("2025-01-01", None)),
        hba1c(("2019-01-01", 7.0), ("2020-01-01", 6.0), ("2021-01-01", 6.0)),
        hba1c(("2019-01-01", 6.0), ("2025-01-01", None)),
        outcome="measurement:hba1c_percent",
        at_least=6.5,
    )
    assert (found.visits.tolist(), years(found)) == ([1], [366])
    assert found.left_out == {
        RowLeftOut.OUTCOME_UNKNOWN: 1,
        RowLeftOut.OUTCOME_BEFORE: 1,
        RowLeftOut.NOT_FOLLOWED: 1,
    }


def test_who_was_not_seen_for_a_year_when_the_record_ends_is_lost() -> None:
    found = run(TWO_YEARS, [("2020-01-01", SEEN), ("2025-01-01", SEEN)])
    assert found.lost == 1


def test_a_person_who_is_there_twice_counts_once() -> None:
    found = run(TWO_YEARS, TWO_YEARS, repeats=["p1"])
    assert found.left_out == {RowLeftOut.REPEATED: 1}
    assert len(found.event) == 1


def test_at_the_same_visit_the_outcome_is_what_was_known_then() -> None:
    found = run(
        turned(("2020-01-01", None), ("2021-01-01", True), ("2022-01-01", False)),
        turned(("2020-01-01", False), ("2021-01-01", True)),
        turned(("2020-01-01", None)),
        turned(("2020-01-01", None), ("2021-01-01", None)),
        conditions={"p3": [illness("diabetes_type2", "2015")]},
        horizon=None,
    )
    assert found.years is None
    assert (found.visits.tolist(), found.event.tolist()) == ([1, 3, 6], [True, False, True])
    assert found.left_out == {RowLeftOut.OUTCOME_UNKNOWN: 1}


def test_a_measurement_at_the_same_visit_is_that_of_the_first_visit_with_it() -> None:
    found = run(
        hba1c(("2020-01-01", None), ("2021-01-01", 6.5), ("2022-01-01", 5.0)),
        hba1c(("2020-01-01", 6.4), ("2022-01-01", 9.0)),
        outcome="measurement:hba1c_percent",
        at_least=6.5,
        horizon=None,
    )
    assert (found.visits.tolist(), found.event.tolist()) == ([1, 3], [True, False])


def test_where_only_a_list_of_conditions_tells_what_is_not_on_it_is_not_there() -> None:
    found = run(
        TWO_YEARS,
        TWO_YEARS,
        TWO_YEARS,
        TWO_YEARS,
        outcome="condition:gout",
        conditions={
            "p1": [illness("gout", "2019")],
            "p2": [illness("gout", None)],
            "p3": [illness("gout", "2019", Certainty.SUSPECTED)],
        },
        horizon=None,
    )
    assert (found.visits.tolist(), found.event.tolist()) == ([0, 2], [False, True])
    assert found.left_out == {RowLeftOut.OUTCOME_UNDATED: 1, RowLeftOut.OUTCOME_UNKNOWN: 1}
