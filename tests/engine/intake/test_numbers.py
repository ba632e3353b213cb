"""Written numbers: read exactly, or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.intake.lexicon import load_lexicon
from engine.intake.numbers import NumberCell, PairCell, proven_decimal, read_feet, read_number, read_pair
from engine.intake.tables import CellKind

LEXICON = load_lexicon()
# fmt: off
READ = (
    ("120", 120.0, None, None), ("5.60", 5.6, None, None), ("5,6", 5.6, None, None), ("-140", -140.0, None, None),
    ("１.５２", 1.52, None, None), ("8６", 86.0, None, None), (".5", 0.5, None, None), ("1 234", 1234.0, None, None),
    ("1,234.5", 1234.5, None, None), ("1.234,5", 1234.5, None, None), ("1e3", 1000.0, None, None),
    ("<0.5", 0.5, None, "<"), ("< 3.0", 3.0, None, "<"), (">300", 300.0, None, ">"), ("≤2", 2.0, None, "<="),
    ("＞10", 10.0, None, ">"), (">=7", 7.0, None, ">="), ("小于5", 5.0, None, "<"),
    ("negative", None, None, "negative"), ("阴性", None, None, "negative"), ("positive +", None, None, "positive"),
    ("5.6 H", 5.6, None, None), ("5.6↑", 5.6, None, None), ("*6.1", 6.1, None, None), ("5.6 (H)", 5.6, None, None),
    ("115 mm Hg", 115.0, "mm[Hg]", None), ("159.5lb", 159.5, "[lb_av]", None), ("98.0 Kg", 98.0, "kg", None),
    ("1.53 m", 1.53, "m", None), ("173 mg%", 173.0, "mg/dL", None), ("5.4%", 5.4, "%", None),
    ("77/min", 77.0, "/min", None), ("55公斤", 55.0, "kg", None), ("90 µmol/L", 90.0, "umol/L", None),
    ("93 μmol/L H", 93.0, "umol/L", None), ("<0.3 mg/dL", 0.3, "mg/dL", "<"), ("5'6\"", 5.5, "[ft_i]", None),
    ("5 ft 6 in", 5.5, "[ft_i]", None), ("6'", 6.0, "[ft_i]", None),
)
MISSING = ("", " ", "-", "--", "—", "/", ".", "N/A", "na", "#N/A", "None", "NULL", "unknown", "Refused", "not done",
           "拒测", "拒绝", "未测", "未查", "未做", "无", "不详", "ｎ／ａ")
UNREADABLE = ("~5.2", "5.1-5.4", "??", "1３２O", "7O.2", "1.3.2", "6..1", "12/8", "abc", "1,23,4", "5 mg/dL extra",
              "1,234", "10 potatoes", "120 80", "--5", "5.4.2024")
# fmt: on


@pytest.mark.parametrize(("text", "value", "unit", "qualifier"), READ)
def test_a_number_is_read(text: str, value: float | None, unit: str | None, qualifier: str | None) -> None:
    assert read_number(text, CellKind.TEXT, LEXICON) == NumberCell(value, unit, qualifier)


@pytest.mark.parametrize("text", MISSING)
def test_words_for_not_measured_are_empty(text: str) -> None:
    assert read_number(text, CellKind.TEXT, LEXICON) == NumberCell()


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_is_no_number_is_a_fault(text: str) -> None:
    assert read_number(text, CellKind.TEXT, LEXICON) == NumberCell(fault=True)


@pytest.mark.parametrize(
    ("kind", "text", "fault"),
    [
        (CellKind.NUMBER, "5.2", False),
        (CellKind.DATE, "2024-12-08", True),
        (CellKind.ERROR, "#DIV/0!", True),
        (CellKind.ERROR, "#N/A", False),
        (CellKind.BOOLEAN, "TRUE", True),
        (CellKind.TOO_LONG, "1", True),
    ],
)
def test_what_a_cell_was_in_a_spreadsheet_counts(kind: CellKind, text: str, fault: bool) -> None:
    assert read_number(text, kind, LEXICON).fault is fault


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("1,234", ".", 1234.0),
        ("1,234", ",", 1.234),
        ("1.234", ",", 1234.0),
        ("1.234", ".", 1.234),
        ("1.234", None, 1.234),
    ],
)
def test_a_number_that_fits_two_readings_follows_the_proof_of_the_file(
    text: str, decimal: str | None, value: float
) -> None:
    assert read_number(text, CellKind.TEXT, LEXICON, decimal).value == value


@pytest.mark.parametrize(
    ("texts", "decimal"),
    [
        (["5,2", "120"], ","),
        (["5.2", "120"], "."),
        (["5.2", "5,2"], None),
        (["120", "80"], None),
        (["1,234", "2,345"], None),
        (["1,234.5"], None),
        (["5,2 mmol/L", "NA"], ","),
    ],
)
def test_the_decimal_sign_is_proven_only_by_what_has_one_reading(texts: list[str], decimal: str | None) -> None:
    assert proven_decimal(texts) == decimal


@given(st.floats(0.001, 1e6), st.sampled_from([".", ","]), st.integers(0, 2))
def test_a_written_number_comes_back(value: float, sign: str, decimals: int) -> None:
    text = f"{value:.{decimals}f}"
    assert read_number(text.replace(".", sign), CellKind.TEXT, LEXICON, sign).value == float(text)


@given(st.text(max_size=30), st.sampled_from(list(CellKind)), st.sampled_from([".", ",", None]))
def test_no_text_breaks_the_reading_of_numbers(text: str, kind: CellKind, decimal: str | None) -> None:
    cell = read_number(text, kind, LEXICON, decimal)
    assert not (cell.fault and cell.value is not None)


@pytest.mark.parametrize(
    "text", ["137/90", "137-90", "137 / 90 mmHg", "１３７／９０", "137\\90", "137／90mmHg", "137|90"]
)
def test_two_pressures_in_one_cell_are_taken_apart(text: str) -> None:
    pair = read_pair(text, CellKind.TEXT, LEXICON)
    assert (pair.upper.value, pair.lower.value) == (137.0, 90.0)


@pytest.mark.parametrize(("kind", "text"), [(0, "120"), (0, "120/"), (0, "120/80/60"), (2, "2024-12-08"), (0, "ok")])
def test_what_is_no_pair_is_a_fault_of_both(kind: int, text: str) -> None:
    pair = read_pair(text, kind, LEXICON)
    assert pair.upper.fault
    assert pair.lower.fault


def test_a_missing_pair_is_empty() -> None:
    assert read_pair("拒测", CellKind.TEXT, LEXICON) == PairCell()


@pytest.mark.parametrize(
    ("text", "feet"), [("5'6\"", 5.5), ("5-6", 5.5), ("5 6", 5.5), ("6", 6.0), ("5 ft", 5.0), ("5′9″", 5.75)]
)
def test_heights_under_a_header_in_feet(text: str, feet: float) -> None:
    assert read_feet(text, CellKind.TEXT, LEXICON) == NumberCell(feet, "[ft_i]")


def test_inches_alone_under_a_header_in_feet_stay_inches() -> None:
    assert read_feet("64 in", CellKind.TEXT, LEXICON) == NumberCell(64.0, "[in_i]")


def test_a_decimal_under_a_header_in_feet_could_be_two_heights() -> None:
    assert read_feet("5.7", CellKind.TEXT, LEXICON).fault
