"""A table as plain columns: what is no table with commas is told with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import InputError
from engine.intake.text_table import read_text_table


@pytest.mark.parametrize(("sign", "told"), [(";", ";"), ("\t", "Tab"), ("|", "|"), ("；", "；"), ("，", "，")])
def test_another_sign_between_the_columns_is_named(tmp_path: Path, sign: str, told: str) -> None:
    path = tmp_path / "people.csv"
    path.write_text(f"age{sign}ill\n50{sign}1\n", encoding="utf-8")
    with pytest.raises(InputError, match="csv_other_separator") as caught:
        read_text_table(path, 10)
    assert caught.value.details["sign"] == told


def test_one_column_is_a_table(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("\ufeffage\n50\n60\n", encoding="utf-8")
    assert dict(read_text_table(path, 10).columns) == {"age": ["50", "60"]}
