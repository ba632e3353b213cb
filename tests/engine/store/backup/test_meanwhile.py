"""A backup lets other work have its turn, is stopped without a trace, and a drill returns people to compare."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.domain.ports import FixedClock
from engine.errors import Cancelled, StoreError
from engine.store import Cost, Vault, apply_entries, count_people, open_clinic
from engine.store.audit_log import verify_store
from engine.store.backup.drill import drill, drill_report, last_drill, note_reading
from engine.store.backup.make import Made, back_up, backups_made, last_backup
from engine.store.backup.meanwhile import Meanwhile
from engine.store.backup.open import unseal_backup
from engine.store.backup.restore import restore
from engine.store.erasure.erase import Order, erase_person
from engine.store.key_turning import turn_key

Sheet = Callable[..., object]
CHEAP = Cost(64, 1, 1)
PASSPHRASE = "correct horse battery"
PEOPLE = [
    {"person": f"p{n}", "visit_date": "2024-01-02", "patient_id": f"P{n}", "sbp_mmhg": 120.0 + n} for n in range(3)
]


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    return tmp_path / "stick"


@pytest.fixture
def filled(vault: Vault, sheet: Sheet) -> Vault:
    apply_entries(vault, sheet(PEOPLE), actor="user-1")  # type: ignore[arg-type]  # a fixture
    return vault


@pytest.fixture
def made(filled: Vault, stick: Path) -> Made:
    return back_up(filled, stick, "0.1")


def restored(made: Made, folder: Path, clock: FixedClock) -> Vault:
    restore(made.backup.copy, folder, PASSPHRASE, clock, floor=CHEAP)
    return open_clinic(folder, PASSPHRASE, clock, floor=CHEAP)


def check_refused(code: str, act: Callable[[], object]) -> None:
    with pytest.raises(StoreError, match=code):
        act()


class Busy(Meanwhile):
    """Saves a visit between two parts, and looks at a clock of its own when to stop."""

    def __init__(self, vault: Vault, sheet: Sheet, stop_at: int | None = None) -> None:
        self.vault, self.sheet, self.stop_at = vault, sheet, stop_at
        self.pauses = 0

    def pause(self, done: int, total: int) -> None:
        self.pauses += 1
        assert 0 <= done <= total
        row = {"person": f"new{self.pauses}", "visit_date": "2025-01-02", "patient_id": f"N{self.pauses}"}
        rows = self.sheet([row | {"sbp_mmhg": 140.0}])
        apply_entries(self.vault, rows, actor="user-1")  # type: ignore[arg-type]  # a fixture
        if self.pauses == self.stop_at:
            raise Cancelled


class TestMeanwhile:
    @pytest.fixture
    def large(self, filled: Vault, sheet: Sheet) -> Vault:
        rows = [
            {"person": f"q{n}", "visit_date": f"2024-01-{1 + n % 28:02}", "patient_id": f"Q{n}", "sbp_mmhg": 120.0}
            for n in range(9_000)
        ]
        apply_entries(filled, sheet(rows), actor="user-1")  # type: ignore[arg-type]  # a fixture
        return filled

    def test_what_is_saved_while_it_is_copied_is_in_the_backup(
        self, large: Vault, sheet: Sheet, stick: Path, tmp_path: Path, clock: FixedClock
    ) -> None:
        busy = Busy(large, sheet)
        made = back_up(large, stick, "0.1", busy)
        assert busy.pauses > 2
        assert made.backup.manifest.people == 9_003 + busy.pauses
        with restored(made, tmp_path / "new", clock) as vault:
            assert count_people(vault) == 9_003 + busy.pauses
            assert verify_store(vault).sound

    def test_stopped_it_leaves_nothing_half_and_the_store_goes_on(
        self, large: Vault, sheet: Sheet, stick: Path
    ) -> None:
        with pytest.raises(Cancelled):
            back_up(large, stick, "0.1", Busy(large, sheet, stop_at=2))
        assert list(stick.iterdir()) == []
        assert last_backup(large) is None
        ((action, detail),) = large.ledger.database.rows("SELECT action, detail FROM audit ORDER BY seq DESC LIMIT 1")
        assert (action, json.loads(detail)["reason"]) == ("backup.failed", "stopped")
        assert back_up(large, stick, "0.1").backup.manifest.people == 9_005

    def test_no_second_one_no_other_key_and_no_erasing_meanwhile(self, large: Vault, stick: Path) -> None:
        tried: list[int] = []

        class Eager(Meanwhile):
            def pause(self, done: int, total: int) -> None:
                tried.append(done)
                if len(tried) > 1:
                    return
                agreed: dict[str, str | int] = {"one_signature": 1, "reason": "somebody left"}
                order = Order("Asked to be forgotten", "none")
                check_refused("backup_running", lambda: back_up(large, stick, "0.1"))
                check_refused("backup_running", lambda: turn_key(large, PASSPHRASE, agreed, floor=CHEAP))
                check_refused("backup_running", lambda: erase_person(large, "p0", order, PASSPHRASE, floor=CHEAP))

        made = back_up(large, stick, "0.1", Eager())
        assert tried
        assert unseal_backup(made.backup, PASSPHRASE, floor=CHEAP).key
        assert made.backup.manifest.people == 9_003

    def test_a_drill_shows_people_as_they_were_and_as_they_are(self, made: Made, filled: Vault, stick: Path) -> None:
        done = drill(filled, stick, PASSPHRASE, floor=CHEAP, samples=2)
        assert len(done.samples) == 2
        for sample in done.samples:
            assert sample.before == sample.now
            assert sample.before.visits[0].measurements
        seen = filled.ledger.database.rows("SELECT subjects FROM audit WHERE action = 'record.view'")
        assert json.loads(seen[-1][0]) == [sample.before.patient.id for sample in done.samples]
        report = drill_report(filled)
        assert report is not None
        assert (report.people, report.size, report.read_at) == (3, made.backup.manifest.size, None)

    def test_records_that_look_wrong_make_another_drill_due(self, made: Made, filled: Vault, stick: Path) -> None:
        drill(filled, stick, PASSPHRASE, floor=CHEAP)
        note_reading(filled, right=True)
        report = drill_report(filled)
        assert report is not None
        assert report.read_at == filled.clock.now()
        note_reading(filled, right=False)
        assert last_drill(filled) is None
        check_refused("backup_none", lambda: note_reading(filled, right=True))

    def test_the_clinic_remembers_which_days_had_one(self, made: Made, filled: Vault, stick: Path) -> None:
        other = back_up(filled, stick, "0.1")
        names = [each.name for each in backups_made(filled, 10)]
        assert names == [other.backup.manifest.name, made.backup.manifest.name]
        assert backups_made(filled, 1)[0].size == other.backup.manifest.size
