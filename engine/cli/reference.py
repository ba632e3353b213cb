"""``lantern fields``: the quantities that Lantern knows."""

from __future__ import annotations

import argparse

from engine.cli.options import Commands, add_command, add_json
from engine.cli.output import DONE, emit_json, emit_table, language
from engine.fields import Field, Kind, load_dictionary
from engine.wording import Wording


def add_commands(commands: Commands, words: Wording) -> None:
    """Add the command."""
    add_json(add_command(commands, words, "fields", run_fields), words)


def run_fields(options: argparse.Namespace) -> int:
    """Print the data dictionary."""
    fields = load_dictionary().fields.values()
    if options.json:
        emit_json([_field_document(field) for field in fields])
        return DONE
    rows = [(field.name, field.kind.value, _unit_or_codes(field), field.label(language())) for field in fields]
    emit_table(("field", "kind", "unit", "label"), rows)
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
