"""Makes the trained models that ship, from public sets that lie beside the checkout: ``python -m`` this module.

``resources/learning/bundled.json`` says of each what it is made from and what the columns of its set are. A table in
canonical columns is written aside, trained on like any other, and removed; no row is in a pack.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.fields import Kind, load_dictionary
from engine.intake.text_table import TextTable, read_text_table
from engine.learning.pack import About
from engine.learning.pack_fields import Labels
from engine.packs import Pack, PackLibrary
from engine.packs.digests import DIGESTS_FILE, digests_text
from engine.packs.kinds import Action, LicenceState
from engine.packs.manifest import Citation, Exclusion, Licence, Words
from engine.resources import resources_folder
from engine.workflows.train_file import MOST_ROWS, TrainWish, train_file

_RECIPES = ("learning", "bundled.json")
TABLE = "train.csv"


def recipes() -> Sequence[Mapping[str, Any]]:
    """Return what is said of each model, in the order of the file."""
    file = resources_folder().joinpath(*_RECIPES)
    models: list[Mapping[str, Any]] = json.loads(file.read_text(encoding="utf-8"))["models"]
    return models


def make_model(recipe: Mapping[str, Any], table: Path, out: Path) -> Pack:
    """Train a model on the table of its set and write it into ``out/<id>``; raises as ``train_file``."""
    dictionary = load_dictionary()
    with tempfile.TemporaryDirectory(prefix="lantern-bundle-") as aside:
        canonical = Path(aside) / TABLE
        write_canonical(recipe, read_text_table(table, MOST_ROWS), canonical)
        wish = TrainWish(
            outcome=recipe["outcome"],
            horizon_years=recipe.get("horizon_years"),
            time=recipe.get("time"),
            time_unit=recipe.get("time_unit"),
            exclude=tuple(name for name in _beside(recipe) if name not in (recipe["outcome"], recipe.get("time"))),
            by=tuple(recipe["by"]),
            leave_out=(recipe["leave_out"],) if "leave_out" in recipe else (),
            about=about(recipe),
        )
        found = train_file(canonical, out / recipe["id"], wish, dictionary)
    if found.pack is None:
        raise RuntimeError(f"{recipe['id']}: {found.looked.answer}")
    return found.pack


def write_canonical(recipe: Mapping[str, Any], table: TextTable, out: Path) -> None:
    """Write the columns of a set under the names that the model takes, with what is needed beside them."""
    beside = _beside(recipe)
    columns = {
        each["to"]: _possible(each["to"], _converted(each, table.columns[each["from"]])) for each in recipe["columns"]
    }
    columns |= {name: list(table.columns[name]) for name in beside}
    with out.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([list(columns), *zip(*columns.values(), strict=True)])


def about(recipe: Mapping[str, Any]) -> About:
    """Return what the card says of a model."""
    licence = recipe["licence"]
    columns = recipe["columns"]
    return About(
        title=_words(recipe["title"]),
        outcome=_words(recipe["outcome_words"]),
        population=_words(recipe["population"]),
        topic=recipe["topic"],
        citation=Citation(recipe["citation"], doi=recipe.get("doi")),
        licence=Licence(LicenceState(licence["state"]), licence["note"], credit=_words(licence["credit"])),
        exclusions=tuple(
            Exclusion(each["when"], each["field"], Action(each["action"]), _words(each["reason"]))
            for each in recipe["exclusions"]
        ),
        limits=tuple(map(_words, recipe["limits"])),
        labels=Labels(
            {each["to"]: _words(each["label"]) for each in columns if "label" in each},
            {each["to"]: each["unit"] for each in columns if "unit" in each},
        ),
        signed=None,  # the program vouches for it, by the digest that it ships with
    )


def _beside(recipe: Mapping[str, Any]) -> list[str]:
    """Return the columns that are no predictors: outcome, follow-up, and those to split by."""
    names = [recipe["outcome"], *([recipe["time"]] if "time" in recipe else []), *recipe["by"]]
    return list(dict.fromkeys(names))


def _converted(column: Mapping[str, Any], cells: Sequence[str]) -> Iterator[str]:
    empty = {"", *column.get("empty", ())}
    codes, factor = column.get("map"), column.get("factor")
    for cell in cells:
        if cell in empty:
            yield ""
        elif codes is not None:
            yield codes[cell]
        else:
            yield cell if factor is None else f"{float(cell) * factor:.2f}"


def _possible(name: str, cells: Iterable[str]) -> list[str]:
    """Return cells without numbers that the clinic's own form would not take (a diastolic pressure of 0)."""
    field = load_dictionary().fields.get(name)
    if field is None or field.kind is not Kind.NUMBER:
        return list(cells)
    low = -math.inf if field.hard_min is None else field.hard_min
    high = math.inf if field.hard_max is None else field.hard_max
    return [cell if cell and low <= float(cell) <= high else "" for cell in cells]


def _words(words: Mapping[str, str]) -> Words:
    return Words(words["en"], words["zh"])


def main(arguments: Sequence[str]) -> int:
    """Make the models, or with ``--check`` say whether the data still give the packs that are there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of the public sets")
    parser.add_argument("--out", type=Path, default=resources_folder() / "models")
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args(arguments)
    chosen = [each for each in recipes() if not options.only or each["id"] in options.only]
    with tempfile.TemporaryDirectory(prefix="lantern-bundle-") as aside:
        # Training asks the packs that ship, so none of them may change before the last is made.
        made = [make_model(each, options.data / each["set"] / TABLE, Path(aside)) for each in chosen]
        if options.check:
            return int(any([_differs(pack, options.out) for pack in made]))
        for pack in made:
            shutil.rmtree(options.out / pack.manifest.id, ignore_errors=True)
            shutil.copytree(pack.folder, options.out / pack.manifest.id)
            sys.stdout.write(f"{pack.manifest.id} {pack.digest}\n")
    digests = {pack.manifest.id: pack.digest for pack in PackLibrary([options.out]).all()}
    (options.out / DIGESTS_FILE).write_text(digests_text(digests), encoding="utf-8", newline="\n")
    return 0


def _differs(fresh: Pack, out: Path) -> bool:
    same = PackLibrary([out]).get(fresh.manifest.id).digest == fresh.digest
    sys.stdout.write(f"{fresh.manifest.id} {'same' if same else 'DIFFERS'}\n")
    return not same


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
