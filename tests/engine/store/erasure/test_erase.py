"""Erasing one person: nothing of theirs is left for who has the key, and everything else is as provable as before."""

from __future__ import annotations

import json
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.domain.assessment import Assessment, Clinic
from engine.domain.consent import Answer, ConsentKind, ConsentState, ConsentWay
from engine.domain.entries import IdentifiedEntries, ParkedRow
from engine.domain.ports import FixedClock
from engine.domain.problems import Problem, Reason
from engine.domain.ranges import OutputSpread, RangeResult
from engine.domain.record import Certainty, Condition, Origin, SourceKind
from engine.domain.results import Code, Note, OutputValue, PackRef, RiskResult, Status
from engine.errors import AccessError, PassphraseError, UsageError
from engine.store import (
    EmergencyReason,
    Role,
    SavedReport,
    User,
    Vault,
    add_item,
    apply_entries,
    create_clinic,
    edit_identity,
    find_patients,
    load_record,
    merge_people,
    move_visit,
    open_clinic,
    open_emergency,
    save_assessments,
    save_draft,
    save_report,
    unmerge_people,
)
from engine.store.access import slots_at_hand
from engine.store.audit.chain import Flaw
from engine.store.audit_log import verify_store
from engine.store.consents import record_consent
from engine.store.erasure.erase import Erased, Order, erase_person, erasures, would_erase
from engine.store.erasure.notices import FILE, parse_notice
from engine.store.erasure.scope import TABLES, rows_of, scope_of
from engine.store.identity import fold
from tests.engine.store.conftest import CHEAP, NOW, PASSPHRASE
from tests.engine.store.entering import Rows, store

Sheet = Callable[..., IdentifiedEntries]
ORDER = Order(reason="Asked for it in writing", retention="none")
# What tells the person, and stands in no other record: number, name, its spelling, phone, texts as written, ...
PLANTED = (
    "ZQ-77-KANARI", "Zebulon Quillfeather", "zebulon", "Zebby", "0161-4960-771", "14 Canary Wharf Row", "Vogelsang",
    "zebulon-of-quillfeather.csv", "Canary disease note", "canary told on the phone", "Guardian Kanariova",
    "Zebulon's draft", "197.625", "1957-03-09", "KANARI parked",
)  # fmt: skip
PAGE = 4096
_ORIGIN = Origin(SourceKind.TYPED, NOW)


def erase(vault: Vault, person: str = "zeb", order: Order = ORDER) -> Erased:
    return erase_person(vault, person, order, PASSPHRASE, floor=CHEAP)


def made(vault: Vault, person: str, id_: str) -> Assessment:
    record = load_record(vault, person)
    pack = PackRef("score2", "1.0.0", "ab" * 32)
    return Assessment(
        id=id_,
        patient=record.patient,
        visit_id=record.visits[0].id,
        visit_date=record.visits[0].visit_date,
        made_at=NOW,
        program_version="0.1.0",
        clinic=Clinic("clinic-1", "Maple Lane", {}),
        inputs=(),
        results=(RiskResult(pack, Status.OK, (OutputValue("risk_10y", 0.3),), {"main": "high"}, ()),),
        explanations=(),
        headline_pack=None,
        ranges=(RangeResult(pack, (OutputSpread("risk_10y", 0.1, 0.2, 0.3),), (), (Note("hdl", Code.MISSING),)),),
    )


def fill(vault: Vault, sheet: Sheet) -> None:
    """Two people who share a file, and one of them everywhere a person can be."""
    shared: Rows = [
        {"person": "bo", "visit_date": "2024-01-02", "patient_id": "P2", "name": "Bo", "sbp_mmhg": 120.0},
        {"person": "zeb", "visit_date": "2024-01-02", "patient_id": "ZQ-77-KANARI", "name": "Zebulon Quillfeather",
         "phone": "0161-4960-771", "address": "14 Canary Wharf Row", "village": "Vogelsang", "birth_date": "1957-03-09",
         "sbp_mmhg": 197.625, "sbp_mmhg#2": 198.0},
    ]  # fmt: skip
    texts = {"name": ["Bo ", "Zebulon  QUILLFEATHER"], "sbp_mmhg": ["120", "197.625 mmHg"]}
    store(vault, sheet, shared, texts=texts)
    own: Rows = [
        {"person": "zeb", "visit_date": "2024-03-02", "name": "Zebby", "sbp_mmhg": 140.0},
        {"person": "zeb2", "visit_date": "2024-03-03", "name": "Zebulon Quillfeather", "sbp_mmhg": 141.0},
    ]
    store(vault, sheet, own, file_name="zebulon-of-quillfeather.csv")
    edit_identity(vault, "zeb", {"phone": None}, "user-1")
    condition = Condition("", "diabetes", Certainty.CONFIRMED, _ORIGIN, note="Canary disease note")
    add_item(vault, "zeb", condition, "user-1")
    save_assessments(vault, [made(vault, "zeb", "A1"), made(vault, "bo", "A2")], "user-1")
    save_report(vault, SavedReport("AB-CDEF-GHJK", "A1", "patient", "en", "a4", 2, "ab" * 32, NOW), "user-1")
    open_emergency(vault, PASSPHRASE, "zeb", EmergencyReason.OTHER, "canary told on the phone", floor=CHEAP)
    save_draft(vault, "visit", {"note": "Zebulon's draft"}, "user-1", person_id="zeb")
    save_draft(vault, "visit", {"name": "Zebulon Quillfeather", "patient_id": "ZQ-77-KANARI"}, "user-1")
    save_draft(vault, "visit", {"name": "Somebody Else"}, "user-1")
    consent = Answer(
        ConsentKind.RISK, ConsentState.GIVEN, date(2024, 1, 2), ConsentWay.SIGNED, "1", "Guardian Kanariova"
    )
    record_consent(vault, "zeb", consent, "user-1")
    merge_people(vault, "zeb", "zeb2", "user-1")
    with vault.change("user-1", "entry.import") as change, vault.granting():
        from engine.store.ingest.parked import store_parked

        problems = (Problem(Reason.FUTURE_DATE, ("visit_date",)),)
        headers = [("Header of patient_id", "zq-77-kanari"), ("Header of name", "KANARI parked")]
        others = [("Header of patient_id", "P9"), ("Header of name", "Bo")]
        parked = [ParkedRow(9, problems, tuple(headers)), ParkedRow(10, problems, tuple(others))]
        assert store_parked(vault, change, parked, 1) == 2


def pages(folder: Path, data_key: bytes) -> bytes:
    """Every page of the database as who has the key reads it: written out without a key, free pages included."""
    content = (folder / "store.db").read_bytes()
    assert len(content) % PAGE == 0
    return b"".join(decrypted(content, data_key, PAGE, number) for number in range(1, len(content) // PAGE + 1))


def decrypted(content: bytes, key: bytes, size: int, number: int) -> bytes:
    """One page as SQLCipher 4 keeps it: AES-256-CBC, its vector and an HMAC-SHA512 in the last 80 bytes."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    page = content[(number - 1) * size : number * size]
    start, end = (16 if number == 1 else 0), size - 80
    reader = Cipher(algorithms.AES(key), modes.CBC(page[end : end + 16])).decryptor()
    return reader.update(page[start:end]) + reader.finalize()


def planted_in(content: bytes) -> list[str]:
    """The planted texts that stand somewhere, in whatever form the store writes them."""
    found = []
    for text in PLANTED:
        forms = {text, fold(text), json.dumps(text)[1:-1]}
        if any(form.encode() in content for form in forms):
            found.append(text)
    return found


@pytest.fixture
def filled(vault: Vault, sheet: Sheet) -> Vault:
    fill(vault, sheet)
    return vault


def key_of(vault: Vault) -> bytes:
    with vault.granting():
        return slots_at_hand(vault, PASSPHRASE, CHEAP).keys.data_key


def checkpointed(vault: Vault) -> Path:
    vault.ledger.database.run("PRAGMA wal_checkpoint(TRUNCATE)")
    return vault.folder


@pytest.mark.untied
def test_nothing_of_the_person_is_left_in_any_page(filled: Vault) -> None:
    key = key_of(filled)
    before = planted_in(pages(checkpointed(filled), key))
    assert {"ZQ-77-KANARI", "Zebulon Quillfeather", "14 Canary Wharf Row", "canary told on the phone"} <= set(before)
    contents = filled.ledger.database.rows("SELECT content FROM assessment WHERE id = 'A1'")
    details = filled.ledger.database.rows("SELECT subjects || detail FROM audit")
    assert planted_in("".join(row[0] for row in details).encode()) == []  # these stay
    erased = erase(filled)
    assert erased.finished
    left = pages(checkpointed(filled), key)
    assert planted_in(left) == []
    assert contents[0][0] not in left
    assert not (filled.folder / "store.db-wal").read_bytes()
    assert [row[0] for row in filled.ledger.database.rows("SELECT id FROM patient ORDER BY key")] == ["bo"]


def test_the_rest_is_as_sound_as_before_and_still_there(filled: Vault) -> None:
    bo = load_record(filled, "bo")
    counted = would_erase(filled, "zeb")
    erased = erase(filled)
    assert erased.counts == counted
    assert {"patient", "attribute", "visit", "measurement", "assessment", "report", "draft", "consent", "merge",
            "parked_row", "setting", "condition", "import_row", "assessment_range"} <= set(counted)  # fmt: skip
    assert (counted["draft"], counted["parked_row"], counted["patient"]) == (2, 1, 2)
    found = verify_store(filled)
    assert (found.findings, found.sound) == ((), True)
    assert load_record(filled, "bo") == bo
    with pytest.raises(UsageError, match="person_unknown"):
        load_record(filled, "zeb")
    assert [person.id for person in find_patients(filled)] == ["bo"]
    (remembered,) = erasures(filled)
    assert remembered.persons == ("zeb", "zeb2")
    assert (remembered.reason, remembered.digest) == (ORDER.reason, erased.digest)
    (entry,) = filled.ledger.database.rows("SELECT subjects, detail FROM audit WHERE action = 'person.erase'")
    assert json.loads(entry[0]) == ["zeb", "zeb2"]
    assert set(json.loads(entry[1])) == {"erasure", "rows", "basis"}


def test_no_digest_of_a_row_is_left_to_guess_at(filled: Vault) -> None:
    """Who knows a person could hash their row and look for it; the parts that held it hold nothing now."""
    from engine.store.audit.digests import all_leaves
    from engine.store.audit.units import BY_TABLE

    database = filled.ledger.database
    people = [row[0] for row in database.rows("SELECT key FROM patient WHERE id <> 'bo'")]
    visits = [row[0] for key in people for row in database.rows("SELECT key FROM visit WHERE patient = ?", (key,))]
    keys = {"patient": people, "attribute": people, "consent": people, "measurement": visits}
    guesses = [
        bytes(leaf["digest"])
        for table, owners in keys.items()
        for part in all_leaves(database, BY_TABLE[table])
        for leaf in part
        if leaf["owner"] in owners
    ]
    assert len(guesses) >= 6
    sealed = b"".join(row[0] for row in database.rows("SELECT leaves FROM seal"))
    assert all(guess in sealed for guess in guesses)
    erase(filled)
    sealed = b"".join(row[0] for row in database.rows("SELECT leaves FROM seal"))
    assert not any(guess in sealed for guess in guesses)
    left = database.rows("SELECT digest FROM erasure")[0][0]
    assert len(left) == 64


def test_the_digest_of_what_was_removed_is_proven_with_the_salt_alone(filled: Vault) -> None:
    import hashlib
    import hmac

    with filled.granting():
        scope = scope_of(filled, "zeb")
        said = "".join(f"{table} {row!a}\n" for table in TABLES for row in rows_of(filled, scope, table)[1])
    erased = erase(filled)
    assert hmac.digest(bytes.fromhex(erased.salt), said.encode("ascii"), "sha256").hex() == erased.digest
    assert hashlib.sha256(said.encode("ascii")).hexdigest() != erased.digest


@pytest.mark.untied
def test_emptying_a_seal_that_no_erasure_names_is_found(filled: Vault) -> None:
    erase(filled)
    with filled.scratch() as database:
        database.run("DROP TRIGGER seal_no_update")
        key = database.rows("SELECT max(key) FROM seal WHERE digest IS NULL AND unit = 3")[0][0]
        database.run("UPDATE seal SET digest = zeroblob(32), leaves = x'' WHERE key = ?", (key,))
    assert Flaw.SEAL_OTHER in {finding.flaw for finding in verify_store(filled).findings}


def test_what_is_kept_for_ever_is_kept_for_ever_afterwards(filled: Vault) -> None:
    erase(filled)
    from engine.errors import BugError

    for sql in ("DELETE FROM assessment", "UPDATE seal SET unit = 1", "DELETE FROM erasure", "DELETE FROM audit"):
        with pytest.raises(BugError, match="store_statement"), filled.scratch() as database:
            database.run(sql)


def test_a_second_person_of_the_same_file_can_go_too(filled: Vault, sheet: Sheet) -> None:
    rows: Rows = [{"person": "cy", "visit_date": "2024-05-05", "patient_id": "P3", "name": "Cy", "sbp_mmhg": 111.0}]
    store(filled, sheet, rows)
    erase(filled)
    erase(filled, "bo")
    assert verify_store(filled).findings == ()
    assert [person.id for person in find_patients(filled)] == ["cy"]
    store(filled, sheet, [{"person": "di", "visit_date": "2024-05-05", "name": "Di"}])  # takes keys that are free again
    assert verify_store(filled).findings == ()


def test_visits_that_went_to_somebody_else_stay_with_them(filled: Vault) -> None:
    moved = load_record(filled, "zeb").visits[0]
    move_visit(filled, moved.id, "user-1", to_date=moved.visit_date.replace(day=9), to_person_id="bo")
    erase(filled)
    assert moved.id in {visit.id for visit in load_record(filled, "bo").visits}
    assert filled.ledger.database.rows("SELECT count(*) FROM visit_move") == [(0,)]
    assert filled.ledger.database.rows("SELECT count(*) FROM assessment WHERE id = 'A1'") == [(0,)]


def test_two_that_were_taken_apart_are_two_people(filled: Vault) -> None:
    (merge,) = filled.ledger.database.rows("SELECT id FROM merge")
    unmerge_people(filled, merge[0], "user-1")
    assert erase(filled).counts["patient"] == 1
    assert load_record(filled, "zeb2").patient.name == "Zebulon Quillfeather"
    assert filled.ledger.database.rows("SELECT count(*) FROM merge") == [(0,)]


def test_a_file_named_after_somebody_is_forgotten_when_nobody_else_was_in_it(filled: Vault) -> None:
    erase(filled)
    names = filled.ledger.database.rows("SELECT file_name FROM import WHERE kind = 'imported' ORDER BY key")
    assert names == [("visits.csv",), (None,)]


def test_texts_that_a_column_keeps_lose_those_of_the_person_alone(filled: Vault) -> None:
    erase(filled)
    texts = "".join(str(row[0]) for row in filled.ledger.database.rows("SELECT texts FROM import_column"))
    assert "120" in texts or "Bo " in texts
    assert "197.625" not in texts
    assert "QUILL" not in texts.upper()


@pytest.mark.parametrize("reason", ["Zebulon Quillfeather asked", "about zq-77-kanari", "call 0161-4960-771"])
def test_a_reason_that_names_the_person_would_stay_and_is_refused(filled: Vault, reason: str) -> None:
    with pytest.raises(UsageError, match="erase_reason_names"):
        erase(filled, order=replace(ORDER, reason=reason))
    with pytest.raises(UsageError, match="reason_needed"):
        erase(filled, order=replace(ORDER, reason=" "))
    assert load_record(filled, "zeb").visits


def test_who_may_not_or_does_not_know_the_passphrase_erases_nothing(filled: Vault) -> None:
    with pytest.raises(PassphraseError, match="passphrase_wrong"):
        erase_person(filled, "zeb", ORDER, "another one", floor=CHEAP)
    filled.user = User("user-1", "Ada", frozenset({Role.CLINICIAN}))
    with pytest.raises(AccessError, match="access_denied"):
        erase(filled)
    with pytest.raises(AccessError, match="access_denied"):
        would_erase(filled, "zeb")
    assert load_record(filled, "zeb").visits


def test_a_notice_lies_beside_the_store_and_says_no_more_than_ids(filled: Vault) -> None:
    erased = erase(filled)
    (line,) = (filled.folder / FILE).read_text().splitlines()
    notice = parse_notice(line)
    assert notice == erased.notice
    assert notice is not None
    assert set(json.loads(line)) == {"format", "store", "id", "persons", "at", "by", "key", "signature"}
    assert parse_notice(line.replace("zeb2", "bo")) is None
    assert parse_notice("{}") is None


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(["a", "b", "c", "d"]), gone=st.integers(1, 3), merged=st.booleans())
def test_whoever_goes_the_others_stay_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, sheet: Sheet, order: list[str], gone: int, merged: bool
) -> None:
    folder = tmp_path_factory.mktemp("any") / "clinic"
    clock = FixedClock(datetime(2025, 6, 30, tzinfo=UTC))
    create_clinic(folder, PASSPHRASE, Clinic("clinic-1", "Maple", {}), clock, owner=User("user-1", "Ada"), cost=CHEAP)
    with open_clinic(folder, PASSPHRASE, clock, floor=CHEAP) as vault:
        for day in ("2024-01-02", "2024-02-02"):
            rows = [
                {"person": one, "visit_date": day, "name": f"N{one}", "sbp_mmhg": 100.0 + ord(one)} for one in order
            ]
            apply_entries(vault, sheet(rows), actor="user-1")
        if merged:
            merge_people(vault, order[0], order[-1], "user-1")
        victims = set(order[:gone]) | ({order[-1]} if merged else set())
        stay = {one: load_record(vault, one) for one in order if one not in victims}
        for one in order[:gone]:
            erase(vault, one)
        assert verify_store(vault).findings == ()
        assert {one: load_record(vault, one) for one in stay} == stay
        assert {person.id for person in find_patients(vault)} == set(stay)


KILLED = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from engine.domain.ports import FixedClock
from engine.store import Cost, open_clinic
from engine.store.audit.anchor import AnchorFiles
from engine.store.change import Change
from engine.store.database import Database
from engine.store.erasure.erase import Order, erase_person

place, where = Path(sys.argv[1]), sys.argv[2]
armed = False

def stop_at(owner, name, met):
    act = getattr(owner, name)
    def wrapped(self, *arguments, **named):
        if armed and met(*arguments):
            os._exit(9)  # as a power cut: nothing is tidied away
        return act(self, *arguments, **named)
    setattr(owner, name, wrapped)

for owner in (Change, Database):
    stop_at(owner, "run", lambda sql, *rest: sql.startswith(where))
stop_at(Database, "copy_into", lambda *rest: where == "copy")
stop_at(AnchorFiles, "write", lambda *rest: where == "anchor")
clock = FixedClock(datetime(2025, 6, 30, 9, tzinfo=UTC))
vault = open_clinic(place, "correct horse battery", clock, floor=Cost(64, 1, 1))
armed = True
erase_person(vault, "zeb", Order("Asked", "none"), "correct horse battery", floor=Cost(64, 1, 1))
os._exit(9)
"""
BEFORE = (
    "DROP TRIGGER", "DELETE FROM report", "DELETE FROM patient", "DELETE FROM draft", "UPDATE seal",
    "INSERT INTO erasure", "INSERT OR IGNORE INTO unscrubbed", "CREATE TRIGGER", "COMMIT",
)  # fmt: skip
AFTER = ("anchor", "VACUUM INTO", "copy", "DELETE FROM unscrubbed", "nowhere")


@pytest.mark.untied
@pytest.mark.parametrize("where", [*BEFORE, *AFTER])
def test_killed_in_the_middle_it_is_all_or_nothing_and_ended_at_the_next_opening(
    filled: Vault, clock: FixedClock, where: str
) -> None:
    key = key_of(filled)
    filled.close()
    folder = filled.folder
    done = subprocess.run([sys.executable, "-c", KILLED, str(folder), where], capture_output=True, check=False)
    assert done.returncode == 9, done.stderr
    with open_clinic(folder, PASSPHRASE, clock, floor=CHEAP) as vault:
        assert verify_store(vault).findings == ()
        there = {person.id for person in find_patients(vault)}
        assert there == ({"bo", "zeb"} if where in BEFORE else {"bo"})
        assert vault.ledger.database.rows("SELECT count(*) FROM unscrubbed") == [(0,)]
        assert not list(folder.glob(".store-scrub*"))
    left = planted_in(pages(folder, key))
    if where in BEFORE:
        assert "14 Canary Wharf Row" in left
    else:
        assert left == []
        assert (folder / FILE).is_file()


@pytest.mark.untied
def test_where_the_pages_cannot_be_rewritten_it_is_told_and_done_at_the_next_opening(
    filled: Vault, clock: FixedClock
) -> None:
    key, folder = key_of(filled), filled.folder
    (folder / ".store-scrub.db").mkdir()
    erased = erase(filled)
    assert not erased.finished
    assert verify_store(filled).sound
    filled.close()
    with open_clinic(folder, PASSPHRASE, clock, floor=CHEAP) as vault:  # nobody is kept out by it
        assert vault.ledger.database.rows("SELECT count(*) FROM unscrubbed") == [(1,)]
    (folder / ".store-scrub.db").rmdir()
    with open_clinic(folder, PASSPHRASE, clock, floor=CHEAP) as vault:
        assert vault.ledger.database.rows("SELECT count(*) FROM unscrubbed") == [(0,)]
        assert verify_store(vault).sound
    assert planted_in(pages(folder, key)) == []


def test_zlib_content_is_what_the_pages_are_searched_for(filled: Vault) -> None:
    """The planted name stands inside a packed assessment, which a search for text alone would not see."""
    (content,) = filled.ledger.database.rows("SELECT content FROM assessment WHERE id = 'A1'")
    assert b"ZQ-77-KANARI" in zlib.decompress(content[0])


@pytest.fixture(autouse=True)
def _no_leftovers(tmp_path: Path) -> Iterator[None]:
    yield
    assert not list(tmp_path.rglob("*.part"))
