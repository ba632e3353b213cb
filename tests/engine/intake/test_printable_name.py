"""The name of a file, as it is stored and shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.intake.importing import printable_name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("new\nline\u202egpj.csv", "new?line?gpj.csv"),
        ("a\u2066b\u200fc\u2028d\x1b[31m.csv", "a?b?c?d?[31m.csv"),
        ("家庭血压.csv", "家庭血压.csv"),
        ("می\u200cخواهم 👨\u200d👩.csv", "می\u200cخواهم 👨\u200d👩.csv"),
    ],
)
def test_the_name_of_a_file_is_shown_in_one_line_and_one_direction(name: str, shown: str) -> None:
    assert printable_name(Path(name)) == shown
