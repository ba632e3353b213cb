"""What the audit of an open store writes, and how it stands to its anchor at the next opening."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from engine.domain.entries import IdentifiedEntries
from engine.domain.ports import FixedClock
from engine.errors import BugError, Cancelled, StoreError, UsageError
from engine.store import Cost, RecoveryKey, Role, Vault, add_user, apply_entries, open_clinic, renew_recovery
from engine.store.audit.anchor import FILES, Standing
from engine.store.audit.chain import Flaw
from engine.store.audit.checkpoint import CheckpointAnswer, parse_checkpoint
from engine.store.audit.entries import Act, append
from engine.store.audit.units import UNITS, UNSEALED
from engine.store.audit.verify import MOST_FINDINGS, verify
from engine.store.audit_log import current_checkpoint, read_audit, verify_store
from engine.store.audit_page import AuditQuery, audit_page, last_sign_ins
from engine.store.folder import ClinicFolder
from engine.store.review_items import ReviewKind
from engine.store.reviews import close_review, open_anchor_findings
from engine.store.sign_in import go_on
from engine.store.signer import Signer
from engine.store.slot_files import open_slot, readable_slot_files

CHEAP = Cost(64, 1, 1)
PASSPHRASE = "correct horse battery"
ANN = {"person": "ann", "visit_date": "2024-01-02", "name": "Ann", "sbp_mmhg": 140.0}

OpenAgain = Callable[[], Vault]
Sheet = Callable[..., IdentifiedEntries]


def contents(folder: Path, names: Sequence[str]) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in names}


def put(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).write_bytes(content)


def inspect(folder: Path, clock: FixedClock) -> Vault:
    return open_clinic(folder, PASSPHRASE, clock, floor=CHEAP, inspect=True)


def actions(vault: Vault) -> list[str]:
    return [line.action for line in read_audit(vault).lines]


def test_every_table_is_sealed_or_its_reason_stands_written(vault: Vault) -> None:
    rows = vault.ledger.database.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    sealed = {unit.table for unit in UNITS}
    assert {row[0] for row in rows} == sealed | UNSEALED.keys()
    assert not sealed & UNSEALED.keys()


def test_every_column_of_a_sealed_table_is_in_its_leaf(vault: Vault) -> None:
    left_out = {("assessment", "content"), ("series_block", "content")}  # bound by their digests
    for unit in UNITS:
        names = {row[1] for row in vault.ledger.database.rows(f"PRAGMA table_info({unit.table})")}
        lacking = names - set(unit.columns) - {unit.key}
        assert lacking == {column for table, column in left_out if table == unit.table}, unit.table


def test_a_change_that_fails_leaves_no_entry(vault: Vault) -> None:
    last = "SELECT * FROM audit ORDER BY seq DESC LIMIT 1"
    row = vault.ledger.database.rows(last)
    with pytest.raises(BugError), vault.change("user-1", "entry.typed") as change:
        change.run("INSERT INTO field(name) VALUES ('x'), ('x')")
    assert vault.ledger.database.rows(last) == row


def test_nobody_acts_in_the_name_of_somebody_else(vault: Vault) -> None:
    with pytest.raises(BugError, match="change_actor"), vault.change("user-2", "entry.typed"):
        pass


def test_rows_cannot_be_inserted_without_telling_whose_they_are(vault: Vault) -> None:
    with pytest.raises(BugError, match="change_untold"), vault.change("user-1", "entry.typed") as change:
        change.run("INSERT INTO visit(id, patient, day, change) VALUES ('v', 1, 1, 1)")


def test_signing_in_and_out_are_entries(open_again: OpenAgain) -> None:
    open_again().close()
    with open_again() as vault:
        assert actions(vault) == ["store.create", "session.open", "session.close", "session.open"]


class TestTheAnchor:
    def test_an_old_database_stops_and_nothing_is_changed(
        self, folder: Path, open_again: OpenAgain, sheet: Sheet, clock: FixedClock
    ) -> None:
        open_again().close()
        old = contents(folder, ["store.db"])
        with open_again() as vault:
            apply_entries(vault, sheet([ANN]), actor="user-1")
        put(folder, old)
        before = contents(folder, ["store.db", *FILES])
        with pytest.raises(StoreError, match="store_work_missing") as caught:
            open_again()
        assert caught.value.details == {"entries": 3}
        assert contents(folder, ["store.db", *FILES]) == before
        with inspect(folder, clock) as vault:
            assert verify_store(vault).anchor.missing == 3
            with pytest.raises(StoreError, match="store_work_missing"):
                apply_entries(vault, sheet([ANN]), actor="user-1")

    def test_going_on_all_the_same_is_an_entry_and_a_new_epoch(
        self, folder: Path, open_again: OpenAgain, sheet: Sheet, clock: FixedClock
    ) -> None:
        open_again().close()
        old = contents(folder, ["store.db"])
        with open_again() as vault:
            apply_entries(vault, sheet([ANN]), actor="user-1")
            printed = current_checkpoint(vault)
        put(folder, old)
        with inspect(folder, clock) as vault:
            go_on(vault, "the disk broke")
        with open_again() as vault:
            found = verify_store(vault, printed)
            assert found.findings == ()
            assert not found.sound  # the paper still knows more
            assert found.checkpoint.epoch == 2
            told = [line for line in read_audit(vault).lines if line.action == "audit.go_on"]
        assert json.loads(told[0].detail) == {"missing": 3, "reason": "the disk broke", "standing": "work_missing"}

    def test_a_commit_whose_anchor_was_not_written_is_mended(
        self, folder: Path, open_again: OpenAgain, sheet: Sheet
    ) -> None:
        with open_again() as vault:
            before = contents(folder, FILES)
            apply_entries(vault, sheet([ANN]), actor="user-1")
            vault.signed_in = False  # the program ended here
        put(folder, before)
        with open_again() as vault:
            assert vault.ledger.state.standing is Standing.MENDED
            assert verify_store(vault).findings == ()
        with open_again() as vault:
            assert vault.ledger.state.standing is Standing.SOUND
            assert "anchor.found" not in actions(vault)

    @pytest.mark.parametrize(
        ("gone", "standing"),
        [(FILES, Standing.NONE), (FILES[:1], Standing.TWIN_MISSING), (FILES[1:], Standing.TWIN_MISSING)],
    )
    def test_a_missing_anchor_is_told_and_written_down(
        self, folder: Path, open_again: OpenAgain, gone: Sequence[str], standing: Standing
    ) -> None:
        open_again().close()
        for name in gone:
            (folder / name).unlink()
        with open_again() as vault:
            assert vault.ledger.state.standing is standing
            told = [line.detail for line in read_audit(vault).lines if line.action == "anchor.found"]
            assert told == [json.dumps({"standing": standing.value}, separators=(",", ":"))]
        with open_again() as vault:
            assert vault.ledger.state.standing is Standing.SOUND
            (item,) = open_anchor_findings(vault)
            assert (item.kind, item.reason) == (ReviewKind.ANCHOR, standing.value)
            assert verify_store(vault).sound  # what it wrote is sealed like any other change
            close_review(vault, item.id, "I moved the folder by hand")
            assert open_anchor_findings(vault) == ()

    def test_what_is_found_again_is_one_item_and_each_time_an_entry(self, folder: Path, open_again: OpenAgain) -> None:
        for _ in range(2):
            open_again().close()
            (folder / FILES[0]).unlink()
        with open_again() as vault:
            assert len([line for line in read_audit(vault).lines if line.action == "anchor.found"]) == 2
            assert len(open_anchor_findings(vault)) == 1

    def test_where_it_cannot_be_written_the_next_change_is_refused(
        self, folder: Path, open_again: OpenAgain, sheet: Sheet, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with open_again() as vault:
            with monkeypatch.context() as broken:
                broken.setattr("engine.store.audit.anchor.write_durably", _full)
                apply_entries(vault, sheet([ANN]), actor="user-1")  # committed, so it counts
                with pytest.raises(StoreError, match="store_disk_full"):
                    apply_entries(vault, sheet([{**ANN, "sbp_mmhg": 150.0}]), actor="user-1")
            apply_entries(vault, sheet([{**ANN, "sbp_mmhg": 150.0}]), actor="user-1")
            assert verify_store(vault).findings == ()


def _full(*_: object) -> None:
    raise StoreError("store_disk_full")


class TestCheckpoints:
    def test_one_holds_as_long_as_history_does(self, vault: Vault, sheet: Sheet) -> None:
        noted = current_checkpoint(vault)
        apply_entries(vault, sheet([ANN]), actor="user-1")
        assert verify_store(vault, noted).answer is CheckpointAnswer.KEPT

    def test_it_reads_back_as_a_person_types_it(self, vault: Vault) -> None:
        noted = current_checkpoint(vault)
        assert parse_checkpoint(f"  {str(noted).lower()} ") == noted
        assert len(str(noted)) < 40

    @pytest.mark.parametrize(
        "text", ["", "L1-2", "L1-2-AAAA-AAAA-AAAA-AAA1", "482-7KQ3-M2PD-AXWA-TR5B", "L1-2-" + "A" * 19]
    )
    def test_anything_else_is_refused(self, text: str) -> None:
        with pytest.raises(UsageError, match="checkpoint_shape"):
            parse_checkpoint(text)

    def test_another_entry_with_its_number_is_told(self, vault: Vault) -> None:
        noted = current_checkpoint(vault)
        other = type(noted)(noted.epoch, noted.seq, bytes(10))
        later = type(noted)(noted.epoch, noted.seq + 50, noted.mark)
        assert verify_store(vault, other).answer is CheckpointAnswer.OTHER
        assert verify_store(vault, later).answer is CheckpointAnswer.MISSING


class TestWhoSawMyRecord:
    def test_a_person_hears_of_everything_that_concerns_them(self, vault: Vault, sheet: Sheet) -> None:
        others = [{**ANN, "person": f"p{n}"} for n in range(30)]  # too many to be named in the entry
        apply_entries(vault, sheet([ANN, *others]), actor="user-1")
        apply_entries(vault, sheet([{**ANN, "person": "bob"}]), actor="user-1")
        vault.note("record.view", ("ann",))
        vault.note("record.view", ("bob",))
        vault.note("list.view")
        told = [(line.action, line.everybody) for line in read_audit(vault, "ann").lines]
        assert told == [("entry.import", False), ("record.view", False), ("list.view", True)]

    def test_somebody_unknown_is_refused(self, vault: Vault) -> None:
        with pytest.raises(UsageError, match="person_unknown"):
            read_audit(vault, "nobody")


@pytest.mark.untied
def test_a_row_that_no_change_wrote_is_named_with_its_person(vault: Vault, sheet: Sheet) -> None:
    apply_entries(vault, sheet([ANN]), actor="user-1")
    with vault.scratch() as database:
        database.run("UPDATE measurement SET number = 99")
    (finding,) = verify_store(vault).findings
    assert (finding.flaw, finding.table, finding.person) == (Flaw.ROWS_ALTERED, "measurement", "ann")
    assert finding.change is not None


@pytest.mark.parametrize("column", ["signature", "key", "entry_hash", "previous_hash"])
def test_hex_in_another_spelling_is_not_what_was_written(open_again: OpenAgain, column: str) -> None:
    with open_again() as vault:
        assert verify_store(vault).sound
        with vault.scratch() as database:
            database.run("DROP TRIGGER audit_no_update")
            database.run(f"UPDATE audit SET {column} = upper({column}) WHERE seq = 1")  # noqa: S608 - a column of ours
        found = verify_store(vault)
    assert not found.sound
    assert found.first_bad in (1, 2)


@pytest.mark.parametrize("column", ["form", "change"])
def test_what_is_no_number_is_not_taken_for_none(open_again: OpenAgain, column: str) -> None:
    with open_again() as vault:
        vault.ledger.database.run("PRAGMA foreign_keys = OFF")
        with vault.scratch() as database:
            database.run("DROP TRIGGER audit_no_update")
            database.run(f"UPDATE audit SET {column} = 'x' WHERE action = 'session.open'")  # noqa: S608 - a column of ours
        assert Flaw.ENTRY_ALTERED in {finding.flaw for finding in verify_store(vault).findings}


@pytest.mark.untied
def test_a_clock_that_was_put_right_does_not_end_the_check(vault: Vault) -> None:
    many = MOST_FINDINGS + 10
    with vault.writing():
        vault.ledger.append(vault.ledger.act("2099-01-01T00:00:00+00:00", "record.view"))
        for _ in range(many):
            vault.ledger.append(vault.ledger.act("2026-01-01T00:00:00+00:00", "record.view"))
    vault.ledger.committed()
    sound = verify_store(vault)
    assert sound.sound
    assert 0 < len(sound.findings) < many
    database = vault.ledger.database
    (last,) = database.rows("SELECT max(seq) FROM audit")[0]
    database.run("DROP TRIGGER audit_no_update")
    database.run("UPDATE audit SET action = 'list.view' WHERE seq = ?", (last - 1,))
    assert verify_store(vault).first_bad == last - 1


def test_a_check_is_heard_while_it_reads_and_may_be_stopped(vault: Vault, sheet: Sheet) -> None:
    apply_entries(vault, sheet([ANN]), actor="user-1")
    heard: list[int] = []
    assert verify_store(vault, heed=heard.append).sound
    assert sum(heard) > 10
    before = vault.ledger.database.rows("SELECT max(seq) FROM audit")

    def stop(rows: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        verify_store(vault, heed=stop)
    assert vault.ledger.database.rows("SELECT max(seq) FROM audit") == before


class TestPages:
    def test_entries_come_newest_first_page_by_page_and_each_once(self, vault: Vault) -> None:
        for _ in range(7):
            vault.note("list.view")
        found: list[int] = []
        page = audit_page(vault, AuditQuery(), size=3)
        while True:
            found += [line.seq for line in page.lines]
            if not page.more:
                break
            page = audit_page(vault, AuditQuery(), before=found[-1], size=3)
        assert found == list(range(found[0], 0, -1))

    def test_one_person_one_user_and_a_time(self, vault: Vault, sheet: Sheet, clock: FixedClock) -> None:
        apply_entries(vault, sheet([ANN]), actor="user-1")
        vault.note("record.view", ("ann",))
        vault.note("record.view", ("bo",))
        assert [line.action for line in audit_page(vault, AuditQuery(person="ann")).lines] == [
            "record.view",
            "entry.import",
        ]
        assert audit_page(vault, AuditQuery(actor="somebody")).lines == ()
        assert audit_page(vault, AuditQuery(since=clock.now() + timedelta(seconds=1))).lines == ()
        assert audit_page(vault, AuditQuery(since=clock.now())).lines

    def test_when_everybody_was_here_last(self, open_again: OpenAgain, clock: FixedClock) -> None:
        open_again().close()
        with open_again() as vault:
            assert last_sign_ins(vault) == {vault.user.id: clock.now()}


class TestALogTakenOut:
    """The database has no signed entry, though anchors were written: it is from before its log, or was made so."""

    @pytest.fixture
    def without(self, folder: Path, open_again: OpenAgain, sheet: Sheet) -> Path:
        with open_again() as vault:
            apply_entries(vault, sheet([ANN]), actor="user-1")
        with open_again() as vault:
            database = vault.ledger.database
            vault.signed_in = False  # and so nothing is written at its end
            names = database.rows(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ('audit', 'seal')"
            )
            for (name,) in names:
                database.run(f"DROP TRIGGER {name}")
            blank = ", ".join(
                f"{column} = NULL" for column in ("form", "state", "key", "previous_hash", "entry_hash", "signature")
            )
            database.run(f"UPDATE audit SET {blank}")  # noqa: S608 - our own columns
            database.run("DELETE FROM seal")
            database.run("UPDATE measurement SET number = number + 50")
        return folder

    @pytest.mark.parametrize("damage", [False, True])
    def test_it_stops_and_nothing_is_changed(
        self, without: Path, open_again: OpenAgain, clock: FixedClock, *, damage: bool
    ) -> None:
        if damage:  # what cannot be read was written all the same
            (without / FILES[0]).write_bytes(b"no anchor")
            (without / FILES[1]).unlink()
        names = [name for name in ("store.db", *FILES) if (without / name).exists()]
        before = contents(without, names)
        with pytest.raises(StoreError, match="store_older"):
            open_again()
        with inspect(without, clock) as vault:
            found = verify_store(vault)
            assert found.anchor.standing is Standing.LOG_MISSING
            assert not found.sound
        assert contents(without, names) == before

    def test_going_on_all_the_same_begins_a_log_that_says_so(
        self, without: Path, open_again: OpenAgain, clock: FixedClock
    ) -> None:
        with inspect(without, clock) as vault:
            go_on(vault, "nothing newer is left")
            assert actions(vault)[-3:] == ["audit.begin", "audit.go_on", "session.open"]
        with open_again() as vault:  # the log that gave the recovery key its key is gone, so nobody vouches for it
            assert [finding.flaw for finding in verify_store(vault).findings] == [Flaw.KEY_OTHER]
            renew_recovery(vault, PASSPHRASE, RecoveryKey.generate(vault.random), cost=CHEAP, floor=CHEAP)
            assert verify_store(vault).sound

    def test_without_any_anchor_it_begins(self, without: Path, open_again: OpenAgain) -> None:
        for name in FILES:
            (without / name).unlink()
        with open_again() as vault:
            assert "audit.begin" in actions(vault)


class TestForgedNames:
    """Whoever has a passphrase has the data key, and can write entries; not in the name of somebody else, though."""

    MINE = Signer(b"\x05" * 32)

    @pytest.fixture
    def vault(self, open_again: OpenAgain) -> Vault:
        """The clinic of Ada, with a nurse whose key is :attr:`MINE` as far as the log goes."""
        vault = open_again()
        add_user(vault, PASSPHRASE, "Fay", [Role.FRONT_DESK], "for once only", cost=CHEAP, floor=CHEAP)
        return vault

    def write(self, vault: Vault, signer: Signer, actor: str, action: str, detail: dict[str, str]) -> int:
        database = vault.ledger.database
        database.begin()
        act = Act(vault.clock.now().isoformat(), actor, "administrator", action, (), json.dumps(detail))
        seq = append(database, act, signer).seq
        database.commit()
        return seq

    def flaws(self, vault: Vault) -> list[tuple[int | None, Flaw]]:
        found = verify_store(vault).findings
        vault.close()
        return [(finding.seq, finding.flaw) for finding in found if finding.flaw.counts]

    @pytest.mark.parametrize("action", ["record.view", "slot.renew", "user.passphrase", "passphrase.change"])
    def test_an_entry_cannot_introduce_its_own_key(self, vault: Vault, action: str) -> None:
        public = vault.signer.public.hex()
        first = self.write(vault, self.MINE, "user-1", action, {"user": "user-1", "public": self.MINE.public.hex()})
        second = self.write(vault, self.MINE, "user-1", "record.view", {"user": "user-1", "public": public})
        found = self.flaws(vault)
        assert (first, Flaw.KEY_UNKNOWN) in found
        assert (second, Flaw.KEY_UNKNOWN) in found

    def test_the_end_of_a_cut_off_change_gives_no_key_that_was_not_announced(self, vault: Vault) -> None:
        detail = {"user": "user-1", "public": self.MINE.public.hex(), "begun": "user.passphrase", "begun_by": "user-1"}
        seq = self.write(vault, self.MINE, "user-1", "slot.settle", detail)
        assert (seq, Flaw.KEY_UNKNOWN) in self.flaws(vault)

    @pytest.mark.parametrize("action", ["user.passphrase", "passphrase.change", "user.add", "recovery.renew"])
    def test_who_is_no_administrator_gives_nobody_a_key(
        self, vault: Vault, action: str, folder: Path, clock: FixedClock
    ) -> None:
        fay = self.signer_of_fay(vault, folder, clock)
        detail = {"user": "user-1", "public": self.MINE.public.hex(), "roles": "administrator"}
        first = self.write(vault, fay, self.fay_id, action, detail)
        second = self.write(vault, self.MINE, "user-1", "record.view", {})
        found = self.flaws(vault)
        assert (first, Flaw.ACCESS_UNALLOWED) in found
        assert (second, Flaw.KEY_UNKNOWN) in found

    def test_who_makes_herself_an_administrator_in_the_log_is_found(
        self, vault: Vault, folder: Path, clock: FixedClock
    ) -> None:
        fay = self.signer_of_fay(vault, folder, clock)
        detail = {"user": self.fay_id, "public": fay.public.hex(), "roles": "administrator"}
        seq = self.write(vault, fay, self.fay_id, "user.roles", detail)
        assert (seq, Flaw.ACCESS_UNALLOWED) in self.flaws(vault)

    def signer_of_fay(self, vault: Vault, folder: Path, clock: FixedClock) -> Signer:
        file = readable_slot_files(ClinicFolder(folder))[0].file
        keys = open_slot(file, "for once only", CHEAP, who="Fay").keys
        self.fay_id = next(slot.user_id for slot in file.people if slot.user_name == "Fay")
        return Signer(keys.signing_key)

    def test_a_slot_to_which_no_entry_gave_a_key_is_found(self, vault: Vault) -> None:
        keys = {"user-1": vault.signer.public.hex(), "stranger": self.MINE.public.hex()}
        found = verify(vault.ledger.database, vault.ledger.state, keys).findings
        vault.close()
        assert [finding.flaw for finding in found] == [Flaw.KEY_OTHER]
