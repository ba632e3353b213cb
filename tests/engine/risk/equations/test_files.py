"""Equation files, facts and cases: what is read, what is refused, what is chosen."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from engine.errors import PackError
from engine.expressions import ExpressionError
from engine.fields import Dictionary
from engine.packs import Manifest, pack_files
from engine.risk.equations import EquationError, build_pack, plain_facts, read_equation, read_facts
from engine.risk.equations.cases import case_sources, choose_cases


@pytest.fixture
def document(checkout: Path) -> dict[str, Any]:
    file = checkout / "resources" / "equations" / "score2.json"
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def write(folder: Path, document: object) -> Path:
    file = folder / "score2.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    return file


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": "risk-equation/2"}'])
def test_what_is_no_equation_file_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(EquationError) as refusal:
        read_equation(file)
    assert (refusal.value.code, refusal.value.where) == ("equation_unreadable", "x")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EquationError, match="equation_unreadable"):
        read_equation(tmp_path / "nothing.json")


@pytest.mark.parametrize("key", ["id", "inputs", "formula", "outputs"])
def test_a_part_that_is_missing_is_named(key: str, document: dict[str, Any], tmp_path: Path) -> None:
    del document[key]
    with pytest.raises(EquationError) as refusal:
        read_equation(write(tmp_path, document))
    assert refusal.value.code == "equation_key"
    assert key in refusal.value.where


@pytest.mark.parametrize("key", ["citation", "licence_note", "population_zh", "verification", "version"])
def test_a_descriptive_part_that_is_missing_is_named(
    key: str, document: dict[str, Any], tmp_path: Path, dictionary: Dictionary
) -> None:
    del document[key]
    with pytest.raises(EquationError) as refusal:
        build_pack(read_equation(write(tmp_path, document)), plain_facts(), "source\n", dictionary)
    assert refusal.value.code == "equation_key"
    assert key in refusal.value.where


def test_an_expression_that_cannot_be_read_is_told_as_such(document: dict[str, Any], tmp_path: Path) -> None:
    document["outputs"][0]["expr"] = "1 < risk < 2"
    with pytest.raises(ExpressionError):
        read_equation(write(tmp_path, document))


@pytest.mark.parametrize(("field", "code"), [("unheard_of", "equation_name"), ("visit_date", "equation_types")])
def test_inputs_are_fields_that_a_formula_can_take(
    field: str, code: str, document: dict[str, Any], tmp_path: Path, dictionary: Dictionary
) -> None:
    document["inputs"][0]["field"] = field
    with pytest.raises(EquationError) as refusal:
        build_pack(read_equation(write(tmp_path, document)), plain_facts(), "source\n", dictionary)
    assert refusal.value.code == code


def test_a_table_comes_from_beside_the_file_and_nowhere_else(
    document: dict[str, Any], tmp_path: Path, dictionary: Dictionary
) -> None:
    lines = ["region,sex,scale1,scale2"]
    for region, sexes in document["tables"]["scales"]["values"].items():
        lines += [f"{region},{sex},{scales['scale1']},{scales['scale2']}" for sex, scales in sexes.items()]
    (tmp_path / "scales.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    plain = build_pack(read_equation(write(tmp_path, document)), plain_facts(), "source\n", dictionary)
    document["tables"]["scales"] = {"csv": "scales.csv", "keys": ["region", "sex"]}
    from_table = build_pack(read_equation(write(tmp_path, document)), plain_facts(), "source\n", dictionary)
    assert from_table.graph == plain.graph
    document["tables"]["scales"]["csv"] = "../scales.csv"
    with pytest.raises(EquationError, match="equation_key"):
        read_equation(write(tmp_path, document))


def test_the_same_file_gives_the_same_bytes(document: dict[str, Any], tmp_path: Path, dictionary: Dictionary) -> None:
    first, second = (
        build_pack(read_equation(write(tmp_path, document)), plain_facts(), "source\n", dictionary).files()
        for _ in range(2)
    )
    assert first == second


def test_a_manifest_reads_back_as_it_was_written(
    document: dict[str, Any], tmp_path: Path, dictionary: Dictionary
) -> None:
    parts = build_pack(read_equation(write(tmp_path, document)), plain_facts(), "source\n", dictionary)
    files = pack_files(parts.manifest, parts.graph, parts.card, parts.reference_cases)
    manifest = Manifest.parse(files["manifest.json"])
    assert manifest.inputs == parts.manifest.inputs
    assert manifest.topic == "other"


def test_facts_are_read_strictly(checkout: Path, tmp_path: Path) -> None:
    folder = checkout / "resources" / "equations"
    facts = json.loads((folder / "packs.json").read_text(encoding="utf-8"))
    bundled = {pack for pack, each in read_facts(folder).items() if each.bundled}
    assert bundled == {file.stem for file in folder.rglob("*.json")} - {"packs", "common_rules"}
    facts["packs"]["score2"]["colour"] = "red"
    (tmp_path / "packs.json").write_text(json.dumps(facts), encoding="utf-8")
    with pytest.raises(PackError) as refusal:
        read_facts(tmp_path)
    assert refusal.value.details["where"] == "packs.score2.colour"
    (tmp_path / "packs.json").write_text('{"schema": "other", "packs": {}}', encoding="utf-8")
    with pytest.raises(EquationError, match="equation_unreadable"):
        read_facts(tmp_path)
    with pytest.raises(EquationError, match="equation_unreadable"):
        read_facts(tmp_path / "nowhere")


def test_chosen_cases_show_every_code_and_both_ends_of_every_number(dictionary: Dictionary) -> None:
    header = "sex,age,smoker,diabetes,expected_risk_10y,tolerance,source\n"
    rows = [
        f"{'FM'[index % 2]},{40 + index % 35},{('never', 'former', 'current')[index % 3]},"
        f"{'true' if index % 5 == 0 else 'false'},0.1,1e-9,{'a' if index < 190 else 'b'}\n"
        for index in range(200)
    ]
    chosen = choose_cases(header + "".join(rows), dictionary)
    lines = chosen.splitlines(keepends=True)
    assert lines[0] == header
    assert [row for row in rows if row in lines] == lines[1:]
    assert 30 <= len(lines) - 1 <= 48
    people = list(csv.DictReader(lines))
    assert {(person["sex"], person["smoker"]) for person in people} == {
        (sex, smoker) for sex in "FM" for smoker in ("never", "former", "current")
    }
    assert {"40", "74"} <= {person["age"] for person in people}
    assert set(case_sources(chosen)) == {"a", "b"}
    assert choose_cases(header + rows[0], dictionary) == header + rows[0]
