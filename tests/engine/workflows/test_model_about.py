"""The card of a draft in the clinic's own words: another version each time, the same numbers, and no half-made card."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.domain.models import ModelStage
from engine.domain.ports import FixedClock
from engine.errors import UsageError
from engine.packs import read_pack
from engine.resources import resources_folder
from engine.workflows.clinics import OpenClinic, open_clinic
from engine.workflows.model_about import LONGEST, CardWords, card_words, rewrite_card
from engine.workflows.models import add_draft, find_model, models, pack_of, shadow
from tests.engine.workflows.trained import BEGAN, trained_folder
from tests.made_once import new_clinic

PASSPHRASE = "a passphrase for tests"
WORDS = CardWords(
    "Heart, river villages",
    "first heart attack, found by the county hospital",
    "Adults 40 to 79 who came for a check-up",
    ("Not checked in the hills.", "Does not see family history."),
)


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[OpenClinic]:
    """A clinic that keeps one draft."""
    training = read_pack(resources_folder() / "models" / "general_health_8y").manifest.training
    new_clinic(tmp_path / "clinic", "GBR", PASSPHRASE, FixedClock(BEGAN))
    with open_clinic(tmp_path / "clinic", PASSPHRASE, FixedClock(BEGAN)) as opened:
        add_draft(opened, trained_folder(tmp_path / "made", training=training))
        yield opened


def test_what_people_write_stands_on_the_card_of_a_new_version_with_the_same_graph(clinic: OpenClinic) -> None:
    before = pack_of(clinic, find_model(clinic, "toy"))
    kept = rewrite_card(clinic, "toy@1.0.0", WORDS, "en")
    assert (kept.ref.version, kept.stage) == ("1.0.1", ModelStage.DRAFT)
    assert [(each.ref.version, each.stage) for each in models(clinic)] == [
        ("1.0.0", ModelStage.RETIRED),
        ("1.0.1", ModelStage.DRAFT),
    ]
    pack = pack_of(clinic, kept)
    assert pack.read_graph() == before.read_graph()
    assert pack.read_case_table() == before.read_case_table()
    assert pack.manifest.training == before.manifest.training
    assert card_words(pack.manifest, "en") == WORDS
    card = pack.read_card()
    for told in (WORDS.title, WORDS.population, *WORDS.limits):
        assert card.count(told) >= 2 - (told == WORDS.title)  # in both languages: nobody wrote another


def test_a_text_that_is_left_as_it_was_keeps_its_other_language(clinic: OpenClinic) -> None:
    before = pack_of(clinic, find_model(clinic, "toy")).manifest
    said = card_words(before, "zh")
    kept = rewrite_card(clinic, "toy", CardWords(said.title, said.outcome, "河边村庄的成人", said.limits), "zh")
    after = pack_of(clinic, kept).manifest
    assert (after.title, after.outcome) == (before.title, before.outcome)
    assert (after.population.zh, after.population.en) == ("河边村庄的成人", "河边村庄的成人")


def test_limits_of_the_program_stay_and_one_of_people_can_be_taken_back(clinic: OpenClinic) -> None:
    first = rewrite_card(clinic, "toy", WORDS, "en")
    usual = [each for each in pack_of(clinic, first).manifest.limits_notes if each.en not in WORDS.limits]
    fewer = CardWords(WORDS.title, WORDS.outcome, WORDS.population, WORDS.limits[:1])
    second = rewrite_card(clinic, "toy", fewer, "en")
    told = pack_of(clinic, second).manifest
    assert second.ref.version == "1.0.2"
    assert card_words(told, "en").limits == WORDS.limits[:1]
    assert [each for each in told.limits_notes if each.en not in WORDS.limits] == usual


def test_nothing_else_written_is_the_same_version(clinic: OpenClinic) -> None:
    first = rewrite_card(clinic, "toy", WORDS, "en")
    assert rewrite_card(clinic, "toy", WORDS, "en") == first
    assert len(models(clinic)) == 2


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (CardWords("", "an outcome", "people"), "model_words_missing"),
        (CardWords("a name", "an outcome", " \t\n "), "model_words_missing"),
        (CardWords("a name", "an outcome", "x" * (LONGEST + 1)), "model_words_long"),
        (CardWords("a name", "an outcome", "people", ("x" * (LONGEST + 1),)), "model_words_long"),
    ],
)
def test_an_answer_that_is_missing_or_too_long_changes_nothing(clinic: OpenClinic, words: CardWords, code: str) -> None:
    with pytest.raises(UsageError, match=code):
        rewrite_card(clinic, "toy", words, "en")
    assert [each.ref.version for each in models(clinic)] == ["1.0.0"]


def test_a_card_is_not_changed_once_its_trial_has_begun(clinic: OpenClinic) -> None:
    shadow(clinic, "toy")
    with pytest.raises(UsageError, match="model_stage"):
        rewrite_card(clinic, "toy", WORDS, "en")
