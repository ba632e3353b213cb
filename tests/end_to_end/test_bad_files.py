"""Files that cannot be imported, or not yet: one sentence each, nothing stored, and the other files are not held up."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.command import (
    HEADER,
    PEOPLE,
    SECRETS,
    Clinic,
    Ended,
    check_refused,
    held,
    run_process,
    says,
)

MORE = (
    "Q011,Ludovic Pemberwick,M,1951-02-03,,2024-02-01,131,82\nQ012,Cordelia Ashgrove,F,1966-06-17,,2024-02-02,142,88\n"
)
UNDATED = "Patient ID,Name,Sex,Date of birth,Systolic BP (mmHg)\nQ021,Ottoline Fennimore,F,1959-05-05,133\n"
ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    b'<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheets>&b;</sheets></workbook>'
)


def workbook(*lines: str) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    for line in lines:
        book.worksheets[0].append(line.split(","))
    book.save(content := io.BytesIO())
    return content.getvalue()


def with_part(content: bytes, name: str, part: bytes) -> bytes:
    """A workbook with one of its parts replaced."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(entry, part if entry.filename == name else old.read(entry))
    return changed.getvalue()


WORKBOOK = workbook(*(HEADER + MORE).splitlines())

# name of the file -> what is in it, the reason in the outcome, the sentence
REJECTED: dict[str, tuple[bytes, str, str]] = {
    "empty.csv": (b"", "empty_file", "empty_file"),
    "blank.csv": (b"\r\n\r\n  \r\n", "empty_file", "empty_file"),
    "header_only.csv": (HEADER.encode(), "no_rows", "no_rows"),
    "binary.csv": (bytes(range(256)) * 40, "not_a_table", "binary"),
    "pdf.csv": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n", "not_a_table", "pdf"),
    "database.csv": (b"SQLite format 3\0" + bytes(100), "not_a_table", "database"),
    "no_header.csv": ((PEOPLE * 5).encode(), "not_a_table", "no_known_columns"),
    "japanese.csv": ("患者番号,氏名\n1,山田太郎\n".encode("shift_jis"), "not_a_table", "unknown_encoding"),
    "no_encoding.csv": (HEADER.encode() + b"1,\x81\x8d\x8f\xff\xfe,F\n", "not_a_table", "unknown_encoding"),
    "cut.xlsx": (WORKBOOK[: len(WORKBOOK) // 2], "damaged_file", "damaged_file"),
    "entities.xlsx": (with_part(WORKBOOK, "xl/workbook.xml", ENTITIES), "unsafe_xml", "unsafe_xml"),
}


def write(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def one(ended: Ended) -> Any:
    assert len(ended.json) == 1
    return ended.json[0]


@pytest.mark.parametrize("name", REJECTED)
def test_a_file_that_is_no_table_is_rejected_in_one_sentence(filled: Clinic, tmp_path: Path, name: str) -> None:
    content, reason, sentence = REJECTED[name]
    path, before = write(tmp_path, name, content), held(filled.folder)
    ended = filled.run("import", path, "--json")
    check_refused(ended, 3, f"intake.rejected.{sentence}", name)
    outcome = one(ended)
    assert (outcome["outcome"], outcome["reject_reason"], outcome["stored"]) == ("rejected", reason, False)
    assert outcome["questions"] == outcome["parked"] == []
    assert {count for key, count in outcome.items() if key.startswith("rows_")} == {0}
    assert held(filled.folder) == before


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("password_b.xlsx", "password_required"),
        ("zip_bomb_a.xlsx", "unsafe_archive"),
    ],
)
def test_a_file_that_is_locked_or_made_to_harm_is_rejected(
    filled: Clinic, shared: Path, name: str, sentence: str
) -> None:
    before = held(filled.folder)
    check_refused(
        filled.run("import", shared / "data" / "messy" / name, "--json"), 3, f"intake.rejected.{sentence}", name
    )
    assert held(filled.folder) == before


@pytest.mark.parametrize(
    ("place", "error"),
    [("missing.csv", "file_missing"), (".", "file_is_folder"), ("passphrase.txt/below.csv", "file_missing")],
)
def test_what_is_no_file_is_not_imported(filled: Clinic, tmp_path: Path, place: str, error: str) -> None:
    before = held(tmp_path)
    ended = filled.run("import", tmp_path / place, "--json")
    check_refused(ended, 3, f"error.{error}", (tmp_path / place).name)
    assert (one(ended)["outcome"], one(ended)["error"]) == ("rejected", error)
    assert held(tmp_path) == before


def test_impossible_values_park_their_rows_and_let_the_others_in(filled: Clinic, tmp_path: Path) -> None:
    rows = (
        "Q031,Ada Winterbourne,F,1960-01-02,,2024-03-01,1300,80\n"
        "Q032,Bea Winterbourne,F,1860-01-02,,2024-03-01,130,80\n"
        "Q033,Cyril Thistlewood,M,1961-01-02,,2094-03-01,130,80\n"
        "Q034,Dora Thistlewood,F,1962-01-02,,2024-02-31,130,80\n"
        "Q035,Edwin Marchbanks,M,1963-01-02,,2024-03-01,80,130\n"
        "Q036,Flora Marchbanks,F,1964-01-02,,2024-03-01,130,-80\n"
        "Q037,Gideon Larkspur,M,1965-01-02,,2024-03-01,1e999,80\n"
        "Q038,Hester Larkspur,F,1966-01-02,,2024-03-01,130,80\n"
    )
    ended, outcome = filled.import_file(write(tmp_path, "impossible.csv", HEADER + rows))
    assert (ended.code, ended.err, outcome["outcome"]) == (0, "", "ok")
    assert (outcome["rows_read"], outcome["rows_new"], outcome["rows_parked"]) == (8, 1, 7)
    found = {row["row"]: {(each["reason"], *each["fields"]) for each in row["reasons"]} for row in outcome["parked"]}
    assert found[2] == {("impossible_value", "sbp_mmhg")}
    assert found[4] == {("future_date", "visit_date")}
    assert found[5] == {("unreadable_value", "visit_date")}
    assert set(found) == {2, 3, 4, 5, 6, 7, 8}
    numbers = {row["patient_id"] for row in filled.export(tmp_path / "out.csv")}
    assert numbers == {"Q001", "Q002", "Q003", "Q038"}


@pytest.mark.parametrize("column", ["Name", "Unknown"])
def test_a_cell_of_five_megabytes_parks_its_row(filled: Clinic, tmp_path: Path, column: str) -> None:
    huge = "x" * (5 << 20)
    lines = [line.split(",") for line in (HEADER + MORE).splitlines()]
    if column == "Name":
        lines[1][1] = huge
    else:
        for line, cell in zip(lines, (column, huge, "fine"), strict=True):
            line.append(cell)
    table = write(tmp_path, "huge.csv", "".join(",".join(line) + "\n" for line in lines))
    ended, outcome = filled.import_file(table)
    assert ended.code == 0, ended.err
    assert (outcome["rows_new"], outcome["rows_parked"]) == (1, 1)
    assert [(row["row"], row["reasons"][0]["reason"]) for row in outcome["parked"]] == [(2, "unreadable_value")]
    assert "Q012" in {row["patient_id"] for row in filled.export(tmp_path / "out.csv")}


def test_two_thousand_columns_that_nobody_knows_are_left_out(filled: Clinic, tmp_path: Path) -> None:
    others = "".join(f",extra {n}" for n in range(2000))
    table = HEADER.strip() + others + "\n" + "".join(line + "," * 2000 + "\n" for line in MORE.splitlines())
    ended, outcome = filled.import_file(write(tmp_path, "wide.csv", table))
    assert (ended.code, outcome["rows_new"]) == (0, 2), ended.err
    assert sum(column["field"] is None for column in outcome["columns"]) == 2000


def test_names_that_look_like_formulas_or_markup_are_names(filled: Clinic, tmp_path: Path) -> None:
    names = ["=cmd|' /C calc'!A0", "@SUM(1+1)*cmd", "+1-1", "#set page(width: 1pt)", "<b>Bold</b> $x^2$"]
    rows = "".join(f"Q05{n},{name},F,196{n}-01-02,,2024-03-01,130,80\n" for n, name in enumerate(names))
    assert filled.run("import", write(tmp_path, "names.csv", HEADER + rows)).code == 0
    guarded = {name if name[0] in "#<" else f"'{name}" for name in names}
    assert {row["name"] for row in filled.export(tmp_path / "out.csv")} >= guarded
    assert {person["name"] for person in filled.run("patients").json} >= set(names)
    ended = filled.run("report", "--patient", "Q053", "--out", tmp_path / "reports", "--json")
    assert (ended.code, len(ended.json)) == (0, 1), ended.err


def test_questions_left_open_store_nothing_and_answers_store(filled: Clinic, tmp_path: Path) -> None:
    table, before = write(tmp_path, "nul.csv", HEADER + MORE.replace("Ludovic", "Lud\0ovic")), held(filled.folder)
    ended = filled.run("import", table, "--json")
    check_refused(ended, 3, "cli.questions_open", "nul.csv")
    outcome = one(ended)
    assert (outcome["outcome"], outcome["stored"]) == ("ok_with_questions", False)
    question = outcome["questions"][0]
    assert {"id", "kind", "column", "options", "guess"} <= question.keys()
    assert held(filled.folder) == before
    answers = write(tmp_path, "answers.json", json.dumps({question["id"]: question["guess"]}))
    dry = filled.run("import", table, "--answers", answers, "--dry-run", "--json")
    assert (dry.code, one(dry)["stored"], one(dry)["rows_new"]) == (0, False, 2)
    assert held(filled.folder) == before
    done = filled.run("import", table, "--answers", answers, "--json")
    assert (done.code, one(done)["stored"], one(done)["rows_new"]) == (0, True, 2), done.err
    assert "Ludovic Pemberwick" in {row["name"] for row in filled.export(tmp_path / "out.csv")}


def test_open_questions_are_shown_in_words_but_not_among_the_errors(filled: Clinic, tmp_path: Path) -> None:
    ended = filled.run("import", write(tmp_path, "undated.csv", UNDATED))
    check_refused(ended, 3, "cli.questions_open", "undated.csv")
    assert ended.out.startswith("visit_date: ")


def test_a_file_whose_day_is_asked_for_still_counts_every_row(filled: Clinic, tmp_path: Path) -> None:
    ended = filled.run("import", write(tmp_path, "undated.csv", UNDATED), "--dry-run", "--json")
    check_refused(ended, 3, "cli.questions_open", "undated.csv")
    outcome = one(ended)
    ends = ("rows_new", "rows_updated", "rows_repeated", "rows_parked", "rows_rejected")
    assert outcome["rows_read"] == sum(outcome[end] for end in ends) == 1


def test_a_day_given_for_the_whole_file_stores_it(filled: Clinic, tmp_path: Path) -> None:
    table = write(tmp_path, "undated.csv", UNDATED)
    assert filled.run("import", table, "--set", "visit_date=2024-01-20", "--set", "cvd_history=true").code == 0
    rows = {row["patient_id"]: row for row in filled.export(tmp_path / "out.csv")}
    assert (rows["Q021"]["visit_date"], rows["Q021"]["cvd_history"]) == ("2024-01-20", "true")
    assert rows["Q001"]["cvd_history"] == ""


@pytest.mark.parametrize(
    ("words", "code", "key"),
    [
        (["--set", "visit_date=15/01/2024"], 3, "set_value_invalid"),
        (["--set", "visit_date=2099-01-15"], 3, "set_value_invalid"),
        (["--set", "visit_date=2024-01-15", "--set", "sbp_mmhg=1e999"], 3, "set_value_invalid"),
        (["--set", "colour=red"], 3, "set_unknown_field"),
        (["--set", "score2_region=low"], 3, "set_unknown_field"),
        (["--set", "visit_date"], 2, "assignment_shape"),
        (["--set", "visit_date=2024-01-15", "--set", "visit_date=2024-01-16"], 2, "assignment_twice"),
        (["--set", "name=\udcff"], 2, "argument_not_text"),
    ],
)
def test_a_value_for_the_file_that_cannot_be_is_refused(
    filled: Clinic, tmp_path: Path, words: list[str], code: int, key: str
) -> None:
    table, before = write(tmp_path, "undated.csv", UNDATED), held(filled.folder)
    check_refused(
        filled.run("import", table, *words, "--json"), code, f"error.{key}", "undated.csv" if code == 3 else None
    )
    assert held(filled.folder) == before


@pytest.mark.parametrize(
    ("answers", "code", "key"),
    [
        ("", 2, "answers_unreadable"),
        ("{visit_date", 2, "answers_unreadable"),
        ("[1]", 2, "answers_unreadable"),
        ("[" * 100_000, 2, "answers_unreadable"),
        ('{"a":' * 100_000, 2, "answers_unreadable"),
        ('{"a":' + "9" * 10_000 + "}", 2, "answers_unreadable"),
        (b'{"\xe9":1}', 2, "answers_unreadable"),
        (None, 2, "answers_unreadable"),
        ('{"visit_date":"2024-01-15","other":1}', 3, "answer_unknown"),
        ('{"visit_date":"yesterday"}', 3, "answer_invalid"),
        ('{"visit_date":[1,2]}', 3, "answer_invalid"),
        ('{"visit_date":NaN}', 3, "answer_invalid"),
    ],
    ids=str,
)
def test_answers_that_answer_nothing_store_nothing(
    filled: Clinic, tmp_path: Path, answers: str | bytes | None, code: int, key: str
) -> None:
    table, before = write(tmp_path, "undated.csv", UNDATED), held(filled.folder)
    if answers is not None:
        write(tmp_path, "a.json", answers)
    ended = filled.run("import", table, "--answers", tmp_path / "a.json", "--json")
    check_refused(ended, code, f"error.{key}", "undated.csv" if code == 3 else None)
    assert held(filled.folder) == before


def test_several_files_are_each_stored_whole_or_not_and_the_worst_code_wins(filled: Clinic, tmp_path: Path) -> None:
    first, second = MORE.splitlines(keepends=True)
    files = [
        write(tmp_path, "good.csv", HEADER + first),
        tmp_path / "missing.csv",
        write(tmp_path, "undated.csv", UNDATED),
        write(tmp_path, "empty.csv", b""),
        write(tmp_path, "also_good.csv", HEADER + second),
    ]
    ended = filled.run("import", *files, "--json")
    assert ended.code == 3
    assert [outcome["file"] for outcome in ended.json] == [file.name for file in files]
    assert [outcome["stored"] for outcome in ended.json] == [True, False, False, False, True]
    lines = ended.err.splitlines()
    assert sorted(line.split(":")[0] for line in lines) == ["empty.csv", "missing.csv", "undated.csv"]
    assert not SECRETS.search(ended.err)
    numbers = {row["patient_id"] for row in filled.export(tmp_path / "out.csv")}
    assert numbers == {"Q001", "Q002", "Q003", "Q011", "Q012"}


def test_several_files_share_their_answers(filled: Clinic, tmp_path: Path) -> None:
    files = [write(tmp_path, "undated.csv", UNDATED), write(tmp_path, "dated.csv", HEADER + MORE)]
    answers = write(tmp_path, "a.json", '{"visit_date": "2024-01-20"}')
    ended = filled.run("import", *files, "--answers", answers, "--json")
    assert (ended.code, ended.err) == (0, "")
    assert [outcome["rows_new"] for outcome in ended.json] == [1, 2]


def test_an_answer_that_no_file_asked_for_is_told(filled: Clinic, tmp_path: Path) -> None:
    files = [write(tmp_path, "undated.csv", UNDATED), write(tmp_path, "dated.csv", HEADER + MORE)]
    answers = write(tmp_path, "a.json", '{"visit_date": "2024-01-20", "visit_dat": "2024-01-21"}')
    ended = filled.run("import", *files, "--answers", answers, "--json")
    check_refused(ended, 3, "error.answers_unused")
    assert [outcome["stored"] for outcome in ended.json] == [
        True,
        True,
    ]  # each is whole; the sentence is about the rest


def test_an_export_goes_to_a_plain_file_or_nowhere(filled: Clinic, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    before = held(tmp_path)
    for place in ("passphrase.txt/out.csv", "missing/out.csv"):
        check_refused(filled.run("export", "--output", tmp_path / place), 3, "error.output_unwritable")
    for place in ("folder", "."):
        check_refused(filled.run("export", "--output", tmp_path / place), 3, "error.output_not_a_file")
    assert held(tmp_path) == before


def test_reports_go_into_a_folder_or_nowhere(filled: Clinic, tmp_path: Path) -> None:
    before = held(tmp_path)
    for place in ("passphrase.txt", "passphrase.txt/reports"):
        check_refused(filled.run("report", "--all", "--out", tmp_path / place), 3, "error.output_unwritable")
    for number in ("Q999", "", "Q001'; --"):
        ended = filled.run("report", "--patient", number, "--out", tmp_path / "reports")
        check_refused(ended, 3, "error.patient_unknown")
    assert held(tmp_path) == before


@pytest.mark.parametrize(
    "query", ['"', "*", "a* OR b*", "NEAR(", "'; DROP TABLE person", "%_", "\0", "{x}", "y" * 10_000]
)
def test_any_search_is_just_words(filled: Clinic, query: str) -> None:
    ended = filled.run("patients", "--query", query)
    assert (ended.code, ended.json, ended.err) == (0, [], "")


def test_chinese_sentences_where_the_system_speaks_chinese(filled: Clinic, tmp_path: Path) -> None:
    ended = run_process("import", tmp_path / "缺.csv", *filled.words, LC_ALL="zh_CN.UTF-8")
    assert ended.code == 3
    name, _, sentence = ended.err.strip().partition(": ")
    assert name == "缺.csv"
    assert says(sentence, "error.file_missing", "zh")
