"""The command that makes the table of plausible values from the public surveys."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from engine.fields import load_dictionary
from engine.resources import resources_folder
from engine.risk.plausible.making import SURVEYS, is_set_aside, read_survey
from engine.risk.plausible.making.__main__ import main


@pytest.mark.shared
def test_the_committed_table_is_what_the_surveys_give(shared: Path, tmp_path: Path) -> None:
    assert main(["--data", str(shared / "data"), "--check"]) == 0
    altered = tmp_path / "values.json"
    shutil.copy(resources_folder() / "plausible" / "values.json", altered)
    altered.write_text(altered.read_text(encoding="utf-8").replace('"n": 1', '"n": 2', 1), encoding="utf-8")
    assert main(["--data", str(shared / "data"), "--output", str(altered), "--check"]) == 1
    assert main(["--data", str(shared / "data"), "--output", str(altered)]) == 0
    assert main(["--data", str(shared / "data"), "--output", str(altered), "--check"]) == 0


@pytest.mark.shared
def test_surveys_are_read_in_canonical_units(shared: Path) -> None:
    older, newer = (read_survey(shared / "data", survey, load_dictionary())[0] for survey in SURVEYS)
    assert 4.5 < np.nanmedian(newer.column("total_cholesterol_mmol_l")) < 5.2
    assert 1.1 < np.nanmedian(newer.column("hdl_mmol_l")) < 1.6
    assert 5 < np.nanmedian(newer.column("hba1c_percent")) < 6
    assert not newer.column("diabetes").any()
    assert 0.1 < np.nanmean(older.column("diabetes")) < 0.2
    assert np.nanmin(older.column("age")) >= 40


@pytest.mark.shared
def test_three_tenths_of_the_rows_are_set_aside_always_the_same(shared: Path) -> None:
    for survey in SURVEYS:
        row_ids = read_survey(shared / "data", survey, load_dictionary())[1]
        first, again = is_set_aside(row_ids), is_set_aside(row_ids)
        assert (first == again).all()
        assert 0.27 < first.mean() < 0.33
