"""A small clinic, opened with a cheap key derivation, and entries made from rows as a person would write them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.domain.assessment import Clinic
from engine.domain.entries import Entries, EntryColumn, IdentifiedEntries, Source
from engine.domain.ports import FixedClock
from engine.domain.record import SourceKind, Value
from engine.store import Cost, RecoveryKey, User, Vault, create_clinic, open_clinic
from engine.store.audit_log import verify_store
from engine.store.ingest.incoming import row_digests

# The floor exists to protect real clinics; tests would only wait for it.
CHEAP = Cost(64, 1, 1)
PASSPHRASE = "correct horse battery"
NOW = datetime(2025, 6, 30, 9, 0, tzinfo=UTC)

SheetRow = Mapping[str, Value | None]
Sheet = Callable[..., IdentifiedEntries]
OpenAgain = Callable[[], Vault]


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture(scope="session")
def clinic() -> Clinic:
    return Clinic("clinic-1", "Maple Lane Clinic", {"country_iso3": "GBR"})


@pytest.fixture(scope="session")
def fresh_clinic(tmp_path_factory: pytest.TempPathFactory, clinic: Clinic) -> tuple[Path, RecoveryKey]:
    """A clinic made once; each test works on a copy of it."""
    folder = tmp_path_factory.mktemp("fresh") / "clinic"
    owner = User("user-1", "Ada Okafor")
    return folder, create_clinic(folder, PASSPHRASE, clinic, FixedClock(NOW), owner=owner, cost=CHEAP)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "clinic"


@pytest.fixture
def recovery_key(folder: Path, fresh_clinic: tuple[Path, RecoveryKey]) -> RecoveryKey:
    """Puts the clinic into ``folder``."""
    shutil.copytree(fresh_clinic[0], folder)
    return fresh_clinic[1]


@pytest.fixture
def open_again(folder: Path, recovery_key: RecoveryKey, clock: FixedClock) -> OpenAgain:
    """Opens the clinic; for tests that close it in between."""
    return lambda: open_clinic(folder, PASSPHRASE, clock, floor=CHEAP)


@pytest.fixture
def vault(open_again: OpenAgain, request: pytest.FixtureRequest) -> Iterator[Vault]:
    """The open clinic. Whatever a test did, every row must be tied to the audit in the end."""
    with open_again() as opened:
        yield opened
        if request.node.get_closest_marker("untied") is None:
            assert verify_store(opened).findings == ()


@pytest.fixture
def sheet() -> Sheet:
    """Entries from rows: ``person`` and ``visit_date`` beside fields; ``sbp_mmhg#2`` is the second reading."""

    def make(
        rows: Sequence[SheetRow],
        *,
        kind: SourceKind = SourceKind.IMPORTED,
        texts: Mapping[str, Sequence[str | None]] | None = None,
        columns: Mapping[str, Mapping[str, object]] | None = None,
        file_name: str | None = "visits.csv",
        first_row: int = 2,
    ) -> IdentifiedEntries:
        names = [name for name in dict.fromkeys(key for row in rows for key in row) if name != "person"]
        made = []
        for name in names:
            field, _, reading = name.partition("#")
            made.append(
                EntryColumn(
                    field=field,
                    values=[row.get(name) for row in rows],
                    texts=(texts or {}).get(name, [None] * len(rows)),
                    reading=int(reading or 1),
                    header=f"Header of {name}",
                    **(columns or {}).get(name, {}),  # type: ignore[arg-type]  # the test names the parts
                )
            )
        source = Source(kind, NOW, "user-1", None if kind is SourceKind.TYPED else file_name, "ab" * 32, "Sheet1")
        persons = [str(row["person"]) for row in rows]
        return IdentifiedEntries(
            entries=Entries(source, [first_row + place for place in range(len(rows))], tuple(made)),
            person_ids=persons,
            new_person_ids=frozenset(persons),
            visit_dates=[str(row["visit_date"]) for row in rows],
        )

    return make


@pytest.fixture
def dump() -> Callable[[Vault], dict[str, list[tuple[object, ...]]]]:
    """Returns every row of every table, the log of changes apart: what "nothing changed" is measured by."""

    def read(vault: Vault) -> dict[str, list[tuple[object, ...]]]:
        tables = [
            row[0] for row in vault._database.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        ]
        log = {"change", "audit", "seal", "import", "import_column", "sqlite_sequence", "sqlite_stat1", "sqlite_stat4"}
        log |= {"row_again", "measurement_again", "parked_again", "identity_given", "item_again", "kept_again"}
        log |= {"series_again"}  # what a file says again changes nothing that anybody sees
        return {
            name: sorted(vault._database.rows(f"SELECT * FROM {name}"), key=repr)  # noqa: S608 - our own tables
            for name in tables
            if name not in log
        }

    return read


@pytest.fixture
def digests() -> Callable[[Sequence[EntryColumn], int], Sequence[int]]:
    return row_digests
