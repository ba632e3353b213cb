"""Trained models in a clinic: nothing speaks before two agreed, old versions stay, and refusals change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from engine.domain.clinic_packs import PackOrigin
from engine.domain.models import ModelStage
from engine.domain.ports import FixedClock
from engine.errors import PackError, UsageError
from engine.packs import read_pack
from engine.packs.origin import MadeBy, Words
from engine.wording import load_wording
from engine.workflows.assess import assess_people, current_assessments
from engine.workflows.clinic_packs import switch_pack, withdraw
from engine.workflows.clinics import OpenClinic, open_clinic
from engine.workflows.foreign_packs import add_pack
from engine.workflows.model_words import state_line
from engine.workflows.models import (
    add_draft,
    approve,
    find_model,
    models,
    outcome_named,
    pack_of,
    readiness,
    retire,
    shadow,
)
from engine.workflows.packs import list_packs
from tests.engine.workflows.trained import BEGAN, TRAINING, import_year, simulated, trained_folder
from tests.made_once import new_clinic

PASSPHRASE = "a passphrase for tests"
WHY = "nobody else works here"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    new_clinic(tmp_path / "clinic", "GBR", PASSPHRASE, FixedClock(BEGAN))
    return tmp_path / "clinic"


@pytest.fixture
def clinic(folder: Path) -> Iterator[OpenClinic]:
    with open_clinic(folder, PASSPHRASE, FixedClock(BEGAN)) as opened:
        yield opened


def at_hand(clinic: OpenClinic) -> bool:
    return "toy" in clinic.library or any(pack.id == "toy" for pack in list_packs(clinic.library))


def test_neither_draft_nor_shadow_is_among_the_packs_and_approved_is(folder: Path, tmp_path: Path) -> None:
    with open_clinic(folder, PASSPHRASE, FixedClock(BEGAN)) as clinic:
        _, model = add_draft(clinic, trained_folder(tmp_path / "made"))
        assert model is not None
        assert (model.stage, model.origin, at_hand(clinic)) == (ModelStage.DRAFT, PackOrigin.FOREIGN, False)
        assert not pack_of(clinic, model).trusted  # nobody the clinic trusts signed it: it runs in a worker
        shadow(clinic, "toy")
        assert not at_hand(clinic)
    with open_clinic(folder, PASSPHRASE, FixedClock(BEGAN + timedelta(days=28))) as clinic:
        import_year(clinic, simulated(5, 1.0), 0, tmp_path)
        assert not at_hand(clinic)
        after = approve(clinic, "toy", PASSPHRASE, reason=WHY)
        assert at_hand(after)
        shown = {result.pack.id for one in current_assessments(after) for result in one.results}
        assert "toy" in shown
        gone = retire(after, "toy", "no use")
        shown = {result.pack.id for one in current_assessments(gone) for result in one.results}
        assert "toy" not in shown


def test_it_takes_28_days_or_50_people(folder: Path, tmp_path: Path) -> None:
    with open_clinic(folder, PASSPHRASE, FixedClock(BEGAN)) as clinic:
        add_draft(clinic, trained_folder(tmp_path / "made"))
        shadow(clinic, "toy")
    with open_clinic(folder, PASSPHRASE, FixedClock(BEGAN + timedelta(days=27))) as clinic:
        with pytest.raises(UsageError, match="model_too_soon"):
            approve(clinic, "toy", PASSPHRASE, reason=WHY)
        import_year(clinic, simulated(49, 1.0), 0, tmp_path)
        assess_people(clinic)
        ready = readiness(clinic, find_model(clinic, "toy"))
        assert (ready.days, ready.people, ready.long_enough) == (27, 49, False)
        import_year(clinic, simulated(50, 1.0)[49:], 0, tmp_path)
        assess_people(clinic)
        assert readiness(clinic, find_model(clinic, "toy")).people == 50
        approve(clinic, "toy", PASSPHRASE, reason=WHY)


def test_old_versions_stay_with_their_folders_and_one_step_leads_back(folder: Path, tmp_path: Path) -> None:
    with open_clinic(folder, PASSPHRASE, FixedClock(BEGAN)) as clinic:
        for version in ("1.0.0", "2.0.0"):
            add_draft(clinic, trained_folder(tmp_path / version, version=version))
            shadow(clinic, f"toy@{version}")
    with open_clinic(folder, PASSPHRASE, FixedClock(BEGAN + timedelta(days=30))) as clinic:
        first = approve(clinic, "toy@1.0.0", PASSPHRASE, reason=WHY)
        second = approve(first, "toy@2.0.0", PASSPHRASE, reason=WHY)
        assert second.library.get("toy").manifest.version == "2.0.0"
        assert [model.stage for model in models(second)] == [ModelStage.RETIRED, ModelStage.APPROVED]
        assert all(read_pack(pack_of(second, model).folder) for model in models(second))
        back = approve(second, "toy@1.0.0", PASSPHRASE, reason="the new one told too much")
        assert back.library.get("toy").manifest.version == "1.0.0"
        for language in ("en", "zh"):
            told = state_line(find_model(back, "toy@1.0.0"), load_wording(language), str)
            assert "the new one told too much" in told


def test_a_retired_model_is_off_and_no_switch_brings_it_back(folder: Path, tmp_path: Path) -> None:
    with open_clinic(folder, PASSPHRASE, FixedClock(BEGAN)) as clinic:
        add_draft(clinic, trained_folder(tmp_path / "made"))
        shadow(clinic, "toy")
    with open_clinic(folder, PASSPHRASE, FixedClock(BEGAN + timedelta(days=30))) as clinic:
        on = approve(clinic, "toy", PASSPHRASE, reason=WHY)
        off = retire(on, "toy", "no use")
        assert off.library.switched_off("toy")
        with pytest.raises(UsageError, match="model_not_approved"):
            switch_pack(off, "toy", on=True)
        again = approve(off, "toy", PASSPHRASE, reason=WHY)
        withdrawn = withdraw(again, "toy", "units were wrong")
        assert find_model(withdrawn, "toy").stage is ModelStage.RETIRED


def test_only_what_was_trained_is_a_draft_and_nothing_trained_is_added_past_it(
    clinic: OpenClinic, tmp_path: Path
) -> None:
    with pytest.raises(PackError, match="model_not_trained"):
        add_draft(clinic, trained_folder(tmp_path / "other", made_by=MadeBy("somebody", "1")))
    with pytest.raises(PackError, match="model_is_trained"):
        add_pack(clinic, trained_folder(tmp_path / "made"))
    assert models(clinic) == ()


def test_a_pack_with_faults_is_no_draft(clinic: OpenClinic, tmp_path: Path) -> None:
    folder = trained_folder(tmp_path / "made")
    table = folder / "reference_cases.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("F,45", "F,46"), encoding="utf-8")
    check, model = add_draft(clinic, folder)
    assert [fault.code for fault in check.faults] == ["pack_cases_differ"]
    assert (model, models(clinic)) == (None, ())


def test_a_folder_that_was_altered_meanwhile_is_not_approved(folder: Path, tmp_path: Path) -> None:
    with open_clinic(folder, PASSPHRASE, FixedClock(BEGAN)) as clinic:
        add_draft(clinic, trained_folder(tmp_path / "made"))
        shadow(clinic, "toy")
        (pack_of(clinic, find_model(clinic, "toy")).folder / "model.onnx").write_bytes(b"another graph")
    with open_clinic(folder, PASSPHRASE, FixedClock(BEGAN + timedelta(days=30))) as clinic:
        with pytest.raises(PackError):
            approve(clinic, "toy", PASSPHRASE, reason=WHY)
        assert find_model(clinic, "toy").stage is ModelStage.SHADOW


def test_what_its_numbers_are_held_against_is_a_declared_outcome_a_condition_or_a_field(clinic: OpenClinic) -> None:
    declared = outcome_named(clinic, "heart_attack_stroke")
    assert declared is not None
    assert "ischaemic_stroke" in declared.conditions
    condition = outcome_named(clinic, "ischaemic_stroke")
    assert condition is not None
    assert (condition.conditions, condition.fields) == (frozenset({"ischaemic_stroke"}), ())
    field = outcome_named(clinic, "cvd_history")
    assert field is not None
    assert (field.conditions, field.fields) == (frozenset(), ("cvd_history",))
    assert outcome_named(clinic, "sbp_mmhg") is None
    assert outcome_named(clinic, "bad luck") is None


def test_refusals_are_by_name_and_stage(clinic: OpenClinic, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="model_unknown"):
        shadow(clinic, "toy")
    add_draft(clinic, trained_folder(tmp_path / "made"))
    with pytest.raises(UsageError, match="model_stage"):
        approve(clinic, "toy", PASSPHRASE, reason=WHY)
    for threshold in (0.0, 1.0, float("nan"), 20.0):
        with pytest.raises(UsageError, match="model_threshold"):
            shadow(clinic, "toy", threshold=threshold)
    with pytest.raises(UsageError, match="reason_needed"):
        retire(clinic, "toy", "  ")
    assert find_model(clinic, "toy").stage is ModelStage.DRAFT
    retire(clinic, "toy", "a first try")
    with pytest.raises(UsageError, match="model_stage"):
        retire(clinic, "toy", "once more")


NOTHING = Words("", "")


@pytest.mark.parametrize(
    ("what", "changes"),
    [
        ("population", {"population": NOTHING}),
        ("population", {"training": replace(TRAINING, people=replace(TRAINING.people, people=0))}),
        ("outcome", {"outcome": Words(" ", "-")}),
        ("horizon", {"horizon_years": ()}),
        ("calibration", {"training": replace(TRAINING, figures=TRAINING.figures[:1])}),
    ],
)
def test_a_model_that_does_not_say_what_it_must_answers_in_silence_but_is_not_approved(
    folder: Path, tmp_path: Path, what: str, changes: dict[str, object]
) -> None:
    with open_clinic(folder, PASSPHRASE, FixedClock(BEGAN)) as clinic:
        assert add_draft(clinic, trained_folder(tmp_path / "made", **changes))[1] is not None
        shadow(clinic, "toy")
    with open_clinic(folder, PASSPHRASE, FixedClock(BEGAN + timedelta(days=30))) as clinic:
        with pytest.raises(PackError, match=f"model_lacks_{what}"):
            approve(clinic, "toy", PASSPHRASE, reason=WHY)
        assert find_model(clinic, "toy").stage is ModelStage.SHADOW
        assert not at_hand(clinic)
    for language in ("en", "zh"):
        assert "toy" in load_wording(language).error(PackError(f"model_lacks_{what}", pack="toy"))


def test_what_it_is_held_against_and_from_where_it_alerts_is_what_it_was_trained_on(
    clinic: OpenClinic, tmp_path: Path
) -> None:
    told = replace(TRAINING, record_outcome="ischaemic_stroke")
    add_draft(clinic, trained_folder(tmp_path / "made", training=told))
    model = shadow(clinic, "toy")
    assert (model.outcome, model.threshold) == ("ischaemic_stroke", 0.2)
    retire(clinic, "toy", "again, with other words")
    model = shadow(clinic, "toy", "cvd_history", 0.3)
    assert (model.outcome, model.threshold) == ("cvd_history", 0.3)
    add_draft(clinic, trained_folder(tmp_path / "old", training=None, version="2.0.0"))
    model = shadow(clinic, "toy@2.0.0")
    assert (model.outcome, model.threshold) == ("heart_attack_stroke", None)
