"""Every equation of the reference, compiled, shipped through a pack folder and run in onnxruntime.

The published test people, the given edge cases, and edge cases made here from each equation file by the same rules:
every limit at both ends and beyond, every required input left out, every exclusion, every unknown code.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.domain.batch import Batch
from engine.domain.results import Code, RiskResult, Status
from engine.fields import Dictionary, Kind, load_dictionary
from engine.packs import PackLibrary
from engine.packs.cases import read_cases
from engine.risk.equations import build_pack, plain_facts, read_equation
from engine.risk.predictors import Predictors

pytestmark = pytest.mark.shared
DICTIONARY = load_dictionary()
Person = dict[str, Any]


@pytest.fixture(scope="module")
def reference(shared: Path) -> Path:
    return shared / "reference"


@pytest.fixture(scope="module")
def predictors(reference: Path, tmp_path_factory: pytest.TempPathFactory) -> Predictors:
    folder = tmp_path_factory.mktemp("equations")
    for path in sorted((reference / "equations").glob("*.json")):
        vectors = (reference / "vectors" / f"{path.stem}.csv").read_text(encoding="utf-8")
        build_pack(read_equation(path), plain_facts(), vectors, DICTIONARY).write(folder)
    return Predictors(PackLibrary([folder]), DICTIONARY)


def equations(reference: Path) -> Iterator[Mapping[str, Any]]:
    for path in sorted((reference / "equations").glob("*.json")):
        yield json.loads(path.read_text(encoding="utf-8"))


def ask(predictors: Predictors, equation: str, person: Mapping[str, Any]) -> RiskResult:
    columns = {field: np.array([DICTIONARY[field].encode(value)]) for field, value in person.items()}
    return predictors.get(equation).predict(Batch(1, columns)).row(0)


def problems(result: RiskResult) -> set[tuple[str, str]]:
    return {(note.code.value, note.subject) for note in result.notes}


def subjects(result: RiskResult, code: Code) -> set[str]:
    return {note.subject for note in result.notes if note.code is code}


def test_every_published_person_gets_the_published_number(predictors: Predictors) -> None:
    checked = 0
    for pack_id in predictors.library.ids():
        cases = read_cases(predictors.library.get(pack_id), DICTIONARY)
        results = predictors.get(pack_id).predict(cases.people)
        for output, expected in cases.numbers.items():
            filled = ~np.isnan(expected)
            difference = np.abs(results.outputs[output] - expected)
            assert (difference[filled] <= cases.tolerance[filled]).all(), (pack_id, output)
            checked += int(filled.sum())
        for row in range(cases.people.rows):
            for output, codes in cases.codes.items():
                assert codes[row] in (None, results.row(row).output(output)), (pack_id, row)
            assert cases.bands[row] in (None, results.row(row).bands.get("main")), (pack_id, row)
    assert len(predictors.library.ids()) == 45
    assert checked > 6000


def test_every_given_edge_ends_as_given(predictors: Predictors, reference: Path) -> None:
    cases = json.loads((reference / "vectors" / "edges_examples.json").read_text(encoding="utf-8"))["cases"]
    assert len(cases) > 90
    for case in cases:
        expected = case["expect"]
        result = ask(predictors, case["equation"], case["inputs"])
        assert result.status == expected["status"], case["id"]
        if result.status is Status.REFUSED:
            assert problems(result) == {(each["reason"], each["field"]) for each in expected["problems"]}, case["id"]
            continue
        for name, value in expected["outputs"].items():
            output = result.output(name)
            if isinstance(value, str):
                assert output == value, case["id"]
            else:
                assert isinstance(output, float), case["id"]
                assert abs(output - value) <= expected["tolerance"], case["id"]
        assert subjects(result, Code.WITHHELD) == set(expected.get("withheld", ())), case["id"]
        assert subjects(result, Code.CLAMPED) == set(expected.get("clamped", ())), case["id"]


def ordinary_people(reference: Path, equation: Mapping[str, Any]) -> list[Person]:
    """Some of the published people of an equation, as canonical values, without empty cells."""
    with (reference / "vectors" / f"{equation['id']}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    chosen = rows[:: max(1, len(rows) // 6)][:6]
    return [
        {field: _value(DICTIONARY, field, text) for field, text in row.items() if field in DICTIONARY and text}
        for row in chosen
    ]


def _value(dictionary: Dictionary, field: str, text: str) -> Any:
    if dictionary[field].kind is Kind.BOOLEAN:
        return text == "true"
    return text if dictionary[field].kind is Kind.CATEGORY else float(text)


def test_leaving_out_a_required_input_is_missing_that_input(predictors: Predictors, reference: Path) -> None:
    tried = 0
    for equation in equations(reference):
        for person in ordinary_people(reference, equation):
            if ask(predictors, equation["id"], person).status is Status.REFUSED:
                continue
            for entry in equation["inputs"]:
                if entry["required"]:
                    without = {field: value for field, value in person.items() if field != entry["field"]}
                    assert problems(ask(predictors, equation["id"], without)) == {("missing", entry["field"])}
                    tried += 1
    assert tried > 1000


def test_an_unknown_code_or_a_wild_number_is_invalid(predictors: Predictors, reference: Path) -> None:
    for equation in equations(reference):
        for person in ordinary_people(reference, equation)[:2]:
            for entry in equation["inputs"]:
                name = entry["field"]
                field = DICTIONARY[name]
                bad: list[Any] = ["X", 3.0, True] if field.kind is Kind.CATEGORY else ["yes", math.inf]
                if field.hard_min is not None and field.hard_max is not None:
                    bad += [field.hard_min - 0.01 * max(1, abs(field.hard_min)), field.hard_max * 1.02 + 1]
                for value in bad:
                    result = ask(predictors, equation["id"], {**person, name: value})
                    assert ("invalid", name) in problems(result), (equation["id"], name, value)


def test_every_range_holds_at_both_ends(predictors: Predictors, reference: Path) -> None:
    tried = 0
    for equation in equations(reference):
        for person in ordinary_people(reference, equation):
            base = ask(predictors, equation["id"], person)
            if base.status is Status.REFUSED:
                continue
            for entry in equation["inputs"]:
                valid = entry.get("valid")
                factor = _factor(entry.get("transform", "x"))
                if not valid or factor is None or entry["field"] not in person:
                    continue
                for low, limit, exclusive in (
                    (True, valid["min"], valid.get("min_exclusive", False)),
                    (False, valid["max"], valid.get("max_exclusive", False)),
                ):
                    if limit is None:
                        continue
                    _check_end(predictors, equation, person, entry, (low, limit / factor, exclusive))
                    tried += 1
    assert tried > 250


def _factor(transform: str) -> float | None:
    if transform in {"x", "floor(x)"}:
        return 1.0
    return float(transform.removeprefix("x * ")) if transform.startswith("x * ") else None


def _check_end(
    predictors: Predictors,
    equation: Mapping[str, Any],
    person: Person,
    entry: Mapping[str, Any],
    end: tuple[bool, float, bool],
) -> None:
    """A value on a limit belongs to the range (unless it is exclusive), one beyond it does not."""
    low, limit, exclusive = end
    name = entry["field"]
    step = 1.0 if name == "age" else 1e-6 * max(1.0, abs(limit))
    beyond = limit - step if low else limit + step
    code = {"refuse": Code.OUT_OF_RANGE, "clamp": Code.CLAMPED, "warn": Code.WARN, "withhold": Code.WITHHELD}[
        entry["valid"]["outside"]
    ]
    for value, outside in ((limit, exclusive), (limit * (1 + 4e-10), exclusive), (beyond, True)):
        if name == "age" and value != round(value) and value < limit:
            continue
        field = DICTIONARY[name]
        if field.hard_min is not None and not field.hard_min <= value <= (field.hard_max or math.inf):
            continue
        result = ask(predictors, equation["id"], {**person, name: value})
        told = subjects(result, code)
        expected = set(entry["valid"].get("outputs", ())) if code is Code.WITHHELD else {name}
        where = (equation["id"], name, value)
        if outside:
            assert expected <= told, where
        elif not _also_excluded(equation, name):
            assert not (expected & told - subjects(ask(predictors, equation["id"], person), code)), where


def _also_excluded(equation: Mapping[str, Any], name: str) -> bool:
    return any(name in each["when"] for each in equation["exclusions"])


def test_every_exclusion_on_a_yes_or_no_holds_only_when_it_is_known(predictors: Predictors, reference: Path) -> None:
    tried = 0
    for equation in equations(reference):
        for person in ordinary_people(reference, equation):
            if ask(predictors, equation["id"], person).status is Status.REFUSED:
                continue
            for rule in equation["exclusions"]:
                field, negated = rule["when"].removeprefix("not "), rule["when"].startswith("not ")
                if field not in DICTIONARY or DICTIONARY[field].kind is not Kind.BOOLEAN:
                    continue
                excluded = ask(predictors, equation["id"], {**person, field: not negated})
                allowed = ask(predictors, equation["id"], {**person, field: negated})
                note = ("excluded" if rule["action"] == "refuse" else "warn", rule["field"])
                assert note in problems(excluded), (equation["id"], rule["when"])
                assert note not in problems(allowed), (equation["id"], rule["when"])
                unknown = {key: value for key, value in person.items() if key != field}
                assert note not in problems(ask(predictors, equation["id"], unknown)), (equation["id"], rule["when"])
                tried += 1
    assert tried > 80


def test_no_person_however_odd_gets_a_number_that_is_none(predictors: Predictors) -> None:
    """Random values within and around the hard limits, absent ones, codes: a finite number or a reason, never NaN."""
    random = np.random.default_rng(11)
    rows = 3000
    for pack_id in predictors.library.ids():
        predictor = predictors.get(pack_id)
        columns = {}
        for name in predictor.wanted:
            field = DICTIONARY[name]
            low, high = field.hard_min or 0.0, field.hard_max or 100.0
            if field.kind is Kind.NUMBER:
                column = random.uniform(low, low + (high - low) * random.choice([0.05, 0.3, 1.0]), rows)
                column = np.where(random.random(rows) < 0.1, random.choice([low, high, np.floor(low + 1)]), column)
            elif field.kind is Kind.BOOLEAN:
                column = random.integers(0, 2, rows).astype(np.float64)
            else:
                column = random.integers(0, len(field.category_codes), rows).astype(np.float64)
            columns[name] = np.where(random.random(rows) < 0.05, np.nan, column)
        results = predictor.predict(Batch(rows, columns))
        withheld = {note.subject: where for note, where in results.raised.items() if note.code is Code.WITHHELD}
        for name, values in results.outputs.items():
            given = ~results.refused & ~withheld.get(name, np.zeros(rows, dtype=np.bool_))
            assert np.isfinite(values[given]).all(), (pack_id, name)
            assert np.isnan(values[~given]).all(), (pack_id, name)
