"""A canonical cell is read exactly or not at all."""

from __future__ import annotations

import math
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.fields import Dictionary, load_dictionary
from engine.fields.canonical import ColumnReader, PrecisionReader, read_cell, write_number

DICTIONARY: Dictionary = load_dictionary()
SBP, SEX, DIABETES = DICTIONARY["sbp_mmhg"], DICTIONARY["sex"], DICTIONARY["diabetes"]
BIRTH, VISIT = DICTIONARY["birth_date"], DICTIONARY["visit_date"]

BAD_NUMBERS = [
    "nan", "NaN", "inf", "-inf", "Infinity", "1,5", "1.2.3", "0x10", "1_000", "1e", "1e+", "e5", ".", "+", "-",
    "120mmHg", "12O", "١٢٠", "１２０", "1e999", "-1e999", "−5", "1d5", "<5", "true",
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("120", 120.0), ("120.0", 120.0), ("+120", 120.0), ("-0", -0.0), (".5", 0.5), ("5.", 5.0), ("1.2e2", 120.0),
        ("1E-3", 0.001), ("  120\t", 120.0), ("0.1", 0.1), ("9007199254740993", 9007199254740992.0),
        ("2.2250738585072011e-308", 2.225073858507201e-308),
    ],
)  # fmt: skip
def test_plain_numbers_are_read_to_the_last_digit(text: str, value: float) -> None:
    assert struct.pack("d", read_cell(SBP, text)) == struct.pack("d", value)


@pytest.mark.parametrize("text", BAD_NUMBERS)
def test_anything_else_is_no_number(text: str) -> None:
    assert read_cell(SBP, text) == math.inf


@pytest.mark.parametrize("text", ["", " ", "\t", "\u00a0"])
def test_a_blank_is_absent(text: str) -> None:
    for field in (SBP, SEX, DIABETES, BIRTH):
        assert math.isnan(read_cell(field, text))


def test_truths_are_lower_case_words_only() -> None:
    assert [read_cell(DIABETES, text) for text in ("true", "false", " true ")] == [1.0, 0.0, 1.0]
    assert all(read_cell(DIABETES, text) == math.inf for text in ("True", "TRUE", "1", "0", "yes", "t"))


def test_codes_are_exact() -> None:
    assert [read_cell(SEX, text) for text in ("F", "M")] == [0.0, 1.0]
    assert all(read_cell(SEX, text) == math.inf for text in ("f", "female", "X", "0"))


def test_dates_are_real_days_and_only_a_birth_date_may_be_partial() -> None:
    assert read_cell(VISIT, "2024-02-29") == 738945.0
    assert read_cell(BIRTH, "1960") == read_cell(BIRTH, "1960-01") == read_cell(BIRTH, "1960-01-01")
    for text in ("2023-02-29", "2024-2-9", "20240209", "2024/02/09", "2024-02-09T10:00", "0000-01-01", "24-02-09"):
        assert read_cell(VISIT, text) == math.inf
    assert read_cell(VISIT, "2024") == read_cell(VISIT, "2024-02") == math.inf


def test_precision_is_read_from_the_form_of_the_date() -> None:
    column = PrecisionReader(DICTIONARY["birth_date_precision"]).read(["1960-05-17", " 1960-05", "1960", ""])
    np.testing.assert_array_equal(column, [0, 1, 2, np.nan])


CELLS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.integers(-1000, 1000).map(str),
    st.sampled_from(["", " ", " 7 ", "true", "F", "1960-05-17", "1960", *BAD_NUMBERS]),
    st.text(max_size=6),
)


@given(st.lists(st.lists(CELLS, max_size=12), max_size=4))
def test_a_column_is_read_as_its_cells_are_one_by_one(blocks: list[list[str]]) -> None:
    for field in (SBP, SEX, DIABETES, BIRTH, VISIT):
        reader = ColumnReader(field)
        for cells in blocks:  # one reader over many blocks: what it remembers must not matter
            expected = np.array([read_cell(field, cell) for cell in cells], dtype=np.float64)
            np.testing.assert_array_equal(reader.read(cells), expected)


def test_a_column_of_endless_distinct_texts_does_not_fill_the_memory() -> None:
    reader = ColumnReader(SEX)
    for block in range(20):
        column = reader.read([f"code {block} {row}" for row in range(1000)] + ["F", ""])
        assert np.isinf(column[:1000]).all()
        assert column[1000] == 0
        assert math.isnan(column[1001])
    assert len(reader._known) <= reader._MOST_KEPT


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_written_number_reads_back_as_the_same_double(value: float) -> None:
    text = write_number(value)
    assert struct.pack("d", read_cell(SBP, text)) == struct.pack("d", value)
    assert len(text) <= len(repr(value))


def test_whole_numbers_have_no_decimals_and_nothing_is_written_for_nan() -> None:
    assert [write_number(value) for value in (7.0, 0.1, math.nan, 1e22, -0.0)] == ["7", "0.1", "", "1e+22", "-0"]
