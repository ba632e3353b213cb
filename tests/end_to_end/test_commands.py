"""The words of the command: how it is called, what it prints for programs, and what it leaves behind: nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.cli.__main__ import main
from engine.fields import load_dictionary
from engine.resources import resources_folder
from tests.end_to_end.command import HEADER, PEOPLE, Clinic, Ended, check_refused, contents, lantern, run_process, says

COMMAND = [sys.executable, "-m", "engine.cli"]
unix = pytest.mark.skipif(sys.platform == "win32", reason="pipes and locales are those of Unix")
WRONG_CALLS: tuple[list[str], ...] = (
    [],
    ["frobnicate"],
    ["--frobnicate"],
    ["fields", "--jsn"],
    ["fields", "--self-test"],
    ["--json"],
    ["--json", "fields"],
    ["--self-test", "fields"],
    ["--self-test", "--version"],
    ["fields", "--json=3"],
    ["assess", "--pack", "findrisc"],
    ["assess", "--pack", "findrisc", "--input", "a", "--output"],
    ["next-test", "--pack", "findrisc"],
    ["create", "--store", "s", "--passphrase-file", "f", "--name", "n"],
    ["import", "--store", "s", "--passphrase-file", "f"],
    ["import", "a.csv", "--passphrase-file", "f"],
    ["patients", "--store", "s"],
    ["report", "--store", "s", "--passphrase-file", "f", "--out", "o"],
    ["report", "--store", "s", "--passphrase-file", "f", "--out", "o", "--all", "--patient", "1"],
    ["report", "--store", "s", "--passphrase-file", "f", "--out", "o", "--all", "--language", "fr"],
    ["report", "--store", "s", "--passphrase-file", "f", "--out", "o", "--all", "--paper", "a5"],
)
# In Chinese only names of the command stand in Latin letters: nothing that the parser says by itself.
PARSER_ENGLISH = ("argument", "required", "invalid", "unrecognized", "expected", "choose from", "allowed")


@pytest.mark.parametrize("words", WRONG_CALLS, ids=" ".join)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_wrong_call_is_one_sentence_and_code_two(
    words: list[str], language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANTERN_LANGUAGE", language)
    ended = lantern(*words)
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert says(ended.err.strip(), "cli.usage", language)
    assert language == "en" or not any(english in ended.err for english in PARSER_ENGLISH)
    assert contents(tmp_path) == {}


@pytest.mark.parametrize(
    "command",
    [
        *(
            "",
            "fields",
            "packs",
            "assess",
            "next-test",
            "create",
            "import",
            "patients",
            "export",
            "assess-all",
            "report",
        ),
        *(f"packs {word}" for word in ("new", "check", "add", "sign", "trust", "on", "off", "withdraw", "withdrawn")),
    ],
)
def test_every_command_has_help(command: str) -> None:
    ended = lantern(*command.split(), "--help")
    assert (ended.code, ended.err) == (0, "")
    assert "--" in ended.out


# What programs read


def test_fields_are_those_of_the_dictionary() -> None:
    ended = lantern("fields", "--json")
    dictionary = load_dictionary()
    assert (ended.code, ended.err) == (0, "")
    assert [field["name"] for field in ended.json] == list(dictionary.fields)
    by_name = {field["name"]: field for field in ended.json}
    assert by_name["sbp_mmhg"]["kind"] == "number"
    assert (by_name["sbp_mmhg"]["hard_min"], by_name["sbp_mmhg"]["hard_max"]) == (50, 300)
    assert by_name["smoker"]["categories"] == ["current", "former", "never"]
    table = lantern("fields").out.splitlines()
    assert [line.split()[0] for line in table] == ["field", *dictionary.fields]


def test_packs_are_those_in_the_folder() -> None:
    ended = lantern("packs", "--json")
    assert (ended.code, ended.err) == (0, "")
    folders = sorted(path.name for path in (resources_folder() / "models").iterdir() if path.is_dir())
    assert [pack["id"] for pack in ended.json] == folders
    assert {pack["licence_state"] for pack in ended.json} <= {"free", "attribution", "unclear", "lgpl"}
    assert all(len(pack["digest"]) == 64 and pack["version"] and pack["inputs"] for pack in ended.json)
    assert [line.split()[0] for line in lantern("packs").out.splitlines()] == ["pack", *folders]


def test_an_import_answers_with_one_outcome_per_file(filled: Clinic, tmp_path: Path) -> None:
    (good := tmp_path / "good.csv").write_text(
        HEADER.strip() + ",Favourite colour\n"
        "Q011,Ludovic Pemberwick,M,1951-02-03,,2024-02-01,131,82,red\n"
        "Q012,Cordelia Ashgrove,F,1966-06-17,,2024-02-02,1420,88,blue\n" + PEOPLE.splitlines()[0] + ",\n",
        encoding="utf-8",
    )
    (open_file := tmp_path / "open.csv").write_text("Patient ID,Name,Systolic BP (mmHg)\nQ9,Ottoline,133\n", "utf-8")
    ended = filled.run("import", good, open_file, tmp_path / "missing.csv", "--json")
    assert ended.code == 3
    stored, asked, missing = ended.json
    counts = ("rows_read", "rows_new", "rows_updated", "rows_repeated", "rows_parked", "rows_rejected")
    assert (stored["outcome"], stored["reject_reason"], stored["questions"]) == ("ok", None, [])
    assert [stored[count] for count in counts] == [3, 1, 0, 1, 1, 0]
    assert stored["parked"] == [{"row": 3, "reasons": [{"reason": "impossible_value", "fields": ["sbp_mmhg"]}]}]
    columns = {column["header"]: column["field"] for column in stored["columns"]}
    assert (columns["Systolic BP (mmHg)"], columns["Favourite colour"]) == ("sbp_mmhg", None)
    assert [column["index"] for column in stored["columns"]] == list(range(9))
    assert asked["outcome"] == "ok_with_questions"
    assert {"id", "kind", "column", "options", "guess"} <= asked["questions"][0].keys()
    assert "visit_date" in {question["kind"] for question in asked["questions"]}
    assert (missing["outcome"], missing["error"]) == ("rejected", "file_missing")
    assert set(stored) == set(asked) == set(missing)


def test_patients_are_told_by_canonical_fields(filled: Clinic) -> None:
    people = filled.run("patients").json
    assert sorted(person["patient_id"] for person in people) == ["Q001", "Q002", "Q003"]
    assert all(set(person) <= set(load_dictionary().fields) for person in people)
    found = filled.run("patients", "--query", "oxenbridge", "--json").json
    assert [(person["patient_id"], person["birth_date"], person["sex"]) for person in found] == [
        ("Q002", "1962-11-23", "F")
    ]
    assert filled.run("patients", "--query", "nobody").json == []


def test_an_export_can_be_scored_and_imported_again(filled: Clinic, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    rows = filled.export(out)
    assert all(set(row) <= set(load_dictionary().fields) for row in rows)
    assert lantern("assess", "--pack", "findrisc", "--input", out, "--output", tmp_path / "scored.csv").code == 0
    ended, outcome = filled.import_file(out)
    assert (ended.code, outcome["rows_new"], outcome["rows_parked"]) == (0, 0, 0), ended.err
    assert filled.export(tmp_path / "again.csv") == rows


def test_every_command_on_a_clinic_prints_json_when_asked(filled: Clinic, tmp_path: Path) -> None:
    checks: tuple[tuple[tuple[object, ...], Callable[[Any], bool]], ...] = (
        (("export", "--output", tmp_path / "out.csv"), lambda found: found["rows"] == 3),
        (("assess-all",), lambda found: found["people"] == 3 and len(found["packs"]) > 3),
        (("report", "--patient", "Q001", "--out", tmp_path / "r"), lambda found: found[0]["patient_id"] == "Q001"),
    )
    for words, holds in checks:
        ended = filled.run(words[0], *words[1:], "--json")  # type: ignore[arg-type]  # the first word is text
        assert (ended.code, ended.err) == (0, "")
        assert holds(ended.json)


def test_who_cannot_wait_is_named_when_everybody_is_assessed(filled: Clinic, tmp_path: Path) -> None:
    assert filled.run("assess-all", "--json").json["urgent"] == []
    file = tmp_path / "urgent.csv"
    file.write_text(
        "patient_id,birth_date,sex,visit_date,sbp_mmhg,dbp_mmhg\n"
        "U1,1960-01-01,F,2026-11-02,179,109\nU2,1961-01-01,M,2026-11-02,150,121\n",
        encoding="utf-8",
    )
    filled.import_file(file)
    (one,) = filled.run("assess-all", "--json").json["urgent"]
    assert (one["patient_id"], one["visit_date"], len(one["sentences"])) == ("U2", "2026-11-02", 1)
    told = filled.run("assess-all")
    assert f"U2: {one['sentences'][0]['en']}" in told.out
    assert "U1" not in told.out


# The surroundings


@unix
@pytest.mark.parametrize("lines", [0, 1])
def test_a_reader_that_goes_away_is_no_fault(lines: int) -> None:
    with subprocess.Popen(
        [*COMMAND, "fields", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for _ in range(lines):
            assert process.stdout.read(10)
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) == 0


@unix
def test_output_that_nobody_can_take_is_told(tmp_path: Path) -> None:
    script = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100));"
        "from engine.cli.__main__ import main; sys.exit(main(['fields']))"
    )
    with (tmp_path / "out.txt").open("wb") as output:
        done = subprocess.run([sys.executable, "-B", "-c", script], stdout=output, stderr=subprocess.PIPE, check=False)
    check_refused(Ended(done.returncode, "", done.stderr.decode()), 3, "error.output_unwritable")


@unix
def test_a_system_that_claims_to_know_only_ascii_gets_every_letter(filled: Clinic, tmp_path: Path) -> None:
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    (table := tmp_path / "more.csv").write_text(
        HEADER + "Q071,王小明,M,1951-02-03,,2024-02-01,131,82\n", encoding="utf-8"
    )
    assert run_process("import", table, *filled.words, **ascii_only).code == 0
    found = run_process("patients", "--query", "王小", *filled.words, **ascii_only)
    assert (found.code, found.err) == (0, "")
    assert [person["name"] for person in found.json] == ["王小明"]
    packs = run_process("packs", "--json", **ascii_only)
    assert packs.json == lantern("packs", "--json").json


def test_bytes_that_are_no_text_are_refused(filled: Clinic) -> None:
    for words in (("patients", "--query", "\udcff"), ("report", "--out", "x", "--patient", "\udcff")):
        check_refused(filled.run(*words), 2, "error.argument_not_text")


@unix
@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_GB.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LANTERN_LANGUAGE": "en"}, "en"),
    ],
)
def test_the_command_speaks_as_the_system_does(variables: dict[str, str], language: str, tmp_path: Path) -> None:
    clean = {name: "" for name in ("LANTERN_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")}
    ended = run_process("patients", "--store", tmp_path, "--passphrase-file", "nope", **clean | variables)
    assert ended.code == 2
    assert says(ended.err.strip(), "error.passphrase_file_unreadable", language)


def test_nothing_is_left_in_the_home_of_the_person_or_the_folder_for_scratch(filled: Clinic, tmp_path: Path) -> None:
    for name in ("home", "scratch", "reports"):
        (tmp_path / name).mkdir()
    home, scratch = str(tmp_path / "home"), str(tmp_path / "scratch")
    own = {"HOME": home, "USERPROFILE": home, "LOCALAPPDATA": home, "APPDATA": home, "XDG_CACHE_HOME": ""}
    own |= {"TMPDIR": scratch, "TEMP": scratch, "TMP": scratch}
    (table := tmp_path / "in.csv").write_text(HEADER + PEOPLE, encoding="utf-8")
    (scores := tmp_path / "scores.csv").write_text("age,sex\n55,M\n", encoding="utf-8")
    for words in (
        ("assess", "--pack", "findrisc", "--input", scores, "--output", tmp_path / "out.csv"),
        ("import", table, *filled.words),
        ("report", "--patient", "Q001", "--out", tmp_path / "reports", *filled.words),
    ):
        ended = run_process(*words, **own)
        assert (ended.code, ended.err) == (0, "")
    assert contents(tmp_path / "home") == {}
    assert contents(tmp_path / "scratch") == {}
    left = {"anchor-1.lantern", "anchor-2.lantern", "clinic.lantern", "clinic-copy.lantern", "lock", "store.db"}
    assert set(contents(filled.folder)) == left


def test_a_fault_of_our_own_is_one_sentence_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (empty := tmp_path / "resources").mkdir()
    ended = run_process("packs", LANTERN_RESOURCES=str(empty))
    assert (ended.code, ended.out, ended.err.count("\n")) == (1, "", 1)
    assert ended.err.rstrip().endswith("Install Lantern again.")


def test_the_command_is_a_function_that_returns_its_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["packs", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)
