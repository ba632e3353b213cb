"""Promises of the shared nouns, broken on purpose."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.domain.batch import Batch
from engine.domain.entries import Counts
from engine.domain.problems import Problem, Reason
from engine.domain.results import Code, Note, OutputValue, PackRef, Results, RiskResult, Status

PACK = PackRef("score2", "1.0", "digest")


def test_a_batch_takes_only_columns_of_its_length_and_type() -> None:
    with pytest.raises(ValueError, match="age"):
        Batch(2, {"age": np.array([1.0])})
    with pytest.raises(ValueError, match="age"):
        Batch(2, {"age": np.array([1, 2])})


def test_a_field_a_batch_does_not_have_is_absent_in_every_row() -> None:
    batch = Batch(3, {"age": np.array([50.0, math.nan, math.inf])})
    assert batch.missing("age").tolist() == [False, True, False]
    assert batch.missing("sbp_mmhg").all()
    assert batch.column("sbp_mmhg").shape == (3,)


def test_a_slice_of_a_batch_ends_with_the_batch() -> None:
    batch = Batch(3, {"age": np.array([50.0, 60.0, 70.0])})
    assert batch.slice(1, 9).column("age").tolist() == [60.0, 70.0]
    assert batch.slice(1, 9).rows == 2


def test_added_columns_leave_the_batch_they_came_from_alone() -> None:
    batch = Batch(1, {"age": np.array([50.0])})
    wider = batch.with_columns({"sbp_mmhg": np.array([120.0])})
    assert set(wider.columns) == {"age", "sbp_mmhg"}
    assert set(batch.columns) == {"age"}


def test_a_refusal_has_reasons_and_no_number() -> None:
    missing = Note("age", Code.MISSING)
    with pytest.raises(ValueError, match="reasons"):
        RiskResult(PACK, Status.REFUSED, (), {}, ())
    with pytest.raises(ValueError, match="reasons"):
        RiskResult(PACK, Status.OK, (), {}, (missing,))
    with pytest.raises(ValueError, match="numbers"):
        RiskResult(PACK, Status.REFUSED, (OutputValue("risk", 0.1),), {}, (missing,))


def test_one_persons_share_of_the_results() -> None:
    withheld, clamped, refused = (
        Note("risk_30y", Code.WITHHELD),
        Note("bmi_kg_m2", Code.CLAMPED),
        Note("age", Code.INVALID),
    )
    results = Results(
        pack=PACK,
        rows=3,
        outputs={"risk": np.array([0.1, 0.2, math.nan]), "group": np.array([1.0, math.nan, math.nan])},
        output_categories={"group": ("low", "high")},
        bands={"main": np.array([1, -1, -1])},
        band_codes={"main": ("low", "high")},
        raised={
            refused: np.array([False, False, True]),
            clamped: np.array([True, False, True]),
            withheld: np.array([False, True, False]),
        },
        refused=np.array([False, False, True]),
    )
    first, second, third = (results.row(index) for index in range(3))
    assert (first.output("risk"), first.output("group"), first.bands) == (0.1, "high", {"main": "high"})
    assert first.notes == (clamped,)
    assert (second.output("risk"), second.output("group"), second.bands) == (0.2, None, {})
    assert second.notes == (withheld,)
    assert third.status is Status.REFUSED
    assert third.notes == (refused,)  # a remark on a number that does not exist is no remark


def test_counts_reconcile_only_when_every_row_ended_once() -> None:
    assert Counts(rows_read=6, rows_new=1, rows_updated=1, rows_repeated=1, rows_parked=2, rows_rejected=1).reconciles()
    assert not Counts(rows_read=2, rows_new=1).reconciles()


def test_only_an_implausible_value_can_be_confirmed() -> None:
    confirmable = [reason for reason in Reason if Problem(reason, ("sbp_mmhg",)).can_confirm]
    assert confirmable == [Reason.IMPLAUSIBLE_VALUE]
