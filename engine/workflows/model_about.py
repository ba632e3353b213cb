"""What only people know of a trained model, written on its card while it is a draft: for whom it is, and what not for.

The words stand in the manifest, so they change the digest: a draft whose card is written anew is another version, and
the one before is retired. No number of the model is touched.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.domain.models import KeptModel, ModelStage
from engine.errors import UsageError
from engine.learning.pack import write_card
from engine.packs import Manifest, Pack, PackParts
from engine.packs.manifest import Words
from engine.store import add_model, retire_model
from engine.wording import LANGUAGES, load_wording
from engine.workflows.clinic_packs import put_beside
from engine.workflows.clinics import OpenClinic, one_line
from engine.workflows.models import find_model, models, pack_of

__all__ = ["LONGEST", "CardWords", "card_words", "rewrite_card", "with_card_words"]

LONGEST = 300  # signs of one answer: more does not stand on a line of the card
_USUAL = ("about.limit_few", "about.limit_place", "about.limit_text")


@dataclass(frozen=True, slots=True)
class CardWords:
    """What people write, in one language. ``limits``: those that the program does not know, one each."""

    title: str
    outcome: str
    population: str
    limits: tuple[str, ...] = ()


def card_words(manifest: Manifest, language: str) -> CardWords:
    """Return what the card of a pack says now."""
    own = [each.get(language) for each in manifest.limits_notes if not _is_usual(each)]
    return CardWords(
        manifest.title.get(language), manifest.outcome.get(language), manifest.population.get(language), tuple(own)
    )


def with_card_words(parts: PackParts, words: CardWords, language: str) -> PackParts:
    """Return the parts with other words on the card, and the card written anew.

    What was changed stands as it was typed in every language: a sentence in another language is better than none, and
    far better than the one before, which somebody found wrong.

    Raises:
        UsageError: ``model_words_missing`` without a title, an outcome or people it is for; ``model_words_long``.
    """
    manifest = parts.manifest
    given = {name: one_line(getattr(words, name)) for name in ("title", "outcome", "population")}
    limits = tuple(line for line in map(one_line, words.limits) if line)
    if not all(given.values()):
        raise UsageError("model_words_missing")
    if max(map(len, (*given.values(), *limits))) > LONGEST:
        raise UsageError("model_words_long", most=LONGEST)
    outcome = _taken(manifest.outcome, given["outcome"], language)
    said = {each.get(language): each for each in manifest.limits_notes}
    usual = [each for each in manifest.limits_notes if _is_usual(each)]
    told = replace(
        manifest,
        title=_taken(manifest.title, given["title"], language),
        outcome=outcome,
        population=_taken(manifest.population, given["population"], language),
        outputs=tuple(
            replace(each, label=outcome) if each.label == manifest.outcome else each for each in manifest.outputs
        ),
        limits_notes=(*usual, *(said.get(line, Words(line, line)) for line in limits)),
    )
    return replace(parts, manifest=told, card=write_card(told))


def rewrite_card(clinic: OpenClinic, name: str, words: CardWords, language: str) -> KeptModel:
    """Write the card of a draft anew and return its new version; where nothing is another, the draft itself.

    Raises:
        UsageError: ``model_unknown``; ``model_stage`` unless it is a draft; as ``with_card_words``.
        PackError: its folder is gone or altered; ``pack_unwritable``.
    """
    model = find_model(clinic, name, ModelStage.DRAFT)
    pack = pack_of(clinic, model)
    parts = with_card_words(_parts_of(pack), words, language)
    if parts.manifest == pack.manifest:
        return model
    fresh = replace(parts, manifest=replace(parts.manifest, version=_next_version(clinic, model)))
    ref = put_beside(clinic, fresh)
    add_model(clinic.vault, ref, model.origin, clinic.actor)
    why = load_wording(language).say("watch.card_anew", version=ref.version)
    retire_model(clinic.vault, model.ref, why, clinic.actor)
    return find_model(clinic, f"{ref.id}@{ref.version}")


def _parts_of(pack: Pack) -> PackParts:
    texts = {each.file: pack.read_licence_text(each.file) for each in pack.manifest.licence.files}
    cases = pack.read_case_table().decode("utf-8")
    return PackParts(pack.manifest, pack.read_graph(), pack.read_card(), cases, texts)


def _next_version(clinic: OpenClinic, model: KeptModel) -> str:
    """Return the version with its last number raised until no version of the model has it."""
    taken = {each.ref.version for each in models(clinic) if each.ref.id == model.ref.id}
    first, _, last = model.ref.version.rpartition(".")
    number = int(last) if last.isdecimal() else 0
    begin = f"{first}." if first and last.isdecimal() else f"{model.ref.version}."
    while f"{begin}{number}" in taken:
        number += 1
    return f"{begin}{number}"


def _taken(before: Words, text: str, language: str) -> Words:
    return before if one_line(before.get(language)) == text else Words(text, text)


def _is_usual(limit: Words) -> bool:
    """Whether a limit is one that the program writes itself."""
    return any(limit.get(language) == _say(key, language) for key in _USUAL for language in LANGUAGES)


def _say(key: str, language: str) -> str:
    return load_wording(language).say(f"card.{key}")
