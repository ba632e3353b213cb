"""The card of a trained pack on paper."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.domain.model_card import ModelCard
from engine.domain.report import Paper
from engine.packs import Manifest, PackLibrary
from engine.packs.trained_card import sections
from engine.packs.tripod import items
from engine.report.model_card import card_images, model_card, typeset_card
from engine.wording import load_wording

TRAINED = ("dysglycaemia_no_lab", "general_health_8y", "heart_disease_rest", "breast_recurrence_5y")
MOMENT = datetime(2026, 11, 29, 12, tzinfo=UTC)


def card_of(pack: str, language: str = "en", paper: Paper = Paper.A4) -> ModelCard:
    found = PackLibrary.shipped().get(pack)
    return model_card(found.manifest, found.digest, language=language, paper=paper, made_at=MOMENT, program="Lantern")


@pytest.mark.parametrize("pack", TRAINED)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_card_of_every_trained_pack_is_set_the_same_twice(pack: str, language: str) -> None:
    card = card_of(pack, language)
    pdf = typeset_card(card)
    assert pdf.startswith(b"%PDF")
    assert pdf == typeset_card(card)


def test_it_has_every_part_two_drawings_and_a_place_to_sign() -> None:
    card = card_of("heart_disease_rest", paper=Paper.LETTER)
    keys = [part.key for part in card.parts]
    assert keys[:4] == ["made_for", "not_for", "built", "inputs"]
    assert {"figures", "rivals", "groups", "bias", "limits", "refuses", "weights", "items"} < set(keys)
    assert len(card.plots) == 2
    assert all(0 <= x <= 1 and 0 <= y <= 1 for plot in card.plots for line in plot.lines for x, y in line.points)
    assert card.approval.boxes[0] == "use"
    assert len(card_images(card, 40)) >= 3


def test_the_figures_are_those_of_the_manifest() -> None:
    manifest = PackLibrary.shipped().get("breast_recurrence_5y").manifest
    assert manifest.training is not None
    told = manifest.training.figure("c_index")
    assert told is not None
    card = card_of("breast_recurrence_5y")
    figures = next(part for part in card.parts if part.key == "figures").table
    assert figures is not None
    row = next(row for row in figures.rows if row[0] == "C index")
    assert row[1] == f"{told.value:.2f} ({told.low:.2f}–{told.high:.2f})"


def test_all_items_of_the_reporting_guideline_have_a_place_and_what_is_open_is_said() -> None:
    manifest = PackLibrary.shipped().get("heart_disease_rest").manifest
    found = items(manifest)
    assert [each.number for each in found] == [str(number) for number in range(1, 28)]
    part = next(each for each in sections(manifest, load_wording("en")) if each.key == "items")
    assert ("17", "Ethical approval", "open: people must write it") in part.rows


def test_a_published_equation_has_no_card_of_training() -> None:
    manifest: Manifest = PackLibrary.shipped().get("findrisc").manifest
    with pytest.raises(ValueError, match="not a trained pack"):
        sections(manifest, load_wording("en"))
