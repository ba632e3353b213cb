"""``lantern import`` with files of other systems, and ``lantern export --format fhir``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.end_to_end.command import Clinic, lantern

MESSAGE = (
    "MSH|^~\\&|LAB|X|Y|Z|20240305081500||ORU^R01|1|P|2.5||||||UNICODE UTF-8\r"
    "PID|1||Q900^^^X^MR||Roe^Jo||19700101|M\r"
    "OBX|1|NM|8480-6^Systolic^LN||137|mm[Hg]|||||F|||20240304\r"
    "OBX|2|NM|8480-6^Systolic^LN||1370|mm[Hg]|||||F|||20240304\r"
    "OBX|3|NM|99-9^Unheard of^LN||5|mg|||||F|||20240304\r"
    "ZZZ|1|of nobody's standard\r"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "drop"
    made.mkdir()
    (made / "result.hl7").write_bytes(MESSAGE.encode())
    return made


def test_a_folder_of_messages_is_imported_and_told_of_resource_by_resource(filled: Clinic, folder: Path) -> None:
    ended = lantern("import", folder, "--as", "hl7", *filled.words, "--json")
    assert ended.code == 0, ended.err
    (told,) = ended.json
    assert (told["format"], told["stored"], told["people"]) == ("hl7", True, 1)
    assert told["resources"]["OBX"] == {"read": 3, "stored": 1, "unmapped": 1, "refused": 1}
    assert told["resources"]["ZZZ"] == {"read": 1, "stored": 0, "unmapped": 1, "refused": 0}
    (refused,) = told["refused"]
    assert (refused["reason"], refused["places"], refused["code"]) == ("impossible_value", [4], "8480-6")
    assert refused["sentence"]
    again = lantern("import", folder, "--as", "hl7", *filled.words, "--json").json[0]
    assert (again["rows_repeated"], again["rows_new"], again["entries_changed"]) == (1, 0, 0)


def test_what_was_left_out_is_told_in_words(filled: Clinic, folder: Path) -> None:
    ended = lantern("import", folder / "result.hl7", *filled.words, "--dry-run")
    assert ended.code == 0
    assert "Nothing was stored." in ended.out
    assert "Systolic 8480-6" in ended.out


def test_an_older_fhir_is_refused_with_what_to_do(filled: Clinic, tmp_path: Path) -> None:
    old = tmp_path / "old.json"
    entry = {"resource": {"resourceType": "MedicationOrder"}}
    old.write_text(json.dumps({"resourceType": "Bundle", "entry": [entry]}), encoding="utf-8")
    ended = lantern("import", old, *filled.words)
    assert ended.code == 3
    assert "DSTU2" in ended.err
    assert "R4" in ended.err


def test_one_person_or_everybody_goes_out_as_fhir(filled: Clinic, folder: Path, tmp_path: Path) -> None:
    lantern("import", folder, "--as", "hl7", *filled.words)
    one, everybody = tmp_path / "one.json", tmp_path / "all.ndjson"
    assert lantern("export", *filled.words, "--format", "fhir", "--patient", "Q900", "--output", one).code == 0
    assert lantern("export", *filled.words, "--format", "fhir", "--output", everybody, "--json").json["people"] == 4
    bundle = json.loads(one.read_text(encoding="utf-8"))
    assert (bundle["type"], bundle["entry"][1]["resource"]["identifier"][0]["value"]) == ("document", "Q900")
    assert lantern("export", *filled.words, "--patient", "Q900", "--output", tmp_path / "x.csv").code == 2
    unknown = lantern("export", *filled.words, "--format", "fhir", "--patient", "none", "--output", one)
    assert unknown.code == 3


def test_dropped_messages_are_taken_in_and_moved_aside(filled: Clinic, folder: Path) -> None:
    (folder / "notes.txt").write_text("nothing of anybody", encoding="utf-8")
    ended = lantern("import", folder, "--move", *filled.words, "--json")
    assert ended.code == 3  # one of them needs a person
    told = {each["file"]: each for each in ended.json}
    assert (told["result.hl7"]["stored"], told["result.hl7"]["moved_to"]) == (True, "done")
    assert (told["notes.txt"]["stored"], told["notes.txt"]["moved_to"]) == (False, "problem")
    assert told["notes.txt"]["why"]
    assert (folder / "done" / "result.hl7").read_bytes() == MESSAGE.encode()
    assert lantern("import", folder, "--move", *filled.words).out.startswith("No file")
    assert lantern("import", folder, "--move", "--as", "hl7", *filled.words).code == 2
