"""Who counts, from when, until when, and with which event: hand-made records whose answer is plain."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime

import numpy as np
import pytest

from engine.domain.dates import PartialDate
from engine.domain.observations import Observations
from engine.domain.recalibration import LeftOut
from engine.domain.record import Certainty, Condition, Origin, SourceKind, Value
from engine.fields import load_dictionary
from engine.packs import Pack
from engine.risk.predictor import Predictor
from engine.risk.recalibration.judge import Followed
from engine.risk.recalibration.outcomes import Limit, Outcome, limit_of, load_outcomes
from engine.risk.recalibration.records import follow_people, follow_risks

WELL: Mapping[str, Value] = {"sex": "F", "age": 55.0, "sbp_mmhg": 140.0, "smoker": "never"}
OUTCOME = load_outcomes()["cardiovascular"]
ORIGIN = Origin(SourceKind.TYPED, datetime(2026, 1, 1, tzinfo=UTC))
Visits = Sequence[tuple[str, Mapping[str, Value]]]


def illness(code: str, onset: str | None, certainty: Certainty = Certainty.CONFIRMED) -> Condition:
    return Condition("c", code, certainty, ORIGIN, None if onset is None else PartialDate.parse(onset))


def observations(people: Sequence[Visits]) -> Observations:
    dictionary = load_dictionary()
    rows = [(person, date.fromisoformat(day), values) for person, visits in enumerate(people) for day, values in visits]
    names = {name for _, _, values in rows for name in values}
    return Observations(
        person_ids=[f"p{person}" for person in range(len(people))],
        persons={},
        visit_ids=[f"v{row}" for row in range(len(rows))],
        visit_person=np.array([person for person, _, _ in rows], dtype=np.int64),
        visit_day=np.array([day.toordinal() for _, day, _ in rows], dtype=np.int64),
        columns={
            name: np.array([dictionary[name].encode(values.get(name)) for _, _, values in rows], dtype=np.float64)
            for name in names
        },
    )


Follow = Callable[..., Followed]


@pytest.fixture
def follow(make_pack: Callable[..., Pack]) -> Follow:
    predictor = Predictor(make_pack(), load_dictionary())

    def run(*people: Visits, conditions: Mapping[str, Sequence[Condition]] | None = None) -> Followed:
        return follow_people(
            observations(people), conditions or {}, predictor, "risk_10y", OUTCOME, {}, load_dictionary()
        )

    return run


TWO_YEARS: Visits = [("2020-01-01", WELL), ("2022-01-01", {"sbp_mmhg": 130.0})]


def test_who_had_nothing_is_followed_from_the_first_risk_to_the_last_visit(follow: Follow) -> None:
    found = follow([("2019-05-01", {"sbp_mmhg": 150.0}), *TWO_YEARS])  # no risk in 2019: age and smoking were unknown
    assert found.follow_up.years.tolist() == [pytest.approx(731 / 365.25)]
    assert found.follow_up.event.tolist() == [False]
    assert (found.first_day, found.last_day) == (date(2020, 1, 1), date(2022, 1, 1))
    assert found.left_out == {}


def test_everybody_counts_once_with_the_risk_of_that_first_visit(follow: Follow) -> None:
    worse = [("2020-01-01", WELL), ("2021-01-01", {**WELL, "sbp_mmhg": 190.0}), ("2023-01-01", WELL)]
    found = follow(worse, TWO_YEARS)
    assert found.follow_up.people == 2
    assert found.follow_up.risk[0] == pytest.approx(found.follow_up.risk[1])


def test_a_dated_condition_ends_the_time_with_an_event(follow: Follow) -> None:
    found = follow(TWO_YEARS, conditions={"p0": [illness("ischaemic_stroke", "2021-01-01")]})
    assert found.follow_up.event.tolist() == [True]
    assert found.follow_up.years.tolist() == [pytest.approx(366 / 365.25)]


def test_the_first_of_several_events_counts(follow: Follow) -> None:
    both = [illness("myocardial_infarction", "2021-06-01"), illness("ischaemic_stroke", "2020-06-01")]
    assert follow(TWO_YEARS, conditions={"p0": both}).follow_up.years[0] == pytest.approx(152 / 365.25)


@pytest.mark.parametrize(("onset", "day"), [("2021-03", date(2021, 3, 16)), ("2021", date(2021, 7, 2))])
def test_a_date_known_to_the_month_or_year_counts_in_its_middle(follow: Follow, onset: str, day: date) -> None:
    found = follow(TWO_YEARS, conditions={"p0": [illness("ischaemic_stroke", onset)]})
    days = (day - date(2020, 1, 1)).days
    assert found.follow_up.years[0] * 365.25 == pytest.approx(days, abs=0.51)


def test_an_event_told_later_than_the_last_visit_counts(follow: Follow) -> None:
    found = follow(TWO_YEARS, conditions={"p0": [illness("death_cardiovascular", "2022-07-01")]})
    assert found.follow_up.event.tolist() == [True]
    assert found.last_day == date(2022, 7, 1)


def test_an_event_beyond_the_time_span_is_none_within_it(follow: Follow) -> None:
    long: Visits = [("2005-01-01", WELL), ("2020-01-01", WELL)]
    found = follow(long, conditions={"p0": [illness("ischaemic_stroke", "2019-01-01")]})
    assert found.follow_up.event.tolist() == [False]
    assert found.follow_up.years.tolist() == [10.0]


@pytest.mark.parametrize("code", ["ischaemic_stroke", "angina"])
@pytest.mark.parametrize("onset", ["2018-02-01", "2018", "2020-01-01"])
def test_who_was_ill_before_is_left_out(follow: Follow, code: str, onset: str) -> None:
    found = follow(TWO_YEARS, conditions={"p0": [illness(code, onset)]})
    assert found.left_out == {LeftOut.OUTCOME_BEFORE: 1}
    assert found.follow_up.people == 0
    assert (found.first_day, found.last_day) == (None, None)


@pytest.mark.parametrize("onset", [None, "2020", "2020-01"])
def test_a_date_that_does_not_tell_before_from_after_leaves_out(follow: Follow, onset: str | None) -> None:
    found = follow(TWO_YEARS, conditions={"p0": [illness("ischaemic_stroke", onset)]})
    assert found.left_out == {LeftOut.OUTCOME_UNDATED: 1}


@pytest.mark.parametrize("certainty", [Certainty.SUSPECTED, Certainty.REFUTED])
def test_what_is_not_sure_is_no_event(follow: Follow, certainty: Certainty) -> None:
    found = follow(TWO_YEARS, conditions={"p0": [illness("ischaemic_stroke", "2021-01-01", certainty)]})
    assert found.follow_up.event.tolist() == [False]


def test_another_illness_is_no_event(follow: Follow) -> None:
    for code in ("gout", "angina"):  # angina excludes beforehand, and is no heart attack or stroke afterwards
        found = follow(TWO_YEARS, conditions={"p0": [illness(code, "2021-01-01")]})
        assert found.follow_up.event.tolist() == [False]


def turned(*history: tuple[str, bool | None]) -> Visits:
    return [(day, WELL if ill is None else {**WELL, "cvd_history": ill}) for day, ill in history]


def test_a_field_that_turns_between_visits_counts_in_the_middle(follow: Follow) -> None:
    found = follow(turned(("2020-01-01", False), ("2021-01-01", False), ("2023-01-01", True), ("2024-01-01", True)))
    assert found.follow_up.event.tolist() == [True]
    middle = (date(2021, 1, 2).toordinal() + date(2023, 1, 1).toordinal()) / 2 - date(2020, 1, 1).toordinal()
    assert found.follow_up.years[0] == pytest.approx(middle / 365.25)


def test_a_field_that_was_never_said_to_be_absent_does_not_date_anything(follow: Follow) -> None:
    found = follow(turned(("2020-01-01", None), ("2023-01-01", True)))
    assert found.left_out == {LeftOut.OUTCOME_UNDATED: 1}


def test_a_field_that_was_true_at_first_shows_somebody_ill_before(follow: Follow) -> None:
    # The pack excludes them, and the reason that is told is the illness.
    assert follow(turned(("2020-01-01", True), ("2023-01-01", True))).left_out == {LeftOut.OUTCOME_BEFORE: 1}


def test_a_condition_says_more_than_the_field(follow: Follow) -> None:
    visits = turned(("2020-01-01", False), ("2023-01-01", True))
    dated = follow(visits, conditions={"p0": [illness("myocardial_infarction", "2022-01-01")]})
    assert dated.follow_up.years[0] == pytest.approx(731 / 365.25)
    only_angina = follow(visits, conditions={"p0": [illness("angina", "2022-01-01")]})
    assert only_angina.follow_up.event.tolist() == [False]


def test_who_never_has_a_risk_or_never_comes_again_is_left_out_and_counted(follow: Follow) -> None:
    no_risk: Visits = [("2020-01-01", {"sbp_mmhg": 120.0}), ("2022-01-01", {"sbp_mmhg": 120.0})]
    once: Visits = [("2020-01-01", WELL)]
    too_young: Visits = [("2020-01-01", {**WELL, "age": 30.0}), ("2022-01-01", {**WELL, "age": 32.0})]
    found = follow(no_risk, once, TWO_YEARS, too_young)
    assert found.left_out == {LeftOut.NO_RISK: 2, LeftOut.NOT_FOLLOWED: 1}
    assert found.follow_up.people == 1


def test_who_may_yet_add_events_is_counted(follow: Follow) -> None:
    lately: Visits = [("2020-01-01", WELL), ("2025-01-01", WELL)]
    gone: Visits = [("2018-01-01", WELL), ("2020-06-01", WELL)]
    done: Visits = [("2010-01-01", WELL), ("2024-12-01", WELL)]
    ill = lately
    found = follow(lately, gone, done, ill, conditions={"p3": [illness("ischaemic_stroke", "2024-06-01")]})
    assert found.follow_up.people == 4
    assert found.still_followed == 1


def test_a_clinic_without_visits_has_nobody(follow: Follow) -> None:
    found = follow()
    assert (found.follow_up.people, found.still_followed, found.left_out) == (0, 0, {})


def test_a_measured_outcome_takes_who_was_measured_and_lay_on_the_right_side_of_the_limit() -> None:
    limit = Limit("hba1c_percent", at_least=6.5)
    people: list[Visits] = [
        [("2020-01-01", {"hba1c_percent": 6.0}), ("2022-01-01", {"hba1c_percent": 6.5})],  # reached, in between
        [("2020-01-01", {"hba1c_percent": 6.4}), ("2021-01-01", {"hba1c_percent": 6.1}), ("2024-01-01", WELL)],
        [("2020-01-01", {"hba1c_percent": 7.0}), ("2022-01-01", {"hba1c_percent": 7.1})],  # had it
        [("2020-01-01", WELL), ("2022-01-01", WELL)],  # never measured
        [("2020-01-01", WELL), ("2021-01-01", {"hba1c_percent": 5.9}), ("2023-01-01", {"hba1c_percent": 6.2})],
    ]
    seen = observations(people)
    outcome = Outcome(limit.name, {}, frozenset(), frozenset(), (), "", limit)
    risks = np.linspace(0.1, 0.5, len(seen.visit_ids))
    found = follow_risks(seen, {}, risks, outcome, 10.0, limit.reached(seen.columns["hba1c_percent"]))
    assert found.left_out == {LeftOut.OUTCOME_BEFORE: 1, LeftOut.NOT_MEASURED: 1}
    assert found.follow_up.event.tolist() == [True, False, False]
    years = found.follow_up.years.tolist()
    assert 0 < years[0] < 2  # in the middle of the time in which it can have been
    assert years[1:] == [pytest.approx(366 / 365.25), pytest.approx(730 / 365.25)]  # to the last time it was measured
    assert found.follow_up.risk.tolist() == [
        risks[0],
        risks[2],
        risks[10],
    ]  # from the first visit by which it was known


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("hba1c_percent>=6.5", Limit("hba1c_percent", at_least=6.5)),
        ("sbp_mmhg <= 120", Limit("sbp_mmhg", at_most=120.0)),
        ("diabetes", None),
        ("hba1c_percent>=", None),
        ("hba1c_percent>=high", None),
        (">=6.5", None),
    ],
)
def test_a_limit_is_read_from_its_name_and_written_as_it_is_read(name: str, limit: Limit | None) -> None:
    assert limit_of(name) == limit
    assert limit is None or limit_of(limit.name) == limit


def test_a_value_at_the_limit_is_the_outcome() -> None:
    values = np.array([6.4, 6.5, np.nan, 7.0])
    assert Limit("hba1c_percent", at_least=6.5).reached(values).tolist()[:2] == [0.0, 1.0]
    fallen = Limit("hba1c_percent", at_most=6.5).reached(values)
    assert fallen.tolist()[:2] == [1.0, 1.0]
    assert np.isnan(fallen[2])
    assert fallen[3] == 0.0
