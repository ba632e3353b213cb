"""Rows that wait."""

from __future__ import annotations

from engine.domain.entries import Counts, ParkedRow
from engine.domain.problems import Problem, Reason
from engine.store import (
    Vault,
    apply_entries,
    reject_rows,
    waiting_rows,
)
from tests.engine.store.entering import ANN, Sheet

PARKED = ParkedRow(
    row=7,
    problems=(Problem(Reason.IMPOSSIBLE_VALUE, ("sbp_mmhg",), "1400", 50.0, 300.0, "mmHg"),),
    cells=(("Name", "Ann"), ("SBP", "1400")),
    visit_group=2,
)


def test_a_parked_row_waits_with_its_cells_and_reasons(vault: Vault, sheet: Sheet) -> None:
    counts = apply_entries(vault, sheet([ANN]), actor="user-1", parked=[PARKED], rows_rejected=1)
    assert counts == Counts(rows_read=3, rows_new=1, rows_parked=1, rows_rejected=1)
    assert counts.reconciles()
    (waiting,) = waiting_rows(vault)
    assert waiting.parked == PARKED


def test_the_same_row_is_not_parked_twice(vault: Vault, sheet: Sheet) -> None:
    for _ in range(2):
        assert apply_entries(vault, sheet([ANN]), actor="user-1", parked=[PARKED]).rows_parked == 1
    assert len(waiting_rows(vault)) == 1


def test_a_rejected_row_does_not_wait_again(vault: Vault, sheet: Sheet) -> None:
    apply_entries(vault, sheet([ANN]), actor="user-1", parked=[PARKED])
    reject_rows(vault, [waiting_rows(vault)[0].id], "user-1")
    assert waiting_rows(vault) == ()
    apply_entries(vault, sheet([ANN]), actor="user-1", parked=[PARKED])
    assert waiting_rows(vault) == ()
