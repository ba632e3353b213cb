"""The open store: how it is set, the one way to write, errors without patient values."""

from __future__ import annotations

import secrets
import threading
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.errors import BugError, EngineError, StoreError
from engine.store import Vault
from engine.store.audit.anchor import FILES
from engine.store.database import Database
from engine.store.header import check_header

OpenAgain = Callable[[], Vault]


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("temp_store", 2),
        ("foreign_keys", 1),
        ("trusted_schema", 0),
        ("cipher_memory_security", "1"),
        ("cipher_log_level", "NONE"),
    ],
)
def test_the_connection_is_set_for_safety(vault: Vault, pragma: str, value: object) -> None:
    assert vault._database.rows(f"PRAGMA {pragma}") == [(value,)]


def test_nothing_is_mapped_into_memory(vault: Vault) -> None:
    assert vault._database.rows("PRAGMA mmap_size") in ([], [(0,)])


def test_the_library_encrypts_and_is_new_enough(vault: Vault) -> None:
    assert vault._database.rows("PRAGMA cipher_version")
    ((version,),) = vault._database.rows("SELECT sqlite_version()")
    assert tuple(map(int, version.split("."))) >= (3, 51, 3)


def test_closing_leaves_one_whole_file(folder: Path, open_again: OpenAgain) -> None:
    with open_again() as vault:
        with vault.change("user-1", "entry.typed"):
            pass
        assert (folder / "store.db-wal").exists()
    assert not (folder / "store.db-wal").exists()
    assert not (folder / "store.db-shm").exists()
    check_header(folder / "store.db")


def test_what_was_committed_is_there_after_a_close_that_could_not_tidy_up(
    folder: Path, open_again: OpenAgain, tmp_path: Path
) -> None:
    with open_again() as vault:
        with vault.change("user-1", "person.edit"):
            pass
        names = ("store.db", "store.db-wal", *FILES)
        for name in names:  # the state that a power cut leaves
            (tmp_path / name).write_bytes((folder / name).read_bytes())
    for name in names:
        (folder / name).write_bytes((tmp_path / name).read_bytes())
    with open_again() as vault:
        last = vault._database.rows("SELECT action FROM audit ORDER BY seq DESC LIMIT 2")
        assert last == [("session.open",), ("person.edit",)]


class TestChange:
    def test_a_change_is_stamped_and_audited_with_it(self, vault: Vault) -> None:
        with vault.change("user-1", "visit.move", ("ann",)) as change:
            change.run("INSERT INTO field(name) VALUES ('x')")
            change.note(count=3)
        row = vault._database.one("SELECT actor, action, change, subjects, detail FROM audit ORDER BY seq DESC LIMIT 1")
        assert row == ("user-1", "visit.move", change.id, '["ann"]', '{"count":3}')
        assert vault._database.one("SELECT moment, actor, action FROM change WHERE key = ?", (change.id,)) == (
            "2025-06-30T09:00:00+00:00",
            "user-1",
            "visit.move",
        )

    def test_an_error_undoes_the_write_and_the_entry(self, vault: Vault) -> None:
        before = vault._database.rows("SELECT count(*) FROM audit")
        with pytest.raises(BugError), vault.change("user-1", "entry.typed") as change:
            change.many("INSERT INTO field(name) VALUES (?)", [("x",), ("x",)])
        assert vault._database.rows("SELECT count(*) FROM field WHERE name = 'x'") == [(0,)]
        assert vault._database.rows("SELECT count(*) FROM audit") == before

    def test_a_discarded_change_leaves_nothing(self, vault: Vault) -> None:
        before = vault._database.rows("SELECT count(*) FROM change")
        with vault.change("user-1", "entry.typed") as change:
            vault.field_key(change, "x")
            change.discard()
        assert vault._database.rows("SELECT count(*) FROM change") == before
        assert "x" not in vault.field_keys()

    def test_a_change_that_has_ended_writes_no_more(self, vault: Vault) -> None:
        with vault.change("user-1", "entry.typed") as change:
            pass
        for act in (change.run, change.rows, lambda sql: change.many(sql, [()])):
            with pytest.raises(BugError, match="change_ended"):
                act("INSERT INTO field(name) VALUES ('x')")
        assert "x" not in vault.field_keys()

    def test_changes_do_not_nest(self, vault: Vault) -> None:
        with vault.change("user-1", "person.edit"):
            with pytest.raises(BugError, match="change_nested"), vault.change("user-1", "entry.typed"):
                pass
            with pytest.raises(BugError, match="change_nested"), vault.scratch():
                pass
        assert vault._database.rows("SELECT action FROM audit ORDER BY seq DESC LIMIT 1") == [("person.edit",)]

    def test_the_log_can_only_grow(self, vault: Vault) -> None:
        for sql in ("UPDATE audit SET actor = 'x'", "DELETE FROM audit"):
            with pytest.raises(BugError), vault.scratch() as database:
                database.run(sql)


class TestErrors:
    @pytest.mark.parametrize(
        ("sql", "value"),
        [
            ("INSERT INTO field(name) VALUES (?), (?1)", "Wilhelmina"),
            ("INSERT INTO attribute(patient) VALUES (?)", "Wilhelmina"),
            ("SELECT json_extract(?, '$')", "Wilhelmina"),
            ("SELECT * FROM Wilhelmina_table WHERE x = ?", "Wilhelmina"),
            ("SELECT abs(?)", -(2**63)),
            ("SELECT ?", 2**70),
            ("SELECT ?", "Wilhelmina \ud800"),
        ],
    )
    def test_a_statement_that_fails_is_our_bug_and_tells_no_value(
        self, vault: Vault, sql: str, value: str | int
    ) -> None:
        with pytest.raises(BugError) as caught, vault.scratch() as database:
            database.rows(sql, (value,))
        told = "".join(traceback.format_exception_only(caught.value))
        assert "Wilhelmina" not in told + repr(caught.value.details)
        if isinstance(caught.value.__cause__, Exception):
            assert "Wilhelmina" not in str(caught.value.__cause__).replace("Wilhelmina_table", "")

    def test_another_thread_may_not_use_the_connection(self, vault: Vault) -> None:
        caught: list[EngineError] = []

        def use() -> None:
            try:
                vault._database.rows("SELECT 1")
            except EngineError as error:
                caught.append(error)

        thread = threading.Thread(target=use)
        thread.start()
        thread.join()
        assert [error.code for error in caught] == ["store_statement"]

    def test_a_damaged_page_is_an_error_and_never_a_wrong_value(self, folder: Path, open_again: OpenAgain) -> None:
        with open_again() as vault, vault.change("user-1", "entry.typed") as change:
            change.many("INSERT INTO field(name) VALUES (?)", [(f"field {n:05}" + "x" * 60,) for n in range(5000)])
        content = bytearray((folder / "store.db").read_bytes())
        for page in range(len(content) // 4096 * 2 // 3, len(content) // 4096):
            content[page * 4096 + 77] ^= 1
        (folder / "store.db").write_bytes(content)
        with open_again() as vault:
            with pytest.raises(StoreError, match="store_damaged"):
                vault._database.rows("SELECT * FROM field")
            with pytest.raises(StoreError, match="store_damaged"):
                list(vault._database.stream("SELECT * FROM field"))
            assert vault.damage()


class TestDatabase:
    def test_a_missing_file_is_not_made(self, tmp_path: Path) -> None:
        with pytest.raises(StoreError, match="store_file_missing"):
            Database.open(tmp_path / "store.db", secrets.token_bytes(32))
        assert not list(tmp_path.iterdir())

    def test_another_key_does_not_open(self, tmp_path: Path) -> None:
        database = Database.open(tmp_path / "store.db", bytes(32), create=True)
        database.run("CREATE TABLE t(x)")
        database.close()
        with pytest.raises(StoreError, match="store_damaged"):
            Database.open(tmp_path / "store.db", bytes(31) + b"\x01")

    def test_a_name_with_signs_of_an_address_opens(self, tmp_path: Path) -> None:
        folder = tmp_path / "clinic 100% #1?mode=memory&key=x 诊所"
        folder.mkdir()
        database = Database.open(folder / "store.db", bytes(32), create=True)
        database.run("CREATE TABLE t(x)")
        database.close()
        assert (folder / "store.db").stat().st_size >= 4096
        Database.open(folder / "store.db", bytes(32)).close()

    def test_a_stream_gives_every_row(self, vault: Vault) -> None:
        sql = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 2500) SELECT x FROM n"
        chunks = list(vault._database.stream(sql, size=1000))
        assert [len(chunk) for chunk in chunks] == [1000, 1000, 500]
