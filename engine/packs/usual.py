"""Texts of a manifest that have one language, in that of the reader where training wrote its usual sentence there."""

from __future__ import annotations

from engine.packs.manifest import Manifest
from engine.wording import Wording, load_wording

_SHA_SHOWN = 16


def usual(words: Wording, key: str, text: str, **values: object) -> str:
    """Return ``card.<key>`` in the language of ``words`` where ``text`` is that sentence in English, else ``text``."""
    written = load_wording("en").say(f"card.{key}", **values)
    return words.say(f"card.{key}", **values) if text == written else text


def citation_of(manifest: Manifest, words: Wording) -> str:
    """Return what a pack is cited as; a trained one of the clinic by where it was made."""
    text, told = manifest.citation.text, manifest.training
    if told is None:
        return text
    return usual(words, "about.citation", text, sha256=told.people.table_sha256[:_SHA_SHOWN])


def licence_note_of(manifest: Manifest, words: Wording) -> str:
    """Return the note on the licence of a pack."""
    return usual(words, "about.licence", manifest.licence.note)
