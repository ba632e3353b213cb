"""``lantern fields`` and ``lantern packs``: what Lantern knows."""

from __future__ import annotations

import argparse

from engine.cli.options import Commands, add_command, add_json
from engine.cli.output import DONE, emit_json, emit_table, language, sentence, warn, wording
from engine.fields import Field, Kind, load_dictionary
from engine.packs import PackLibrary
from engine.wording import Wording
from engine.workflows.packs import PackSummary, damaged_packs, list_packs


def add_commands(commands: Commands, words: Wording) -> None:
    """Add the two commands."""
    add_json(add_command(commands, words, "fields", run_fields), words)
    add_json(add_command(commands, words, "packs", run_packs), words)


def run_fields(options: argparse.Namespace) -> int:
    """Print the data dictionary."""
    fields = load_dictionary().fields.values()
    if options.json:
        emit_json([_field_document(field) for field in fields])
        return DONE
    rows = [(field.name, field.kind.value, _unit_or_codes(field), field.label(language())) for field in fields]
    emit_table(("field", "kind", "unit", "label"), rows)
    return DONE


def run_packs(options: argparse.Namespace) -> int:
    """Print the packs that ship with the program, with licence state and version."""
    library = PackLibrary.shipped()
    packs, damaged = list_packs(library), damaged_packs(library)
    if options.json:
        emit_json([*map(_pack_document, packs), *({"id": each.id, "fault": sentence(each.error)} for each in damaged)])
        return DONE
    rows = [(pack.id, pack.version, pack.licence_state, pack.digest[:12], pack.title[language()]) for pack in packs]
    emit_table(("pack", "version", "licence", "digest", "title"), rows)
    for each in damaged:
        warn(wording().say("cli.pack_damaged", pack=each.id, reason=sentence(each.error)))
    return DONE


def _unit_or_codes(field: Field) -> str:
    if field.kind is Kind.CATEGORY:
        codes = field.category_codes
        return "|".join(codes) if len(codes) <= 6 else f"{len(codes)} codes"
    return field.unit or ""


def _field_document(field: Field) -> dict[str, object]:
    return {
        "name": field.name,
        "kind": field.kind.value,
        "scope": field.scope.value,
        "label_en": field.labels["en"],
        "label_zh": field.labels["zh"],
        "help_en": field.helps["en"],
        "help_zh": field.helps["zh"],
        "unit": field.unit,
        "alternative_units": [
            {"unit": unit.code, "factor": unit.factor, "offset": unit.offset} for unit in field.alternatives
        ],
        "hard_min": field.hard_min,
        "hard_max": field.hard_max,
        "plausible_min": field.plausible_min,
        "plausible_max": field.plausible_max,
        "decimals": field.decimals,
        "categories": list(field.category_codes) or None,
        "derived_from": list(field.derivation.sources) if field.derivation else None,
        "loinc": field.loinc if field.loinc_verified else None,
    }


def _pack_document(pack: PackSummary) -> dict[str, object]:
    return {
        "id": pack.id,
        "version": pack.version,
        "digest": pack.digest,
        "title_en": pack.title["en"],
        "title_zh": pack.title["zh"],
        "licence_state": pack.licence_state,
        "licence_note": pack.licence_note,
        "on_by_default": pack.on_by_default,
        "inputs": list(pack.inputs),
        "outputs": list(pack.outputs),
        "citation": pack.citation,
        "doi": pack.doi,
        "origin": pack.origin.value,
        "state": pack.state.value,
        "fault": None,
    }
