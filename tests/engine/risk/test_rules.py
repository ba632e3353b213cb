"""Conditions answered without the general evaluation hold exactly where that says true."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.batch import FloatArray
from engine.expressions import evaluate, parse
from engine.fields import load_dictionary
from engine.risk.limits import FieldBounds, comparable
from engine.risk.rules import holds

NAN = np.nan
COLUMNS: dict[str, FloatArray] = {
    "a": np.array([NAN, 0.0, 1.0, 2.0, -1.0, 3.0, NAN, np.inf]),
    "b": np.array([1.0, 0.0, NAN, 2.0, 1.0, -2.0, NAN, 1.0]),
    "flag": np.array([0.0, 1.0, NAN, 1.0, 0.0, NAN, 1.0, 0.0]),
    "kind": np.array([0.0, 1.0, 2.0, NAN, 0.0, 1.0, NAN, 2.0]),
}
CODES = {"kind": ("never", "former", "current")}
ROWS = 8

_SIMPLE = st.one_of(
    st.sampled_from(["flag", "a", "true", "false", "missing(a)", "kind == 'former'", "kind != 'never'", "kind == 'x'"]),
    st.tuples(st.sampled_from(["a", "b"]), st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), st.sampled_from("ab12"))
    .map(" ".join),
    st.just("a + b > 1"),
)  # fmt: skip
_CONDITIONS = st.recursive(
    _SIMPLE,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda part: f"({' '.join(part)})"),
        inner.map(lambda part: f"(not ({part}))"),
    ),
    max_leaves=6,
)


@settings(max_examples=400, derandomize=True, deadline=None)
@given(_CONDITIONS)
def test_the_short_way_and_the_general_one_agree(text: str) -> None:
    when = parse(text)
    np.testing.assert_array_equal(
        holds(when, COLUMNS, ROWS, CODES), evaluate(when, COLUMNS, ROWS, CODES) == 1, err_msg=text
    )


@pytest.mark.parametrize("rows", [1, 16, 500, 20_000])
def test_fields_looked_at_together_are_judged_as_alone(rows: int) -> None:
    dictionary = load_dictionary()
    fields = [dictionary[name] for name in ("age", "sbp_mmhg", "smoker", "diabetes", "sodium_mmol_l", "hdl_mmol_l")]
    random = np.random.default_rng(rows)
    pool = np.array([NAN, np.inf, -1.0, 0.0, 0.5, 1.0, 2.0, 3.0, 120.0, 120.99, 121.0, 300.0, 301.0, 1e308])
    columns = {field.name: random.choice(pool, rows) for field in fields}
    found: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.bool_]]] = {}
    for names, bounds in FieldBounds(fields).groups(rows):
        table = np.stack([comparable(name, columns[name]) for name in names])
        found.update(zip(names, bounds.invalid(table), strict=True))
    assert list(found) == [field.name for field in fields]
    for field in fields:
        column = columns[field.name]
        if field.category_codes or field.name == "diabetes":
            allowed = range(len(field.category_codes) or 2)
            expected = ~np.isin(column, list(allowed)) & ~np.isnan(column)
        else:
            low, high = field.hard_min or 0, (field.hard_max or 0) + (0.995 if field.name == "age" else 0)
            expected = (column < low) | (column > high)
        np.testing.assert_array_equal(found[field.name], expected, err_msg=field.name)
