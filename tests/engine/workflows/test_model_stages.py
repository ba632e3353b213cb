"""Trained models as pages show them: what a card still lacks, what leads a list, what stands beside, the card."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from engine.domain.models import DriftKind, ModelStage
from engine.domain.ports import FixedClock
from engine.domain.report import Paper
from engine.errors import InputError
from engine.packs import Manifest, read_pack
from engine.packs.origin import Words
from engine.resources import resources_folder
from engine.store import note_month
from engine.wording import LANGUAGES, load_wording
from engine.workflows.clinics import OpenClinic, open_clinic
from engine.workflows.model_card import card_in_clinic
from engine.workflows.model_stages import (
    StagedModel,
    lacking,
    leading,
    model_page,
    staged_models,
    warned,
    warned_sentence,
)
from engine.workflows.models import add_draft, retire, shadow
from tests.engine.workflows.trained import BEGAN, trained_folder
from tests.made_once import new_clinic

PASSPHRASE = "a passphrase for tests"
BUNDLED = ("breast_recurrence_5y", "dysglycaemia_no_lab", "general_health_8y", "heart_disease_rest")


def manifest_of(pack: str) -> Manifest:
    return read_pack(resources_folder() / "models" / pack).manifest


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[OpenClinic]:
    """A clinic that keeps one version in its silent trial, one draft and a retired one."""
    training = manifest_of("general_health_8y").training
    new_clinic(tmp_path / "clinic", "GBR", PASSPHRASE, FixedClock(BEGAN))
    with open_clinic(tmp_path / "clinic", PASSPHRASE, FixedClock(BEGAN)) as opened:
        for version in ("1.0.0", "2.0.0", "3.0.0"):
            add_draft(opened, trained_folder(tmp_path / version, version=version, training=training))
        retire(opened, "toy@1.0.0", "a first try")
        shadow(opened, "toy@2.0.0", "cvd_history", 0.2)
        yield opened


@pytest.mark.parametrize("pack", BUNDLED)
def test_the_bundled_ones_lack_nothing(pack: str) -> None:
    assert lacking(manifest_of(pack)) == ()


def test_a_card_without_people_outcome_or_calibration_says_which() -> None:
    whole = manifest_of("general_health_8y")
    nothing = Words("", " ")
    assert lacking(replace(whole, population=nothing)) == ("population",)
    assert lacking(replace(whole, outcome=Words("death", ""))) == ("outcome",)
    assert whole.training is not None
    without = replace(whole.training, figures=tuple(each for each in whole.training.figures if each.name != "slope"))
    assert lacking(replace(whole, training=without)) == ("calibration",)
    assert lacking(replace(whole, training=None)) == ("calibration",)
    assert lacking(replace(whole, horizon_years=())) == ("horizon",)  # its output is a risk within eight years


def test_what_is_worked_on_leads_and_a_folder_that_was_altered_is_told(clinic: OpenClinic) -> None:
    staged = staged_models(clinic)
    assert [each.model.stage for each in leading(staged)] == [ModelStage.SHADOW, ModelStage.DRAFT]
    only = [each for each in staged if each.model.stage is ModelStage.RETIRED]
    assert leading(only) == tuple(only)
    assert all(isinstance(each, StagedModel) and each.fault is None for each in staged)


def test_a_page_tells_what_it_is_held_against_and_what_it_would_stand_beside(clinic: OpenClinic) -> None:
    silent = model_page(clinic, "toy@2.0.0", "en")
    assert silent.held is not None
    assert (silent.held.name, silent.threshold) == ("cvd_history", 0.2)
    beside = {each["en"] for each in silent.beside}
    assert clinic.library.get("who_cvd_2019_nonlab").manifest.title.en in beside  # of its topic, and on
    assert (silent.speaks, silent.before, silent.taken) == (None, None, False)
    draft = model_page(clinic, "toy@3.0.0", "zh")
    assert draft.threshold == manifest_of("general_health_8y").training.threshold  # type: ignore[union-attr]  # it has one
    assert draft.held is not None
    assert draft.held.name == "heart_attack_stroke"  # what is declared for its topic
    assert len(draft.versions) == 3


def test_months_that_nobody_looked_at_are_told_with_what_to_do(clinic: OpenClinic) -> None:
    ref = model_page(clinic, "toy@2.0.0", "en").model.ref
    note_month(clinic.vault, ref, date(2021, 2, 1), [DriftKind.INPUTS, DriftKind.UNFIT], clinic.actor)
    (found,) = warned(clinic)["toy", "2.0.0"]
    assert (found.kinds, found.month) == (("inputs", "unfit"), "2021-02")
    for language in LANGUAGES:
        words = load_wording(language)
        told = warned_sentence(found, words)
        for part in ("drift", "todo"):
            assert all(words.say(f"watch.{part}.{kind}") in told for kind in found.kinds)
        assert "lantern" not in told.casefold()  # who reads it stands at the window


def test_any_trained_pack_has_a_card_and_no_other(clinic: OpenClinic) -> None:
    for name in (*BUNDLED, "toy@1.0.0", "toy@3.0.0"):
        card = card_in_clinic(clinic, name, "zh", Paper.LETTER)
        assert (card.language, card.paper) == ("zh", Paper.LETTER)
        assert {"bias", "items", "figures"} <= {part.key for part in card.parts}
    with pytest.raises(InputError, match="learning_card_untrained"):
        card_in_clinic(clinic, "who_cvd_2019_nonlab", "en", Paper.A4)
