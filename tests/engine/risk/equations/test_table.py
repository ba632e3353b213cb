"""The table of packs is what the command makes, and the command makes none where a number is wrong."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.packs import PackLibrary
from engine.risk.equations.__main__ import main
from engine.wording import load_wording


@pytest.mark.shared
def test_the_table_in_the_docs_is_the_one_that_the_command_makes(shared: Path, checkout: Path, tmp_path: Path) -> None:
    made = tmp_path / "PACKS.md"
    assert main(["--table", str(made), "--cases-from", str(shared / "reference" / "vectors")]) == 0
    assert made.read_text(encoding="utf-8") == (checkout / "engine" / "risk" / "PACKS.md").read_text(encoding="utf-8")


def test_the_table_in_the_docs_lists_every_pack_with_its_state_and_for_whom_it_is(checkout: Path) -> None:
    lines = (checkout / "engine" / "risk" / "PACKS.md").read_text(encoding="utf-8").splitlines()
    rows = {
        cells[0].strip("` "): cells for line in lines if line.startswith("| `") and (cells := line[2:].split(" | "))
    }
    library = PackLibrary.shipped()
    published = [pack for pack in library.all() if pack.manifest.training is None]
    assert list(rows) == [pack.manifest.id for pack in published]
    for pack in published:
        manifest = pack.manifest
        row = rows[manifest.id]
        assert (row[1], row[6], row[7]) == (manifest.title.en, manifest.licence.state.value, manifest.audience.value)
        assert row[8].startswith("on demand") == (manifest.use == "on_demand")


@pytest.mark.parametrize(("egfr", "band", "made"), [("93.7", "G1", True), ("96", "G1", False), ("93.7", "G2", False)])
def test_no_table_is_made_where_a_pack_gives_another_number(
    egfr: str, band: str, made: bool, checkout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    models, vectors, file = tmp_path / "models", tmp_path / "vectors", tmp_path / "PACKS.md"
    shutil.copytree(checkout / "resources" / "models" / "ckdepi_2021_cr", models / "ckdepi_2021_cr")
    vectors.mkdir()
    (vectors / "ckdepi_2021_cr.csv").write_text(
        f"sex,age,creatinine_umol_l,expected_egfr,expected_band,tolerance,source\nF,50,68,{egfr},{band},0.5,a test\n",
        encoding="utf-8",
    )
    call = ["--table", str(file), "--cases-from", str(vectors), "--models", str(models)]
    assert main(call) == (0 if made else 3)
    assert file.exists() == made
    assert ("ckdepi_2021_cr" in capsys.readouterr().err) != made


def test_what_stands_in_the_way_is_told_in_a_sentence(
    checkout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    models = checkout / "resources" / "models"
    assert main(["--table", str(tmp_path / "x.md"), "--cases-from", str(tmp_path), "--models", str(models)]) == 3
    assert "ada_risk_test.csv" in capsys.readouterr().err
    empty = tmp_path / "none"
    empty.mkdir()
    assert main(["--table", str(tmp_path), "--cases-from", str(tmp_path), "--models", str(empty)]) == 3
    said = load_wording("en").say("error.equation_unwritable", where=tmp_path.name)
    assert capsys.readouterr().err == said + "\n"
    with pytest.raises(SystemExit):
        main(["--table", str(tmp_path / "x.md")])
