"""Tables that nobody should train on as they are: a sound model or a plain sentence, never a card with holes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest

from engine.errors import InputError
from engine.fields import load_dictionary
from engine.packs import PackParts
from engine.workflows.train_table import train_on_table
from engine.workflows.train_wish import ModelKind, TrainWish

COUNT = 240
WISH = TrainWish("ill", folds=4, repeats=1, bootstraps=6, anyway=True)
Cells = Mapping[str, Sequence[str]]


def written(values: np.ndarray, form: str = "{:.2f}") -> list[str]:
    return [form.format(each) for each in values]


def cells(case: str) -> Cells:
    random = np.random.default_rng(1)
    age, pressure = random.uniform(20, 80, COUNT), random.normal(130, 15, COUNT)
    ill = random.random(COUNT) < 1 / (1 + np.exp(-0.06 * (age - 50)))
    places = range(COUNT)
    base = {"age": written(age), "pressure": written(pressure), "ill": [str(int(each)) for each in ill]}
    more: dict[str, list[str]] = {
        "plain": [],
        "told apart": written(np.where(ill, pressure + 1000, pressure)),
        "nobody of a fold": [base["pressure"][at] if at in (3, 50, 90) else "" for at in places],
        "one level": ["b" if at < 3 else "c" if at < 6 else "a" for at in places],
        "200 levels": [f"village {at % 200}" for at in places],
        "wild": written(np.exp(random.normal(0, 12, COUNT)), "{:.6e}"),
        "one far away": ["1e20", "1e12", *["0.5"] * (COUNT - 5), "1", "2", "3"],
        "the same again": written(2 * age + 1),
        "nothing but one": ["5"] * COUNT,
        "beyond float32": written(random.normal(0, 1e39, COUNT), "{:.6e}"),
        "infinite": ["inf", *base["pressure"][1:]],
        "few events": [],
    }
    found = base | ({"odd": more[case]} if more[case] else {})
    if case == "few events":
        found["ill"] = ["1" if at % 40 == 0 else "0" for at in places]
    return {**found, "years": written(np.random.default_rng(4).exponential(8, COUNT) + 0.01, "{:.3f}")}


def trained(case: str, kind: ModelKind) -> PackParts:
    table = dict(cells(case))
    wish = replace(WISH, kind=kind, keep=("odd",) if case == "told apart" else ())
    if kind is ModelKind.COX:
        wish = replace(wish, time="years", horizon_years=5.0)
    else:
        del table["years"]
    found = train_on_table("trial", table, "0" * 64, wish, load_dictionary())
    assert found.parts is not None
    return found.parts


def numbers(document: object) -> Iterator[float]:
    if isinstance(document, float):
        yield document
    elif isinstance(document, Mapping):
        for each in document.values():
            yield from numbers(each)
    elif isinstance(document, list | tuple):
        for each in document:
            yield from numbers(each)


@pytest.mark.parametrize(
    ("case", "kind"),
    [
        ("told apart", ModelKind.LOGISTIC),
        ("told apart", ModelKind.NETWORK),
        ("nobody of a fold", ModelKind.LOGISTIC),
        ("nobody of a fold", ModelKind.TREES),
        ("nobody of a fold", ModelKind.COX),
        ("one level", ModelKind.NETWORK),
        ("200 levels", ModelKind.LOGISTIC),
        ("wild", ModelKind.NETWORK),
        ("one far away", ModelKind.NETWORK),
        ("the same again", ModelKind.LOGISTIC),
        ("the same again", ModelKind.COX),
        ("few events", ModelKind.COX),
    ],
)
def test_an_odd_table_gives_a_sound_model_and_a_card_without_holes(case: str, kind: ModelKind) -> None:
    parts = trained(case, kind)
    found = list(numbers(parts.manifest.to_json()))
    assert len(found) > 50
    assert all(math.isfinite(each) for each in found)
    words = parts.card.replace("|", " ").replace("(", " ").split()
    assert not {"nan", "inf", "None", "NaN", "−inf"} & set(words)
    training = parts.manifest.training
    assert training is not None
    assert training.parity <= 1e-9
    auroc = training.figure("auroc")
    assert auroc is not None
    if case == "told apart":
        assert auroc.value == 1.0
        assert training.figure("slope") is None  # no finite slope: it is left out, not invented


def test_a_column_of_one_value_is_left_out_and_the_others_are_trained_on() -> None:
    parts = trained("nothing but one", ModelKind.LOGISTIC)
    assert [each.name for each in parts.manifest.inputs] == ["age", "pressure"]
    training = parts.manifest.training
    assert training is not None
    assert [each.code for each in training.findings if each.column == "odd"] == ["constant"]


@pytest.mark.parametrize("case", ["beyond float32", "infinite"])
def test_what_is_no_measurement_is_refused_with_its_place(case: str) -> None:
    with pytest.raises(InputError, match="learning_infinite") as caught:
        trained(case, ModelKind.LOGISTIC)
    assert caught.value.details["column"] == "odd"
