"""The language of equation files, part by part and in random mixtures, against the plain evaluator."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.fields import Dictionary
from engine.risk.equations import EquationError, read_equation
from engine.risk.equations.graph_file import write_graph
from engine.risk.equations.program import lower_equation

INPUTS = [
    {"field": "sex", "as": "sex", "required": True, "transform": "x"},
    {"field": "age", "as": "age", "required": True, "transform": "x",
     "valid": {"min": 20, "max": 90, "outside": "refuse"}},
    {"field": "sbp_mmhg", "as": "sbp", "required": True, "transform": "x / 10"},
    {"field": "smoker", "as": "smoker", "required": True, "transform": "x"},
    {"field": "diabetes", "as": "dm", "required": True, "transform": "x"},
    {"field": "bmi_kg_m2", "as": "bmi", "required": False, "transform": "x",
     "valid": {"min": 20, "max": 40, "outside": "clamp"}},
    {"field": "on_statin", "as": "statin", "required": False, "transform": "x", "default": False},
    {"field": "townsend_score", "as": "townsend", "required": False, "transform": "x", "default": 1.5},
    {"field": "hypertension", "as": "ht", "required": False, "transform": "x"},
]  # fmt: skip
TABLES = {
    "plain": {"values": {"F": 1.5, "M": -2}},
    "nested": {"values": {"current": {"F": {"low": 1, "high": 2}, "M": {"low": 3, "high": 4}},
                          "former": {"F": {"low": 5, "high": 6}, "M": {"low": 7, "high": 8}},
                          "never": {"F": {"low": 9, "high": 10}, "M": {"low": 11, "high": 12}}}},
    "holes": {"values": {"current": {"3": 0.5, "4": 1.5}, "never": {"4": 2.5, "7": 3.5}}},
    "names": {"values": {"current": "high", "former": "low", "never": "low"}},
    "rows": {"values": {"F": {"age": 2, "x": -1, "_off": 9}, "M": {"age": 3, "x": 0.25, "_off": 8}}},
    "rows6": {"values": {"current": {"age": 2, "sbp": 0.25, "dm": 3, "statin": -1, "townsend": 0.5, "x": 1},
                         "former": {"age": 1, "sbp": 0.5, "dm": 0, "statin": 4, "townsend": -2, "x": 0},
                         "never": {"age": 4, "sbp": 1, "dm": -0.5, "townsend": 1, "x": 5}}},
    "rows3": {"values": {"current": {"age": 2, "x": 0}, "former": {"age": 1, "x": 0}, "never": {"age": 4, "x": 5}}},
}  # fmt: skip


class Workshop:
    """Compiles a made-up formula and answers people with the graph and with the plain evaluator."""

    def __init__(self, folder: Path, plain: Callable[[Path], Any], graph_run: Any, dictionary: Dictionary) -> None:
        self.folder = folder
        self.plain = plain
        self.graph_run = graph_run
        self.dictionary = dictionary
        self.made = 0

    def build(self, steps: list[dict[str, Any]], outputs: Mapping[str, str]) -> tuple[Any, Any, Any]:
        self.made += 1
        file = self.folder / f"made_up_{self.made}.json"
        document = {
            "schema": "risk-equation/1", "id": file.stem, "inputs": INPUTS, "tables": TABLES,
            "formula": {"steps": steps},
            "outputs": [{"name": name, "expr": text} for name, text in outputs.items()],
        }  # fmt: skip
        file.write_text(json.dumps(document), encoding="utf-8")
        program = lower_equation(read_equation(file), self.dictionary)
        return program, self.graph_run(write_graph(program, file.stem, "made up")), self.plain(file)

    def check(self, steps: list[dict[str, Any]], outputs: Mapping[str, str], people: list[dict[str, Any]]) -> int:
        """Compare everybody; return how many had a number to compare."""
        program, graph, plain = self.build(steps, outputs)
        found = graph.people(people)
        compared = 0
        for index, person in enumerate(people):
            answer = plain.answer(person)
            if answer.used_missing:
                continue
            for field in program.not_in_table:
                assert found[f"not_in_table.{field}"][index] == (answer.not_in_table == field), person
            assert answer.not_in_table is None or answer.not_in_table in program.not_in_table
            if answer.not_in_table is None:
                for output in program.outputs:
                    wanted = answer.outputs[output.name]
                    if wanted is not None and not (isinstance(wanted, float) and math.isnan(wanted)):
                        compared += 1
                        assert same(found[output.name][index], wanted, output.categories), (output.name, wanted, person)
        return compared


def same(value: float, wanted: Any, categories: tuple[str, ...]) -> bool:
    if isinstance(wanted, str):
        return categories[int(value)] == wanted
    if not math.isfinite(wanted):
        return not math.isfinite(value)
    return bool(abs(value - wanted) <= 1e-9 * max(1.0, abs(wanted)))


PERSON = {"sex": "M", "age": 57.5, "sbp_mmhg": 143.0, "smoker": "never", "diabetes": True}
PEOPLE = [
    {**PERSON, **changes}
    for sex in ("F", "M")
    for smoker in ("current", "former", "never")
    for age in (20.0, 33.0, 46.5, 90.0)
    for changes in (
        {"sex": sex, "smoker": smoker, "age": age},
        {"sex": sex, "smoker": smoker, "age": age, "diabetes": False, "bmi_kg_m2": 18.0, "hypertension": True},
        {"sex": sex, "smoker": smoker, "age": age, "bmi_kg_m2": 44.0, "on_statin": True, "townsend_score": -3.0},
        {"sex": sex, "smoker": smoker, "age": age, "bmi_kg_m2": 31.25, "hypertension": False, "on_statin": False},
    )
]


@pytest.fixture(scope="session")
def workshop(
    tmp_path_factory: pytest.TempPathFactory, plain_equation: Any, graph_run: Any, dictionary: Dictionary
) -> Workshop:
    return Workshop(tmp_path_factory.mktemp("formulas"), plain_equation, graph_run, dictionary)


def test_inputs_get_default_transform_and_clamp(workshop: Workshop) -> None:
    outputs = {"a": "sbp + townsend", "b": "statin", "c": "0 if missing(bmi) else bmi", "d": "missing(townsend)"}
    assert workshop.check([], outputs, PEOPLE) == 4 * len(PEOPLE)


def test_arithmetic_functions_and_powers(workshop: Workshop) -> None:
    outputs = {
        "whole_powers": "-age ** 2 + age ** -1 + (age / 10) ** -2 + age ** 3 - age ** 4",
        "powers": "age ** 0.5 + 0.98 ** age + age ** 1.5 + age ** -0.7 + lookup('plain', sex) ** 2",
        "negative_base": "(age - 100) ** 3 + (age - 100) ** -2",
        "functions": "ln(age) + exp(age / 50) + sqrt(age) + abs(40 - age) + floor(age / 7) + ceil(-age / 7)",
        "folded": "ln(2) + exp(1) + 2 ** 0.3 + sqrt(2) + max(1, 2, 3) + min(age, 40, sbp) + 7 / 3",
        "rounded": "round_half_up(age / 3) + round_half_up(age / 3, 2) + round_half_up(0 - age / 4, 1)",
        "undefined": "ln(age - 90) + 1 / (age - 33)",
        "truths": "(age > 40) + 3 * dm - (sex == 'F') * (not dm) + true",
    }
    assert workshop.check([], outputs, PEOPLE) >= 6 * len(PEOPLE)


def test_the_branch_not_taken_never_leaks(workshop: Workshop) -> None:
    outputs = {
        "division": "5 if age == 33 else 1 / (age - 33)",
        "logarithm": "ln(age - 40) if age > 40 else 0",
        "absent": "0 if missing(bmi) else ln(bmi - 19) * bmi",
        "nested": "(1 if bmi > 30 else 2) if not missing(bmi) and bmi > 25 else (3 if missing(bmi) else 4)",
        "absent_truth": "1 if not missing(ht) and ht else (2 if missing(ht) else 3)",
        "look_up": "lookup('holes', smoker, 4) if smoker != 'former' else -1",
        "infinite": "exp(800) if age < 0 else 1",
    }
    program, _, _ = workshop.build([], outputs)
    assert program.not_in_table.keys() == {"smoker"}
    assert workshop.check([], outputs, PEOPLE) == len(outputs) * len(PEOPLE)


def test_short_circuit_guards_what_stands_to_its_right(workshop: Workshop) -> None:
    outputs = {
        "and": "(not missing(bmi) and bmi > 30) + 0",
        "or": "(missing(bmi) or bmi > 30) + 0",
        "guarded": "(smoker != 'former' and lookup('holes', smoker, 4) > 2) + 0",
        "either": "(smoker == 'former' or lookup('holes', smoker, 4) > 2) + 0",
    }
    assert workshop.check([], outputs, PEOPLE) == len(outputs) * len(PEOPLE)


def test_texts_are_chosen_compared_and_looked_up(workshop: Workshop) -> None:
    steps = [
        {"set": "kind", "expr": "lookup('names', smoker)"},
        {"set": "group", "expr": "'old' if age > 60 else (kind if dm else smoker)"},
    ]
    outputs = {
        "kind": "kind",
        "group": "group",
        "same": "(kind == 'low') + 2 * (group == smoker) + 4 * (group != kind) + 8 * (kind == 'nothing')",
        "value": "lookup('nested', smoker, sex, kind) * lookup('plain', sex)",
        "constant": "lookup('nested', 'never', 'F', 'low') + has('plain', 'F') + has('plain', 'X')",
        "has": "has('holes', smoker) + 2 * has('holes', smoker, 7)",
    }
    assert workshop.check(steps, outputs, PEOPLE) == len(outputs) * len(PEOPLE)


def test_a_look_up_that_fails_names_the_first_input_whose_key_is_not_there(workshop: Workshop) -> None:
    outputs = {"value": "lookup('holes', smoker, floor(age / 10))"}
    people = [
        {**PERSON, "smoker": s, "age": a} for s in ("current", "former", "never") for a in (20.0, 33.0, 46.5, 75.0)
    ]
    program, graph, _ = workshop.build([], outputs)
    assert list(program.not_in_table) == ["age", "smoker"]
    assert workshop.check([], outputs, people) == 4
    found = graph.people(people)
    assert found["not_in_table.smoker"].sum() == 4
    assert found["not_in_table.age"].sum() == 4
    assert np.isnan(found["value"][found["not_in_table.smoker"] | found["not_in_table.age"]]).all()


def test_only_the_first_failing_look_up_is_told(workshop: Workshop) -> None:
    steps = [{"set": "a", "expr": "lookup('holes', smoker, 4)"}, {"set": "b", "expr": "lookup('holes', 'never', age)"}]
    people = [{**PERSON, "smoker": smoker, "age": age} for smoker in ("former", "never") for age in (20.0, 33.5)]
    _, graph, _ = workshop.build(steps, {"sum": "a + b"})
    workshop.check(steps, {"sum": "a + b"}, people)
    found = graph.people(people)
    assert found["not_in_table.smoker"].tolist() == [True, True, False, False]
    assert found["not_in_table.age"].tolist() == [False, False, True, True]


def test_sums_points_and_dots(workshop: Workshop) -> None:
    steps: list[dict[str, Any]] = [
        {"set": "x", "sum": [[0.5, "age"], [-2, "dm"], [0, "sbp"], [1.25, "age * (sex == 'M')"]]},
        {"set": "p", "points": [{"when": "age < 30", "points": 1}, {"when": "sex == 'F' and age < 50", "points": 2.5},
                                {"when": "age < 50", "points": -3}]},
        {"set": "two_rows", "dot": {"table": "rows", "keys": ["sex"]}},
        {"set": "three_rows", "dot": {"table": "rows3", "keys": ["smoker"]}},
        {"set": "one_row", "dot": {"table": "rows3", "keys": ["'never'"]}},
        {"set": "nothing", "sum": []},
    ]  # fmt: skip
    outputs = {name: name for name in ("x", "p", "two_rows", "three_rows", "one_row", "nothing")}
    assert workshop.check(steps, outputs, PEOPLE) == len(outputs) * len(PEOPLE)


def test_if_steps_set_names_on_the_path_that_is_taken(workshop: Workshop) -> None:
    steps: list[dict[str, Any]] = [
        {"set": "x", "expr": "1"},
        {"if": [
            {"when": "sex == 'M'", "steps": [{"set": "x", "expr": "age"}, {"set": "y", "expr": "x / 2"}]},
            {"when": "sex == 'F'", "steps": [
                {"if": [{"when": "smoker == 'never'", "steps": [{"set": "y", "expr": "1 / x"}]},
                        {"when": "dm", "steps": [{"set": "y", "expr": "2"}]}]},
                {"set": "z", "expr": "'woman'"}]},
        ]},
        {"if": [{"when": "age > 200", "steps": [{"set": "x", "expr": "lookup('holes', 'former', 4)"}]}]},
    ]  # fmt: skip
    outputs = {
        "x": "x",
        "y": "0 if sex == 'F' and smoker != 'never' and not dm else y",
        "z": "z if sex == 'F' else 'man'",
    }
    with pytest.raises(EquationError, match="equation_table"):
        workshop.build(steps, outputs)
    assert workshop.check(steps[:-1], outputs, PEOPLE) == 3 * len(PEOPLE)


def test_a_chain_over_every_code_needs_no_choice_beyond_it(workshop: Workshop) -> None:
    """With both sexes handled nothing is left undefined, so the graph may choose by arithmetic."""
    steps = [{"if": [{"when": "sex == 'M'", "steps": [{"set": "y", "expr": "age"}]},
                     {"when": "sex == 'F'", "steps": [{"set": "y", "expr": "2 * age"}]}]}]  # fmt: skip
    program, _, _ = workshop.build(steps, {"y": "y"})
    assert program.outputs[0].node.facts.bounded


def test_loops_with_limits_of_each_person(workshop: Workshop) -> None:
    steps: list[dict[str, Any]] = [
        {"set": "whole", "expr": "floor(age / 10)"},
        {"set": "sum", "expr": "0"},
        {"set": "turns", "expr": "0"},
        {"set": "last", "expr": "'none'"},
        {"for": "k", "from": "whole - 4", "to": "9 - whole", "steps": [
            {"set": "turns", "expr": "turns + 1"},
            {"set": "part", "expr": "ln(k + 3) * whole"},
            {"set": "sum", "expr": "sum + (part if k != 2 else 0 - part)"},
            {"set": "last", "expr": "'even' if floor(k / 2) * 2 == k else 'odd'"},
        ]},
        {"for": "k", "from": "1", "to": "3", "steps": [{"for": "m", "from": "k", "to": "3", "steps": [
            {"set": "turns", "expr": "turns + k * m * 100"}]}]},
    ]  # fmt: skip
    outputs = {"sum": "sum", "turns": "turns", "last": "last"}
    assert workshop.check(steps, outputs, PEOPLE) >= 2 * len(PEOPLE)


def test_long_loops_are_not_unrolled_and_say_the_same(workshop: Workshop) -> None:
    """Totals that hang on each other, turns that some take and some do not, and what the last turn leaves behind."""
    steps: list[dict[str, Any]] = [
        {"set": "whole", "expr": "floor(age / 10)"},
        {"set": "cum", "expr": "0"},
        {"set": "risk", "expr": "age / 100"},
        {"for": "k", "from": "whole - 6", "to": "whole + 40 - (30 if dm else 0)", "steps": [
            {"set": "a", "expr": "max(age, whole + k)"},
            {"set": "h", "expr": "lookup('plain', sex) + (0.01 if a < 50 else 0.02) * k"},
            {"set": "risk", "expr": "risk + h * exp(0 - cum / 100)"},
            {"set": "cum", "expr": "cum + h"},
            {"set": "kind", "expr": "'even' if floor(k / 2) * 2 == k else 'odd'"},
        ]},
    ]  # fmt: skip
    outputs = {"risk": "risk", "cum": "cum", "last": "h + a", "kind": "kind"}
    assert workshop.check(steps, outputs, PEOPLE) >= 3 * len(PEOPLE)
    program, _, _ = workshop.build(steps, outputs)
    assert sum(1 for _ in program.tape) < 200


def test_a_failing_look_up_in_a_long_loop_is_blamed_as_turn_by_turn(workshop: Workshop) -> None:
    steps: list[dict[str, Any]] = [
        {"set": "x", "expr": "0"},
        {"for": "k", "from": "0", "to": "floor(age / 8)", "steps": [
            {"set": "x", "expr": "x + lookup('holes', smoker, 3 + k - floor(k / 3) * 3)"},
        ]},
    ]  # fmt: skip
    workshop.check(steps, {"x": "x"}, PEOPLE)


def test_many_coefficients_of_many_rows_are_looked_up_in_one_go(workshop: Workshop) -> None:
    steps: list[dict[str, Any]] = [
        {"set": "x", "expr": "age / 8"},
        {"set": "y", "dot": {"table": "rows6", "keys": ["smoker"]}},
    ]
    assert workshop.check(steps, {"y": "y"}, PEOPLE) == len(PEOPLE)
    program, _, _ = workshop.build(steps, {"y": "y"})
    assert [node.operation for node in program.tape].count("Dot") == 1


def test_categories_and_constants_as_outputs(workshop: Workshop) -> None:
    outputs = {
        "code": "'a' if age < 30 else ('b' if age < 50 else 'a')",
        "fixed": "3 + 4",
        "again": "age",
        "twice": "age",
    }
    program, graph, _ = workshop.build([], outputs)
    assert program.outputs[0].categories == ("a", "b")
    assert workshop.check([], outputs, PEOPLE) == 4 * len(PEOPLE)
    assert graph.people(PEOPLE[:0])["fixed"].shape == (0,)


@pytest.mark.parametrize(
    ("steps", "output", "code"),
    [
        ([], "weight", "equation_name"),
        ([], "sine(age)", "equation_name"),
        ([], "missing(age + 1)", "equation_name"),
        ([{"set": "x", "expr": "y"}, {"set": "y", "expr": "1"}], "x", "equation_name"),
        ([], "sex + 1", "equation_types"),
        ([], "sex < 'M'", "equation_types"),
        ([], "sex == 1", "equation_types"),
        ([], "1 if sex else 2", "equation_types"),
        ([], "'a' if dm else 1", "equation_types"),
        ([], "lookup('nowhere', sex)", "equation_table"),
        ([], "lookup('plain', smoker)", "equation_table"),
        ([], "lookup('plain', age)", "equation_table"),
        ([], "lookup('nested', smoker)", "equation_table"),
        ([{"set": "x", "dot": {"table": "plain", "keys": ["sex"]}}], "x", "equation_table"),
        ([{"set": "x", "dot": {"table": "rows", "keys": ["sex"]}}], "x", "equation_name"),
        ([{"for": "k", "from": "0", "to": "age", "steps": []}], "age", "equation_loop"),
        ([{"for": "k", "from": "0", "to": "floor(bmi)", "steps": []}], "age", "equation_loop"),
        ([{"for": "k", "from": "0", "to": "1000000", "steps": []}], "age", "equation_loop"),
        ([{"set": "x"}], "age", "equation_key"),
    ],
)
def test_nonsense_is_refused_with_its_place(
    steps: list[dict[str, Any]], output: str, code: str, workshop: Workshop
) -> None:
    with pytest.raises(EquationError) as refusal:
        workshop.build(steps, {"out": output})
    assert refusal.value.code == code


_NUMBER_NAMES = st.sampled_from(["age", "sbp", "dm", "statin", "townsend", "x", "2", "0.5", "40", "0"])
_TRUTH_NAMES = st.sampled_from(
    ["dm", "statin", "sex == 'M'", "smoker != 'never'", "smoker == 'current'", "missing(bmi)"]
)


def _numbers(depth: int) -> st.SearchStrategy[str]:
    if depth == 0:
        return _NUMBER_NAMES
    inner = _numbers(depth - 1)
    truths = _truths(depth - 1)
    return st.one_of(
        _NUMBER_NAMES,
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/"]), inner).map(lambda part: f"({' '.join(part)})"),
        st.tuples(st.sampled_from(["floor", "abs", "ceil"]), inner).map(lambda part: f"{part[0]}({part[1]})"),
        st.tuples(st.sampled_from(["min", "max"]), inner, inner).map(lambda part: f"{part[0]}({part[1]}, {part[2]})"),
        st.tuples(inner, truths, inner).map(lambda part: f"({part[0]} if {part[1]} else {part[2]})"),
        st.tuples(truths, inner).map(lambda part: f"({part[1]} if not missing(bmi) and bmi > 30 else ({part[0]}))"),
        inner.map(lambda part: f"(0 if missing(bmi) else bmi * {part})"),
        inner.map(lambda part: f"lookup('nested', smoker, sex, 'low' if {part} > 1 else 'high')"),
        inner.map(lambda part: f"(lookup('holes', smoker, {part}) if has('holes', smoker, {part}) else -1)"),
        st.just("lookup('plain', sex)"),
    )


def _truths(depth: int) -> st.SearchStrategy[str]:
    if depth == 0:
        return _TRUTH_NAMES
    numbers, inner = _numbers(depth - 1), _truths(depth - 1)
    return st.one_of(
        _TRUTH_NAMES,
        st.tuples(numbers, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), numbers).map(
            lambda part: f"({' '.join(part)})"
        ),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda part: f"({' '.join(part)})"),
        inner.map(lambda part: f"(not {part})"),
        inner.map(lambda part: f"(not missing(bmi) and {part})"),
    )


_SETS = st.sampled_from(["x", "y"]).flatmap(
    lambda name: st.one_of(
        _numbers(2).map(lambda text: {"set": name, "expr": text}),
        st.lists(st.tuples(st.sampled_from([1, -0.5, 0]), _numbers(1)), max_size=3).map(
            lambda terms: {"set": name, "sum": [list(term) for term in terms]}
        ),
        st.lists(st.tuples(_truths(1), st.sampled_from([0, 1, 2.5])), max_size=3).map(
            lambda rules: {"set": name, "points": [{"when": when, "points": points} for when, points in rules]}
        ),
        st.just({"set": name, "dot": {"table": "rows", "keys": ["sex"]}}),
        st.just({"set": name, "dot": {"table": "rows3", "keys": ["smoker"]}}),
        st.just({"set": name, "dot": {"table": "rows6", "keys": ["smoker"]}}),
    )
)
# What loops are made of: running totals of things that may hang on each other, on the turn and on look-ups.
_ADDS = st.tuples(
    st.sampled_from(["x", "y"]), _numbers(1), st.sampled_from(["1", "k", "(k - 2)", "floor(age / 20 + k)"])
).map(lambda part: {"set": part[0], "expr": f"{part[0]} + {part[1]} * {part[2]}"})
_STEPS = st.one_of(
    _SETS,
    st.lists(st.tuples(_truths(1), st.lists(_SETS, max_size=2)), min_size=1, max_size=3).map(
        lambda branches: {"if": [{"when": when, "steps": steps} for when, steps in branches]}
    ),
    st.tuples(st.sampled_from(["0", "floor(age / 30)", "1 if dm else 2"]), st.lists(_SETS, max_size=2)).map(
        lambda part: {"for": "k", "from": part[0], "to": "2", "steps": part[1]}
    ),
    st.tuples(
        st.sampled_from(["0", "floor(age / 30)", "0 - 3"]),
        st.sampled_from(["4", "floor(age / 15)", "2 if dm else 5"]),
        st.lists(st.one_of(_SETS, _ADDS), min_size=1, max_size=4),
    ).map(lambda part: {"for": "k", "from": part[0], "to": part[1], "steps": part[2]}),
)


@settings(max_examples=120, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_STEPS, max_size=4), _numbers(2), _truths(2))
def test_random_formulas_agree_with_the_plain_evaluator(
    workshop: Workshop, steps: list[dict[str, Any]], number: str, truth: str
) -> None:
    start = [{"set": "x", "expr": "age / 8"}, {"set": "y", "expr": "1"}]
    workshop.check([*start, *steps], {"number": f"{number} + y", "truth": f"({truth}) + 0", "x": "x"}, PEOPLE[::3])
