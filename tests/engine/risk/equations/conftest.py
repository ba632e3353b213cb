"""A second reading of the equation language, row by row in plain Python: the oracle for what the compiler makes.

It shares nothing with the compiler: expressions are read with Python's own parser, tables stay nested dictionaries,
one person is worked out at a time in IEEE arithmetic, and a name that is missing stops the person.
"""

from __future__ import annotations

import ast
import csv
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from engine.domain.batch import FloatArray
from engine.fields import Dictionary, load_dictionary

Plain = float | bool | str


class UsedMissing(Exception):
    """A name without a value was used."""


class NotInTable(Exception):
    """A look-up found nothing; ``args[0]`` is the position of the key."""


@dataclass
class PlainAnswer:
    """What one person gets. ``trail``: every condition met, with how it came out."""

    outputs: dict[str, Plain | None]
    not_in_table: str | None
    used_missing: bool
    trail: frozenset[tuple[str, bool]]


class PlainEquation:
    """An equation file, worked out person by person."""

    def __init__(self, file: Path) -> None:
        self.document = json.loads(file.read_text(encoding="utf-8"))
        self.tables = {name: _table(entry, file.parent) for name, entry in self.document.get("tables", {}).items()}
        self.behind = self._fields_behind_names()

    @property
    def fields(self) -> list[str]:
        return [entry["field"] for entry in self.document["inputs"]]

    def answer(self, person: Mapping[str, Plain]) -> PlainAnswer:
        run = _Run(self)
        outputs: dict[str, Plain | None] = {output["name"]: None for output in self.document["outputs"]}
        blamed = None
        used_missing = False
        try:
            with np.errstate(all="ignore"):
                run.inputs(person)
                run.steps(self.document["formula"]["steps"])
        except NotInTable as failure:
            blamed = failure.args[0]
        except UsedMissing:
            used_missing = True
        if blamed is None and not used_missing:
            for output in self.document["outputs"]:
                try:
                    with np.errstate(all="ignore"):
                        outputs[output["name"]] = run.value(output["expr"])
                except NotInTable as failure:
                    blamed = failure.args[0]
                except UsedMissing:
                    outputs[output["name"]] = math.nan
        return PlainAnswer(outputs, blamed, used_missing, frozenset(run.trail))

    def _fields_behind_names(self) -> dict[str, set[str]]:
        behind = {entry["as"]: {entry["field"]} for entry in self.document["inputs"]}

        def note(steps: Sequence[Mapping[str, Any]], around: set[str]) -> None:
            for step in steps:
                inner = around | _names(step.get("from", "")) | _names(step.get("to", ""))
                for branch in step.get("if", []):
                    note(branch["steps"], inner | _names(branch["when"]))
                note(step.get("steps", []), inner)
                used = set(inner)
                for text in _texts(step):
                    used |= _names(text)
                if "set" in step:
                    found = behind.setdefault(step["set"], set())
                    for name in used:
                        found |= behind.get(name, set())

        note(self.document["formula"]["steps"], set())
        return behind


class _Run:
    def __init__(self, equation: PlainEquation) -> None:
        self.equation = equation
        self.names: dict[str, Plain | None] = {}
        self.trail: set[tuple[str, bool]] = set()

    def inputs(self, person: Mapping[str, Plain]) -> None:
        for entry in self.equation.document["inputs"]:
            self.take(entry, person)

    def take(self, entry: Mapping[str, Any], person: Mapping[str, Plain]) -> None:
        value = person.get(entry["field"], entry.get("default"))
        if value is not None and entry.get("map"):
            value = entry["map"][value]
        elif value is not None:
            self.names["x"] = np.float64(value) if isinstance(value, float) else value
            value = self.value(entry.get("transform", "x"))
        value = np.float64(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value
        valid = entry.get("valid") or {}
        if value is not None and valid.get("outside") == "clamp":
            value = max(value, valid["min"]) if valid["min"] is not None else value
            value = min(value, valid["max"]) if valid["max"] is not None else value
        self.names[entry["as"]] = value

    def steps(self, steps: Sequence[Mapping[str, Any]]) -> None:
        for step in steps:
            self.step(step)

    def step(self, step: Mapping[str, Any]) -> None:
        if "if" in step:
            for branch in step["if"]:
                if self.holds(branch["when"]):
                    self.steps(branch["steps"])
                    return
        elif "for" in step:
            first, last = self.value(step["from"]), self.value(step["to"])
            for turn in range(int(first), int(last) + 1):
                self.names[step["for"]] = np.float64(turn)
                self.steps(step["steps"])
        else:
            self.names[step["set"]] = self.new_value(step)

    def new_value(self, step: Mapping[str, Any]) -> Any:
        if "expr" in step:
            return self.value(step["expr"])
        if "sum" in step:
            return sum(np.float64(coefficient) * self.value(text) for coefficient, text in step["sum"])
        if "points" in step:
            return next(
                (np.float64(rule["points"]) for rule in step["points"] if self.holds(rule["when"])), np.float64(0)
            )
        row = self.look(step["dot"]["table"], [_parsed(key) for key in step["dot"]["keys"]])
        assert isinstance(row, dict)
        return sum(number * self.named(name) for name, number in row.items() if not name.startswith("_"))

    def holds(self, text: str) -> bool:
        outcome = bool(self.value(text))
        self.trail.add((text, outcome))
        return outcome

    def named(self, name: str) -> Any:
        value = self.names[name]
        if value is None:
            raise UsedMissing(name)
        return value

    def value(self, text: str) -> Any:
        return self.walk(_parsed(text))

    def walk(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=value):
                return np.float64(value) if isinstance(value, (int, float)) else value
            case ast.Name(id=name):
                return name == "true" if name in {"true", "false"} else self.named(name)
            case ast.UnaryOp(op=operator, operand=operand):
                return not self.walk(operand) if isinstance(operator, ast.Not) else -self.number(operand)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                outcome = bool(self.walk(test))
                self.trail.add((ast.unparse(node), outcome))
                return self.walk(body if outcome else orelse)
            case ast.BoolOp(op=operator, values=values):
                decides = isinstance(operator, ast.Or)
                return decides if any(bool(self.walk(value)) == decides for value in values) else not decides
        return self.strict(node)

    def strict(self, node: ast.expr) -> Any:
        match node:
            case ast.BinOp(left=left, op=operator, right=right):
                return _ARITHMETIC[type(operator)](self.number(left), self.number(right))
            case ast.Compare(left=left, ops=[operator], comparators=[right]):
                return _COMPARE[type(operator)](self.walk(left), self.walk(right))
            case ast.Call(func=ast.Name(id="missing"), args=[ast.Name(id=name)]):
                return self.names[name] is None
            case ast.Call(func=ast.Name(id="lookup"), args=[ast.Constant(value=table), *keys]):
                return self.look(str(table), keys)
            case ast.Call(func=ast.Name(id="has"), args=[ast.Constant(value=table), *keys]):
                return self.find(str(table), [self.walk(key) for key in keys]) is not None
            case ast.Call(func=ast.Name(id=function), args=arguments):
                return _FUNCTIONS[function](*(self.number(argument) for argument in arguments))
        raise TypeError(ast.dump(node))

    def number(self, node: ast.expr) -> Any:
        return np.float64(self.walk(node))

    def look(self, table: str, keys: Sequence[ast.expr]) -> Any:
        values = [self.walk(key) for key in keys]
        for count in range(1, len(values) + 1):
            if self.find(table, values[:count]) is None:
                raise NotInTable(self.blamed(keys[:count]))
        found = self.find(table, values)
        return np.float64(found) if isinstance(found, (int, float)) else found

    def find(self, table: str, keys: Sequence[Plain]) -> Any:
        place: Any = self.equation.tables[table]
        for key in keys:
            place = place.get(_key(key)) if isinstance(place, dict) else None
        return place

    def blamed(self, keys: Sequence[ast.expr]) -> str | None:
        for key in reversed(keys):
            fields = set().union(*(self.equation.behind.get(name, set()) for name in _names(ast.unparse(key))))
            for field in self.equation.fields:
                if field in fields:
                    return field
        return None


@cache
def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


@cache
def _names(text: str) -> frozenset[str]:
    if not text:
        return frozenset()
    return frozenset(node.id for node in ast.walk(_parsed(text)) if isinstance(node, ast.Name))


def _texts(step: Mapping[str, Any]) -> list[str]:
    texts = [step["expr"]] if "expr" in step else []
    texts += [text for _, text in step.get("sum", [])]
    texts += [rule["when"] for rule in step.get("points", [])]
    return [*texts, *step.get("dot", {}).get("keys", [])]


def _key(value: Plain) -> str:
    if isinstance(value, str):
        return value
    return str(int(value)) if float(value).is_integer() else repr(value)


def _table(entry: Mapping[str, Any], folder: Path) -> Any:
    if "values" in entry:
        return entry["values"]
    tree: dict[str, Any] = {}
    with (folder / entry["csv"]).open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            place = tree
            for key in entry["keys"]:
                place = place.setdefault(row.pop(key), {})
            place.update({name: float(cell) for name, cell in row.items() if cell})
    return tree


def _round_half_up(value: Any, digits: float = 0) -> Any:
    scale = np.float64(10.0) ** digits
    return np.floor(value * scale + 0.5) / scale


_ARITHMETIC: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: lambda a, b: a**b,
}
_COMPARE: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
}
_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "ln": np.log,
    "exp": np.exp,
    "sqrt": np.sqrt,
    "min": min,
    "max": max,
    "abs": abs,
    "floor": np.floor,
    "ceil": np.ceil,
    "round_half_up": _round_half_up,
}


class GraphRun:
    """A graph in onnxruntime, given people as canonical values."""

    def __init__(self, graph: bytes, dictionary: Dictionary) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 4
        self.session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        self.fields = [each.name for each in self.session.get_inputs()]
        self.dictionary = dictionary

    def columns(self, columns: Mapping[str, FloatArray]) -> dict[str, Any]:
        names = [each.name for each in self.session.get_outputs()]
        return dict(zip(names, self.session.run(names, {name: columns[name] for name in self.fields}), strict=True))

    def people(self, people: Sequence[Mapping[str, Plain]]) -> dict[str, Any]:
        columns = {
            field: np.array([self.dictionary[field].encode(person.get(field)) for person in people])
            for field in self.fields
        }
        return self.columns(columns)


@pytest.fixture(scope="session")
def dictionary() -> Dictionary:
    return load_dictionary()


@pytest.fixture(scope="session")
def plain_equation() -> Callable[[Path], PlainEquation]:
    """Reads an equation file for the plain evaluator; each file once."""
    return cache(PlainEquation)


@pytest.fixture(scope="session")
def graph_run(dictionary: Dictionary) -> Callable[[bytes], GraphRun]:
    """Loads a graph into onnxruntime."""
    return lambda graph: GraphRun(graph, dictionary)
