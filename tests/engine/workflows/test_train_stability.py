"""A trained pack brings models of other samples, checked as its number is; a pack of trees says why it has none."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from engine.fields import load_dictionary
from engine.learning.parity import TOLERANCE
from engine.packs import Pack, PackLibrary
from engine.wording import LANGUAGES, load_wording
from engine.workflows.assess_file import Extras, assess_file
from engine.workflows.foreign_packs import check_pack
from engine.workflows.train_file import ModelKind, TrainWish, train_file

PEOPLE = 500


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    random = np.random.default_rng(4)
    age, pressure = random.uniform(40, 80, PEOPLE).round(), random.normal(138, 20, PEOPLE).round()
    ill = random.random(PEOPLE) < 1 / (1 + np.exp(1 - 0.08 * (age - 60) - 0.02 * (pressure - 138)))
    path = tmp_path_factory.mktemp("table") / "people.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = zip(age.tolist(), pressure.tolist(), ill.astype(int).tolist(), strict=True)
        csv.writer(file).writerows([("age", "sbp_mmhg", "ill"), *rows])
    return path


def trained(table: Path, folder: Path, kind: ModelKind, bootstraps: int) -> Pack:
    wish = TrainWish(outcome="ill", kind=kind, folds=2, repeats=1, bootstraps=bootstraps, anyway=True)
    pack = train_file(table, folder, wish, load_dictionary()).pack
    assert pack is not None
    return pack


@pytest.mark.parametrize("kind", [ModelKind.LOGISTIC, ModelKind.NETWORK])
def test_what_was_trained_tells_ends_that_were_checked(table: Path, tmp_path: Path, kind: ModelKind) -> None:
    pack = trained(table, tmp_path / "model", kind, 40)
    declared, training = pack.manifest.outputs[0].stability, pack.manifest.training
    assert declared is not None
    assert training is not None
    assert (declared.models, declared.share) == (40, 0.95)
    assert training.parity <= TOLERANCE
    checked = check_pack(pack.folder, load_dictionary(), PackLibrary.shipped())
    assert not checked.faults  # its cases, those of the ends among them, came out as it says
    out = tmp_path / "out.csv"
    assess_file(str(pack.folder), table, out, PackLibrary.shipped(), load_dictionary(), extras=Extras(stability=True))
    with out.open(encoding="utf-8", newline="") as file:
        rows = [[float(row[name]) for name in ("risk_low", "risk", "risk_high")] for row in csv.DictReader(file)]
    found = np.array(rows)
    assert found.shape == (PEOPLE, 3)
    assert (np.diff(found, axis=1) >= 0).all()
    assert float((found[:, 2] - found[:, 0]).mean()) > 0.02
    for language in LANGUAGES:
        said = load_wording(language).say("card.stability", models=40, share="95", source=declared.source)
        assert said in pack.read_card()


@pytest.mark.parametrize(("kind", "bootstraps"), [(ModelKind.TREES, 40), (ModelKind.LOGISTIC, 39)])
def test_what_cannot_be_kept_is_said_on_the_card(table: Path, tmp_path: Path, kind: ModelKind, bootstraps: int) -> None:
    pack = trained(table, tmp_path / "model", kind, bootstraps)
    assert pack.manifest.outputs[0].stability is None
    for language in LANGUAGES:
        assert load_wording(language).say("card.no_stability") in pack.read_card()
