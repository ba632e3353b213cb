"""Operations stand on the tape once, constants are folded, and what is known of a number is true."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.risk.equations.facts import Facts, constant, of_operation
from engine.risk.equations.folding import fold
from engine.risk.equations.tape import Node, Tape, by_arithmetic

AGE = Facts(18, 100, carries=frozenset({"age"}), sources=frozenset({"age"}))
SEX = Facts(0, 1, whole=True, carries=frozenset({"sex"}), sources=frozenset({"sex"}))
BMI = Facts(10, 80, unsure=frozenset({"bmi"}), carries=frozenset({"bmi"}), sources=frozenset({"bmi"}))


@pytest.fixture
def tape() -> Tape:
    return Tape()


def test_the_same_operation_stands_there_once(tape: Tape) -> None:
    age = tape.input("age", AGE)
    assert tape.apply("Add", age, tape.constant(1)) is tape.apply("Add", age, tape.constant(1.0))
    assert tape.constant(math.nan) is tape.constant(math.nan)
    assert tape.constant(0.0) is not tape.constant(-0.0)


def test_constants_are_folded(tape: Tape) -> None:
    two = tape.constant(2)
    assert tape.apply("Div", tape.apply("Exp", two), two).number == math.exp(2) / 2
    assert tape.apply("Div", two, tape.constant(0)).number == math.inf
    assert tape.compare("Less", two, tape.constant(3)).certain is True


def test_neutral_elements_vanish(tape: Tape) -> None:
    age, zero, one = tape.input("age", AGE), tape.constant(0), tape.constant(1)
    assert tape.apply("Add", zero, age) is age
    assert tape.apply("Sub", age, zero) is age
    assert tape.apply("Mul", one, age) is age
    assert tape.apply("Div", age, one) is age
    assert tape.apply("Neg", tape.apply("Sub", zero, age)) is age


def test_a_power_of_a_positive_number_needs_no_power_operator(tape: Tape) -> None:
    age, exponent = tape.input("age", AGE), tape.input("bmi", BMI)
    assert tape.apply("Pow", age, exponent).operation == "Exp"
    assert tape.apply("Pow", age, tape.constant(2)).operation == "Mul"
    assert tape.apply("Pow", tape.apply("Sub", age, exponent), exponent).operation == "Pow"


def test_conditions_simplify(tape: Tape) -> None:
    sex, old = tape.input("sex", SEX), tape.compare("Greater", tape.input("age", AGE), tape.constant(60))
    man = tape.compare("Equal", sex, tape.constant(1))
    woman = tape.compare("Equal", sex, tape.constant(0))
    assert tape.opposite(man) is woman
    assert tape.as_number(man) is sex
    assert tape.both(man, woman).certain is False
    assert tape.either(man, woman).certain is True
    assert tape.both(old, tape.certain(True)) is old
    assert tape.either(old, tape.certain(True)).certain is True
    assert tape.opposite(tape.opposite(old)) is old


def test_a_choice_is_arithmetic_only_between_numbers_that_are_always_finite(tape: Tape) -> None:
    age, bmi = tape.input("age", AGE), tape.input("bmi", BMI)
    old = tape.compare("Greater", age, tape.constant(60))
    reciprocal = tape.apply("Div", tape.constant(1), tape.apply("Sub", age, tape.constant(60)))
    assert by_arithmetic(tape, old, age, tape.apply("Mul", age, age))
    assert not by_arithmetic(tape, old, age, bmi)
    assert not by_arithmetic(tape, old, reciprocal, age)
    assert not by_arithmetic(tape, old, age, tape.constant(math.nan))


def test_asking_whether_a_field_is_missing_makes_its_number_sure(tape: Tape) -> None:
    bmi = tape.input("bmi", BMI)
    filled = tape.select(tape.is_missing(bmi), tape.constant(25), bmi)
    assert filled.facts.bounded
    half = tape.select(tape.both(tape.opposite(tape.is_missing(bmi)), tape.certain(True)), bmi, tape.constant(25))
    assert half.facts.bounded
    assert not tape.select(tape.compare("Less", bmi, tape.constant(30)), bmi, tape.constant(25)).facts.bounded


def test_adding_on_one_path_only_adds_a_choice_of_what_is_added(tape: Tape) -> None:
    age = tape.input("age", AGE)
    old = tape.compare("Greater", age, tape.constant(60))
    more = tape.apply("Add", age, tape.constant(5))
    result = tape.select(old, more, age)
    assert result.operation == "Add"
    assert result.arguments[0] is age


def test_a_number_carries_the_absence_of_its_parts(tape: Tape) -> None:
    age, sex = tape.input("age", AGE), tape.input("sex", SEX)
    man = tape.compare("Equal", sex, tape.constant(1))
    both = tape.select(man, age, tape.apply("Mul", age, age))
    assert both.facts.carries == {"age", "sex"}
    table = tape.look((1.0, 2.0, 5.0), age)
    assert table.facts.carries == frozenset()
    assert tape.look((1.0, 2.0), sex).facts.carries == {"sex"}


_OPERATIONS = ["Add", "Sub", "Mul", "Div", "Neg", "Abs", "Exp", "Log", "Sqrt", "Floor", "Ceil", "Min", "Max"]
_ENDS = st.floats(-50, 50, allow_nan=False).map(lambda value: round(value, 3) + 0.0)  # no -0.0


@given(st.sampled_from(_OPERATIONS), st.data())
def test_ranges_hold_for_every_number_within_them(operation: str, data: st.DataObject) -> None:
    parts = []
    values = []
    for _ in range(2 if operation in {"Add", "Sub", "Mul", "Div", "Min", "Max"} else 1):
        low, high = sorted((data.draw(_ENDS), data.draw(_ENDS)))
        parts.append(Facts(low, high))
        values.append(data.draw(st.floats(low, high)))
    facts = of_operation(operation, tuple(parts))
    result = fold(operation, values)
    if facts.bounded:
        assert math.isfinite(result)
    if math.isfinite(result):
        slack = 1e-12 * max(1.0, abs(result))
        assert facts.low - slack <= result <= facts.high + slack


@given(st.sampled_from(["Add", "Sub", "Mul", "Neg", "Abs", "Min", "Max", "Floor", "Ceil"]), st.integers(-9, 9), _ENDS)
def test_whole_numbers_are_known_to_be_whole(operation: str, whole: int, other: float) -> None:
    values = [float(whole), other][: 2 if operation in {"Add", "Sub", "Mul", "Min", "Max"} else 1]
    if of_operation(operation, tuple(constant(value) for value in values)).whole:
        assert fold(operation, values).is_integer()


def test_ranges_of_whole_numbers_end_at_whole_numbers() -> None:
    facts = Facts(0, 120, whole=True).within(39.9999, 80.5)
    assert (facts.low, facts.high) == (40, 80)


@given(st.floats(1e-3, 1e3), st.floats(-20, 20))
def test_folded_functions_are_those_of_the_runtime_to_the_last_digits(base: float, exponent: float) -> None:
    assert fold("Log", [base]) == pytest.approx(np.log(base), rel=1e-14, abs=1e-300)
    assert fold("Exp", [exponent]) == pytest.approx(np.exp(exponent), rel=1e-14)
    assert fold("Pow", [base, exponent]) == pytest.approx(np.power(base, exponent), rel=1e-13)


def test_folding_gives_what_ieee_says_where_a_function_ends() -> None:
    assert fold("Log", [0.0]) == -math.inf
    assert math.isnan(fold("Log", [-1.0]))
    assert math.isnan(fold("Log", [math.nan]))
    assert fold("Exp", [1000.0]) == math.inf
    assert fold("Exp", [-1000.0]) == 0.0
    assert fold("Pow", [-2.0, 3.0]) == -8.0
    assert fold("Pow", [0.0, 0.0]) == 1.0


def test_nodes_come_in_an_order_in_which_parts_stand_first(tape: Tape) -> None:
    age = tape.input("age", AGE)
    tape.apply("Mul", tape.apply("Add", age, tape.constant(2)), tape.apply("Exp", age))
    seen: set[Node] = set()
    for node in tape:
        assert set(node.arguments) <= seen
        seen.add(node)
