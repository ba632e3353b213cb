"""The second schema: stores made before it gain spellings and heads, and end up as new ones begin."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from engine.domain.assessment import Assessment, Clinic, Explanation
from engine.domain.entries import IdentifiedEntries
from engine.domain.ports import FixedClock
from engine.domain.results import Code, Note, OutputValue, PackRef, RiskResult, Status
from engine.errors import BugError
from engine.store import Vault, apply_entries, find_patients, load_record, save_assessments
from engine.store.assessment_heads import encode
from engine.store.database import Database
from engine.store.identity import search_text
from engine.store.migrate import check_stamp, migrate, stamp
from engine.store.schema import MIGRATIONS

Sheet = Callable[..., IdentifiedEntries]
MADE = datetime(2025, 6, 30, 9, 0, tzinfo=UTC)
PEOPLE = [
    ("王建国", "P1", "138-0013-8000"),
    ("单雄信", "P2", None),
    ("Žofie Nováková", "P3", None),
    ("Ann Nova", None, None),
    (None, "P5", "555"),
]
KFRE = RiskResult(
    PackRef("kfre_4v", "1", "ab"),
    Status.OK,
    (OutputValue("risk_2y", 0.01), OutputValue("risk_5y", 0.04)),
    {"main": "lt5", "two_year": "lt10"},
    (),
)
REFUSED = RiskResult(
    PackRef("score2", "1", "cd"),
    Status.REFUSED,
    (OutputValue("risk_10y", None),),
    {},
    (Note("smoker", Code.MISSING), Note("age", Code.OUT_OF_RANGE), Note("sbp_mmhg", Code.MISSING)),
)
HEADS = "SELECT assessment, patient, visit, day, pack, output, number, band, missing FROM assessment_head ORDER BY 1"


@pytest.fixture
def old(tmp_path: Path, clock: FixedClock) -> Iterator[Database]:
    """A database of the first schema with people in it, and what they were found by then."""
    database = Database.open(tmp_path / "store.db", bytes(32), create=True)
    stamp(database)
    migrate(database, clock, MIGRATIONS[:1])
    database.run("INSERT INTO change VALUES (1, '2025-01-01T00:00:00+00:00', 'user-1', 'import')")
    for key, (name, number, phone) in enumerate(PEOPLE, 1):
        database.run(
            "INSERT INTO patient(key, id, root, search, name, patient_id, phone, change)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, 1)",
            (key, f"person-{key}", key, _searched_before(name, number, phone), name, number, phone),
        )
    database.run("INSERT INTO visit(key, id, patient, day, change) VALUES (1, 'visit-1', 1, 739000, 1)")
    yield database
    database.close()


def _searched_before(name: str | None, number: str | None, phone: str | None) -> str:
    """What version 1 wrote: the same lines without spellings."""
    whole = search_text({"name": name, "patient_id": number, "phone": phone}).split("\n")
    digits = phone is not None and not phone.isdigit()
    return "\n".join(whole[: 4 if digits else 3])


def _assessment(vault: Vault) -> Assessment:
    record = load_record(vault, "ann")
    return Assessment(
        id="A1",
        patient=record.patient,
        visit_id=record.visits[0].id,
        visit_date=record.visits[0].visit_date,
        made_at=MADE,
        program_version="0.1.0",
        clinic=Clinic("clinic-1", "Maple Lane", {}),
        inputs=(),
        results=(REFUSED, KFRE),
        explanations=(Explanation("kfre_4v", "risk_5y", "one_at_a_time", 0.04, None, ()),),
        headline_pack="kfre_4v",
    )


def _schema(database: Database) -> list[tuple[object, ...]]:
    return database.rows("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name")


def test_an_old_store_ends_up_with_the_schema_of_a_new_one(old: Database, tmp_path: Path, clock: FixedClock) -> None:
    fresh = Database.open(tmp_path / "fresh.db", bytes(32), create=True)
    stamp(fresh)
    assert migrate(fresh, clock, MIGRATIONS[:2]) == [1, 2]
    assert migrate(old, clock, MIGRATIONS[:2]) == [2]
    assert _schema(old) == _schema(fresh)
    assert check_stamp(old) == check_stamp(fresh) == 2
    fresh.close()


def test_people_stored_before_are_found_by_pinyin_afterwards(old: Database, clock: FixedClock) -> None:
    before: dict[int, str] = dict(old.rows("SELECT key, search FROM patient"))
    migrate(old, clock, MIGRATIONS[:2])
    after: dict[int, str] = dict(old.rows("SELECT key, search FROM patient"))
    assert after[1] == before[1] + "\nwangjianguo\nwjg"
    assert after[2] == before[2] + "\nshanxiongxin\ndanxiongxin\nsxx\ndxx"
    assert {key: after[key] for key in (3, 4, 5)} == {key: before[key] for key in (3, 4, 5)}
    for key, (name, number, phone) in enumerate(PEOPLE, 1):
        assert after[key] == search_text({"name": name, "patient_id": number, "phone": phone})


def test_more_people_than_are_filled_at_once(old: Database, clock: FixedClock) -> None:
    old.begin()
    old.many(
        "INSERT INTO patient(key, id, root, search, name, change) VALUES (?, ?, ?, '', '李娜', 1)",
        ((key, f"person-{key}", key) for key in range(10, 4_511)),
    )
    old.commit()
    migrate(old, clock, MIGRATIONS[:2])
    assert old.rows("SELECT count(*) FROM patient WHERE search LIKE '%lina%'") == [(4_501,)]


def test_heads_are_made_of_assessments_saved_before(
    vault: Vault, sheet: Sheet, old: Database, clock: FixedClock
) -> None:
    rows = [{"person": "ann", "visit_date": "2024-01-02", "name": "Ann", "sbp_mmhg": 140.0}]
    apply_entries(vault, sheet(rows), actor="user-1")
    lead = _assessment(vault)
    alone = replace(lead, id="A2", results=(REFUSED,), explanations=(), headline_pack=None)
    save_assessments(vault, [lead, alone], "user-1")
    day = date(2024, 1, 2).toordinal()
    saved = vault._database.rows(HEADS)
    assert [row[3:] for row in saved] == [
        (day, "kfre_4v", "risk_5y", 0.04, "lt5", "score2:smoker,sbp_mmhg"),  # the main output, not the first
        (day, None, None, None, None, "score2:smoker,sbp_mmhg"),
    ]
    for key, one in enumerate((lead, alone), 1):
        old.run(
            "INSERT INTO assessment VALUES (?, ?, 1, 1, ?, '', '', ?, ?, ?, 1)",
            (key, one.id, day, one.headline_pack, *encode(one)),
        )
    old.run("INSERT INTO assessment VALUES (3, 'A3', 1, 1, ?, '', '', 'score2', 'ab', x'00', 1)", (day,))
    migrate(old, clock, MIGRATIONS[:2])
    filled = old.rows(HEADS)
    assert [row[3:] for row in filled[:2]] == [row[3:] for row in saved]
    assert filled[2] == (3, 1, 1, day, None, None, None, None, None)  # damaged: says so when it is opened


def test_a_step_that_fails_while_filling_leaves_the_version_before(old: Database, clock: FixedClock) -> None:
    def fail(database: Database) -> None:
        database.run("UPDATE patient SET search = 'lost'")
        raise RuntimeError

    broken = replace(MIGRATIONS[1], fill=fail)
    before = old.rows("SELECT key, search FROM patient")
    with pytest.raises(RuntimeError):
        migrate(old, clock, [MIGRATIONS[0], broken])
    assert check_stamp(old) == 1
    assert old.rows("SELECT key, search FROM patient") == before
    assert migrate(old, clock, MIGRATIONS[:2]) == [2]


def test_a_head_never_changes(vault: Vault, sheet: Sheet) -> None:
    rows = [{"person": "ann", "visit_date": "2024-01-02", "name": "Ann"}]
    apply_entries(vault, sheet(rows), actor="user-1")
    save_assessments(vault, [_assessment(vault)], "user-1")
    for sql in ("UPDATE assessment_head SET number = 0.9", "DELETE FROM assessment_head"):
        with pytest.raises(BugError, match="store_statement"), vault.scratch() as database:
            database.run(sql)


def test_new_people_are_found_by_pinyin(vault: Vault, sheet: Sheet) -> None:
    rows = [{"person": "a", "visit_date": "2024-01-02", "name": "单雄信"}]
    apply_entries(vault, sheet(rows), actor="user-1")
    assert [len(find_patients(vault, query)) for query in ("shanxiong", "sxx", "xiong shan", "zhang")] == [1, 1, 1, 0]
