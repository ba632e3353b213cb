"""Series of devices in the store: packed, added once, read by time, sealed, taken back, erased with their person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.entries import IdentifiedEntries, ParkedRow, Source
from engine.domain.problems import Problem, Reason
from engine.domain.record import Conversion, SourceKind, Value
from engine.domain.series import ABSENT, MEASURES, NO_OFFSET, Readings, SeriesCounts
from engine.errors import AccessError, StoreError, UsageError
from engine.store import (
    ArrivedReadings,
    Role,
    User,
    Vault,
    add_readings,
    imports,
    load_series,
    merge_people,
    series_held,
    unmerge_people,
    waiting_rows,
)
from engine.store.audit.chain import Flaw
from engine.store.audit_log import verify_store
from engine.store.erasure.erase import Order, erase_person
from engine.store.person_rows import person_rows
from engine.store.series import take_back_readings
from engine.store.series_blocks import MOST_READINGS, is_whole_block, pack, unpack
from tests.engine.store.conftest import CHEAP, NOW, PASSPHRASE
from tests.engine.store.entering import ANN, store

Sheet = Callable[..., IdentifiedEntries]
DAY = 86_400
START = (date(2025, 5, 1) - date(1970, 1, 1)).days * DAY
PLAIN = Conversion("mmol/L", "mmol/L", 1.0)
OLD = Conversion("mg/dL", "mmol/L", 0.05550621669626999)


def glucose(
    walls: Sequence[int], written: Sequence[int], method: str | None = "cgm", offset: int = NO_OFFSET
) -> Readings:
    count = len(walls)
    small = np.zeros((count, 1), dtype=np.int8)
    return Readings(
        measure="glucose",
        method=method,
        device="LT1",
        wall=np.array(walls, dtype=np.int64),
        offset=np.full(count, offset, dtype=np.int16),
        rows=np.arange(2, count + 2, dtype=np.int32),
        acts=np.arange(count, dtype=np.int32),
        arms=np.zeros(count, dtype=np.int8),
        written=np.array(written, dtype=np.int64).reshape(count, 1),
        decimals=small + 1,
        units=small,
        qualifiers=small,
        conversions=(PLAIN, OLD),
    )


def days(first: int, count: int) -> Readings:
    """A reading every five minutes, from 8 o'clock on day ``first`` after the start."""
    walls = [START + first * DAY + 8 * 3600 + 300 * step for step in range(count)]
    return glucose(walls, [60 + step % 40 for step in range(count)])


def arrived(readings: Readings, person: str = "ann", **more: object) -> ArrivedReadings:
    source = Source(SourceKind.IMPORTED, NOW, "user-1", "cgm.csv", "ab" * 32)
    return ArrivedReadings(source, "sibionics_clinic", {person: (readings,)}, len(readings), **more)  # type: ignore[arg-type]  # the test names the parts


def add(vault: Vault, readings: Readings, person: str = "ann", **more: object) -> SeriesCounts:
    return add_readings(vault, arrived(readings, person, **more), actor="user-1")


def walls(vault: Vault, person: str = "ann", **days: date) -> list[int]:
    return [wall for stored in load_series(vault, person, "glucose", **days) for wall in stored.readings.wall.tolist()]


@pytest.fixture
def people(vault: Vault, sheet: Sheet) -> Vault:
    bo: dict[str, Value | None] = {
        "person": "bo",
        "visit_date": "2024-01-02",
        "patient_id": "P2",
        "name": "Bo",
        "sbp_mmhg": 120.0,
    }
    store(vault, sheet, [ANN, bo])
    return vault


@given(
    st.lists(
        st.tuples(
            st.integers(START, START + 10**9),
            st.sampled_from([NO_OFFSET, -720, 0, 480, 840]),
            st.integers(1, 2**31 - 1),
            st.integers(0, 2),
            st.lists(
                st.tuples(
                    st.integers(-(10**12), 10**12), st.integers(ABSENT, 12), st.integers(0, 1), st.integers(0, 4)
                ),
                min_size=3,
                max_size=3,
            ),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_a_block_gives_back_exactly_what_was_packed(
    rows: list[tuple[int, int, int, int, list[tuple[int, ...]]]],
) -> None:
    table = np.array([row[4] for row in rows], dtype=np.int64)
    made = Readings(
        "pressure",
        None,
        "HEM",
        np.array([row[0] for row in rows], dtype=np.int64),
        np.array([row[1] for row in rows], dtype=np.int16),
        np.array([row[2] for row in rows], dtype=np.int32),
        np.arange(len(rows), dtype=np.int32),
        np.array([row[3] for row in rows], dtype=np.int8),
        table[:, :, 0],
        table[:, :, 1].astype(np.int8),
        table[:, :, 2].astype(np.int8),
        table[:, :, 3].astype(np.int8),
        (PLAIN, OLD),
    )
    sha256, content = pack(made)
    found = unpack(sha256, content, "pressure", None, "HEM")
    for name in ("wall", "offset", "rows", "arms", "written", "decimals", "units", "qualifiers"):
        assert np.array_equal(getattr(found, name), getattr(made, name)), name
    assert found.conversions == made.conversions
    assert found.identities() == made.identities()
    with pytest.raises(StoreError, match="store_damaged"):
        unpack(sha256, content[:-1], "pressure", None, "HEM")
    assert not is_whole_block("00" * 32, content)


def test_a_year_of_a_sensor_takes_little_room_and_is_read_by_days(people: Vault) -> None:
    year = days(0, 105_120)
    assert add(people, year) == SeriesCounts(105_120, 0, imports(people)[0].id)
    size = people.ledger.database.rows("SELECT sum(length(content)), count(*) FROM series_block")[0]
    assert size[0] < 4 * 105_120
    assert size[1] == -(-105_120 // MOST_READINGS)
    day = walls(people, since=date(2025, 6, 1), until=date(2025, 6, 1))
    assert day == [wall for wall in year.wall.tolist() if START + 31 * DAY <= wall < START + 32 * DAY]
    assert len(walls(people)) == 105_120
    (held,) = series_held(people, "ann")
    assert (held.readings, held.method, held.device, held.first.hour) == (105_120, "cgm", "LT1", 8)


def test_the_same_file_twice_and_one_that_overlaps_add_only_what_is_new(people: Vault) -> None:
    assert add(people, days(0, 100)).new == 100
    again = add(people, days(0, 100))
    assert (again.new, again.known) == (0, 100)
    more = add(people, days(0, 130))
    assert (more.new, more.known) == (30, 100)
    assert walls(people) == days(0, 130).wall.tolist()
    summary = imports(people)[0].counts
    assert (summary.rows_read, summary.rows_new, summary.rows_repeated, summary.reconciles()) == (130, 30, 100, True)


def test_other_values_methods_and_zones_at_the_same_wall_clock_are_other_readings(people: Vault) -> None:
    for readings in (
        glucose([START], [70]),
        glucose([START], [71]),
        glucose([START], [70], "meter"),
        glucose([START], [70], offset=480),
    ):
        assert add(people, readings).new == 1
    later = glucose([START - 7 * 3600], [70], offset=60)  # the same instant, told in another zone
    assert add(people, later).known == 1


def test_a_rehearsal_counts_and_leaves_nothing(people: Vault) -> None:
    add(people, days(0, 10))
    before = people.ledger.database.rows("SELECT count(*) FROM change")
    counted = add_readings(people, arrived(days(0, 12)), actor="user-1", rehearse=True)
    assert (counted.new, counted.known, counted.import_id) == (2, 10, None)
    assert people.ledger.database.rows("SELECT count(*) FROM change") == before


def test_each_person_has_their_own(people: Vault) -> None:
    add(people, days(0, 10))
    assert add(people, days(0, 10), "bo").new == 10
    assert walls(people, "ann") == walls(people, "bo")
    with pytest.raises(UsageError, match="person_unknown"):
        add(people, days(0, 10), "cy")


def test_records_that_are_joined_are_read_as_one_and_come_apart_again(people: Vault) -> None:
    add(people, days(0, 3))
    add(people, days(5, 4), "bo")
    merge_people(people, "ann", "bo", "user-1")
    assert walls(people) == days(0, 3).wall.tolist() + days(5, 4).wall.tolist()
    assert add(people, days(5, 4)).known == 4
    from engine.store import merges_of

    unmerge_people(people, merges_of(people, "ann")[0].id, "user-1")
    assert len(walls(people)) == 3


def test_an_import_is_taken_back_whole_and_nothing_else(people: Vault) -> None:
    add(people, days(0, 10))
    add(people, days(0, 25))
    last = people.ledger.database.rows("SELECT max(key) FROM import")[0][0]
    with people.change("user-1", "series.import") as change:
        assert take_back_readings(people, change, last) == 15
    assert walls(people) == days(0, 10).wall.tolist()
    assert add(people, days(0, 25)).new == 15


def test_what_is_set_aside_waits_for_a_person(people: Vault) -> None:
    parked = [ParkedRow(9, (Problem(Reason.IMPOSSIBLE_TIME, ("visit_date",)),), (("采集时间", "1970-01-01"),))]
    add(people, days(0, 3), parked=parked, repeats=2)
    assert [waiting.parked for waiting in waiting_rows(people)] == parked
    (entry,) = people.ledger.database.rows("SELECT subjects, detail FROM audit WHERE action = 'series.import'")
    assert entry == ('["ann"]', '{"readings_known":0,"readings_new":3,"readings_read":3}')


@pytest.mark.untied
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE series_block SET content = zeroblob(9) WHERE key = 1",
        "UPDATE series_block SET patient = 2 WHERE key = 1",
        "UPDATE series_block SET first_at = first_at + 1 WHERE key = 1",
        "DELETE FROM series_block WHERE key = 1",
    ],
)
def test_whoever_meddles_with_a_block_is_found(people: Vault, sql: str) -> None:
    add(people, days(0, 10))
    with people.scratch() as database:
        database.run(sql)
    findings = verify_store(people).findings
    assert {finding.flaw for finding in findings} <= {Flaw.ROWS_ALTERED, Flaw.ROWS_MISSING}
    assert [finding.table for finding in findings] == ["series_block"]


def test_a_person_is_handed_their_readings_and_erased_with_them(people: Vault) -> None:
    parked = [ParkedRow(9, (Problem(Reason.IMPOSSIBLE_VALUE, ()),), (("血糖值", "0.0"),))]
    add(people, days(0, 10), parked=parked)
    add(people, days(0, 4), "bo")
    handed: dict[str, Any] = dict(person_rows(people, "ann"))
    assert "content" not in handed["series_block"]["columns"]
    assert handed["series"]["rows"][0] == [1, 2, "2025-05-01T08:00:00", None, "", "random_glucose_mmol_l", 6.0, ""]
    assert len(handed["series"]["rows"]) == 10
    erased = erase_person(people, "ann", Order(reason="Asked in writing", retention="none"), PASSPHRASE, floor=CHEAP)
    assert (erased.counts["series_block"], erased.counts["parked_row"]) == (1, 1)
    assert [row[0] for row in people.ledger.database.rows("SELECT patient FROM series_block")] == [2]
    assert waiting_rows(people) == ()
    assert len(walls(people, "bo")) == 4


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.FRONT_DESK, Role.AUDITOR])
def test_only_who_may_read_records_reads_series(people: Vault, role: Role) -> None:
    add(people, days(0, 3))
    people.user = User(people.user.id, people.user.name, frozenset({role}))
    for act in (lambda: load_series(people, "ann", "glucose"), lambda: add(people, days(0, 4))):
        with pytest.raises(AccessError):
            act()


def test_every_measure_begins_with_a_field_of_its_own() -> None:
    assert len({fields[0] for fields in MEASURES.values()}) == len(MEASURES)
