"""Reads an equation file (schema ``risk-equation/1``) into frozen dataclasses; large tables come from CSV beside it.

What only describes the equation (titles, sources, bands, ...) stays a JSON document in ``Equation.document``; it goes
into the manifest and the card and is checked there.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.expressions import Expression, ExpressionError, parse
from engine.risk.equations.errors import EquationError
from engine.risk.equations.tables import Leaf, Table, Tree

Scalar = float | bool | str


@dataclass(frozen=True, slots=True)
class SetStep:
    """``name`` becomes the value of an expression."""

    name: str
    expression: Expression


@dataclass(frozen=True, slots=True)
class SumStep:
    """``name`` becomes the sum of coefficient times expression, added from left to right."""

    name: str
    terms: tuple[tuple[float, Expression], ...]


@dataclass(frozen=True, slots=True)
class DotStep:
    """``name`` becomes the sum over the row found in a table: coefficient times the value of that name."""

    name: str
    table: str
    keys: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class PointsStep:
    """``name`` becomes the points of the first rule that holds, else 0."""

    name: str
    rules: tuple[tuple[Expression, float], ...]


@dataclass(frozen=True, slots=True)
class IfStep:
    """The steps of the first branch whose condition holds are run."""

    branches: tuple[tuple[Expression, tuple[Step, ...]], ...]


@dataclass(frozen=True, slots=True)
class ForStep:
    """The steps are run for every whole number from ``first`` to ``last``, both included."""

    counter: str
    first: Expression
    last: Expression
    steps: tuple[Step, ...]


Step = SetStep | SumStep | DotStep | PointsStep | IfStep | ForStep


@dataclass(frozen=True, slots=True)
class Limits:
    """The range of an input in the equation's unit, as far as the formula needs it."""

    outside: str
    min: float | None
    max: float | None


@dataclass(frozen=True, slots=True)
class InputSource:
    """One input of the formula: a canonical field, what is done to it, and its name in the formula."""

    field: str
    name: str
    required: bool
    required_when: Expression | None
    transform: Expression
    map: Mapping[str, Scalar] | None
    default: Scalar | None
    limits: Limits | None


@dataclass(frozen=True, slots=True)
class OutputSource:
    """One output: its expression, and the fields without which it does not exist."""

    name: str
    expression: Expression
    requires: tuple[str, ...]


@dataclass(frozen=True)
class Equation:
    """An equation file. ``document`` is the JSON as read, without its tables."""

    id: str
    inputs: tuple[InputSource, ...]
    tables: Mapping[str, Table]
    steps: tuple[Step, ...]
    outputs: tuple[OutputSource, ...]
    document: Mapping[str, Any]


def read_equation(file: Path) -> Equation:
    """Return the equation in a file.

    Raises:
        EquationError: ``equation_unreadable`` when it is no JSON document of this schema, ``equation_key`` when a part
            has another shape; ``where`` says which part.
        ExpressionError: an expression in it cannot be read.
    """
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EquationError("equation_unreadable", file.stem) from error
    if not isinstance(document, dict) or document.get("schema") != "risk-equation/1":
        raise EquationError("equation_unreadable", file.stem)
    try:
        return _equation(document, file.parent)
    except ExpressionError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise EquationError("equation_key", f"{file.stem}: {error}") from error


def _equation(document: dict[str, Any], folder: Path) -> Equation:
    tables = document.pop("tables", {})
    return Equation(
        id=document["id"],
        inputs=tuple(_input(entry) for entry in document["inputs"]),
        tables={name: _table(name, entry, folder) for name, entry in tables.items()},
        steps=_steps(document["formula"]["steps"]),
        outputs=tuple(
            OutputSource(entry["name"], parse(entry["expr"]), tuple(entry.get("requires", ())))
            for entry in document["outputs"]
        ),
        document=document,
    )


def _input(entry: Mapping[str, Any]) -> InputSource:
    valid = entry.get("valid")
    return InputSource(
        field=entry["field"],
        name=entry["as"],
        required=entry["required"],
        required_when=parse(entry["required_when"]) if entry.get("required_when") else None,
        transform=parse(entry.get("transform", "x")),
        map=entry.get("map"),
        default=entry.get("default"),
        limits=None if valid is None else Limits(valid["outside"], valid["min"], valid["max"]),
    )


def _steps(entries: list[Mapping[str, Any]]) -> tuple[Step, ...]:
    return tuple(_step(entry) for entry in entries)


def _step(entry: Mapping[str, Any]) -> Step:
    match entry:
        case {"set": name, "expr": text}:
            return SetStep(name, parse(text))
        case {"set": name, "sum": terms}:
            return SumStep(name, tuple((float(coefficient), parse(text)) for coefficient, text in terms))
        case {"set": name, "dot": {"table": table, "keys": keys}}:
            return DotStep(name, table, tuple(parse(text) for text in keys))
        case {"set": name, "points": rules}:
            return PointsStep(name, tuple((parse(rule["when"]), float(rule["points"])) for rule in rules))
        case {"if": branches}:
            return IfStep(tuple((parse(branch["when"]), _steps(branch["steps"])) for branch in branches))
        case {"for": counter, "from": first, "to": last, "steps": steps}:
            return ForStep(counter, parse(first), parse(last), _steps(steps))
    raise KeyError(f"step {sorted(entry)}")


def _table(name: str, entry: Mapping[str, Any], folder: Path) -> Table:
    if "csv" not in entry:
        return Table(name, entry["values"])
    file = folder / entry["csv"]
    if file.parent != folder:
        raise ValueError(f"table {name} lies elsewhere")
    with file.open(encoding="utf-8", newline="") as lines:
        tree: Tree = {}
        for row in csv.DictReader(lines):
            place = tree
            for key in entry["keys"][:-1]:
                place = _branch(place, row.pop(key))
            last = _branch(place, row.pop(entry["keys"][-1]))
            last.update({column: _leaf(cell) for column, cell in row.items() if cell})
    return Table(name, tree)


def _branch(tree: Tree, key: str) -> Tree:
    branch = tree.setdefault(key, {})
    if not isinstance(branch, dict):
        raise TypeError(f"table row {key}")
    return branch


def _leaf(cell: str) -> Leaf:
    try:
        return float(cell)
    except ValueError:
        return cell
