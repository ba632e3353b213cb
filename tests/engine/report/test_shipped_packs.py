"""Every shipped pack can lead a page: real numbers, real explanations, no pack treated apart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pypdfium2  # type: ignore[import-untyped]  # ships no types
import pytest

from engine.domain.assessment import Assessment, InputUsed
from engine.domain.batch import Batch
from engine.domain.record import Value
from engine.domain.results import Status
from engine.fields import load_dictionary
from engine.packs import Manifest, PackLibrary
from engine.packs.own_fields import dictionary_with
from engine.report import ReportOptions, compose, typeset
from engine.risk.explain import explain
from engine.risk.predictors import Predictors
from engine.wording import load_wording
from engine.workflows.packs import active_packs

LIBRARY = PackLibrary.shipped()
LEADING = [pack.manifest.id for pack in LIBRARY.all() if pack.manifest.patient is not None]
PERSON: Mapping[str, Value] = {
    "sex": "M",
    "age": 56.0,
    "sbp_mmhg": 148.0,
    "dbp_mmhg": 92.0,
    "total_cholesterol_mmol_l": 5.8,
    "hdl_mmol_l": 1.1,
    "bmi_kg_m2": 29.0,
    "waist_cm": 104.0,
    "smoker": "current",
    "diabetes": False,
    "on_bp_treatment": True,
    "cvd_history": False,
    "egfr_ml_min_173": 38.0,
    "uacr_mg_g": 310.0,
    "active_30min_daily": False,
    "vegetables_daily": False,
    "high_glucose_history": True,
    "family_history_diabetes": "first_degree",
    "gbd_region": "east_asia",
    "score2_region": "moderate",
    "kfre_region": "other",
}
# What is known only where the leading pack asks for it.
ASKED_FOR: Mapping[str, Value] = {
    "china_north": True,
    "urban_residence": True,
    "family_history_cvd": False,
    "race_us": "white",
    "on_statin": False,
    "heart_failure": False,
    "country_iso3": "CHN",
    "globorisk_version": "lab",
    "hypertension": True,
    "albumin_g_l": 38.0,
    "phosphate_mmol_l": 1.2,
    "bicarbonate_mmol_l": 24.0,
    "calcium_mmol_l": 2.3,
}
# What a pack is for, where it is not for this person.
INSTEAD: Mapping[str, Mapping[str, Value]] = {
    "score2_op": {"age": 74.0},
    "score2_diabetes": {"diabetes": True, "diabetes_diagnosis_age_years": 50.0, "hba1c_percent": 7.9},
}


@pytest.fixture(scope="module", name="predictors")
def predictors_fixture() -> Predictors:
    return Predictors(LIBRARY, load_dictionary())


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("pack_id", LEADING)
def test_any_shipped_pack_can_lead(
    typical: Assessment, packs: Mapping[str, Manifest], predictors: Predictors, pack_id: str, language: str
) -> None:
    made = _assessed(typical, predictors, pack_id, with_others=True)
    report = compose(made, packs, ReportOptions(language))
    manifest = packs[pack_id]
    assert manifest.patient is not None
    assert report.patient.title == manifest.patient.title.get(language)
    assert report.patient.headline.number_of is not None
    said = "".join(run.text for line in report.patient.headline.lines for run in line)
    assert manifest.patient.event.get(language) in said.replace("\u00a0", " ")
    assert report.clinician.tools is not None
    told = {row.name for row in report.clinician.tools.rows}
    answered = {result.pack.id for result in made.results if result.status is not Status.REFUSED} - {pack_id}
    assert {packs[each].title.get(language) for each in answered} <= told
    document = pypdfium2.PdfDocument(typeset(report))
    assert len(document) in (2, 3)  # small print may run over where a tool takes many inputs
    document.close()


@pytest.mark.parametrize("pack_id", LEADING)
@pytest.mark.parametrize(
    "key",
    [
        *(f"headline.{each}" for each in ("exact", "below", "above", "range", "about", "at_most", "at_least")),
        *(f"picture.{each}_alt" for each in ("today", "good", "range", "about", "at_most", "at_least")),
    ],
)
def test_the_event_of_a_shipped_pack_keeps_sentences_short(
    packs: Mapping[str, Manifest], pack_id: str, key: str
) -> None:
    """At most 15 English words; at most 36 Chinese signs in a sentence and 18 in a part of it."""
    words = packs[pack_id].patient
    assert words is not None
    said = _longest_said(key, "en", words.event.en)
    assert max(len(sentence.split()) for sentence in re.split(r"[.]|\n", said)) <= 15, said
    said = _longest_said(key, "zh", words.event.zh)
    sentences = re.split("[。\n]", re.sub("</?b>| ", "", said))
    assert max(map(len, sentences)) <= 36, said
    assert max(len(part) for sentence in sentences for part in re.split("[，：；、]", sentence)) <= 18, said


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_field_of_a_shipped_pack_prints_as_its_name(packs: Mapping[str, Manifest], language: str) -> None:
    """A field that a pack can show has a label in both languages."""
    for manifest in packs.values():
        dictionary = dictionary_with(manifest.fields, load_dictionary())
        for each in manifest.inputs:
            assert each.field in dictionary, each.field
            assert dictionary[each.field].label(language)


def test_a_score_of_points_calls_nothing_good_that_merely_moves_nothing(
    typical: Assessment, packs: Mapping[str, Manifest], predictors: Predictors
) -> None:
    """In the highest band of FINDRISC neither weight nor activity moves the risk: they are not good for that."""
    report = compose(_assessed(typical, predictors, "findrisc"), packs)
    assert report.patient.why is not None
    good = [reason.text for group in report.patient.why.groups for reason in group.reasons if reason.dots == 0]
    assert good == []


def _longest_said(key: str, language: str, event: str) -> str:
    wording = load_wording(language)
    count = wording.say("report.count.fewer_than", number=1)
    rest = wording.say("report.count.more_than", number=999)
    numbers = {"out_of": 1000, "count": count, "rest": rest, "number": 1, "rest_number": 999}
    numbers |= {"low": 9, "high": 10}  # a range is counted in 1,000 below 1 of 100 only
    if key.split(".")[1].startswith(("range", "about", "at_")):
        numbers |= {"rest": 991}
    if key == "headline.exact":
        numbers |= {"count": 500, "rest": 500}
    return wording.say(f"report.{key}", **numbers, span=wording.say("report.span.years", years=10), event=event)


def _assessed(typical: Assessment, predictors: Predictors, pack_id: str, *, with_others: bool = False) -> Assessment:
    """One person on whom a pack leads; with others: as in a clinic of its first country that accepted it."""
    dictionary = load_dictionary()
    manifest = LIBRARY.get(pack_id).manifest
    taken = {each.field for each in manifest.inputs}
    asked_for = {field: value for field, value in ASKED_FOR.items() if field in taken}
    person = {**PERSON, **asked_for, **INSTEAD.get(pack_id, {})}
    batch = Batch(1, {name: np.array([dictionary[name].encode(value)]) for name, value in person.items()})
    country = (*manifest.countries, "CHN")[0]
    clinic = replace(typical.clinic, settings={"country_iso3": country}, accepted_packs=(pack_id,))
    asked = {pack.manifest.id for pack in active_packs(LIBRARY, clinic)} if with_others else set()
    (explanation,) = explain(predictors.get(pack_id), batch, dictionary)
    assert explanation is not None, "this person must be one the pack is for"
    return replace(
        typical,
        inputs=tuple(InputUsed(name, value, typical.visit_date, None) for name, value in person.items()),
        clinic=clinic,
        results=tuple(predictors.get(each).predict(batch).row(0) for each in sorted({*asked, pack_id})),
        explanations=(explanation,),
        headline_pack=pack_id,
    )
