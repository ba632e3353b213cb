"""Trains the tabular sets that lie beside the checkout, from the command line, and writes what came out as a table.

    python -m tests.learning_table --data DIR [--write tests/LEARNING.md] [--only NAME ...]

Each set brings ``meta.json``: the outcome, the predictors, and columns that must never be predictors. What the program
finds in the whole table by itself is told beside what the makers of the set know; then it is trained without those.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.intake.text_table import read_text_table
from engine.learning.leaks import Weight
from engine.learning.rows import Asked, Rows, prepare
from engine.workflows.train_file import MOST_ROWS

SETS = (
    "nhanes_diabetes_2017",
    "nhanes_mortality_2003",
    "heart_uci",
    "rotterdam_breast",
    "framingham",
    "support2",
    "nhanes1_mortality",
    "flchain",
    "nhefs",
    "cath",
    "thyroid",
    "nafld_longitudinal",
    "rhc_icu",
    "smart_cohort",
    "wdbc",
    "ckd_uci",
    "early_diabetes_symptoms",
    "whas500",
)
_ROOT = Path(__file__).resolve().parents[1]
_NEVER_LEAKS = frozenset({"row_id"})


@dataclass(frozen=True, slots=True)
class Caught:
    """Columns that must not be predictors: left out, asked about, and not seen, with what was kept out besides."""

    left_out: Sequence[str]
    asked: Sequence[str]
    unseen: Sequence[str]
    besides: Sequence[str]


def main(arguments: Sequence[str]) -> int:
    """Print the table, and write it where that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--only", nargs="*", default=SETS)
    options = parser.parse_args(arguments)
    lines = [_line_of(options.data / name) for name in options.only]
    text = _HEAD + "\n".join(lines) + "\n"
    if options.write is not None:
        options.write.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


_HEADS = (
    *("Set", "People", "Events", "Answer", "Model", "AUROC", "Brier", "Slope", "AUROC over age and sex"),
    *("Left out by itself", "Asked about", "Not seen", "Left out besides", "Seconds"),
)
_HEAD = f"""# What the learning studio makes of public sets

Made by `python -m tests.learning_table --data DIR --write tests/LEARNING.md`. Each set is trained with `lantern train`,
all defaults, without the columns that its makers say must never be predictors. Figures are those of models that never
saw the person (10 groups left out in turn, 3 times), with 95 % intervals. Leaks: what the program does by itself with
those columns when nobody names them.

| {" | ".join(_HEADS)} |
| {" | ".join(["---"] * len(_HEADS))} |
"""


def caught(rows: Rows, forbidden: Sequence[str]) -> Caught:
    """Return what became of the forbidden columns of a table that was prepared without naming them."""
    found: dict[str, set[str]] = {}
    for each in rows.findings:
        found.setdefault(each.column, set()).add(each.weight)
    never = [name for name in forbidden if name not in _NEVER_LEAKS]
    left_out = [name for name in never if Weight.LEAVE_OUT in found.get(name, set())]
    asked = [name for name in never if name not in left_out and Weight.ASK in found.get(name, set())]
    unseen = [name for name in never if name not in left_out and name not in asked]
    besides = [
        name for name, weights in found.items() if name and Weight.LEAVE_OUT in weights and name not in forbidden
    ]
    return Caught(left_out, asked, unseen, besides)


def _line_of(folder: Path) -> str:
    meta: Mapping[str, Any] = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    table = read_text_table(folder / "train.csv", MOST_ROWS)
    leaks = caught(prepare(table.columns, Asked(meta["outcome"])), meta["non_features"])
    began = time.monotonic()
    told = _trained(folder, meta)
    seconds = time.monotonic() - began
    training = told.get("training")
    cells = [meta["name"], str(told["people"]), str(told["events"]), str(told["answer"])]
    if training is None:
        cells += ["-"] * 5
    else:
        figures = {each["name"]: each for each in training["figures"]}
        gain = [
            each
            for rival in training["rivals"]
            if rival["name"] in ("age_and_sex", "age_alone", "sex_alone")
            for each in rival["differences"]
            if each["name"] == "auroc"
        ]
        cells += [training["kind"], *(_told(figures.get(name)) for name in ("auroc", "brier", "slope"))]
        cells.append(_told(gain[0]) if gain else "-")
    for names in (leaks.left_out, leaks.asked, leaks.unseen, leaks.besides):
        cells.append(", ".join(f"`{name}`" for name in names) or "-")
    return f"| {' | '.join([*cells, f'{seconds:.0f}'])} |"


def _trained(folder: Path, meta: Mapping[str, Any]) -> Mapping[str, Any]:
    with tempfile.TemporaryDirectory() as aside:
        words = [sys.executable, "-m", "engine.cli", "train", "--input", str(folder / "train.csv"), "--json"]
        words += ["--outcome", meta["outcome"], "--exclude", ",".join(meta["non_features"])]
        words += ["--output", str(Path(aside) / "model")]
        done = subprocess.run(
            words, cwd=_ROOT, env={**os.environ, "PYTHONPATH": str(_ROOT)}, capture_output=True, check=False, text=True
        )
        if not done.stdout:
            raise RuntimeError(f"{meta['name']}: {done.stderr}")
        document: Mapping[str, Any] = json.loads(done.stdout)
        return document


def _told(figure: Mapping[str, float] | None) -> str:
    if figure is None:
        return "-"
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
