"""A clinic with years of recorded outcomes in a real encrypted store: look, accept, and one step back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from engine.domain.clinic_packs import PackOrigin
from engine.domain.dates import PartialDate
from engine.domain.ports import FixedClock
from engine.domain.recalibration import LeftOut, Reason, Verdict
from engine.domain.record import Certainty, Condition
from engine.errors import InputError, PackError, UsageError
from engine.packs import Pack, PackParts
from engine.packs.cases import read_cases
from engine.risk.recalibration.outcomes import outcome_of
from engine.risk.recalibration.pack import make_pack
from engine.risk.recalibration.rules import load_rules
from engine.store import load_conditions
from engine.store.people import find_patients
from engine.wording import load_wording
from engine.workflows.assess import assess_people, current_assessments
from engine.workflows.clinic_packs import keep_pack
from engine.workflows.clinics import OpenClinic, open_clinic
from engine.workflows.import_files import ImportRequest, import_file
from engine.workflows.recalibrate import (
    accept_recalibration,
    packs_to_look_at,
    read_recorded,
    recalibrate,
    recalibrations_in_use,
    return_to_original,
    telling,
    write_picture,
)
from engine.workflows.recalibrate_check import check_new_pack
from engine.workflows.record import add_entry, merge_people, typed_origin
from tests.made_once import new_clinic

CLOCK = FixedClock(datetime(2026, 11, 23, 9, 30, tzinfo=UTC))
PASSPHRASE = "a passphrase for tests"
MakePack = Callable[..., Pack]
PACK = "who_cvd_2019_nonlab"
PEOPLE, EVENTS, DATED = 700, 130, 20
HEADER = "patient_id,name,sex,birth_date,visit_date,sbp_mmhg,smoker,bmi_kg_m2,diabetes,on_bp_treatment,cvd_history\n"


def rows_of(person: int, random: np.random.Generator) -> list[str]:
    """One person's visits, one a year for six years; the first ``EVENTS`` fell ill before the last of them."""
    first = date(2019, 1, 10) + timedelta(days=person % 300)
    who = f"R{person:04d},Fictional {person:04d},{'MF'[person % 2]},{1950 + person % 15}-05-01"
    rows = []
    for year in range(6):
        # Who falls ill has the higher pressure: the risk must put people in the right order.
        pressure = random.normal(150 if person < EVENTS else 132, 12)
        ill = "true" if DATED <= person < EVENTS and year == 5 else "false"
        day = first + timedelta(days=365 * year)
        rows.append(
            f"{who},{day},{max(95, pressure):.0f},{('never', 'current')[person % 3 == 0]},26,false,false,{ill}\n"
        )
    return rows


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a clinic of 700 people: 110 whose history turned to yes, 20 with a dated stroke."""
    place = tmp_path_factory.mktemp("recalibrate")
    new_clinic(place / "clinic", "CHN", PASSPHRASE, CLOCK)
    random = np.random.default_rng(4)
    table = place / "visits.csv"
    table.write_text(HEADER + "".join("".join(rows_of(person, random)) for person in range(PEOPLE)), encoding="utf-8")
    with open_clinic(place / "clinic", PASSPHRASE, CLOCK) as clinic:
        assert import_file(clinic, table, ImportRequest()).counts.rows_new == 6 * PEOPLE
        for person in range(DATED):
            stroke(clinic, f"R{person:04d}", PartialDate(2023, 6))
    return place / "clinic"


def stroke(clinic: OpenClinic, number: str, onset: PartialDate | None) -> None:
    (patient,) = find_patients(clinic.vault, number)
    entry = Condition("", "ischaemic_stroke", Certainty.CONFIRMED, typed_origin(clinic), onset)
    add_entry(clinic, patient.id, entry)


@pytest.fixture
def clinic(filled: Path, tmp_path: Path) -> Iterator[OpenClinic]:
    import shutil

    shutil.copytree(filled, tmp_path / "clinic")
    with open_clinic(tmp_path / "clinic", PASSPHRASE, CLOCK) as opened:
        yield opened


def leads(clinic: OpenClinic) -> set[str | None]:
    return {assessment.headline_pack for assessment in current_assessments(clinic)}


def test_looking_tells_everything_and_changes_nothing(clinic: OpenClinic) -> None:
    before = clinic.vault._database.rows("SELECT count(*) FROM change")
    found = recalibrate(clinic, PACK)
    assert (found.people, found.events) == (PEOPLE, EVENTS)
    assert found.verdict in (Verdict.INTERCEPT, Verdict.INTERCEPT_AND_SLOPE)
    assert found.before is not None
    assert found.before.observed_to_expected.low > 1  # far more fell ill than the risks told
    assert found.after is not None
    assert found.after.observed_to_expected.value == pytest.approx(1, abs=0.06)
    assert (found.left_out, found.made) == ({}, None)
    assert found.first_day == date(2019, 1, 10)
    assert clinic.vault._database.rows("SELECT count(*) FROM change") == before
    for language in ("en", "zh"):
        assert telling.verdict(found, load_wording(language))
        assert len(telling.table(found, load_wording(language))[1]) == len(found.groups) == 10


def test_a_look_at_records_that_were_read_before_needs_no_store(clinic: OpenClinic) -> None:
    recorded = read_recorded(clinic)
    at_once = recalibrate(clinic, PACK)
    clinic.vault.close()
    assert recalibrate(clinic, PACK, recorded=recorded) == at_once
    facts = telling.facts(at_once, load_wording("en"))
    beside = telling.facts_beside_figures(at_once, load_wording("en"))
    assert [line for line in facts if line in beside] == beside
    assert len(facts) - len(beside) == 3  # people, and the fit before and after


def test_the_accepted_pack_speaks_in_the_place_of_the_original_until_one_step_back(clinic: OpenClinic) -> None:
    assert PACK in leads(clinic)
    after, found = accept_recalibration(clinic, recalibrate(clinic, PACK))
    assert found.made is not None
    own = after.library.get(found.made.id)
    assert own.manifest.parent is not None
    assert own.manifest.parent.id == PACK
    kept = after.library.kept(own.manifest.id)
    assert kept is not None
    assert (kept.origin, kept.ref) == (PackOrigin.MADE_HERE, found.made)
    assert found.made.id in leads(after)
    assert PACK not in leads(after)

    assert recalibrations_in_use(clinic, PACK) == ()
    assert recalibrations_in_use(after, PACK) == recalibrations_in_use(after, found.made.id) == (found.made,)
    assert PACK in packs_to_look_at(after)
    assert found.made.id not in packs_to_look_at(after)

    back, switched = return_to_original(after, PACK)
    assert switched == (found.made,)
    assert PACK in leads(back)
    assert found.made.id not in leads(back)
    with pytest.raises(UsageError, match="recalibrate_none_kept"):
        return_to_original(back, PACK)


def test_the_kept_pack_gives_its_reference_numbers_after_the_clinic_was_closed(filled: Path, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(filled, tmp_path / "clinic")
    with open_clinic(tmp_path / "clinic", PASSPHRASE, CLOCK) as clinic:
        _, found = accept_recalibration(clinic, recalibrate(clinic, PACK))
    assert found.made is not None
    with open_clinic(tmp_path / "clinic", PASSPHRASE, CLOCK) as clinic:
        cases = read_cases(clinic.library.get(found.made.id), clinic.dictionary)
        results = clinic.predictors.get(found.made.id).predict(cases.people)
        assert results.outputs["risk_10y"] == pytest.approx(cases.numbers["risk_10y"], abs=1e-9)


def test_saved_assessments_stay_and_new_ones_name_the_new_pack(clinic: OpenClinic) -> None:
    assess_people(clinic)
    saved = clinic.vault._database.rows("SELECT id, sha256 FROM assessment ORDER BY id")
    after, found = accept_recalibration(clinic, recalibrate(clinic, PACK))
    assess_people(after)
    every = after.vault._database.rows("SELECT id, sha256 FROM assessment")
    assert set(saved) < set(every)
    assert found.made is not None
    named = after.vault._database.rows("SELECT count(*) FROM assessment_result WHERE pack = ?", (found.made.id,))
    assert named[0][0] == len(every) - len(saved) > 0


def test_a_second_look_is_a_new_version_of_the_same_pack(clinic: OpenClinic) -> None:
    first, one = accept_recalibration(clinic, recalibrate(clinic, PACK))
    for person in range(EVENTS, EVENTS + 60):
        stroke(first, f"R{person:04d}", PartialDate(2022, 6))
    second, two = accept_recalibration(first, recalibrate(first, PACK))
    assert one.made is not None
    assert two.made is not None
    assert (one.made.id, one.made.version, two.made.version) == (two.made.id, "1.0.0", "2.0.0")
    assert two.intercept > one.intercept
    assert second.library.get(two.made.id).manifest.version == "2.0.0"


def test_the_same_records_make_the_same_pack(clinic: OpenClinic) -> None:
    first, one = accept_recalibration(clinic, recalibrate(clinic, PACK))
    folder = first.library.get(one.made.id).folder if one.made else Path()
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    found = recalibrate(first, PACK)  # the pack that was made does not stand in the way of looking at the original
    assert found == recalibrate(clinic, PACK)
    again, two = accept_recalibration(first, found)
    kept = again.library.get(two.made.id).folder if two.made else Path()
    after = {file.name: file.read_bytes() for file in kept.iterdir()}
    assert after["reference_cases.csv"] == before["reference_cases.csv"]
    assert after["model.onnx"] == before["model.onnx"]
    assert after["CARD.md"] == before["CARD.md"]


def test_what_was_recalibrated_is_looked_at_under_the_name_of_the_original(clinic: OpenClinic) -> None:
    after, found = accept_recalibration(clinic, recalibrate(clinic, PACK))
    assert found.made is not None
    with pytest.raises(PackError, match="recalibrate_made_before"):
        recalibrate(after, found.made.id)
    _, switched = return_to_original(after, found.made.id)
    assert switched == (found.made,)


def test_a_small_clinic_hears_why_and_how_long(tmp_path: Path) -> None:
    new_clinic(tmp_path / "clinic", "CHN", PASSPHRASE, CLOCK)
    random = np.random.default_rng(4)
    people = [*range(DATED, DATED + 10), *range(EVENTS, EVENTS + 90)]
    (tmp_path / "v.csv").write_text(
        HEADER + "".join("".join(rows_of(person, random)) for person in people), encoding="utf-8"
    )
    with open_clinic(tmp_path / "clinic", PASSPHRASE, CLOCK) as clinic:
        import_file(clinic, tmp_path / "v.csv", ImportRequest())
        found = recalibrate(clinic, PACK)
        assert (found.verdict, found.reason, found.events) == (Verdict.REFUSED, Reason.FEW_EVENTS, 10)
        assert found.person_years is not None
        # Ninety people are still followed; events come at the rate of the past.
        a_year = 10 / found.person_years * 90
        assert found.months_more == np.ceil(12 * 37 / a_year)
        sentence = telling.verdict(found, load_wording("en"))
        assert "47" in sentence
        assert str(found.months_more) in sentence or "20 years" in sentence
        with pytest.raises(ValueError, match="nothing is changed"):
            accept_recalibration(clinic, found)


def test_an_empty_clinic_is_refused_in_a_sentence(tmp_path: Path) -> None:
    new_clinic(tmp_path / "clinic", "CHN", PASSPHRASE, CLOCK)
    with open_clinic(tmp_path / "clinic", PASSPHRASE, CLOCK) as clinic:
        found = recalibrate(clinic, PACK)
    assert (found.reason, found.people) == (Reason.NOBODY, 0)
    assert telling.facts(found, load_wording("zh"))


def test_an_undated_illness_leaves_out_and_is_counted(clinic: OpenClinic) -> None:
    stroke(clinic, f"R{PEOPLE - 1:04d}", None)
    assert recalibrate(clinic, PACK).left_out == {LeftOut.OUTCOME_UNDATED: 1}


def test_conditions_of_a_merged_record_belong_to_the_person_shown(clinic: OpenClinic) -> None:
    (one,), (other,) = find_patients(clinic.vault, "R0000"), find_patients(clinic.vault, "R0001")
    merge_people(clinic, one.id, other.id)
    conditions = load_conditions(clinic.vault)
    assert len(conditions[one.id]) == 2
    assert other.id not in conditions


def test_what_can_be_looked_at_is_on_here_tells_a_risk_over_time_and_leads_first(clinic: OpenClinic) -> None:
    listed = packs_to_look_at(clinic)
    assert set(listed[:2]) == {"who_cvd_2019_lab", PACK}
    assert not {"framingham_2008_bmi", "fib4", "qrisk3_2017", "phq9"} & set(listed)  # off, no risk, elsewhere, no risk
    for pack_id in listed:
        assert recalibrate(clinic, pack_id).parent.id == pack_id


def test_a_pack_that_is_off_is_looked_at_but_not_let_in_by_the_back_door(clinic: OpenClinic) -> None:
    found = recalibrate(clinic, "framingham_2008_bmi")  # its licence is unclear, and nobody accepted it here
    assert found.changed
    with pytest.raises(PackError, match="recalibrate_parent_off"):
        accept_recalibration(clinic, found)


def test_what_was_made_from_a_strangers_graph_runs_apart_too(clinic: OpenClinic, make_pack: MakePack) -> None:
    cases = "sex,age,sbp_mmhg,smoker,expected_risk_10y,tolerance,source\nF,55,140,never,0.1,1,Tests\n"
    toy = make_pack({"topic": "cardiovascular"}, cases=cases)
    parts = PackParts(toy.manifest, toy.read_graph(), toy.read_card(), cases)
    with_toy = keep_pack(clinic, parts, PackOrigin.FOREIGN)
    after, found = accept_recalibration(with_toy, recalibrate(with_toy, "toy"))
    assert found.made is not None
    kept = after.library.kept(found.made.id)
    assert kept is not None
    assert kept.origin is PackOrigin.FOREIGN
    own = after.library.get(found.made.id)
    assert not own.trusted
    people = read_cases(own, after.dictionary)
    told = after.predictors.get(found.made.id).predict(people.people).outputs["risk_10y"]
    assert told == pytest.approx(people.numbers["risk_10y"], abs=1e-9)


def test_what_visits_cannot_show_is_asked_of_a_table(clinic: OpenClinic, make_pack: MakePack) -> None:
    words = {"en": "Chance", "zh": "可能性"}
    today: dict[str, object] = {"horizon_years": [], "inputs.5.valid": None}
    today |= {"outputs": [{"name": "risk_10y", "kind": "fraction", "label": words}]}
    for changes, code in (({"topic": "unheard_of"}, "recalibrate_no_outcome"), (today, "recalibrate_no_time")):
        pack = make_pack(changes)
        parts = PackParts(pack.manifest, pack.read_graph(), pack.read_card(), pack.read_case_table().decode())
        with pytest.raises(PackError, match=code):
            recalibrate(keep_pack(clinic, parts, PackOrigin.FOREIGN), "toy")


def test_a_verdict_on_another_version_is_not_taken_over(clinic: OpenClinic) -> None:
    found = recalibrate(clinic, PACK)
    stale = replace(found, parent=replace(found.parent, digest="0" * 64))
    with pytest.raises(PackError, match="pack_parent_unknown"):
        accept_recalibration(clinic, stale)


def test_a_pack_that_does_not_give_its_numbers_is_not_kept(clinic: OpenClinic) -> None:
    predictor = clinic.predictors.get(PACK)
    outcome = outcome_of(predictor.pack.manifest, "risk_10y")
    parts = make_pack(predictor, recalibrate(clinic, PACK), outcome, load_rules(), clinic.dictionary)
    check_new_pack(parts, clinic.predictors, trusted=True)
    wrong = replace(parts, graph=predictor.pack.read_graph())  # the parent's graph, unchanged
    with pytest.raises(PackError, match="recalibrate_not_reproduced"):
        check_new_pack(wrong, clinic.predictors, trusted=True)


def test_the_picture_is_written_whole(clinic: OpenClinic, tmp_path: Path) -> None:
    found = recalibrate(clinic, PACK)
    write_picture(found, tmp_path / "p.svg", load_wording("zh"))
    assert (tmp_path / "p.svg").read_text(encoding="utf-8").startswith("<svg")
    with pytest.raises(InputError, match="output_not_a_file"):
        write_picture(found, tmp_path, load_wording("zh"))


@pytest.mark.parametrize(
    ("pack", "output", "code"),
    [
        ("fib4", None, "recalibrate_no_risk"),
        ("nowhere", None, "pack_unknown"),
        (PACK, "risk_5y", "recalibrate_output"),
    ],
)
def test_what_cannot_be_looked_at_is_told(clinic: OpenClinic, pack: str, output: str | None, code: str) -> None:
    with pytest.raises((PackError, UsageError)) as refusal:
        recalibrate(clinic, pack, output)
    assert refusal.value.code == code
    assert load_wording("en").error(refusal.value)
