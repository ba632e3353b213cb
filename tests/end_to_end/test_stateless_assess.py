"""``lantern assess`` on files it cannot score, packs it cannot trust, and places it cannot write."""

from __future__ import annotations

import csv
import math
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.resources import resources_folder
from tests.end_to_end.command import Ended, check_refused, contents, lantern, run_process, says

PACK = "who_cvd_2019_nonlab"
NAMES = "patient_id,gbd_region,age,sex,smoker,sbp_mmhg,bmi_kg_m2,cvd_history"
PERSON = "Q001,western_europe,55,M,current,137,27,false"
TABLE = f"{NAMES}\n{PERSON}\n"

# what is in the file -> the sentence
REFUSED: dict[str, tuple[bytes | str, str]] = {
    "empty": ("", "csv_empty"),
    "blank": ("\n\r\n\n", "csv_empty"),
    "no_header": (PERSON + "\n", "csv_no_known_column"),
    "semicolons": (TABLE.replace(",", ";"), "csv_no_known_column"),
    "column_twice": (f"{NAMES},age\n{PERSON},60\n", "csv_column_twice"),
    "latin": (TABLE.replace("Q001", "Zo\xeb").encode("latin-1"), "csv_not_utf8"),
    "latin_header": (b"\xe9," + TABLE.encode(), "csv_not_utf8"),
    "utf16": (TABLE.encode("utf-16"), "csv_binary"),
    "nul": (TABLE.replace("Q001", "Q\0001"), "csv_binary"),
    "row_too_wide": (f"{TABLE}{PERSON},9\n", "csv_row_width"),
    "row_too_narrow": (f"{TABLE}Q002,western_europe\n", "csv_row_width"),
    "open_quote": (f'{NAMES}\n"Q001,western_europe\n{PERSON}\n', "csv_row_unreadable"),
    "stray_returns": (TABLE.replace("\n", "\r"), "csv_row_unreadable"),
    "endless_row": (NAMES + "\n" + "9" * (9 << 20) + "\n", "csv_row_too_long"),
    "late_fault": (TABLE.encode() + f"{PERSON}\n".encode() * 40_000 + b"\xff\n", "csv_not_utf8"),
}


def assess(source: Path, output: Path, *words: str, pack: str = PACK) -> Ended:
    return lantern("assess", "--pack", pack, "--input", source, "--output", output, *words)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A file that can be scored."""
    (path := tmp_path / "in.csv").write_text(TABLE, encoding="utf-8")
    return path


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_cannot_be_scored_leaves_no_output(tmp_path: Path, case: str) -> None:
    content, key = REFUSED[case]
    (source := tmp_path / "in.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    before = contents(tmp_path)
    check_refused(assess(source, tmp_path / "out.csv"), 3, f"error.{key}")
    assert contents(tmp_path) == before


@pytest.mark.parametrize(("place", "key"), [("missing.csv", "csv_missing"), (".", "csv_is_folder")])
def test_what_is_no_file_is_not_scored(tmp_path: Path, place: str, key: str) -> None:
    check_refused(assess(tmp_path / place, tmp_path / "out.csv"), 3, f"error.{key}")
    assert contents(tmp_path) == {}


@pytest.mark.parametrize(
    ("place", "key"),
    [
        ("in.csv", "output_is_input"),
        ("same.csv", "output_is_input"),
        (".", "output_not_a_file"),
        ("missing/out.csv", "output_unwritable"),
        ("in.csv/out.csv", "output_unwritable"),
        ("x" * 300, "output_unwritable"),
    ],
)
def test_an_output_that_cannot_be_leaves_everything_as_it_was(
    table: Path, tmp_path: Path, place: str, key: str
) -> None:
    (tmp_path / "same.csv").hardlink_to(table)
    before = contents(tmp_path)
    check_refused(assess(table, tmp_path / place), 3, f"error.{key}")
    assert contents(tmp_path) == before


@pytest.mark.parametrize("pack", ["nope", "", ".", "../" + PACK, "{x}", "x" * 5000])
def test_an_unknown_pack_has_its_own_code(table: Path, tmp_path: Path, pack: str) -> None:
    check_refused(assess(table, tmp_path / "out.csv", pack=pack), 6, "error.pack_unknown")
    assert contents(tmp_path).keys() == {"in.csv"}


def _change(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(change((folder / name).read_bytes()))


ALTERED: dict[str, tuple[Callable[[Path], object], str]] = {
    "one_bit": (_change("model.onnx", lambda old: old[:200] + bytes([old[200] ^ 1]) + old[201:]), "pack_altered"),
    "cut": (_change("model.onnx", lambda old: old[:100]), "pack_altered"),
    "card": (_change("CARD.md", lambda old: old + b"Better than ever.\n"), "pack_altered"),
    "no_model": (lambda folder: (folder / "model.onnx").unlink(), "pack_file_missing"),
    "extra_file": (lambda folder: (folder / "more.py").write_text("1"), "pack_file_unexpected"),
    "manifest": (_change("manifest.json", lambda old: old[:-20]), "pack_manifest_unreadable"),
    "manifest_empty": (_change("manifest.json", lambda old: b"{}"), "pack_manifest_key_missing"),
    "other_name": (lambda folder: shutil.copytree(folder, folder.with_name("impostor")), "pack_name"),
}


@pytest.fixture(scope="module")
def own_resources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program's data, with a few packs, to be altered."""
    copy = tmp_path_factory.mktemp("data") / "resources"
    for part in ("fields", "i18n", "codes"):
        shutil.copytree(resources_folder() / part, copy / part)
    (copy / "models").mkdir()
    return copy


@pytest.mark.parametrize("case", ALTERED)
def test_an_altered_pack_is_not_used(own_resources: Path, table: Path, tmp_path: Path, case: str) -> None:
    change, key = ALTERED[case]
    models = own_resources / "models"
    shutil.rmtree(models)
    shutil.copytree(resources_folder() / "models" / PACK, models / PACK)
    change(models / PACK)
    pack = "impostor" if case == "other_name" else PACK
    ended = run_process(
        *("assess", "--pack", pack, "--input", table, "--output", tmp_path / "out.csv"),
        LANTERN_RESOURCES=str(own_resources),
    )
    check_refused(ended, 6, f"error.{key}")
    assert contents(tmp_path).keys() == {"in.csv"}


def test_a_pack_of_unclear_licence_says_so_and_scores_all_the_same(tmp_path: Path) -> None:
    names = "age,sex,sbp_mmhg,total_cholesterol_mmol_l,hdl_mmol_l,smoker,diabetes,on_bp_treatment,cvd_history"
    (source := tmp_path / "in.csv").write_text(f"{names}\n55,M,137,5,1.2,never,false,false,false\n", encoding="utf-8")
    ended = assess(source, tmp_path / "out.csv", "--json", pack="framingham_2008_lab")
    assert (ended.code, ended.err.count("\n")) == (0, 1)
    assert says(ended.err.strip(), "cli.licence_notice")
    assert (ended.json["rows"], ended.json["ok"]) == (1, 1)
    assert 0 < float(rows_of(tmp_path / "out.csv")[0]["risk_10y"]) < 1
    assert says(assess(source, tmp_path / "out.csv", pack="score2").err.strip(), "cli.licence_notice")


def test_a_free_pack_has_nothing_to_say(table: Path, tmp_path: Path) -> None:
    ended = assess(table, tmp_path / "out.csv")
    assert (ended.code, ended.err) == (0, "")


def test_a_header_alone_gives_a_header_alone(tmp_path: Path) -> None:
    (source := tmp_path / "in.csv").write_text(NAMES + "\n", encoding="utf-8")
    ended = assess(source, tmp_path / "out.csv", "--json")
    assert (ended.code, ended.json["rows"]) == (0, 0)
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").startswith(NAMES + ",risk_10y")
    assert rows_of(tmp_path / "out.csv") == []


@pytest.mark.parametrize(
    "written",
    [
        *(
            "nan",
            "inf",
            "1e999",
            "-1e999",
            "0x10",
            "1_000",
            "１２",
            "12O",
            "-",
            "5,5",
            "TRUE",
            "9" * 5000,
            "-40",
            "1e-400",
        ),
    ],
)
def test_a_value_that_is_none_refuses_its_row_and_no_other(tmp_path: Path, written: str) -> None:
    (source := tmp_path / "in.csv").write_text(
        TABLE + PERSON.replace(",55,", f',"{written}",') + "\n" + PERSON + "\n", encoding="utf-8"
    )
    ended = assess(source, tmp_path / "out.csv")
    assert (ended.code, ended.err) == (0, "")
    first, bad, last = rows_of(tmp_path / "out.csv")
    assert (bad["status"], bad["risk_10y"], bad["band"]) == ("refused", "", "")
    assert bad["reasons"].split(":")[0] == "age"
    assert bad["reasons"].split(":")[1] in ({"invalid", "out_of_range"} if written == "1e-400" else {"invalid"})
    assert first["status"] == last["status"] == "ok"
    assert first["risk_10y"] == last["risk_10y"]
    assert math.isfinite(float(first["risk_10y"]))


def test_a_cell_of_five_megabytes_and_two_thousand_columns_pass_through(tmp_path: Path) -> None:
    others = [f"extra {n}" for n in range(2000)]
    cells = ["x" * (5 << 20), *["=1+1"] * 1999]
    (source := tmp_path / "in.csv").write_text(
        f"{NAMES},{','.join(others)}\n{PERSON},{','.join(cells)}\n", encoding="utf-8"
    )
    assert assess(source, tmp_path / "out.csv").code == 0
    with (tmp_path / "out.csv").open(encoding="utf-8") as file:
        header, row, end = file.readline(), file.readline(), file.read()
    assert header.startswith(f"{NAMES},{','.join(others)},risk_10y,")
    assert row.startswith(f"{PERSON},{','.join(cells)},0.")
    assert end == ""


def test_names_that_are_taken_get_the_pack_before_them(tmp_path: Path) -> None:
    (source := tmp_path / "in.csv").write_text(f"{NAMES},risk_10y,status\n{PERSON},mine,mine\n", encoding="utf-8")
    assert assess(source, tmp_path / "out.csv").code == 0
    row = rows_of(tmp_path / "out.csv")[0]
    assert (row["risk_10y"], row["status"]) == ("mine", "mine")
    assert (row[f"{PACK}.status"], 0 < float(row[f"{PACK}.risk_10y"]) < 1) == ("ok", True)


RANGES = "sex,age,sbp_mmhg,smoker,diabetes,total_cholesterol_mmol_l\nM,60,140,never,false,\nM,60,140,never,false,5.2\n"


def test_a_range_is_asked_for_and_counted(tmp_path: Path) -> None:
    (source := tmp_path / "in.csv").write_text(RANGES, encoding="utf-8")
    words = ("--range", "--country", "CHN", "--json")
    counts = assess(source, tmp_path / "out.csv", *words, pack="who_cvd_2019_lab").json
    assert (counts["ok"], counts["range"], counts["refused"], counts["reasons"]) == (1, 1, 0, {})
    first, second = rows_of(tmp_path / "out.csv")
    assert (first["risk_10y"], first["status"]) == ("", "range")
    assert first["reasons"] == "total_cholesterol_mmol_l:missing"
    assert float(first["risk_10y.low"]) < float(second["risk_10y"]) < float(first["risk_10y.high"])
    assert says(assess(source, tmp_path / "out.csv", *words[:-1]).out.strip(), "cli.scored_with_ranges")


def test_the_tool_that_fits_is_chosen_for_each_row(tmp_path: Path) -> None:
    (source := tmp_path / "in.csv").write_text(RANGES, encoding="utf-8")
    told = assess(source, tmp_path / "out.csv", "--country", "CHN", "--outcome", "cvd", "--json", pack="auto").json
    assert told["pack"] == "auto"
    assert [(each["pack"], each["rows"]) for each in told["packs"]] == [("who_cvd_2019_lab", 2)]
    assert [row["pack"] for row in rows_of(tmp_path / "out.csv")] == ["who_cvd_2019_lab"] * 2
    for words, key in (
        (("--country", "XYZ"), "country_unknown"),
        (("--outcome", "luck"), "outcome_unknown"),
        (("--of", "risk_10y"), "output_without_explain"),
    ):
        check_refused(assess(source, tmp_path / "more.csv", *words, pack="auto"), 2, f"error.{key}")


def test_the_tool_that_is_chosen_says_why_it_and_why_the_number(tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(
        "sex,age,sbp_mmhg,smoker,bmi_kg_m2,total_cholesterol_mmol_l,diabetes,cvd_history\n"
        "F,60,150,current,27,5.8,false,false\nF,60,150,current,27,,false,false\n",
        encoding="utf-8",
    )
    assert assess(source, target, "--explain", "--country", "CHN", pack="auto").code == 0
    lab, office = rows_of(target)
    assert [(row["pack"], row["status"], row["reasons"]) for row in (lab, office)] == [
        ("who_cvd_2019_lab", "ok", ""),
        ("who_cvd_2019_nonlab", "ok", "total_cholesterol_mmol_l:missing"),
    ]
    for row in (lab, office):
        added = sum(float(cell) for name, cell in row.items() if name.startswith("contribution.") and cell)
        assert abs(added - float(row["risk_10y"]) + float(row["reference"])) < 1e-9


def test_the_next_test_is_named_in_a_table(tmp_path: Path) -> None:
    (source := tmp_path / "in.csv").write_text(RANGES, encoding="utf-8")
    words = ("--input", source, "--output", tmp_path / "out.csv", "--country", "CHN")
    ended = lantern("next-test", "--pack", "auto", *words)
    assert (ended.code, ended.err) == (0, "")
    assert [row["next_test"] for row in rows_of(tmp_path / "out.csv")] == ["total_cholesterol_mmol_l", ""]
