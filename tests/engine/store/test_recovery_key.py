"""The recovery key on paper and typed back."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import PassphraseError
from engine.store.recovery_key import ALPHABET, RecoveryKey, parse_recovery_key, row_check

keys = st.text(ALPHABET, min_size=32, max_size=32).map(RecoveryKey)


def drawn(seed: int) -> RecoveryKey:
    return RecoveryKey.generate(random.Random(seed).randbytes)


def row_read(text: str, row: int) -> str:
    """Return a row as it was read, or which row was refused."""
    try:
        return parse_recovery_key(text).signs[row * 8 : row * 8 + 8]
    except PassphraseError as error:
        return f"row {error.details['row']} refused"


def test_the_alphabet_has_thirty_signs_and_none_that_look_alike() -> None:
    assert len(set(ALPHABET)) == 30
    assert not set("ILOU01") & set(ALPHABET)


def test_a_new_key_has_four_rows_of_eight_signs_and_a_check() -> None:
    key = drawn(1)
    assert [tuple(map(len, row)) for row in key.rows] == [(4, 4, 2)] * 4
    assert set(key.signs) <= set(ALPHABET)
    assert drawn(2).signs != key.signs


def test_every_sign_is_drawn_about_equally_often() -> None:
    signs = "".join(drawn(seed).signs for seed in range(600))
    expected = len(signs) / len(ALPHABET)
    assert all(0.8 * expected < signs.count(sign) < 1.2 * expected for sign in ALPHABET)


def test_the_key_stays_out_of_its_representation() -> None:
    key = drawn(3)
    assert key.signs not in repr(key)


@given(keys)
def test_the_printed_text_reads_back(key: RecoveryKey) -> None:
    assert parse_recovery_key(key.text) == key


@given(keys, st.sampled_from(["", " ", "-", "  "]), st.booleans(), st.booleans())
def test_spacing_case_checks_and_row_numbers_do_not_matter(
    key: RecoveryKey, gap: str, checks: bool, numbered: bool
) -> None:
    lines = []
    for number, row in enumerate(key.rows, 1):
        parts = row if checks else row[:2]
        lines.append(f"{number} {gap.join(parts)}" if numbered else gap.join(parts))
    assert parse_recovery_key("\n".join(lines).lower()) == key
    if not numbered:
        assert parse_recovery_key(" ".join(lines)) == key


@given(keys, st.integers(0, 31), st.sampled_from(ALPHABET))
def test_every_single_wrong_sign_is_found_or_mended(key: RecoveryKey, place: int, sign: str) -> None:
    row, column = divmod(place, 8)
    right = key.signs[row * 8 : row * 8 + 8]
    wrong = right[:column] + sign + right[column + 1 :]
    lines = ["".join(parts) for parts in key.rows]
    lines[row] = wrong + row_check(row + 1, right)
    if wrong == right:
        return
    assert row_check(row + 1, wrong) != row_check(row + 1, right)
    assert row_read("\n".join(lines), row) != wrong


@given(keys, st.integers(0, 3), st.integers(0, 7), st.integers(0, 7))
def test_exchanged_signs_do_not_pass_the_check(key: RecoveryKey, row: int, one: int, other: int) -> None:
    right = key.signs[row * 8 : row * 8 + 8]
    signs = list(right)
    signs[one], signs[other] = signs[other], signs[one]
    swapped = "".join(signs)
    assert swapped == right or row_check(row + 1, swapped) != row_check(row + 1, right)


@given(keys)
def test_exchanged_rows_do_not_pass_the_check(key: RecoveryKey) -> None:
    first = key.signs[:8]
    assert len({row_check(number, first) for number in (1, 2, 3, 4)}) == 4


@pytest.mark.parametrize(("right", "typed"), [("B", "8"), ("S", "5"), ("G", "6"), ("Z", "2"), ("D", "0"), ("V", "U")])
def test_a_look_alike_is_mended_with_the_row_check(right: str, typed: str) -> None:
    row = f"{right}K7QX2M4"
    key = RecoveryKey(row + drawn(4).signs[8:])
    lines = ["".join(parts) for parts in key.rows]
    lines[0] = lines[0].replace(right, typed, 1)
    assert parse_recovery_key("\n".join(lines)) == key


@pytest.mark.parametrize("text", ["", "K7QX", "K7QX 2M4T\n" * 3, "correct horse battery staple", "K7QX2M4TT\n" * 4])
def test_anything_else_has_not_the_shape_of_a_key(text: str) -> None:
    with pytest.raises(PassphraseError) as caught:
        parse_recovery_key(text)
    assert caught.value.code in {"recovery_key_shape", "recovery_key_row"}
