"""Erasing a person through the front door: who has to agree, what the law keeps, what the proof says."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import pypdfium2  # type: ignore[import-untyped]  # ships no types
import pytest

from engine.domain.assessment import Clinic
from engine.domain.ports import FixedClock
from engine.errors import AccessError, BugError, EngineError, InputError, PassphraseError, UsageError
from engine.store import User, create_clinic, load_patient
from engine.store.audit_log import verify_store
from engine.store.signer import is_signed
from engine.store.slots import canonical
from engine.workflows import erase_person, export_person, users
from engine.workflows.backups import back_up
from engine.workflows.clinics import OpenClinic
from engine.workflows.erase_person import Basis, Done, Request
from engine.workflows.files import whole_file
from engine.workflows.import_files import ImportRequest, import_file
from engine.workflows.patients import find_patients
from engine.workflows.unlock import change_passphrase, unlock
from engine.workflows.users import EmergencyReason, Role, Second
from engine.workflows.who_saw import accesses

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
Opened = Callable[..., AbstractContextManager[OpenClinic]]
ADAS, BENS, CYS, DIS = "correct horse battery", "staple of the clinic", "auditing all day long", "only sees patients"
ROWS = "Patient ID,Name,Date of birth,Visit date,Systolic BP (mmHg)\nP1,Ann Oldham,1950-01-02,2005-02-03,141\n" + (
    "P2,Bea Newby,2000-05-05,2026-01-02,121\n"
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clinic of four people: two administrators, an auditor and a clinician; and two patients."""
    place = tmp_path_factory.mktemp("made")
    folder, clock = place / "clinic", FixedClock(NOW)
    settings: dict[str, float | bool | str] = {"country_iso3": "CHN"}
    create_clinic(folder, ADAS, Clinic("c-1", "Maple", settings), clock, owner=User("user-1", "Ada"))
    (place / "rows.csv").write_text(ROWS, encoding="utf-8")
    given = {}
    with unlock(folder, ADAS, clock).vault as vault:
        from engine.workflows.clinics import in_vault

        clinic = in_vault(vault, clock)
        assert import_file(clinic, place / "rows.csv", ImportRequest()).stored
        for name, role in (("Ben", Role.ADMINISTRATOR), ("Cy", Role.AUDITOR), ("Di", Role.CLINICIAN)):
            given[name] = users.add(clinic, ADAS, name, [role]).one_time
    for name, own in (("Ben", BENS), ("Cy", CYS), ("Di", DIS)):
        clinic = unlock(folder, given[name], clock, who=name)
        change_passphrase(clinic, given[name], own)
        clinic.vault.close()
    return folder


@pytest.fixture
def opened(tmp_path: Path, made: Path) -> Opened:
    """Opens a copy of the clinic as somebody: ``opened(BENS, "Ben")``."""
    shutil.copytree(made, tmp_path / "clinic")

    @contextmanager
    def opening(secret: str, who: str, days: int = 0) -> Iterator[OpenClinic]:
        clinic = unlock(tmp_path / "clinic", secret, FixedClock(NOW + timedelta(days=days)), who=who)
        with clinic.vault:
            yield clinic

    return opening


def read_proof(done: Done) -> dict[str, Any]:
    assert done.proof is not None
    return dict(json.loads(done.proof.read_text()))


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(EngineError) as caught:
        act()
    return caught.value.code


def test_an_administrator_who_sees_nobody_erases_with_another(opened: Opened, tmp_path: Path) -> None:
    with opened(BENS, "Ben") as clinic:
        assert refused(lambda: find_patients(clinic, "")) == "access_denied"
        (person,) = erase_person.people_numbered(clinic, "P1")
        assert refused(lambda: load_patient(clinic.vault, person)) == "access_denied"
        assert erase_person.plan(clinic, person).allowed  # twenty-one years after the only visit
        alone = Request("Asked in writing", proof=tmp_path / "proof")
        assert refused(lambda: erase_person.erase(clinic, BENS, person, alone)) == "access_two_people"
        clinician = Request("Asked in writing", second=Second("Di", DIS), proof=tmp_path / "proof")
        assert refused(lambda: erase_person.erase(clinic, BENS, person, clinician)) == "access_two_people"
        assert refused(lambda: erase_person.erase(clinic, ADAS, person, alone)) == "passphrase_wrong"
        request = Request(" Asked\nin writing ", second=Second("Ada", ADAS), proof=tmp_path / "proof")
        done = erase_person.erase(clinic, BENS, person, request)
        proof = read_proof(done)
        assert (proof["agreed"], proof["reason"], proof["basis"]) == ("user-1", "Asked in writing", None)
        assert proof["kept_until"] == "2020-02-03"
        assert "article 29" in proof["retention"]
        (past,) = erase_person.past(clinic)
        assert (past.by, past.persons, past.reason) == ("Ben", (person,), "Asked in writing")
    with opened_again(opened) as clinic:
        assert [each.patient_id for each in find_patients(clinic, "")] == ["P2"]
        assert verify_store(clinic.vault).sound


@contextmanager
def opened_again(opened: Opened) -> Iterator[OpenClinic]:
    with opened(ADAS, "Ada") as clinic:
        yield clinic


@pytest.mark.parametrize(("secret", "who"), [(CYS, "Cy"), (DIS, "Di")])
def test_nobody_else_erases(opened: Opened, secret: str, who: str) -> None:
    with opened(secret, who) as clinic:
        with pytest.raises(AccessError, match="access_denied"):
            erase_person.people_numbered(clinic, "P1")
        with pytest.raises(AccessError, match="access_denied"):
            erase_person.plan(clinic, "whoever")


def test_the_law_keeps_a_record_until_its_day_or_a_ground(opened: Opened, tmp_path: Path) -> None:
    second = Second("Ben", BENS)
    with opened_again(opened) as clinic:
        (person,) = erase_person.people_numbered(clinic, "P2")
        plan = erase_person.plan(clinic, person)
        assert (plan.allowed, plan.until) == (False, date(2041, 1, 2))
        request = Request("Asked", second=second, proof=tmp_path / "proof")
        with pytest.raises(UsageError) as caught:
            erase_person.erase(clinic, ADAS, person, request)
        assert (caught.value.code, caught.value.details["until"]) == ("retention_runs", "2041-01-02")
        assert not (tmp_path / "proof").exists()
        other = back_up(clinic, tmp_path / "other stick").backup.manifest
        made = back_up(clinic, tmp_path / "stick").backup.manifest
        (tmp_path / "other stick").rename(tmp_path / "in a drawer")
        grounded = Request("Asked", Basis.MISTAKE, second, tmp_path / "proof", "zh")
        done = erase_person.erase(clinic, ADAS, person, grounded)
        assert read_proof(done)["basis"] == "mistake"
        # Every backup that the log knows: the one in the drawer holds the person as well.
        told = {(each.name, each.folder.name, each.until, each.there) for each in done.backups}
        until = date(2027, 11, 1)
        assert told == {(made.name, "stick", until, True), (other.name, "other stick", until, False)}
        listed = [(each["name"], each["folder"], each["there"]) for each in read_proof(done)["backups"]]
        assert sorted(listed) == sorted((name, str(tmp_path / folder), there) for name, folder, _, there in told)
        assert done.page is not None
        with pypdfium2.PdfDocument(done.page) as document:
            page = "".join(part.get_textpage().get_text_bounded() for part in document)
        assert "别的存储盘" in "".join(page.split())
        said = clinic.vault.ledger.database.rows("SELECT count(*) FROM audit WHERE action = 'backup.verified'")
        assert said == [(len(listed),)]


def test_where_the_proof_cannot_be_written_nothing_is_removed(opened: Opened, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with opened_again(opened) as clinic:
        (person,) = erase_person.people_numbered(clinic, "P1")
        request = Request("Asked", second=Second("Ben", BENS), proof=tmp_path / "file")
        with pytest.raises(InputError, match="output_unwritable"):
            erase_person.erase(clinic, ADAS, person, request)
        assert load_patient(clinic.vault, person).name == "Ann Oldham"


def test_a_proof_in_the_clinics_own_folder_tells_no_reason_and_no_key(opened: Opened, tmp_path: Path) -> None:
    with opened_again(opened) as clinic:
        (person,) = erase_person.people_numbered(clinic, "P1")
        done = erase_person.erase(clinic, ADAS, person, Request("Ask the ward sister", second=Second("Ben", BENS)))
        kept = sorted((tmp_path / "clinic" / "erasures").iterdir())
        assert (done.unwritten, [done.proof, done.page]) == (None, kept)
        proof = json.loads(kept[0].read_text())
        assert proof["digest"] == done.erased.digest
        assert not {"reason", "salt"} & set(proof)
        assert done.erased.salt not in kept[0].read_text()
        with pypdfium2.PdfDocument(kept[1]) as page:
            text = page[0].get_textpage().get_text_bounded()
        assert done.erased.digest[:16] in text
        assert "sister" not in text
        assert erase_person.past(clinic)[0].reason == "Ask the ward sister"


@pytest.mark.parametrize("broken", ["written", "typeset", "nowhere"])
def test_what_goes_wrong_with_the_proof_afterwards_loses_no_proof(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    asked, kept = tmp_path / "proof", tmp_path / "clinic" / "erasures"

    def failing(path: Path, *, in_clinic: bool = False) -> AbstractContextManager[BinaryIO]:
        if broken == "nowhere" or (broken == "written" and asked in path.parents):
            raise InputError("output_unwritable")
        return whole_file(path, in_clinic=in_clinic)

    def unset(*_: object) -> bytes:
        raise BugError("report_not_set")

    monkeypatch.setattr(erase_person, "whole_file", failing)
    if broken == "typeset":
        monkeypatch.setattr(erase_person, "typeset_document", unset)
    with opened_again(opened) as clinic:
        (person,) = erase_person.people_numbered(clinic, "P1")
        done = erase_person.erase(clinic, ADAS, person, Request("Asked", second=Second("Ben", BENS), proof=asked))
        assert erase_person.people_numbered(clinic, "P1") == ()
    assert done.page is None
    if broken == "typeset":
        assert (done.unwritten, done.proof) == (None, next(asked.iterdir()))
        return
    assert done.unwritten is not None
    whole = json.loads(done.unwritten)
    assert (whole["reason"], whole["salt"]) == ("Asked", done.erased.salt)
    body = {name: value for name, value in whole.items() if name != "signature"}
    assert is_signed(canonical(body), bytes.fromhex(whole["signature"]), bytes.fromhex(whole["key"]))
    if broken == "nowhere":
        assert done.proof is None
    else:
        assert done.proof == next(kept.iterdir())
        assert not {"reason", "salt"} & set(read_proof(done))


def test_a_wrong_passphrase_is_counted_as_at_the_unlock_page(opened: Opened, tmp_path: Path) -> None:
    with opened_again(opened) as clinic:
        (person,) = erase_person.people_numbered(clinic, "P1")
        request = Request("Asked", second=Second("Ben", BENS), proof=tmp_path / "proof")
        codes = [refused(lambda: erase_person.erase(clinic, "guess", person, request)) for _ in range(6)]
        assert codes == ["passphrase_wrong"] * 5 + ["passphrase_wait"]
        with pytest.raises(PassphraseError, match="passphrase_wait"):
            erase_person.erase(clinic, ADAS, person, request)


def test_who_saw_tells_of_an_emergency_and_of_each_role(opened: Opened, tmp_path: Path) -> None:
    with opened(BENS, "Ben") as clinic:
        (person,) = erase_person.people_numbered(clinic, "P2")
        users.break_glass(clinic, BENS, person, EmergencyReason.DANGER, "Bea fainted at the door")
        with pytest.raises(AccessError, match="access_denied"):
            accesses(clinic, person)
    with opened(DIS, "Di") as clinic:
        secret = "a passphrase for the file"
        export_person.export_person(clinic, person, secret, tmp_path / "out")
        find_patients(clinic, "")
    with opened(CYS, "Cy") as clinic:
        from engine.wording import load_wording
        from engine.workflows.audit import people_of_audit
        from engine.workflows.who_saw import access_table

        assert people_of_audit(clinic, "P2") == (person,)
        with pytest.raises(AccessError, match="access_denied"):
            export_person.export_person(clinic, person, secret, tmp_path / "out")
        found = accesses(clinic, person)
        said = {(each.name, each.action) for each in found}
        assert {
            ("Ada", "entry.import"),
            ("Ben", "emergency.open"),
            ("Di", "person.export"),
            ("Di", "list.view"),
        } <= said
        rows = access_table(found, load_wording("en")).rows
        (emergency,) = [row for row in rows if row[1] == "Ben"]
        assert emergency[2:] == ("Administrator", "Opened the record in an emergency: Danger to life or limb")
        assert not any("fainted" in cell for row in rows for cell in row)
        assert [row[2] for row in rows if row[1] == "Di"] == ["Clinician", "Clinician"]
