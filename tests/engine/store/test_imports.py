"""Rows that wait for a person, and what was decided."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.domain.entries import IdentifiedEntries, ParkedRow
from engine.domain.problems import Problem, Reason
from engine.errors import UsageError
from engine.store import Vault, apply_entries, imports, mark_rows_stored, reject_rows, waiting_rows

Sheet = Callable[..., IdentifiedEntries]


@pytest.fixture
def parked(vault: Vault, sheet: Sheet) -> Vault:
    rows = [ParkedRow(n, (Problem(Reason.MISSING_IDENTITY, ("name",)),), (("Name", f"row {n}"),)) for n in (9, 3, 5)]
    apply_entries(vault, sheet([]), actor="user-1", parked=rows)
    return vault


def test_waiting_rows_come_in_file_order(parked: Vault) -> None:
    assert [waiting.parked.row for waiting in waiting_rows(parked)] == [3, 5, 9]
    assert {waiting.import_id for waiting in waiting_rows(parked)} == {imports(parked)[0].id}


def test_decided_rows_no_longer_wait_and_stay_in_the_history(parked: Vault) -> None:
    first, second, third = waiting_rows(parked)
    reject_rows(parked, [first.id, third.id], "user-1")
    mark_rows_stored(parked, [second.id], "user-1")
    assert waiting_rows(parked) == ()
    assert parked._database.rows("SELECT state FROM parked_row ORDER BY row") == [
        ("rejected",),
        ("stored",),
        ("rejected",),
    ]
    assert parked._database.one("SELECT action, detail FROM audit ORDER BY seq DESC LIMIT 1") == (
        "parked.stored",
        '{"rows":1}',
    )


def test_a_row_is_decided_about_once(parked: Vault) -> None:
    first, second, _ = waiting_rows(parked)
    reject_rows(parked, [first.id], "user-1")
    with pytest.raises(UsageError, match="parked_unknown"):
        mark_rows_stored(parked, [first.id, second.id], "user-1")
    assert len(waiting_rows(parked)) == 2
