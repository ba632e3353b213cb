"""Which columns of a table could be an outcome, what means yes in them, and what a model of them is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.workflows.studio_table import model_id, read_studio_table


def test_columns_of_two_values_are_offered_with_what_plainly_means_yes(tmp_path: Path) -> None:
    rows = [("1", "sick", "是", "3.5", "a"), ("0", "well", "否", "12", "b"), ("1", "", "是", "7", "c")]
    text = "died,state,住院,followup_years,name\n" + "".join(",".join(row) + "\n" for row in rows)
    (tmp_path / "table.csv").write_text(text, encoding="utf-8")
    found = read_studio_table(tmp_path / "table.csv")
    assert [(each.name, each.values, each.yes) for each in found.outcomes] == [
        ("died", ("0", "1"), "1"),
        ("state", ("sick", "well"), None),
        ("住院", ("否", "是"), "是"),
    ]
    assert found.times == ("followup_years",)
    assert (found.rows, found.columns) == (3, ("died", "state", "住院", "followup_years", "name"))


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("declared:diabetes", "5y"), "own_declared_diabetes_5y"),
        (("table", "Died in Hospital?"), "own_table_died_in_hospital"),
        (("measurement:hba1c", "6.5", ""), "own_measurement_hba1c_6_5"),
    ],
)
def test_a_model_is_called_after_its_outcome(parts: tuple[str, ...], name: str) -> None:
    assert model_id(*parts) == name


def test_two_outcomes_without_latin_letters_never_share_a_name() -> None:
    names = {model_id("table", column) for column in ("住院", "死亡", "再入院")}
    assert len(names) == 3
    assert all(name.isascii() and name.replace("_", "").isalnum() for name in names)
