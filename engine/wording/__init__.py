"""Codes to sentences in every language: problems, errors, results, plans."""

from engine.wording.catalogue import LANGUAGES, Wording, load_room, load_wording

__all__ = ["LANGUAGES", "Wording", "load_room", "load_wording"]
