"""Sentences that training wrote into a manifest in one language are read in that of the reader."""

from __future__ import annotations

from dataclasses import replace

from engine.packs import Manifest
from engine.packs.card_parts import Section
from engine.packs.manifest import Citation
from engine.packs.trained_card import sections
from engine.packs.usual import citation_of, licence_note_of
from engine.wording import load_wording
from tests.engine.conftest import toy_document
from tests.engine.workflows.trained import MADE_BY, TRAINING

ZH, EN = load_wording("zh"), load_wording("en")


def trained() -> Manifest:
    manifest = Manifest.from_json(toy_document())
    sha = TRAINING.people.table_sha256[:16]
    return replace(
        manifest,
        made_by=MADE_BY,
        training=TRAINING,
        citation=Citation(EN.say("card.about.citation", sha256=sha)),
        licence=replace(manifest.licence, note=EN.say("card.about.licence")),
    )


def test_the_usual_source_and_licence_of_a_trained_pack_are_told_in_the_language_of_the_reader() -> None:
    sha = TRAINING.people.table_sha256[:16]
    assert citation_of(trained(), ZH) == ZH.say("card.about.citation", sha256=sha)
    assert citation_of(trained(), EN) == EN.say("card.about.citation", sha256=sha)
    assert licence_note_of(trained(), ZH) == ZH.say("card.about.licence")


def test_what_somebody_else_wrote_stays_as_it_is() -> None:
    other = replace(trained(), citation=Citation("Li B. 2024."), training=replace(TRAINING, record_outcome="diabetes"))
    assert citation_of(other, ZH) == "Li B. 2024."
    published = Manifest.from_json(toy_document())
    assert citation_of(published, ZH) == published.citation.text


def test_the_card_names_the_outcome_of_a_record_in_words_and_that_of_a_table_by_its_column() -> None:
    table, record = trained(), replace(trained(), training=replace(TRAINING, record_outcome="diabetes"))
    told = [{cell for row in part.rows for cell in row} for part in map(built, (record, table))]
    assert [record.outcome.en in cells for cells in told] == [True, False]
    assert ["event" in cells for cells in told] == [False, True]


def built(manifest: Manifest) -> Section:
    return next(part for part in sections(manifest, EN) if part.key == "built")
