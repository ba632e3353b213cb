"""The same word in every spelling becomes the same key; what is kept stays as written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.intake.text import (
    clean_line,
    clean_lines,
    fold,
    has_cjk,
    header_key,
    identity_key,
    unprotect,
    without_accents,
    word_key,
)

WORDS = st.text(max_size=40)


@given(WORDS)
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert clean_line(clean_line(text)) == clean_line(text)
    assert header_key(header_key(text)) == header_key(text)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("ＳＢＰ（ｍｍＨｇ）", "sbpmmhg"),
        (" Systolic_BP-mmHg ", "systolicbpmmhg"),
        ("Presión sistólica", "presionsistolica"),
        ("收缩压 (mmHg)", "收缩压mmhg"),
        ("Cr\u00b5", "crμ"),
        ("Cr\u03bc", "crμ"),
        ("\ufeffID\u200b", "id"),
    ],
)
def test_headers_are_compared_by_letters_and_digits(text: str, key: str) -> None:
    assert header_key(text) == key


@pytest.mark.parametrize("text", ["ex-smoker", "Ex smoker", "EX_SMOKER.", " ex  smoker "])
def test_words_are_compared_without_case_and_signs(text: str) -> None:
    assert word_key(text) == "ex smoker"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("'00123", "00123"),
        ('="00123"', "00123"),
        ("００１２３", "00123"),
        ("00123\t", "00123"),
        ("O'Brien", "O'Brien"),
    ],
)
def test_what_protects_a_number_from_a_spreadsheet_is_no_part_of_it(text: str, kept: str) -> None:
    assert unprotect(text) == kept


def test_names_are_kept_composed_with_single_spaces_and_their_joiners() -> None:
    assert clean_line("  Jose\u0301   Mari\u0301a ") == "José María"
    assert clean_line("می\u200cخواهم") == "می\u200cخواهم"
    assert clean_lines("one\r\ntwo\rthree") == "one\ntwo\nthree"


def test_names_are_compared_whatever_spaces_and_invisible_signs_they_hold() -> None:
    assert identity_key("Jose\u0301\u3000 Lo\u0301pez\u200b") == identity_key("José López")
    assert identity_key("Li Na") != identity_key("Li na")


def test_accents_go_and_other_scripts_stay() -> None:
    assert without_accents("Ñandú Đà Søren 王") == "Nandu Da Soren 王"


@pytest.mark.parametrize(("text", "expected"), [("王", True), ("カナ", True), ("Wang", False), ("Ünal", False)])
def test_chinese_is_told_from_latin(text: str, expected: bool) -> None:
    assert has_cjk(text) is expected
