"""Makes ``resources/plausible/values.json``: ``python -m engine.risk.plausible.making --data FOLDER [--check]``.

``FOLDER`` holds the survey files that ``nhanes`` names. ``--check`` writes nothing and ends with 1 when the file is not
what the surveys give.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from engine.domain.batch import Batch
from engine.fields import Dictionary, load_dictionary
from engine.resources import resources_folder
from engine.risk.plausible.making.nhanes import SURVEYS, Survey, is_set_aside, read_survey
from engine.risk.plausible.strata import AGE, DIABETES, FEWEST, LEVELS, SEX, Stratum, strata_of

_SCHEMA = "lantern-plausible-values/1"
_WHO_THEY_ARE = {AGE, SEX}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m engine.risk.plausible.making")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--output", type=Path, default=resources_folder() / "plausible" / "values.json")
    options = parser.parse_args(arguments)
    text = make_table(options.data, load_dictionary())
    output: Path = options.output
    if options.check:
        return int(not output.is_file() or output.read_text(encoding="utf-8") != text)
    output.write_text(text, encoding="utf-8", newline="\n")
    return 0


def make_table(folder: Path, dictionary: Dictionary) -> str:
    """Return the table as JSON, one group a line; the same surveys give the same text."""
    strata: dict[str, list[Stratum]] = {}
    for survey in SURVEYS:
        people, row_ids = read_survey(folder, survey, dictionary)
        people = people.take(np.flatnonzero(~is_set_aside(row_ids)))
        for name in people.columns:
            if name not in _WHO_THEY_ARE:
                strata.setdefault(name, []).extend(_strata(people, name, survey, dictionary))
    fields = {name: found for name, found in sorted(strata.items()) if found}
    head = {
        "schema": _SCHEMA,
        "levels": LEVELS,
        "fewest": FEWEST,
        "sources": {each.source.id: {"kind": each.source.kind, **each.source.text} for each in SURVEYS},
    }
    lines = [f' "{key}": {_json(value)}' for key, value in head.items()]
    lists = [
        f'  "{name}": [\n' + ",\n".join(f"   {_json(_entry(each))}" for each in found) + "\n  ]"
        for name, found in fields.items()
    ]
    lines.append(' "fields": {\n' + ",\n".join(lists) + "\n }")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _strata(people: Batch, name: str, survey: Survey, dictionary: Dictionary) -> list[Stratum]:
    # Of people without diabetes the newer survey speaks, which holds nobody else.
    kinds: tuple[bool | None, ...] = (True, None) if survey.diabetes is None else (survey.diabetes, None)
    if name == DIABETES:
        kinds = (None,) if survey.diabetes is None else ()
    if name in survey.only_without_diabetes:
        kinds = (False,)
    return [
        stratum
        for diabetes in kinds
        for stratum in strata_of(people, name, dictionary, survey.source.id, diabetes, survey.youngest)
    ]


def _entry(stratum: Stratum) -> Mapping[str, Any]:
    entry: dict[str, Any] = {
        "source": stratum.source,
        "sex": stratum.sex,
        "diabetes": stratum.diabetes,
        "ages": stratum.ages,
        "n": stratum.n,
    }
    if stratum.shares is None:
        return {**entry, "quantiles": stratum.quantiles}
    return {**entry, "shares": stratum.shares}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    sys.exit(main())
