"""Consent: each question on its own, the last answer counts, the earlier ones stay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from engine.domain.consent import Answer, ConsentKind, ConsentState, ConsentWay
from engine.domain.dates import PartialDate
from engine.domain.entries import IdentifiedEntries
from engine.errors import UsageError
from engine.store import Vault, load_patient, merge_people
from engine.store.consents import consents_of, is_child, record_consent
from tests.engine.store.entering import store

Sheet = Callable[..., IdentifiedEntries]
DAY = date(2025, 6, 1)
GIVEN = Answer(ConsentKind.CARE, ConsentState.GIVEN, DAY, ConsentWay.SIGNED, "2026-1")


@pytest.fixture
def people(vault: Vault, sheet: Sheet) -> Vault:
    day = {"visit_date": "2025-01-02"}
    rows = [
        {"person": "ann", "name": "Ann", "birth_date": "1960", **day},
        {"person": "kim", "name": "Kim", "birth_date": "2015-05-05", **day},
        {"person": "bo", "name": "Bo", **day},
    ]
    store(vault, sheet, rows)
    return vault


def test_an_answer_ends_the_one_before_to_the_same_question_alone(people: Vault) -> None:
    record_consent(people, "ann", GIVEN, "user-1")
    record_consent(people, "ann", replace(GIVEN, kind=ConsentKind.RESEARCH, state=ConsentState.REFUSED), "user-1")
    taken = replace(GIVEN, state=ConsentState.WITHDRAWN, way=ConsentWay.SPOKEN, note="By phone")
    record_consent(people, "ann", taken, "user-1")
    found = consents_of(people, "ann")
    assert [(each.answer.kind.value, each.answer.state.value, each.counts) for each in found] == [
        ("care", "given", False),
        ("research", "refused", True),
        ("care", "withdrawn", True),
    ]
    assert found[2].answer == taken
    assert (found[0].recorded_by, found[0].recorded_at) == ("Ada Okafor", people.clock.now())
    assert consents_of(people, "bo") == ()
    log = people._database.rows("SELECT subjects, detail FROM audit WHERE action = 'consent.record'")
    assert len(log) == 3
    assert all(said[0] == '["ann"]' and "phone" not in said[1] for said in log)


def test_what_was_not_given_cannot_be_withdrawn(people: Vault) -> None:
    for before in (None, replace(GIVEN, state=ConsentState.REFUSED)):
        if before is not None:
            record_consent(people, "ann", before, "user-1")
        with pytest.raises(UsageError, match="consent_not_given"):
            record_consent(people, "ann", replace(GIVEN, state=ConsentState.WITHDRAWN), "user-1")


def test_a_child_answers_through_a_guardian(people: Vault) -> None:
    with pytest.raises(UsageError, match="consent_guardian_needed"):
        record_consent(people, "kim", GIVEN, "user-1")
    record_consent(people, "kim", replace(GIVEN, state=ConsentState.REFUSED), "user-1")  # who says no needs nobody
    record_consent(people, "kim", replace(GIVEN, guardian="Her mother"), "user-1")
    assert consents_of(people, "kim")[-1].answer.guardian == "Her mother"


def test_nobody_answers_tomorrow(people: Vault) -> None:
    with pytest.raises(UsageError, match="consent_day"):
        record_consent(people, "ann", replace(GIVEN, day=date(2025, 7, 1)), "user-1")
    with pytest.raises(UsageError, match="person_unknown"):
        record_consent(people, "nobody", GIVEN, "user-1")


@pytest.mark.parametrize("state", [ConsentState.GIVEN, ConsentState.REFUSED])
def test_nobody_answers_before_they_were_born(people: Vault, state: ConsentState) -> None:
    born = load_patient(people, "kim").birth_date
    assert born is not None
    answer = replace(GIVEN, state=state, guardian="Her mother", day=born.earliest - timedelta(days=1))
    with pytest.raises(UsageError, match="consent_before_birth"):
        record_consent(people, "kim", answer, "user-1")
    assert consents_of(people, "kim") == ()
    record_consent(people, "kim", replace(answer, day=born.earliest), "user-1")


def test_of_two_records_shown_as_one_the_later_answer_counts(people: Vault) -> None:
    record_consent(people, "ann", GIVEN, "user-1")
    record_consent(people, "bo", replace(GIVEN, state=ConsentState.REFUSED), "user-1")
    merge_people(people, "ann", "bo", "user-1")
    assert [each.counts for each in consents_of(people, "ann")] == [False, True]
    record_consent(people, "bo", GIVEN, "user-1")
    assert [each.counts for each in consents_of(people, "ann")] == [False, False, True]


@pytest.mark.parametrize(
    ("birth", "child"),
    [
        ("2011-06-01", False),
        ("2011-06-02", True),
        ("2011", True),
        ("2010", False),
        ("2011-05", False),
        ("2011-06", True),
    ],
)
def test_who_is_too_young_is_told_by_the_latest_day_of_birth_there_can_be(birth: str, child: bool) -> None:
    assert is_child(PartialDate.parse(birth), DAY) is child
