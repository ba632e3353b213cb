"""De-identification of a whole clinic: identifiers planted wherever one can be, and none of them in what goes out."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import random
import re
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from engine.domain.consent import Answer as ConsentAnswer
from engine.domain.consent import ConsentKind, ConsentState, ConsentWay
from engine.domain.ports import SystemClock
from engine.domain.record import Allergy, Answer, Certainty, Check, CheckStatus, Condition, Origin, Severity, SourceKind
from engine.store import find_patients
from engine.store.consents import record_consent, who_refused
from engine.workflows.deidentify import Wanted, look
from engine.workflows.record import add_entry, add_medicine
from engine.workflows.unlock import unlock
from tests.end_to_end.command import PASSPHRASE, Clinic, check_refused, lantern
from tests.reliability.leak_counts import keep

PEOPLE = 1_000
HEAD = (
    "Patient ID,Name,Sex,Date of birth,Phone,Address,Village,Room,Notes,Visit date,Next visit,"
    "Systolic BP (mmHg),Smoking,Diabetes,HbA1c (%)"
)
ORIGIN = Origin(SourceKind.TYPED, datetime(2026, 1, 1, tzinfo=UTC))


class Planted:
    """The people, and every text of theirs that must not get out: numbers, names, places, dates, notes."""

    def __init__(self) -> None:
        self.chance = random.Random("planted")
        self.words: set[str] = set()
        self.rows = [self._row(place) for place in range(PEOPLE)]

    def word(self, kind: str) -> str:
        """Plant one."""
        text = kind + "".join(self.chance.choice("bcdfghjklmnpqrstvwxz") for _ in range(9))
        self.words.add(text)
        return text

    def day(self, first: date, days: int) -> str:
        day = (first + timedelta(days=self.chance.randrange(days))).isoformat()
        self.words.add(day)
        return day

    def _row(self, place: int) -> list[str]:
        phone = f"0770{self.chance.randrange(10**8):08}"
        self.words.add(phone)
        pressure = str(self.chance.randrange(105, 180))
        return [
            self.word("Id"),
            f"{self.word('Given')} {self.word('Family')}",
            self.chance.choice("MF"),
            self.day(date(1925, 1, 1), 29_000),
            phone,
            self.word("Street"),
            self.word("Village"),
            self.word("Room"),
            f"brother of {self.word('Kin')}, works at {self.word('Mill')}",
            self.day(date(2023, 1, 1), 1_000),
            self.day(date(2027, 1, 1), 300),
            # Cells of other columns may hold a name too: such a row waits, and is not in what goes out.
            self.word("Cell") if place % 50 == 0 else pressure,
            self.chance.choice(("Never", "Current", "Former")),
            self.chance.choice(("Yes", "No")),
            f"{self.chance.uniform(4.5, 9):.1f}",
        ]


@pytest.fixture(scope="module")
def planted() -> Planted:
    return Planted()


@pytest.fixture(scope="module")
def _clinic(planted: Planted, tmp_path_factory: pytest.TempPathFactory) -> Clinic:
    place = tmp_path_factory.mktemp("planted")
    (place / "p.txt").write_text(PASSPHRASE, encoding="utf-8")
    clinic = Clinic(place / "clinic", place / "p.txt")
    made = clinic.run("create", "--name", planted.word("Clinic"), "--country", "GBR", "--recovery-out", place / "k")
    assert made.code == 0, made.err
    table = place / f"{planted.word('File')}.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEAD.split(","), *planted.rows])
    ended, outcome = clinic.import_file(table)
    assert (ended.code, outcome["rows_new"], outcome["rows_parked"]) == (0, PEOPLE - 20, 20), ended.err
    plant_lists(clinic, planted)
    return clinic


def plant_lists(clinic: Clinic, planted: Planted) -> None:
    """Plant texts in the lists of a tenth of the people."""
    opened = unlock(clinic.folder, PASSPHRASE, SystemClock())
    with opened.vault:
        for patient in find_patients(opened.vault)[::10]:
            word = planted.word
            add_medicine(opened, patient.id, f"metformin for {word('Pill')}")
            for item in (
                Condition("", "copd", Certainty.CONFIRMED, ORIGIN, note=word("Remark")),
                Allergy("", word("Pollen"), Severity.MILD, Certainty.CONFIRMED, ORIGIN, reaction=word("Rash")),
                Check("", "colonoscopy", CheckStatus.DONE, ORIGIN, result=word("Finding")),
                Answer("", "snoring", word("Answer"), date(2025, 3, 4), ORIGIN),
            ):
                add_entry(opened, patient.id, item)


@pytest.fixture
def clinic(_clinic: Clinic, tmp_path: Path) -> Clinic:
    shutil.copytree(_clinic.folder, tmp_path / "clinic")
    return Clinic(tmp_path / "clinic", Path(shutil.copy(_clinic.passphrase_file, tmp_path)))


def hits(content: bytes, words: set[str]) -> list[str]:
    """Return which of these words stand in some bytes, in any way of writing them, whatever their case."""
    content = content.lower()
    found = []
    for word in words:
        ways = (
            word.encode(),
            word.encode("utf-16-le"),
            base64.b64encode(word.encode())[:-4],
            json.dumps(word).encode(),
        )
        if any(way.lower() in content for way in ways):
            found.append(word)
    return found


def beside(output: Path) -> tuple[Path, Path, Path]:
    return output, output.with_suffix(".dictionary.csv"), output.with_suffix(".report.json")


def test_none_of_a_thousand_peoples_identifiers_goes_out(
    clinic: Clinic, planted: Planted, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    output = tmp_path / "out.csv"
    ended = clinic.run("deidentify", "--output", output, "--reason", "registry", "--json")
    assert ended.code == 0, ended.err
    assert len(planted.words) > 10_000
    for file in beside(output):
        assert hits(file.read_bytes(), planted.words) == [], file.name
    assert hits((ended.out + ended.err).encode(), planted.words) == []
    out = pd.read_csv(output, dtype=str, keep_default_na=False)
    assert not out.map(lambda cell: bool(re.search(r"\d{4}-\d\d|\d{8}|[=@\t]", cell))).iloc[:, 1:].any(axis=None)
    assert not out.isin({row[3][:4] for row in planted.rows}).any(axis=None)  # no year of birth
    report = ended.json
    known = report["known_to_others"]
    assert known == ["age", "visit_year", "sex"]
    sizes = out.groupby(known).size()
    assert (report["k"], report["classes"], report["smallest_class"]) == (11, len(sizes), sizes.min())
    assert report["smallest_class"] >= 11
    assert report["people"] == len(out) > 800
    assert report == {**json.loads(beside(output)[2].read_text("utf-8")), "output": str(output)}
    assert report["sha256"] == hashlib.sha256(output.read_bytes()).hexdigest()
    assert list(out) == ["pseudonym", *report["columns"]]
    described = pd.read_csv(beside(output)[1], dtype=str, keep_default_na=False)
    assert list(described["column"]) == list(out)
    assert all(described["altered"])
    assert (out["age"] == "90+").sum() >= 11
    if pytestconfig.getoption("--nightly"):
        keep("de-identification", f"file, dictionary and report of {PEOPLE:,} people, k of 11", len(planted.words), 0)


def test_what_is_looked_at_first_is_what_is_then_written(clinic: Clinic, tmp_path: Path) -> None:
    output = tmp_path / "out.csv"
    before = sorted(path.name for path in clinic.folder.iterdir())
    looked = clinic.run("deidentify", "--output", output, "--dry-run", "--json")
    assert (looked.code, looked.json["output"]) == (0, None)
    assert not [path for path in beside(output) if path.exists()]
    assert sorted(path.name for path in clinic.folder.iterdir()) == before
    written = clinic.run("deidentify", "--output", output, "--reason", "registry", "--json").json
    assert {name: written[name] for name in looked.json if name != "output"} == {
        name: value for name, value in looked.json.items() if name != "output"
    }
    told = clinic.run("deidentify", "--output", output, "--dry-run").out
    assert str(written["people"]) in told
    assert "Nothing was written" in told


def test_pseudonyms_are_others_each_time_unless_they_are_kept(clinic: Clinic, tmp_path: Path) -> None:
    def export(name: str, *words: str) -> dict[str, list[str]]:
        ended = clinic.run("deidentify", "--output", tmp_path / name, "--reason", "registry", *words)
        assert ended.code == 0, ended.err
        with (tmp_path / name).open(encoding="utf-8", newline="") as file:
            _, *rows = csv.reader(file)
        return {row[0]: row[1:] for row in rows}

    one, two = export("one.csv"), export("two.csv")
    assert not one.keys() & two.keys()
    assert sorted(one.values()) == sorted(two.values())
    assert list(one.values()) != list(two.values())  # not even the order leads from one to the other
    with_another = clinic.run("deidentify", "--output", tmp_path / "two.csv", "--reason", "registry", "--replace")
    assert with_another.code == 0, with_another.err
    kept, again = export("kept.csv", "--keep-pseudonyms"), export("again.csv", "--keep-pseudonyms")
    assert kept == again
    assert not one.keys() & kept.keys()
    assert not export("three.csv").keys() & kept.keys()
    for path in clinic.folder.iterdir():  # no file of the clinic tells a pseudonym
        assert hits(path.read_bytes(), {*list(kept)[:200], *list(one)[:200]}) == []


def test_who_refused_is_not_in_it(clinic: Clinic) -> None:
    opened = unlock(clinic.folder, PASSPHRASE, SystemClock())
    with opened.vault:
        ids = [patient.id for patient in find_patients(opened.vault)]
        everybody, fewer = look(opened, Wanted()), look(opened, Wanted(without=frozenset(ids[:300])))
        few = look(opened, replace(Wanted(), without=ids[:5]))
    assert everybody["people_in_all"] == len(ids)
    assert (fewer["people_in_all"], fewer["people_who_refused"]) == (len(ids) - 300, 300)
    assert few["people_who_refused"] == "1-10"


def test_who_refused_or_withdrew_research_is_not_in_it_and_who_agreed_again_is(clinic: Clinic) -> None:
    opened = unlock(clinic.folder, PASSPHRASE, SystemClock())
    with opened.vault:
        ids = [patient.id for patient in find_patients(opened.vault)]

        def answer(person_id: str, state: ConsentState, kind: ConsentKind = ConsentKind.RESEARCH) -> None:
            said = ConsentAnswer(kind, state, date(2026, 1, 5), ConsentWay.SPOKEN, "1", guardian="Kin")
            record_consent(opened.vault, person_id, said, opened.actor)

        for person_id in ids[:15]:
            answer(person_id, ConsentState.REFUSED)
        for person_id in ids[15:30]:
            answer(person_id, ConsentState.GIVEN)
            answer(person_id, ConsentState.WITHDRAWN)
        for person_id in ids[30:45]:
            answer(person_id, ConsentState.REFUSED)
            answer(person_id, ConsentState.GIVEN)
            answer(person_id, ConsentState.REFUSED, ConsentKind.SHARING)
        assert who_refused(opened.vault, ConsentKind.RESEARCH) == frozenset(ids[:30])
        report = look(opened, Wanted())
        assert (report["people_who_refused"], report["people_in_all"]) == (30, len(ids) - 30)


def test_the_audit_tells_counts_and_who_approved_and_no_value(clinic: Clinic, planted: Planted, tmp_path: Path) -> None:
    written = clinic.run("deidentify", "--output", tmp_path / "out.csv", "--reason", "registry", "--json").json
    entries = [
        each for each in clinic.run("audit", "--json").json["entries"] if each["action"] == "deidentified.export"
    ]
    (entry,) = entries
    detail = json.loads(entry["detail"])
    assert detail == {
        "rows": written["people"],
        "columns": len(written["columns"]),
        "k": 11,
        "sha256": written["sha256"],
        "kept": 0,
        "one_signature": 1,
        "reason": "registry",
    }
    assert entry["everybody"]
    assert clinic.run("verify").code == 0


@pytest.mark.parametrize(
    ("words", "code", "key"),
    [
        (("--k", "1", "--reason", "x"), 2, "error.deidentify_k"),
        (("--k", "2000", "--reason", "x"), 3, "error.deidentify_too_few"),
        (("--policy", "nowhere.json", "--reason", "x"), 2, "error.policy_unreadable"),
        (("--second", "Nobody", "--second-passphrase-file", "no"), 2, "error.passphrase_file_unreadable"),
    ],
)  # fmt: skip
def test_what_is_refused_writes_nothing(
    clinic: Clinic, tmp_path: Path, words: tuple[str, ...], code: int, key: str
) -> None:
    ended = clinic.run("deidentify", "--output", tmp_path / "out.csv", *words)
    check_refused(ended, code, key)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(("out", ".lantern"))]


@pytest.mark.parametrize(("output", "key"), [(".", "output_not_a_file"), ("no/where.csv", "output_unwritable")])
def test_a_place_that_cannot_be_written_is_told(
    clinic: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str, key: str
) -> None:
    monkeypatch.chdir(tmp_path)
    check_refused(clinic.run("deidentify", "--output", output, "--reason", "x"), 3, f"error.{key}")
    assert not list(tmp_path.glob("*.report.json"))


def test_a_policy_of_the_clinic_leaves_more_out(clinic: Clinic, tmp_path: Path) -> None:
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps({"drop": ["hba1c_percent"], "known_to_others": ["diabetes"]}), encoding="utf-8")
    written = clinic.run(
        "deidentify", "--output", tmp_path / "out.csv", "--policy", policy, "--k", "15", "--reason", "x", "--json"
    ).json
    out = pd.read_csv(tmp_path / "out.csv", dtype=str, keep_default_na=False)
    assert "hba1c_percent" not in out
    assert "diabetes" in written["known_to_others"]
    assert out.groupby(written["known_to_others"]).size().min() >= 15


def test_a_clinician_asks_and_an_administrator_approves(clinic: Clinic, tmp_path: Path) -> None:
    owner = clinic.run("users", "list", "--json").json[0]["id"]
    assert clinic.run("users", "rename", owner, "--name", "Ada").code == 0
    made = clinic.run("users", "add", "Ben", "--role", "clinician", "--json", "--user", "Ada")
    (tmp_path / "first.txt").write_text(made.json["one_time_passphrase"], encoding="utf-8")
    (tmp_path / "ben.txt").write_text("a staple of his own", encoding="utf-8")
    ben = ("--store", clinic.folder, "--passphrase-file", tmp_path / "ben.txt", "--user", "Ben")
    first = ("--store", clinic.folder, "--passphrase-file", tmp_path / "first.txt", "--user", "Ben")
    assert lantern("users", "password", *first, "--new-passphrase-file", tmp_path / "ben.txt").code == 0
    words = ("deidentify", "--output", tmp_path / "out.csv", *ben)
    check_refused(lantern(*words, "--reason", "alone"), 7, "error.deidentify_not_approved")
    assert lantern(*words, "--dry-run").code == 0
    approved = lantern(*words, "--second", "Ada", "--second-passphrase-file", clinic.passphrase_file, "--json")
    assert approved.code == 0, approved.err
    own = lantern("audit", "--json", *ben)
    assert own.code == 2 or owner in own.out
