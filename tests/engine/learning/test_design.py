from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import InputError
from engine.fields.hashed_text import hash_texts
from engine.learning.design import fit_design, harrell_knots, spline_weights
from engine.learning.table import Table
from tests.engine.learning.made import people


def test_columns_have_mean_0_and_deviation_1_on_the_training_people() -> None:
    table, _ = people(500, 1, texts=True)
    design = fit_design(table, splines=True)
    matrix = design.transform(table.raw())
    assert matrix.shape == (500, len(design.names))
    np.testing.assert_allclose(matrix.mean(axis=0), 0, atol=1e-9)
    spread = design.factor > 0
    np.testing.assert_allclose(matrix.std(axis=0)[spread], 1, atol=1e-9)
    assert (matrix[:, ~spread] == 0).all()


def test_a_missing_number_is_the_median_with_its_flag() -> None:
    table, _ = people(500, 1)
    design = fit_design(table, splines=False)
    gone, median = table.raw()[:1].copy(), table.raw()[:1].copy()
    gone[0, 1], median[0, 1] = np.nan, np.float32(np.nanmedian(table.raw()[:, 1]))
    differ = design.transform(gone) - design.transform(median)
    names = [name for name, each in zip(design.names, differ[0], strict=True) if abs(each) > 1e-6]
    assert names == ["pressure missing"]


@settings(max_examples=50, deadline=None)
@given(value=st.floats(allow_nan=False, width=32), column=st.integers(0, 4))
def test_a_value_beyond_the_training_range_counts_as_its_end(value: float, column: int) -> None:
    table, _ = people(200, 2)
    design = fit_design(table, splines=True)
    raw = table.raw()
    low, high = np.nanmin(raw[:, column]), np.nanmax(raw[:, column])
    row, ended = raw[:1].copy(), raw[:1].copy()
    row[0, column], ended[0, column] = value, np.clip(np.float32(value), low, high)
    np.testing.assert_array_equal(design.transform(row), design.transform(ended))


def test_an_unknown_category_is_none_of_the_known_ones() -> None:
    table, _ = people(500, 1)
    design = fit_design(table, splines=False)
    row = table.raw()[:1].copy()
    row[0, 5] = 77
    shown = dict(
        zip(design.names, design.transform(row)[0] / np.maximum(design.factor, 1e-9) + design.centre, strict=True)
    )
    levels = {name: value for name, value in shown.items() if name.startswith("village")}
    assert len(levels) == 4  # three levels against the most frequent one, and the flag
    np.testing.assert_allclose(list(levels.values()), 0, atol=1e-12)


def test_spline_terms_are_harrells() -> None:
    values = np.random.default_rng(0).normal(50, 10, 400)
    knots = harrell_knots(values)
    np.testing.assert_allclose(knots, np.percentile(values, [5, 35, 65, 95]))
    first, second, third, last = knots
    grid = np.linspace(20, 90, 30)
    cubes = np.maximum((grid[:, None] - knots) / (last - first), 0) ** 3
    ours = cubes @ spline_weights(knots) * (last - first)

    def behind(knot: float) -> np.ndarray:
        return np.maximum(grid - knot, 0) ** 3

    for term, knot in enumerate((first, second)):
        harrell = behind(knot) - behind(third) * (last - knot) / (last - third)
        harrell += behind(last) * (third - knot) / (last - third)
        np.testing.assert_allclose(ours[:, term], harrell / (last - first) ** 2, atol=1e-9)


def test_spline_terms_are_straight_beyond_the_outer_knots() -> None:
    knots = np.array([0.0, 1, 2, 5])
    for grid in (np.linspace(-9, 0, 10), np.linspace(5, 40, 10)):
        terms = np.maximum((grid[:, None] - knots) / 5, 0) ** 3 @ spline_weights(knots)
        np.testing.assert_allclose(np.diff(terms, 2, axis=0), 0, atol=1e-12)


def test_columns_that_hardly_differ_get_no_curve() -> None:
    assert not len(harrell_knots(np.array([0.0, 1] * 50)))
    assert not len(harrell_knots(np.concatenate([np.zeros(95), np.arange(10.0)])))


def test_folded_weights_do_the_same() -> None:
    table, _ = people(300, 4, texts=True)
    design = fit_design(table, splines=True)
    random = np.random.default_rng(1)
    weights, bias = random.normal(size=(len(design.names), 3)), random.normal(size=3)
    folded, constant = design.fold(weights, bias)
    raw = table.raw()
    joined = design.transform(raw) @ weights + bias
    within = np.clip(np.where(np.isnan(raw), design.fill, raw), design.low, design.high)
    cubes = np.maximum((within[:, design.bend_of] - design.bend_at) * design.bend_factor, 0) ** 3
    levels = within[:, design.level_of] == design.level_is
    parts = np.concatenate([within[:, design.straight], cubes, levels, np.isnan(raw[:, design.flag_of])], axis=1)
    np.testing.assert_allclose(parts @ folded + constant, joined, atol=1e-9)


def test_a_number_that_nobody_in_a_fold_has_counts_for_nothing_there() -> None:
    design = fit_design(Table(10, {"a": np.arange(10.0), "b": np.full(10, np.nan)}), splines=True)
    rows = np.array([[3, np.nan], [3, 7], [3, -1e30]], dtype=np.float32)
    matrix = design.transform(rows)
    assert np.isfinite(matrix).all()
    np.testing.assert_array_equal(matrix, matrix[[0, 0, 0]])


def test_what_cannot_be_learned_from_is_refused() -> None:
    column = np.arange(10.0)
    with pytest.raises(InputError, match="learning_infinite") as found:
        Table(10, {"a": column, "b": np.where(column == 3, np.inf, column)}).raw()
    assert found.value.details == {"column": "b", "row": 5}
    with pytest.raises(InputError, match="learning_infinite"):
        Table(10, {"a": column * 1e60}).raw()
    with pytest.raises(InputError, match="learning_no_columns"):
        fit_design(Table(10, {}), splines=True)
    with pytest.raises(InputError, match="learning_nobody"):
        fit_design(Table(0, {"a": np.zeros(0)}), splines=True)


@settings(max_examples=100, deadline=None)
@given(texts=st.lists(st.one_of(st.none(), st.text(max_size=40)), min_size=1, max_size=8), width=st.integers(4, 64))
def test_hashed_texts_have_length_1_or_0_and_know_no_case(texts: list[str | None], width: int) -> None:
    counts = hash_texts(texts, width)
    assert counts.shape == (len(texts), width)
    lengths = np.sqrt((counts**2).sum(axis=1))
    assert ((np.abs(lengths - 1) < 1e-12) | (lengths == 0)).all()
    spaced = [None if text is None else f"  {text} " for text in texts]
    np.testing.assert_array_equal(hash_texts(spaced, width), counts)


def test_texts_alike_are_near_and_others_are_not() -> None:
    one, like, full, other = hash_texts(["Chest pain", "chest pains", "ＣＨＥＳＴ ｐａｉｎ", "腹痛三天"], 64)
    np.testing.assert_array_equal(one, full)
    assert one @ like > 0.8
    assert abs(one @ other) < 0.5
