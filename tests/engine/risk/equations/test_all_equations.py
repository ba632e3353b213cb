"""Every published equation that the reference holds goes through the compiler and gives its published numbers.

The numbers come out of onnxruntime; beside the vectors each equation is compared with the plain evaluator on made-up
people, at and around every limit and cut point that its file names, and with optional fields absent.
"""

from __future__ import annotations

import ast
import csv
import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.domain.batch import Batch
from engine.fields import Dictionary, Kind, derive
from engine.fields.canonical import ColumnReader
from engine.packs import PackParts
from engine.risk.equations import build_pack, plain_facts, read_equation

pytestmark = pytest.mark.shared

IDS = [
    "ada_risk_test", "apcs", "apri", "bmi_class", "caide", "caide_apoe", "cdrs_china", "cha2ds2_vasc",
    "china_par_2016", "ckdepi_2021_cr", "ckdepi_2021_cr_cys", "curb65", "fib4", "findrisc", "framingham_2008_bmi",
    "framingham_2008_lab", "gad7", "gail_bcrat", "globorisk", "has_bled", "idrs", "kfre_4v", "kfre_6v", "kfre_8v",
    "llp_v1", "meld", "meld_3", "meld_na", "news2", "osta", "pce_2013", "phq9", "plcom2012", "prevent",
    "qrisk3_2017", "qsofa", "score2", "score2_diabetes", "score2_op", "stop_bang", "tyg", "wells_dvt", "wells_pe",
    "who_cvd_2019_lab", "who_cvd_2019_nonlab",
]  # fmt: skip
PEOPLE = 250


def seeded(text: str) -> np.random.Generator:
    return np.random.default_rng(list(text.encode()))


@pytest.fixture(scope="session")
def packs(shared: Path, dictionary: Dictionary) -> Callable[[str], PackParts]:
    @cache
    def build(equation_id: str) -> PackParts:
        folder = shared / "reference"
        cases = (folder / "vectors" / f"{equation_id}.csv").read_text(encoding="utf-8")
        equation = read_equation(folder / "equations" / f"{equation_id}.json")
        return build_pack(equation, plain_facts(), cases, dictionary)

    return build


def test_no_equation_is_left_out(shared: Path) -> None:
    assert sorted(file.stem for file in (shared / "reference" / "equations").glob("*.json")) == IDS


@pytest.mark.parametrize("equation_id", IDS)
def test_vectors_come_out_of_the_graph(
    equation_id: str, packs: Callable[[str], PackParts], graph_run: Any, dictionary: Dictionary
) -> None:
    pack = packs(equation_id)
    rows = list(csv.DictReader(pack.reference_cases.splitlines()))
    people = _batch(rows, dictionary)
    run = graph_run(pack.graph)
    found = run.columns({field: people.column(field) for field in run.fields})
    tolerance = np.array([float(row["tolerance"]) for row in rows]) if "tolerance" in rows[0] else np.zeros(len(rows))
    checked = 0
    for output in pack.manifest.outputs:
        expected = [row.get(f"expected_{output.name}") or "" for row in rows]
        given = np.array([text != "" for text in expected])
        checked += int(given.sum())
        if output.categories:
            codes = [output.categories[int(position)] for position in found[output.name]]
            assert [code for code, text in zip(codes, expected, strict=True) if text] == [t for t in expected if t]
            continue
        wanted = np.array([float(text or "nan") for text in expected])
        far = given & ~(np.abs(found[output.name] - wanted) <= tolerance)
        assert not far.any(), (output.name, np.flatnonzero(far)[:5])
    assert checked >= len(rows)
    assert not any(found[f"not_in_table.{field}"].any() for field in pack.manifest.graph.not_in_table)


def _batch(rows: Sequence[Mapping[str, str]], dictionary: Dictionary) -> Batch:
    columns = {
        name: ColumnReader(dictionary[name]).read([row[name] for row in rows]) for name in rows[0] if name in dictionary
    }
    return derive(Batch(len(rows), columns), dictionary).batch


@pytest.mark.parametrize("equation_id", IDS)
def test_made_up_people_get_what_the_plain_evaluator_gives_them(
    equation_id: str,
    shared: Path,
    packs: Callable[[str], PackParts],
    plain_equation: Callable[[Path], Any],
    graph_run: Any,
    dictionary: Dictionary,
) -> None:
    equation = plain_equation(shared / "reference" / "equations" / f"{equation_id}.json")
    maker = PeopleMaker(equation, dictionary, seeded(equation_id))
    people = [maker.person() for _ in range(PEOPLE)]
    answers = [equation.answer(person) for person in people]
    pack = packs(equation_id)
    found = graph_run(pack.graph).people(people)
    blamed = set(pack.manifest.graph.not_in_table)
    assert {answer.not_in_table for answer in answers} <= blamed | {None}
    for index, answer in enumerate(answers):
        assert not answer.used_missing
        for field in blamed:
            assert found[f"not_in_table.{field}"][index] == (answer.not_in_table == field)
        if answer.not_in_table is None:
            for output in pack.manifest.outputs:
                value = found[output.name][index]
                wanted = answer.outputs[output.name] if set(output.requires) <= set(people[index]) else math.nan
                assert _same(value, wanted, output.categories), (output.name, wanted, value, people[index])


def _same(value: float, wanted: float | str | None, categories: tuple[str, ...]) -> bool:
    if isinstance(wanted, str):
        return categories[int(value)] == wanted
    assert wanted is not None
    if not math.isfinite(wanted):
        return not math.isfinite(value)
    return abs(value - wanted) <= 1e-11 * max(1.0, abs(wanted))


@pytest.mark.parametrize("equation_id", IDS)
def test_nobody_gets_a_number_without_a_field_that_is_needed(
    equation_id: str,
    shared: Path,
    packs: Callable[[str], PackParts],
    plain_equation: Callable[[Path], Any],
    graph_run: Any,
    dictionary: Dictionary,
) -> None:
    equation = plain_equation(shared / "reference" / "equations" / f"{equation_id}.json")
    maker = PeopleMaker(equation, dictionary, seeded(equation_id))
    pack = packs(equation_id)
    run = graph_run(pack.graph)
    for each in pack.manifest.inputs:
        people = [maker.person() for _ in range(20)]
        lacking = [{name: value for name, value in person.items() if name != each.field} for person in people]
        needed = [maker.needs(person, each.field) for person in people]
        for output in pack.manifest.outputs:
            without = each.required or each.field in output.requires
            gone = np.isnan(run.people(lacking)[output.name])
            assert gone[[without or needs for needs in needed]].all(), (each.field, output.name)


class PeopleMaker:
    """Makes up people within the limits of an equation, often exactly at or next to a number that its file names."""

    def __init__(self, equation: Any, dictionary: Dictionary, chance: np.random.Generator) -> None:
        self.equation = equation
        self.dictionary = dictionary
        self.chance = chance
        self.cuts = sorted(_numbers_in(equation.document))

    def person(self) -> dict[str, float | bool | str]:
        person = {entry["field"]: self.value(entry) for entry in self.equation.document["inputs"]}
        for entry in self.equation.document["inputs"]:
            if not entry["required"] and self.chance.random() < 0.4 and not self.needs(person, entry["field"]):
                del person[entry["field"]]
        return person

    def needs(self, person: Mapping[str, Any], field: str) -> bool:
        """Whether ``required_when`` of a field holds for a person who has everything."""
        entry = next(entry for entry in self.equation.document["inputs"] if entry["field"] == field)
        if entry.get("default") is not None or not entry.get("required_when"):
            return False
        names = {each["as"]: person.get(each["field"]) for each in self.equation.document["inputs"]}
        return bool(eval(entry["required_when"], {"__builtins__": {}}, names))  # noqa: S307  text of the reference

    def value(self, entry: Mapping[str, Any]) -> float | bool | str:
        field = self.dictionary[entry["field"]]
        if field.kind is Kind.BOOLEAN:
            return bool(self.chance.random() < 0.5)
        if field.kind is Kind.CATEGORY:
            codes = entry.get("allowed") or list(entry.get("map") or field.category_codes)
            return str(codes[self.chance.integers(len(codes))])
        low, high = self.limits(entry)
        near = [cut for cut in self.cuts if low <= cut <= high]
        if near and self.chance.random() < 0.5:
            cut = near[self.chance.integers(len(near))]
            beside = [cut, min(math.nextafter(cut, math.inf), high), max(math.nextafter(cut, -math.inf), low)]
            return float(beside[self.chance.integers(3)])
        if self.chance.random() < 0.5:
            return min(high, float(np.ceil(self.chance.uniform(low, high))))
        return float(self.chance.uniform(low, high))

    def limits(self, entry: Mapping[str, Any]) -> tuple[float, float]:
        field = self.dictionary[entry["field"]]
        low = field.hard_min if field.hard_min is not None else 0.0
        high = field.hard_max if field.hard_max is not None else 500.0
        valid = entry.get("valid") or {}
        if valid.get("outside") == "refuse" and entry.get("transform", "x") in ("x", "floor(x)"):
            low = max(low, valid["min"] if valid["min"] is not None else low)
            high = min(high, valid["max"] if valid["max"] is not None else high)
            low = math.nextafter(low, math.inf) if valid.get("min_exclusive") else low
            high = math.nextafter(high, -math.inf) if valid.get("max_exclusive") else high
        return float(low), float(high)


def _numbers_in(document: Mapping[str, Any]) -> set[float]:
    """Every number that stands in an expression or a range of an equation file."""
    found: set[float] = set()

    def look(part: Any) -> None:
        if isinstance(part, dict):
            for key, value in part.items():
                if key in {"expr", "when"} and isinstance(value, str):
                    tree = ast.walk(ast.parse(value, mode="eval"))
                    found.update(
                        float(node.value)
                        for node in tree
                        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float))
                    )
                elif key in {"min", "max"} and isinstance(value, (int, float)):
                    found.add(float(value))
                else:
                    look(value)
        elif isinstance(part, list):
            for value in part:
                look(value)

    look({key: document[key] for key in ("inputs", "formula", "outputs")})
    return found
