"""Three hundred hostile names through everything that the command writes (test programme T15)."""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium  # type: ignore[import-untyped]  # ships no types
import pytest

from engine.report.glyphs import printable
from tests.end_to_end.command import PASSPHRASE, Clinic
from tests.reliability.hostile import NAMES, cleaned, write_table
from tests.reliability.leak_counts import keep

LIVE = re.compile(r"[=+\-@\t\r\n\0＝＋－＠]")
PLAIN_NUMBER = re.compile(r"[+-]?[\d.,\s]+", re.ASCII)
SAFE_FILE = re.compile(r"[\w.-]+\.pdf", re.ASCII)


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Clinic:
    place = tmp_path_factory.mktemp("hostile")
    (place / "p.txt").write_text(PASSPHRASE, encoding="utf-8")
    made = Clinic(place / "clinic", place / "p.txt")
    assert made.run("create", "--name", "Maple", "--country", "GBR", "--recovery-out", place / "k").code == 0
    write_table(place / "hostile.csv")
    ended, outcome = made.import_file(place / "hostile.csv")
    if outcome["questions"]:  # NUL in cells: shall it be taken out?
        (place / "a.json").write_text(json.dumps({each["id"]: each["guess"] for each in outcome["questions"]}))
        ended, outcome = made.import_file(place / "hostile.csv", "--answers", place / "a.json")
    assert (ended.code, outcome["rows_new"]) == (0, len(NAMES)), (ended.err, outcome)
    return made


def by_number(rows: list[dict[str, str]]) -> dict[str, dict[str, str]]:
    return {row["patient_id"]: row for row in rows}


def test_names_are_stored_and_listed_as_they_were_written(clinic: Clinic, pytestconfig: pytest.Config) -> None:
    listed = {each["patient_id"]: each["name"] for each in clinic.run("patients").json}
    wrong = {n: listed[f"N{n:03}"] for n, name in enumerate(NAMES) if listed[f"N{n:03}"] != cleaned(name)}
    assert wrong == {}
    if pytestconfig.getoption("--nightly"):
        keep("injection", "list as JSON", len(NAMES), 0)


def test_an_export_holds_no_formula_and_comes_back_as_it_was(
    clinic: Clinic, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    rows = clinic.export(tmp_path / "out.csv")
    live = [cell for row in rows for cell in row.values() if LIVE.match(cell) and not PLAIN_NUMBER.fullmatch(cell)]
    assert live == []
    (tmp_path / "again").mkdir()
    again = Clinic(tmp_path / "again" / "clinic", clinic.passphrase_file)
    assert again.run("create", "--name", "Oak", "--country", "GBR", "--recovery-out", tmp_path / "k").code == 0
    ended, outcome = again.import_file(tmp_path / "out.csv")
    assert (ended.code, outcome["rows_new"]) == (0, len(NAMES)), (ended.err, outcome)
    names = {each["patient_id"]: each["name"] for each in clinic.run("patients").json}
    assert {each["patient_id"]: each["name"] for each in again.run("patients").json} == names
    assert again.export(tmp_path / "twice.csv") == rows
    if pytestconfig.getoption("--nightly"):
        keep("injection", "export as CSV, brought in again", len(NAMES), len(live))


def test_none_of_them_is_in_what_goes_out_without_names(
    clinic: Clinic, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    words = ("--output", tmp_path / "d.csv", "--reason", "x", "--k", "2", "--json")
    ended = clinic.run("deidentify", *words)
    assert ended.code == 0, ended.err
    with (tmp_path / "d.csv").open(encoding="utf-8", newline="") as file:
        cells = {cell for row in csv.reader(file) for cell in row}
    assert not [cell for cell in cells if LIVE.match(cell) and not PLAIN_NUMBER.fullmatch(cell)]
    content = "".join(path.read_text("utf-8") for path in tmp_path.iterdir())
    found = [name for name in NAMES if len(cleaned(name)) > 3 and cleaned(name) in content]
    assert found == []
    if pytestconfig.getoption("--nightly"):
        keep("injection", "de-identified CSV, dictionary and report", len(NAMES), len(found))


def copied(text: str) -> str:
    """Text without white space and marks on letters, as it comes out of a page."""
    return "".join(
        s
        for s in unicodedata.normalize("NFD", text)
        if not s.isspace() and s.isprintable() and not unicodedata.combining(s)
    )


def effects_of(path: Path, name: str) -> list[str]:
    """Return what is wrong with the pages of somebody: the name is not there, or was taken for something else."""
    found = []
    with pdfium.PdfDocument(path) as document:
        pages = [document[number].get_textpage().get_text_range() for number in range(len(document))]
    if len(name) < 200 and len(pages) != 2:
        found.append(f"{len(pages)} pages")
    # Where a name fills pages, its beginning is looked for.
    if copied(printable(name).text)[:150] not in copied("".join(pages)):
        found.append("the name is not there as text")
    with pikepdf.open(path) as document:
        parts = (document.Root, *(page.obj for page in document.pages))
        found += [key for key in ("/AA", "/OpenAction", "/AcroForm") for part in parts if key in part]
        links = [
            str(note) for page in document.pages for note in page.get("/Annots", []) if "198.51.100.1" in str(note)
        ]
        found += [f"a link: {link[:60]}" for link in links]
    return found


@pytest.mark.timeout(900)
def test_pages_show_the_name_as_text_and_their_files_lie_where_they_should(
    clinic: Clinic, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    nightly = pytestconfig.getoption("--nightly")
    chosen = range(len(NAMES)) if nightly else range(3, len(NAMES), 30)
    wrong: dict[int, list[str]] = {}
    for place in chosen:
        out = tmp_path / "reports" / str(place)
        ended = clinic.run("report", "--patient", f"N{place:03}", "--out", out, "--json")
        assert ended.code == 0, (NAMES[place][:80], ended.err)
        (path,) = out.iterdir()
        faults = effects_of(path, cleaned(NAMES[place]))
        if not SAFE_FILE.fullmatch(path.name):
            faults.append(f"file {path.name}")
        if faults:
            wrong[place] = faults
    assert wrong == {}
    assert {path.name for path in tmp_path.iterdir()} == {"reports"}
    if nightly:
        keep("injection", "pages and their file names", len(chosen), len(wrong))


@pytest.mark.timeout(2700)
def test_a_privacy_notice_and_all_that_is_held_of_a_person_show_the_name_as_text(
    clinic: Clinic, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    nightly = pytestconfig.getoption("--nightly")
    chosen = range(len(NAMES)) if nightly else range(5, len(NAMES), 60)
    secret = "another passphrase to export with"
    (tmp_path / "locked.txt").write_text(secret, encoding="utf-8")
    wrong: dict[str, list[str]] = {}
    for place in chosen:
        notice, locked = tmp_path / f"n{place}.pdf", tmp_path / f"l{place}.pdf"
        who = ("--patient", f"N{place:03}")
        ended = clinic.run("privacy-notice", *who, "--output", notice)
        assert ended.code == 0, (NAMES[place][:80], ended.err)
        key = ("--export-passphrase-file", tmp_path / "locked.txt")
        ended = clinic.run("export-patient", *who, "--output", locked, *key)
        assert ended.code == 0, (NAMES[place][:80], ended.err)
        with pikepdf.open(locked, password=secret) as document:
            document.save(tmp_path / "open.pdf", encryption=False)
        for path in (notice, tmp_path / "open.pdf"):
            faults = [fault for fault in effects_of(path, cleaned(NAMES[place])) if not fault.endswith("pages")]
            if faults:
                wrong[f"{place} {path.name}"] = faults
    assert wrong == {}
    if nightly:
        keep("injection", "privacy notice and export of one person", 2 * len(chosen), len(wrong))


def test_numbers_that_are_paths_make_no_path(tmp_path: Path) -> None:
    (tmp_path / "p.txt").write_text(PASSPHRASE, encoding="utf-8")
    clinic = Clinic(tmp_path / "clinic", tmp_path / "p.txt")
    assert clinic.run("create", "--name", "Maple", "--country", "GBR", "--recovery-out", tmp_path / "k").code == 0
    numbers = ("../../x", "..", "CON", "a/b", "a\\b", "C:x", "-rf", "~", "x" * 300, "=1+1", "\u202ex", "a b;c", "|x")
    lines = [f"{number},Ann {n},F,1960-01-02,2026-03-01,150" for n, number in enumerate(numbers)]
    head = "Patient ID,Name,Sex,Date of birth,Visit date,Systolic BP (mmHg)"
    (tmp_path / "t.csv").write_text("\n".join([head, *lines]), encoding="utf-8")
    ended, outcome = clinic.import_file(tmp_path / "t.csv")
    assert (ended.code, outcome["rows_new"]) == (0, len(numbers)), ended.err
    before = {path.name for path in tmp_path.iterdir()}
    assert clinic.run("report", "--all", "--out", tmp_path / "reports").code == 0
    assert {path.name for path in tmp_path.iterdir()} == before | {"reports"}
    made = [path.name for path in (tmp_path / "reports").iterdir()]
    assert len(made) == len(numbers)
    assert [name for name in made if not SAFE_FILE.fullmatch(name) or name.startswith((".", "-"))] == []
