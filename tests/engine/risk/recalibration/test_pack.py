from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.domain.batch import Batch
from engine.domain.recalibration import Recalibration
from engine.errors import PackError, UsageError
from engine.fields import load_dictionary
from engine.packs import Pack, PackLibrary, PackParts, pack_files
from engine.packs.cases import read_cases
from engine.packs.manifest import OutputKind
from engine.risk.predictor import Predictor
from engine.risk.predictors import Predictors
from engine.risk.recalibration.fit import Parameters, recalibrated
from engine.risk.recalibration.judge import Followed, judge
from engine.risk.recalibration.outcomes import outcome_of
from engine.risk.recalibration.outputs import choose_output
from engine.risk.recalibration.pack import make_pack, new_id
from engine.risk.recalibration.rules import load_rules
from engine.risk.what_if import changeable
from engine.wording import load_wording
from tests.engine.risk.recalibration.simulated import people_followed

SHIPPED = PackLibrary.shipped()
RULES = load_rules()
RISKS = [
    pack.manifest.id for pack in SHIPPED.all() if any(o.kind is OutputKind.FRACTION for o in pack.manifest.outputs)
]
MARKS = re.compile(
    r"prevent|qrisk|heart ?score|stop.?bang|score2|framingham|findrisc|kfre|globorisk|china-par|gail", re.I
)
MakePack = Callable[..., Pack]


@pytest.fixture(scope="module")
def predictors() -> Predictors:
    return Predictors(SHIPPED, load_dictionary())


def looked_at(pack: Pack, output: str, truth: Parameters = Parameters(-0.6, 0.7)) -> Recalibration:  # noqa: B008 - a frozen value
    """A verdict that asks for both changes, on made-up people."""
    people = people_followed(np.random.default_rng(5), 8000, truth)
    found = judge(Followed(people, still_followed=100), pack.ref, output, RULES)
    assert found.changed
    return found


def made_from(predictor: Predictor, output: str | None = None) -> tuple[PackParts, Recalibration]:
    chosen = choose_output(predictor.pack.manifest, output)
    found = looked_at(predictor.pack, chosen.name)
    return make_pack(
        predictor, found, outcome_of(predictor.pack.manifest, chosen.name), RULES, load_dictionary()
    ), found


def written(new: PackParts, folder: Path) -> Pack:
    pack = new.write(folder)
    return replace(pack, trusted=True)


def test_every_shipped_risk_can_be_recalibrated(predictors: Predictors) -> None:
    assert len(RISKS) >= 18


@pytest.mark.parametrize("pack_id", RISKS)
def test_a_recalibrated_pack_gives_the_changed_risk_of_its_parent(
    predictors: Predictors, pack_id: str, tmp_path: Path
) -> None:
    predictor = predictors.get(pack_id)
    new, found = made_from(predictor)
    pack = written(new, tmp_path)
    child = Predictor(pack, load_dictionary())
    people = read_cases(predictor.pack, load_dictionary()).people
    told, after = predictor.predict(people), child.predict(people)

    expected = recalibrated(told.outputs[found.output], found.scale, Parameters(found.intercept, found.slope))
    assert np.isfinite(expected).any()
    assert after.outputs[found.output] == pytest.approx(expected, abs=1e-12, nan_ok=True)
    assert (after.refused == told.refused).all()
    cases = read_cases(pack, load_dictionary())
    assert child.predict(cases.people).outputs[found.output] == pytest.approx(cases.numbers[found.output], abs=1e-9)


@pytest.mark.parametrize("pack_id", RISKS)
def test_it_keeps_nothing_of_the_original_name(predictors: Predictors, pack_id: str) -> None:
    parent = predictors.get(pack_id).pack
    new, _ = made_from(predictors.get(pack_id))
    for text in (new.manifest.id, new.manifest.title.en, new.manifest.title.zh):
        assert not MARKS.search(text)
        assert pack_id not in text
    assert new.manifest.title != parent.manifest.title
    assert new.manifest.parent is not None
    assert (new.manifest.parent.id, new.manifest.parent.version) == (pack_id, parent.manifest.version)
    assert new.manifest.parent.digest == parent.digest
    assert pack_id.encode() in new.graph  # the file says where it comes from


@pytest.mark.parametrize("pack_id", RISKS)
def test_what_says_for_whom_and_by_whose_leave_is_carried_over(predictors: Predictors, pack_id: str) -> None:
    parent = predictors.get(pack_id).pack.manifest
    new, found = made_from(predictors.get(pack_id))
    manifest = new.manifest
    assert [each.field for each in manifest.inputs] == [each.field for each in parent.inputs]
    assert (manifest.exclusions, manifest.references, manifest.citation) == (
        parent.exclusions, parent.references, parent.citation,
    )  # fmt: skip
    assert replace(manifest.licence, files=()) == replace(parent.licence, files=())
    assert set(new.texts) == {each.file for each in parent.licence.files}
    assert [scheme for scheme in manifest.bands if scheme.scheme == "main"] == [
        scheme for scheme in parent.bands if scheme.scheme == "main" and scheme.output == found.output
    ]
    assert changeable(manifest) == changeable(parent)
    assert (manifest.audience, manifest.use, manifest.rank, manifest.countries) == (
        parent.audience, parent.use, parent.rank, parent.countries,
    )  # fmt: skip


def test_licence_texts_and_notice_of_the_lgpl_pack_travel_along(predictors: Predictors, tmp_path: Path) -> None:
    parent = predictors.get("qrisk3_2017").pack
    pack = written(made_from(predictors.get("qrisk3_2017"))[0], tmp_path)
    assert pack.manifest.licence.notice == parent.manifest.licence.notice
    assert pack.manifest.licence.files
    for each in parent.manifest.licence.files:
        assert pack.read_licence_text(each.file) == parent.read_licence_text(each.file)


def test_limits_that_only_withhold_lost_outputs_go_with_them(predictors: Predictors) -> None:
    new, _ = made_from(predictors.get("prevent"))
    parent = predictors.get("prevent").pack.manifest
    assert parent.input("bmi_kg_m2").valid is not None
    assert new.manifest.input("bmi_kg_m2").valid is None
    failure, _ = made_from(predictors.get("prevent"), "risk_10y_heart_failure")
    left = failure.manifest.input("bmi_kg_m2").valid
    assert left is not None
    assert left.outputs == ("risk_10y_heart_failure",)


def test_another_risk_than_the_main_one_has_a_name_of_its_own_and_no_words_of_the_main_one(
    predictors: Predictors,
) -> None:
    main, _ = made_from(predictors.get("prevent"))
    other, _ = made_from(predictors.get("prevent"), "risk_10y_heart_failure")
    assert main.manifest.id != other.manifest.id
    assert main.manifest.patient is not None
    assert other.manifest.patient is None
    assert other.manifest.headline_output == "risk_10y_heart_failure"


def test_the_same_outcomes_give_the_same_bytes(predictors: Predictors) -> None:
    first, second = (made_from(predictors.get("who_cvd_2019_lab"))[0] for _ in range(2))
    files = [
        pack_files(each.manifest, each.graph, each.card, each.reference_cases, each.texts) for each in (first, second)
    ]
    assert files[0] == files[1]


def test_the_card_tells_the_change_in_both_languages_and_ends_with_the_card_of_the_original(
    predictors: Predictors,
) -> None:
    parent = predictors.get("who_cvd_2019_lab").pack
    new, found = made_from(predictors.get("who_cvd_2019_lab"))
    for language in ("en", "zh"):
        wording = load_wording(language)
        assert wording.say(f"recalibration.verdict.{found.verdict}") in new.card
        assert wording.say("recalibration.table.observed") in new.card
        assert wording.say("recalibration.limit_visits") in new.card
    assert f"{found.intercept:.6f}" in new.card
    assert parent.digest in new.card
    assert parent.manifest.title.en in new.card
    assert [line for line in new.card.splitlines() if line.startswith("# ")] == [
        f"# {new.manifest.title.en} / {new.manifest.title.zh}"
    ]


def test_the_risk_of_one_person_is_never_changed_out_of_order(predictors: Predictors, tmp_path: Path) -> None:
    predictor = predictors.get("framingham_2008_bmi")
    new, found = made_from(predictor)
    child = Predictor(written(new, tmp_path), load_dictionary())
    pressures = np.linspace(90, 200, 45)
    encode = load_dictionary()
    columns = {
        "sex": np.full(45, encode["sex"].encode("F")), "age": np.full(45, 55.0), "sbp_mmhg": pressures,
        "bmi_kg_m2": np.full(45, 27.0), "smoker": np.full(45, encode["smoker"].encode("never")),
        "diabetes": np.zeros(45), "on_bp_treatment": np.zeros(45),
    }  # fmt: skip
    risks = child.predict(Batch(45, columns)).outputs[found.output]
    assert (np.diff(risks) > 0).all()


def test_nothing_is_made_where_nothing_is_changed(predictors: Predictors) -> None:
    predictor = predictors.get("who_cvd_2019_lab")
    people = people_followed(np.random.default_rng(5), 300, Parameters())
    refused = judge(Followed(people), predictor.pack.ref, "risk_10y", RULES)
    with pytest.raises(ValueError, match="nothing is changed"):
        make_pack(predictor, refused, None, RULES, load_dictionary())


def test_only_risks_can_be_chosen_and_the_main_one_comes_first(predictors: Predictors, make_pack: MakePack) -> None:
    manifests = {pack.manifest.id: pack.manifest for pack in SHIPPED.all()}
    assert choose_output(manifests["kfre_4v"]).name == "risk_5y"
    assert choose_output(manifests["kfre_4v"], "risk_2y").horizon_years == 2
    with pytest.raises(PackError, match="recalibrate_no_risk"):
        choose_output(manifests["fib4"])
    for name in ("linear_predictor", "risk_10y_printed_constants", "none"):  # no risk, for checking only, not there
        with pytest.raises(UsageError, match="recalibrate_output"):
            choose_output(manifests["china_par_2016"], name)
    with pytest.raises(UsageError, match="recalibrate_output"):
        choose_output(manifests["gail_bcrat"], "risk_to_age_90")  # over a time that differs from person to person
    today = make_pack({"horizon_years": [], "outputs": [{**_words("p"), "kind": "fraction"}], "bands": [],
                       "headline_output": "p", "inputs.5.valid": None}, document=None)  # fmt: skip
    assert choose_output(today.manifest).horizon_years is None


def test_what_was_recalibrated_is_not_recalibrated_again(predictors: Predictors) -> None:
    new, _ = made_from(predictors.get("who_cvd_2019_lab"))
    with pytest.raises(PackError) as refusal:
        choose_output(new.manifest)
    assert refusal.value.details == {"pack": new.manifest.id, "parent": "who_cvd_2019_lab"}


def test_every_shipped_risk_over_time_has_a_declared_outcome_of_known_codes() -> None:
    from engine.codes import load_codes

    codes, dictionary = load_codes().conditions, load_dictionary()
    for pack_id in RISKS:
        manifest = SHIPPED.get(pack_id).manifest
        if manifest.topic == "breast_cancer_recurrence":  # records have no word for a cancer that comes back
            continue
        for output in manifest.outputs:
            if output.kind is OutputKind.FRACTION and output.horizon_years is not None:
                outcome = outcome_of(manifest, output.name)
                assert outcome is not None, (pack_id, output.name)
                assert outcome.conditions
                assert outcome.conditions | outcome.before <= set(codes)
                assert not outcome.conditions & outcome.before
                assert all(field in dictionary for field in outcome.fields)
                assert set(outcome.labels) == {"en", "zh"}


def test_the_narrowest_declaration_of_an_outcome_wins() -> None:
    who = SHIPPED.get("who_cvd_2019_lab").manifest
    ids = {name: getattr(outcome_of(who, name), "id", None) for name in ("risk_10y", "risk_10y_chd", "risk_10y_stroke")}
    assert ids == {"risk_10y": "heart_attack_stroke", "risk_10y_chd": "coronary", "risk_10y_stroke": "stroke"}
    assert (
        getattr(outcome_of(SHIPPED.get("framingham_2008_lab").manifest, "risk_10y"), "id", None)
        == "cardiovascular_wide"
    )
    assert outcome_of(SHIPPED.get("fib4").manifest, "index") is None


def test_an_id_is_a_plain_name_whatever_the_topic(make_pack: MakePack) -> None:
    manifest = make_pack({"topic": "Herz & Kreislauf/心"}).manifest
    assert re.fullmatch(r"recalibrated_herz_kreislauf__?[0-9a-f]{8}", new_id(manifest, "risk_10y"))


def _words(name: str) -> dict[str, object]:
    return {"name": name, "label": {"en": "Chance", "zh": "可能性"}}
