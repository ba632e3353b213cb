"""A model made smaller on the way to its pack: what the pack holds, what the card says, and when it is refused."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from engine.errors import InputError
from engine.fields import load_dictionary
from engine.packs import PackParts
from engine.packs.kinds import OutputKind
from engine.packs.training import SmallerModel, Training
from engine.workflows.keep_draft import check_reproduced
from engine.workflows.train_table import train_on_table
from engine.workflows.train_wish import ModelKind, Smaller, TrainWish
from tests.engine.workflows.tables import HEADS, people
from tests.engine.workflows.test_train_bad_tables import cells

WISH = TrainWish("ill", folds=4, repeats=1, bootstraps=4, anyway=True)


@cache
def made(how: Smaller, kind: ModelKind = ModelKind.LOGISTIC, *, texts: bool = False) -> PackParts:
    columns = {
        name: [str(each) for each in column]
        for name, column in zip(HEADS, zip(*people(900), strict=True), strict=True)
        if texts or name != "complaint"  # words have no points, and here they matter
    }
    wish = replace(WISH, kind=kind, smaller=how)
    found = train_on_table("trial", columns, "0" * 64, wish, load_dictionary())
    assert found.parts is not None
    return found.parts


def told(parts: PackParts) -> tuple[Training, SmallerModel]:
    training = parts.manifest.training
    assert training is not None
    assert training.smaller is not None
    return training, training.smaller


def test_a_pack_of_points_gives_them_beside_the_risk_and_its_card_is_the_table() -> None:
    parts = made(Smaller.POINTS)
    training, smaller = told(parts)
    assert [each.kind for each in parts.manifest.outputs] == [OutputKind.FRACTION, OutputKind.POINTS]
    assert training.parity == 0
    assert smaller.points is not None
    assert smaller.inputs_after == len(parts.manifest.inputs) < smaller.inputs_before
    check_reproduced(parts, load_dictionary())
    most = sum(
        max(band.points for band in smaller.points.bands if band.column == name)
        for name in {band.column for band in smaller.points.bands}
    )
    assert len(smaller.points.risks) == most + 1
    assert "## The score on paper" in parts.card
    assert "## 纸上评分表" in parts.card
    for band in smaller.points.bands:
        assert f"| {band.points} |" in parts.card
    assert (np.diff(smaller.points.risks) >= 0).all()


def test_the_table_of_bands_leaves_no_number_without_points_and_gives_none_twice() -> None:
    _, smaller = told(made(Smaller.POINTS))
    assert smaller.points is not None
    for name in {band.column for band in smaller.points.bands if band.low is not None}:
        bands = [each for each in smaller.points.bands if each.column == name and not each.missing]
        assert bands[0].low is None
        assert bands[-1].high is None
        assert [each.high for each in bands[:-1]] == [each.low for each in bands[1:]]


@pytest.mark.parametrize(("how", "kind"), [(Smaller.PRUNE, ModelKind.LOGISTIC), (Smaller.FLOAT16, ModelKind.NETWORK)])
def test_a_smaller_file_is_told_with_what_it_cost(how: Smaller, kind: ModelKind) -> None:
    parts = made(how, kind, texts=how is Smaller.FLOAT16)
    training, smaller = told(parts)
    assert smaller.bytes_after < smaller.bytes_before
    assert len(parts.graph) == smaller.bytes_after
    assert training.parity <= 1e-9
    assert 0 < smaller.mean_change <= smaller.largest_change <= 1
    before = {each.name: each.value for each in smaller.before}
    after = training.figure("auroc")
    assert after is not None
    assert after.value > before["auroc"] - 0.01
    assert "What making it smaller cost" in parts.card
    check_reproduced(parts, load_dictionary())


def test_points_that_lose_too_much_are_refused_with_the_figure_and_nothing_is_made() -> None:
    table = {name: column for name, column in cells("told apart").items() if name != "years"}
    wish = replace(WISH, kind=ModelKind.LOGISTIC, smaller=Smaller.POINTS, keep=("odd",))
    with pytest.raises(InputError, match="learning_smaller_worse"):
        train_on_table("trial", table, "0" * 64, wish, load_dictionary())


def test_a_network_of_so_few_weights_that_16_bits_save_nothing_is_left_as_it_is() -> None:
    with pytest.raises(InputError, match="learning_smaller_not"):
        made(Smaller.FLOAT16, ModelKind.NETWORK)
