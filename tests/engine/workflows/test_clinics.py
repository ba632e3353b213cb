"""A clinic's own choices: packs with an unclear licence, regions its country leaves open."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.domain.ports import FixedClock
from engine.errors import PackError, UsageError
from engine.intake.typed import TypedValue
from engine.workflows.assess import current_assessments
from engine.workflows.clinics import (
    ClinicRequest,
    OpenClinic,
    accept_pack,
    change_country,
    change_settings,
    create,
    open_clinic,
    open_regions,
    rename,
    withdraw_pack,
)
from engine.workflows.packs import packs_to_accept
from engine.workflows.record import enter_visit

CLOCK = FixedClock(datetime(2026, 11, 23, 9, 30, tzinfo=UTC))
PASSPHRASE = "a passphrase for tests"
PERSON = {
    "name": "Fiona Netherby",
    "sex": "F",
    "age": "56",
    "visit_date": "2026-11-23",
    "sbp_mmhg": "148",
    "smoker": "current",
    "diabetes": "no",
    "total_cholesterol_mmol_l": "6.1",
    "hdl_mmol_l": "1.2",
}


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[OpenClinic]:
    created = create(ClinicRequest(tmp_path / "clinic", "Maple Lane", "gb"), PASSPHRASE, CLOCK)
    assert created.clinic.settings["country_iso3"] == "GBR"
    with open_clinic(tmp_path / "clinic", PASSPHRASE, CLOCK) as opened:
        enter_visit(opened, [TypedValue(field, text) for field, text in PERSON.items()])
        yield opened


def packs_used(clinic: OpenClinic) -> set[str]:
    (assessment,) = current_assessments(clinic)
    return {result.pack.id for result in assessment.results}


def test_a_pack_with_an_unclear_licence_is_off_until_it_is_accepted(clinic: OpenClinic) -> None:
    assert "score2" not in packs_used(clinic)
    accepted = accept_pack(clinic, "score2")
    assert "score2" in packs_used(accepted)
    (assessment,) = current_assessments(accepted)
    risk = next(result for result in assessment.results if result.pack.id == "score2").output("risk_10y")
    assert isinstance(risk, float)
    assert 0.05 < risk < 0.15
    assert "score2" not in packs_used(withdraw_pack(accepted, "score2"))
    with pytest.raises(PackError, match="pack_unknown"):
        accept_pack(clinic, "no_such_pack")


def test_a_setting_is_changed_and_what_was_saved_stays(clinic: OpenClinic) -> None:
    (before,) = current_assessments(clinic)
    moved = change_settings(clinic, {"gbd_region": "south_asia"})
    (after,) = current_assessments(moved)
    assert after.id != before.id
    assert before.clinic.settings["gbd_region"] == "western_europe"
    assert after.clinic.settings["gbd_region"] == "south_asia"
    for chosen, code in (({"gbd_region": "atlantis"}, "setting_value"), ({"sbp_mmhg": "120"}, "setting_unknown")):
        with pytest.raises(UsageError, match=code):
            change_settings(clinic, chosen)


def test_a_country_that_leaves_a_region_open_says_so_and_nothing_is_guessed(tmp_path: Path) -> None:
    created = create(ClinicRequest(tmp_path / "mexico", "Norte", "MEX"), PASSPHRASE, CLOCK)
    assert set(created.open_fields) == {"score2_region", "kfre_region"}
    assert "kfre_region" not in created.clinic.settings
    with pytest.raises(UsageError, match="country_unknown"):
        create(ClinicRequest(tmp_path / "nowhere", "Nowhere", "ZZZ"), PASSPHRASE, CLOCK)
    assert not (tmp_path / "nowhere").exists()


def test_packs_with_an_unclear_licence_are_offered_with_their_note_until_accepted(clinic: OpenClinic) -> None:
    offered = packs_to_accept(clinic)
    # Those made for the clinic's country first, then those for any, then those for others.
    assert [pack.id for pack in offered] == [
        "score2", "score2_diabetes", "score2_op", "framingham_2008_lab", "framingham_2008_bmi", "prevent",
        "china_par_2016", "pce_2013", "plcom2012",
    ]  # fmt: skip
    assert all(pack.licence_note and not pack.on_by_default for pack in offered)
    accepted = accept_pack(clinic, "score2")
    assert "score2" not in [pack.id for pack in packs_to_accept(accepted)]
    assert packs_to_accept(withdraw_pack(accepted, "score2")) == offered


def test_another_country_brings_its_regions_and_takes_away_those_it_does_not_settle(clinic: OpenClinic) -> None:
    (before,) = current_assessments(clinic)
    assert clinic.clinic.settings["score2_region"] == "low"
    chosen = change_settings(clinic, {"gbd_region": "south_asia"})
    assert change_country(chosen, "gbr").clinic.settings["gbd_region"] == "south_asia"  # no move, nothing changes
    moved = change_country(chosen, "MEX")
    settings = moved.clinic.settings
    assert (settings["country_iso3"], settings["gbd_region"]) == ("MEX", "central_latin_america")
    assert "score2_region" not in settings
    assert "kfre_region" not in settings
    assert [region.field for region in open_regions(moved)] == ["score2_region", "kfre_region"]
    assert open_regions(change_settings(moved, {"kfre_region": "other", "score2_region": "low"})) == ()
    changes = moved.vault._database.rows("SELECT detail FROM audit WHERE action = 'clinic.settings' ORDER BY seq")
    assert changes[1] == ('{"settings":"country_iso3 gbd_region kfre_region score2_region"}',)
    assert before.clinic.settings["country_iso3"] == "GBR"
    with pytest.raises(UsageError, match="country_unknown"):
        change_country(moved, "ZZZ")


def test_a_new_name_is_for_new_pages(clinic: OpenClinic) -> None:
    (before,) = current_assessments(clinic)
    renamed = rename(clinic, " Oak\nStreet ")
    assert renamed.clinic.name == "Oak Street"
    assert renamed.vault._database.one("SELECT action FROM audit ORDER BY seq DESC") == ("clinic.rename",)
    assert rename(renamed, "Oak Street") is renamed
    (after,) = current_assessments(renamed)
    assert (before.clinic.name, after.clinic.name) == ("Maple Lane", "Oak Street")
    with pytest.raises(UsageError, match="clinic_name_empty"):
        rename(renamed, "\t")
