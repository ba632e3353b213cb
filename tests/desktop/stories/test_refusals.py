"""What the command refuses the window refuses too, and in the same words."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.domain.ports import FixedClock
from engine.store import open_clinic
from engine.wording import load_wording
from engine.workflows.clinics import ClinicRequest, create
from tests.desktop.conftest import NOW
from tests.desktop.stories.conftest import Desk
from tests.end_to_end.command import lantern

PASSPHRASE = "four words nobody guesses"


@dataclass(frozen=True)
class Refusal:
    """What is done to a clinic's folder, what is typed, and the code under which the command refuses."""

    code: str
    spoil: Callable[[Path], object]
    passphrase: str = PASSPHRASE


def let_be(folder: Path) -> None:
    """Leave the folder as it is."""


def make_newer(folder: Path) -> None:
    """Stamp the store as one of a later program."""
    with open_clinic(folder, PASSPHRASE, FixedClock(NOW)) as vault, vault.scratch() as database:
        database.run("PRAGMA user_version = 999")


def put_plain_one(folder: Path) -> None:
    """Put a database without encryption in the place of the store."""
    (folder / "store.db").unlink()
    plain = sqlite3.connect(folder / "store.db")
    plain.execute("CREATE TABLE patient(name TEXT)")
    plain.commit()
    plain.close()


def spoil_keys(folder: Path) -> None:
    """Damage both copies of the key file."""
    for name in ("clinic.lantern", "clinic-copy.lantern"):
        content = bytearray((folder / name).read_bytes())
        content[len(content) // 2] ^= 4
        (folder / name).write_bytes(content)


def lose_keys(folder: Path) -> None:
    for name in ("clinic.lantern", "clinic-copy.lantern"):
        (folder / name).unlink()


REFUSALS = (
    Refusal("passphrase_wrong", let_be, "four words somebody guessed"),
    Refusal("store_newer", make_newer),
    Refusal("store_missing", shutil.rmtree),
    Refusal("store_file_missing", lambda folder: (folder / "store.db").unlink()),
    Refusal("store_damaged", lambda folder: (folder / "store.db").write_bytes(os.urandom(20_000))),
    Refusal("store_plaintext", put_plain_one),
    Refusal("store_slots_damaged", spoil_keys),
    Refusal("store_keys_missing", lose_keys),
)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clinic of nobody, made once."""
    folder = tmp_path_factory.mktemp("refusals") / "clinic"
    create(ClinicRequest(folder, "Maple Lane", "KEN"), PASSPHRASE, FixedClock(NOW))
    return folder


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.code)
def test_a_clinic_that_does_not_open_is_refused_in_the_words_of_the_command(
    begin: Callable[..., Desk],
    monkeypatch: pytest.MonkeyPatch,
    empty: Path,
    tmp_path: Path,
    refusal: Refusal,
    language: str,
) -> None:
    folder, other = (Path(shutil.copytree(empty, tmp_path / name)) for name in ("clinic", "other"))
    secret = tmp_path / "passphrase.txt"
    secret.write_text(f"{refusal.passphrase}\n", encoding="utf-8")
    desk = begin(language, folder)
    for each in (folder, other):
        refusal.spoil(each)
    with desk.hands.step("refused"):
        desk.hands.type(refusal.passphrase)
        desk.hands.key("Return")
        desk.hands.until(lambda: desk.app.unlock.problem, "nothing is said")
    desk.hands.idle()
    monkeypatch.setenv("LANTERN_LANGUAGE", language)
    command = lantern("patients", "--store", other, "--passphrase-file", secret)
    assert load_wording(language).say(f"error.{refusal.code}") == desk.app.unlock.problem
    assert command.err.strip() == desk.app.unlock.problem
    assert desk.hands.says(desk.app.unlock.problem)
    assert not desk.app.context.has_clinic


FILES = {
    "pdf": b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n",
    "empty_file": b"",
    "no_rows": b"Patient number,Name,Visit date,Systolic (mmHg)\n",
    "html": b"<!DOCTYPE html><html><body><p>1</p></body></html>",
    "picture": b"\x89PNG\r\n\x1a\n" + bytes(64),
    "database": b"SQLite format 3\x00" + bytes(4096),
}


def test_files_that_are_no_tables_are_refused_in_the_words_of_the_command_and_store_nothing(
    begin: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch, empty: Path, tmp_path: Path
) -> None:
    language = "zh"
    folder, other = (Path(shutil.copytree(empty, tmp_path / name)) for name in ("clinic", "other"))
    secret = tmp_path / "passphrase.txt"
    secret.write_text(f"{PASSPHRASE}\n", encoding="utf-8")
    monkeypatch.setenv("LANTERN_LANGUAGE", language)
    desk = begin(language, folder)
    hands, work = desk.hands, desk.unlock(PASSPHRASE)
    hands.key("Ctrl+2")
    hands.until(lambda: work.page == "import", "no import")
    said: dict[str, tuple[str, str]] = {}
    for code, content in FILES.items():
        file = tmp_path / f"{code}.csv"
        file.write_bytes(content)
        with hands.step(code):
            hands.press_for_file(desk.texts("import.choose"), file)
            hands.until(lambda: work.intake.refusal and not work.intake.busy, f"{code} is not refused")
        hands.idle()
        line = f"{file.name}: {work.intake.refusal}"
        assert hands.says(line)
        ended = lantern("import", file, "--store", other, "--passphrase-file", secret)
        said[code] = (line, ended.err.strip())
    assert {code: words for code, words in said.items() if words[0] != words[1]} == {}
    sentences = [load_wording(language).say(f"intake.rejected.{code}") for code in FILES]
    assert [line.partition(": ")[2] for line, _ in said.values()] == sentences


@dataclass(frozen=True)
class Impossible:
    """A value that cannot be stored, where it is typed, and what stands above its column in a file."""

    box: str
    text: str
    heading: str


IMPOSSIBLE = (
    Impossible("pressure#1", "1520/92", "BP (mmHg)"),
    Impossible("pressure#1", "90/150", "BP (mmHg)"),
    Impossible("height_cm#1", "15", "Height (cm)"),
    Impossible("weight_kg#1", "eighty", "Weight (kg)"),
    Impossible("birth_date#1", "2031-01-01", "Date of birth"),
)


def test_values_that_cannot_be_right_are_refused_in_the_form_for_the_reason_for_which_a_file_is(
    begin: Callable[..., Desk], empty: Path, tmp_path: Path
) -> None:
    folder, other = (Path(shutil.copytree(empty, tmp_path / name)) for name in ("clinic", "other"))
    secret = tmp_path / "passphrase.txt"
    secret.write_text(f"{PASSPHRASE}\n", encoding="utf-8")
    desk = begin("en", folder)
    hands, work = desk.hands, desk.unlock(PASSPHRASE)
    found: dict[str, tuple[set[str], set[str]]] = {}
    for each in IMPOSSIBLE:
        desk.new_patient()
        hands.type("Ann Marsh")
        work.record.desk.focus_asked.emit(each.box)
        hands.type(each.text)
        hands.key("Ctrl+Return")
        hands.until(lambda: is_said(desk, each.box), "nothing is said")  # noqa: B023 - waited for at once
        hands.idle()
        live = work.record.desk.live
        assert live is not None
        typed = {problem.reason.value for problem in live.problems}
        assert typed_text(desk, each.box) == each.text
        work.record.give_up_draft()
        hands.idle()
        work.record.back()
        hands.until(lambda: work.page == "patients", "no way back")
        found[each.text] = (typed, parked_for(each, other, secret, tmp_path))
    assert {text: reasons for text, reasons in found.items() if reasons[0] != reasons[1]} == {}
    assert desk.ask(lambda clinic: clinic.vault._database.one("SELECT count(*) FROM patient")) == (0,)


def is_said(desk: Desk, box: str) -> bool:
    """Return whether what is wrong with a box stands in view."""
    said = desk.work.record.desk.problems.get(box, [])
    return bool(said) and all(desk.hands.says(one.text) for one in said)


def typed_text(desk: Desk, box: str) -> str:
    """Return what stands in a box."""
    form = desk.work.record.form
    assert form is not None
    return form.boxes[box].text


def parked_for(value: Impossible, clinic: Path, secret: Path, folder: Path) -> set[str]:
    """Return for which reasons the command sets a row with this value aside."""
    file = folder / "value.csv"
    row = {"Patient number": "1", "Name": "Ann Marsh", "Sex": "F", "Date of birth": "1961-02-03",
           "Visit date": "2026-03-01", "BP (mmHg)": "150/90", "Height (cm)": "160", "Weight (kg)": "60",
           value.heading: value.text}  # fmt: skip
    file.write_text(f"{','.join(row)}\n{','.join(row.values())}\n", encoding="utf-8")
    ended = lantern("import", file, "--dry-run", "--json", "--store", clinic, "--passphrase-file", secret)
    return {reason["reason"] for parked in ended.json[0]["parked"] for reason in parked["reasons"]}
