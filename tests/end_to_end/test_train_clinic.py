"""``lantern train --clinic`` as a person types it: what can be asked, a pack out of the record, and what is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.packs import read_pack
from tests.end_to_end.command import Clinic, Ended, check_refused, held, lantern, says
from tests.engine.workflows.followed_clinic import (
    CONTRADICTED,
    DATED,
    ILL,
    LOST,
    ONCE,
    PASSPHRASE,
    TURNED,
    TWICE,
    WELL,
    make_clinic,
)

ROWS, EVENTS = WELL + TURNED + DATED + LOST, TURNED + DATED


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Clinic:
    place = tmp_path_factory.mktemp("followed")
    (place / "passphrase.txt").write_text(PASSPHRASE + "\n", encoding="utf-8")
    return Clinic(make_clinic(place), place / "passphrase.txt")


def train(clinic: Clinic, out: Path, *words: object) -> Ended:
    first = ("--clinic", clinic.folder, "--passphrase-file", clinic.passphrase_file)
    return lantern("train", *first, "--output", out, *words)


def test_the_record_says_what_it_can_be_asked_about(followed: Clinic) -> None:
    where = ("--clinic", followed.folder, "--passphrase-file", followed.passphrase_file, "--outcomes")
    told = lantern("train", *where)
    assert (told.code, told.err) == (0, "")
    lines = told.out.splitlines()
    assert any(
        line.startswith("declared:diabetes") and f" {TURNED + ILL + CONTRADICTED + DATED} " in line for line in lines
    )
    document = lantern("train", *where, "--json").json
    assert {each["source"] for each in document["outcomes"]} == {"declared", "condition", "field", "measurement"}
    assert {"field": "sex", "label": "Sex", "unit": None, "share_recorded": 1.0} in document["predictors"]
    assert "Fictional" not in told.out


def test_a_question_becomes_a_pack_and_says_who_was_left_out_and_which_fields(followed: Clinic, tmp_path: Path) -> None:
    before = held(followed.folder.parent)
    words = ("--outcome", "diabetes", "--horizon", 3, "--predictors", "age,hba1c_percent,diabetes", "--anyway")
    ended = train(followed, tmp_path / "own", *words)
    assert ended.code == 0, ended.err
    for key, count in (
        ("outcome_before", ILL),
        ("not_followed", ONCE),
        ("contradiction", CONTRADICTED),
        ("repeated", TWICE),
    ):
        assert any(
            says(line, "cli.train_left_out") and line.startswith(f"{count} ") for line in ended.out.splitlines()
        ), key
    assert any(says(line, "cli.train_held_back") and line.startswith("diabetes ") for line in ended.out.splitlines())
    manifest = read_pack(tmp_path / "own").manifest
    assert [each.field for each in manifest.inputs] == ["age", "hba1c_percent"]
    assert manifest.outcome.en == "type 2 diabetes, within 3 years"
    assert "Maple Lane" in manifest.population.zh
    assert manifest.fields == ()
    assert manifest.training is not None
    assert (manifest.training.people.people, manifest.training.people.events) == (ROWS, EVENTS)
    assert held(followed.folder.parent) == before
    assert lantern("packs", "check", tmp_path / "own").code == 0


def test_json_has_what_a_table_would_give_and_whose_rows_they_are(followed: Clinic, tmp_path: Path) -> None:
    words = ("--outcome", "diabetes", "--horizon", 3, "--exclude", "height_cm", "--json")
    document = train(followed, tmp_path / "own", *words).json
    assert {"answer", "sentences", "findings", "people", "events", "predictors", "pack"} <= document.keys()
    assert (document["pack"], document["people"], document["events"]) == (None, ROWS, EVENTS)
    assert "height_cm" not in document["predictors"]
    record = document["record"]
    assert record["left_out"] == {
        "outcome_before": ILL, "not_followed": ONCE, "contradiction": CONTRADICTED, "repeated": TWICE,
    }  # fmt: skip
    assert [each["field"] for each in record["held_back"]] == ["diabetes", "education_years"]
    assert len(record["sha256"]) == 64
    assert not (tmp_path / "own").exists()


def test_the_same_question_to_the_same_record_gives_the_same_bytes(followed: Clinic, tmp_path: Path) -> None:
    words = ("--outcome", "diabetes", "--horizon", 3, "--predictors", "age,hba1c_percent", "--anyway")
    digests = set()
    for name in ("first", "second"):
        assert train(followed, tmp_path / name / "own", *words).code == 0
        digests.add(read_pack(tmp_path / name / "own").digest)
    assert len(digests) == 1


REFUSED = {
    "no such outcome": (("--outcome", "measles"), "error.studio_outcome_unknown"),
    "nobody with it": (("--outcome", "dementia", "--horizon", 3), "error.studio_no_event"),
    "longer than the clinic": (("--outcome", "diabetes", "--horizon", 20), "error.studio_horizon_too_long"),
    "before the first visit": (
        ("--outcome", "diabetes", "--horizon", 3, "--until", "2001-01-01"),
        "error.studio_no_visits",
    ),
    "no limit": (("--outcome", "hba1c_percent"), "error.studio_limit_needed"),
    "no day": (("--outcome", "diabetes", "--from", "yesterday"), "error.train_day"),
    "a word of tables": (("--outcome", "diabetes", "--time", "years"), "error.train_only_table"),
    "no outcome": ((), "error.train_what"),
    "textbook over time": (
        ("--outcome", "diabetes", "--horizon", 3, "--preset", "textbook"),
        "error.learning_time_needs_cox",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_has_no_answer_is_one_sentence(case: str, followed: Clinic, tmp_path: Path) -> None:
    words, key = REFUSED[case]
    ended = train(followed, tmp_path / "own", *words)
    assert ended.code in (2, 3)
    check_refused(ended, ended.code, key)
    assert not (tmp_path / "own").exists()


def test_a_table_and_a_clinic_are_two_things(followed: Clinic, tmp_path: Path) -> None:
    out = ("--outcome", "ill", "--output", tmp_path / "own")
    check_refused(lantern("train", *out), 2, "error.train_where")
    check_refused(lantern("train", "--clinic", followed.folder, *out), 2, "error.train_where")
    check_refused(train(followed, tmp_path / "own", "--outcome", "ill", "--input", "x.csv"), 2, "error.train_where")
    check_refused(lantern("train", "--input", "x.csv", *out, "--at-least", 3), 2, "error.train_only_clinic")
    check_refused(lantern("train", "--input", "x.csv", *out, "--outcomes"), 2, "error.train_only_clinic")


def test_who_may_not_read_records_may_not_learn_from_them(followed: Clinic, tmp_path: Path) -> None:
    own = Clinic(tmp_path / "clinic", followed.passphrase_file)
    shutil.copytree(followed.folder, own.folder)
    (owner,) = own.run("users", "list", "--json").json
    assert own.run("users", "rename", owner["id"], "--name", "Ada").code == 0
    made = own.run("users", "add", "Ben", "--role", "front_desk", "--json", "--user", "Ada")
    (tmp_path / "once.txt").write_text(made.json["one_time_passphrase"], encoding="utf-8")
    (tmp_path / "ben.txt").write_text("a passphrase of the front desk", encoding="utf-8")
    ben = ("--user", "Ben", "--passphrase-file")
    changed = ("--store", own.folder, "--new-passphrase-file", tmp_path / "ben.txt")
    assert lantern("users", "password", *changed, *ben, tmp_path / "once.txt").code == 0
    for words in (("--outcomes",), ("--outcome", "diabetes", "--output", tmp_path / "own")):
        ended = lantern("train", "--clinic", own.folder, *words, *ben, tmp_path / "ben.txt")
        check_refused(ended, ended.code, "error.access_denied")
