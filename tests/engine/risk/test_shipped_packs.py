"""The packs that ship: their own reference cases, and numbers that move the way they must."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.domain.batch import Batch, FloatArray
from engine.domain.results import Code
from engine.fields import Kind, load_dictionary
from engine.packs import PackLibrary
from engine.packs.cases import read_cases
from engine.packs.manifest import Action, Audience, LicenceState, Use
from engine.risk.predictors import Predictors

DICTIONARY = load_dictionary()
PREDICTORS = Predictors(PackLibrary.shipped(), DICTIONARY)
IDS = PREDICTORS.library.ids()
# A journal and a report of before and beside the DOI; models trained on surveys that have none.
WITHOUT_DOI = ("idrs", "news2", "dysglycaemia_no_lab", "general_health_8y")
FOR_PATIENTS = ("cardiovascular", "kidney_failure", "diabetes")
CARDIAC = ("who_cvd_2019_lab", "framingham_2008_lab", "score2")


def test_the_packs_of_the_main_job_are_there() -> None:
    assert {*CARDIAC, "who_cvd_2019_nonlab", "ckdepi_2021_cr", "kfre_4v", "findrisc"} <= set(IDS)


@pytest.mark.parametrize("pack_id", IDS)
def test_a_pack_gives_its_own_reference_cases(pack_id: str) -> None:
    cases = read_cases(PREDICTORS.library.get(pack_id), DICTIONARY)
    results = PREDICTORS.get(pack_id).predict(cases.people)
    assert cases.people.rows >= 4
    compared = 0
    for output, codes in cases.codes.items():
        assert [results.row(row).output(output) for row in range(cases.people.rows)] == list(codes)
        compared += len(codes)
    for output, expected in cases.numbers.items():
        filled = ~np.isnan(expected)
        assert (np.abs(results.outputs[output] - expected)[filled] <= cases.tolerance[filled]).all()
        compared += int(filled.sum())
    for row, code in enumerate(cases.bands):
        assert code in (None, results.row(row).bands.get("main"))
    assert compared >= cases.people.rows


@pytest.mark.parametrize("pack_id", IDS)
def test_numbers_for_clinicians_alone_have_no_words_for_patients(pack_id: str) -> None:
    manifest = PREDICTORS.library.get(pack_id).manifest
    assert (manifest.audience is Audience.PATIENT) == (manifest.patient is not None)
    assert manifest.audience is Audience.CLINICIAN or manifest.topic in FOR_PATIENTS
    assert manifest.licence.notice is None or manifest.audience is Audience.CLINICIAN


def test_acute_scores_questionnaires_organs_and_death_are_for_clinicians_on_demand() -> None:
    for pack_id in ("news2", "qsofa", "curb65", "wells_dvt", "wells_pe", "phq9", "gad7", "has_bled", "meld", "meld_na"):
        manifest = PREDICTORS.library.get(pack_id).manifest
        assert (manifest.audience, manifest.use) == (Audience.CLINICIAN, Use.ON_DEMAND), pack_id
    for pack in PREDICTORS.library.all():
        if "mortality" in pack.manifest.outcome.en or pack.manifest.outcome.en == "death":
            assert pack.manifest.audience is Audience.CLINICIAN


@pytest.mark.parametrize("pack_id", IDS)
def test_who_a_pack_is_not_for_is_looked_at_before_its_graph_runs(pack_id: str) -> None:
    """Each exclusion by a yes or no refuses or warns somebody to whom the pack would give a number."""
    manifest = PREDICTORS.library.get(pack_id).manifest
    people = read_cases(PREDICTORS.library.get(pack_id), DICTIONARY).people
    predictor = PREDICTORS.get(pack_id)
    open_to = ~predictor.predict(people).refused
    for exclusion in manifest.exclusions:
        field = exclusion.when.removeprefix("not ")
        if field not in DICTIONARY or DICTIONARY[field].kind is not Kind.BOOLEAN:
            continue
        value = 0.0 if exclusion.when.startswith("not ") else 1.0
        results = predictor.predict(people.with_columns({field: np.full(people.rows, value)}))
        told = Code.EXCLUDED if exclusion.action is Action.REFUSE else Code.WARN
        said = [note for note in results.row(int(np.argmax(open_to))).notes if note.subject == exclusion.field]
        assert told in [note.code for note in said], (pack_id, exclusion.when)


@pytest.mark.parametrize("pack_id", IDS)
def test_nothing_that_must_not_ship_ships(pack_id: str) -> None:
    assert PREDICTORS.library.get(pack_id).manifest.licence.state is not LicenceState.RESTRICTED_OPTIONAL


def scores(pack_id: str, rows: int, **columns: Any) -> FloatArray:
    """risk_10y of an ordinary man of 55, some of whose values are columns."""
    base: dict[str, Any] = {
        "sex": "M", "age": 55.0, "sbp_mmhg": 140.0, "total_cholesterol_mmol_l": 5.5, "hdl_mmol_l": 1.2,
        "smoker": "never", "diabetes": False, "on_bp_treatment": False, "gbd_region": "east_asia",
        "score2_region": "moderate",
    }  # fmt: skip
    values = {field: np.full(rows, DICTIONARY[field].encode(value)) for field, value in base.items()}
    return PREDICTORS.get(pack_id).predict(Batch(rows, {**values, **columns})).outputs["risk_10y"]


@pytest.mark.parametrize("pack_id", CARDIAC)
@pytest.mark.parametrize(("field", "low", "high"), [("sbp_mmhg", 90, 200), ("age", 40, 69)])
def test_risk_rises_with_pressure_and_age_without_a_step_back(pack_id: str, field: str, low: int, high: int) -> None:
    found = scores(pack_id, 500, **{field: np.linspace(low, high, 500)})
    assert np.isfinite(found).all()
    assert (np.diff(found) > 0).all()


@pytest.mark.parametrize("pack_id", CARDIAC)
def test_smoking_raises_risk_and_having_smoked_counts_as_not_smoking(pack_id: str) -> None:
    current, former, never = scores(pack_id, 3, smoker=np.array([0.0, 1.0, 2.0]))
    assert current > former == never


@pytest.mark.parametrize("pack_id", IDS)
def test_a_pack_speaks_both_languages_and_names_its_source(pack_id: str) -> None:
    manifest = PREDICTORS.library.get(pack_id).manifest
    texts = [manifest.title, manifest.outcome, manifest.population, *(output.label for output in manifest.outputs)]
    texts += [band.label for scheme in manifest.bands for band in scheme.bands]
    texts += [exclusion.reason for exclusion in manifest.exclusions]
    assert all(text.en.strip() and text.zh.strip() for text in texts)
    assert manifest.title.en != manifest.title.zh
    assert manifest.citation.doi or pack_id in WITHOUT_DOI
    assert manifest.citation.text.strip()
