"""Names of what stands in a person's lists, in the language of the screen; a code of no list names itself."""

from __future__ import annotations

from engine.codes import load_codes


def condition_label(code: str, language: str) -> str:
    """Return the name of a condition."""
    known = load_codes().conditions.get(code)
    return code if known is None else known.label(language)


def relation_label(code: str, language: str) -> str:
    """Return the name of a relative."""
    known = load_codes().relatives.get(code)
    return code if known is None else known.label(language)


def class_labels(codes: tuple[str, ...], language: str) -> tuple[str, ...]:
    """Return the names of medicine classes."""
    classes = load_codes().medicine_classes
    return tuple(classes[code].label(language) if code in classes else code for code in codes)
