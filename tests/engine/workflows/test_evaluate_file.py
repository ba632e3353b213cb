"""A pack held against the outcomes in a table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import brier_score_loss, roc_auc_score

from engine.errors import InputError, PackError
from engine.fields import load_dictionary
from engine.packs import PackLibrary
from engine.workflows.assess_file import assess_file
from engine.workflows.evaluate_file import EvaluateWish, Evaluation, evaluate_file
from engine.workflows.train_file import TrainWish, train_file
from tests.engine.workflows.tables import HEADS, followed, people, table, write

WISH = TrainWish("ill", folds=4, repeats=1, bootstraps=5, exclude=("complaint",), anyway=True)


def evaluate(pack: str | Path, data: Path, wish: EvaluateWish) -> Evaluation:
    return evaluate_file(str(pack), data, wish, PackLibrary.shipped(), load_dictionary())


def test_new_people_are_judged_by_the_pack_and_by_groups(tmp_path: Path) -> None:
    found = train_file(table(tmp_path, 700), tmp_path / "model", WISH, load_dictionary())
    assert found.pack is not None
    fresh = people(500, seed=9)
    data = write(tmp_path / "new.csv", HEADS, fresh)
    told = evaluate(tmp_path / "model", data, EvaluateWish("ill", by=("sex", "age", "complaint"), threshold=0.4))
    assert (told.rows, told.judgement.people, told.refused, told.without_outcome) == (500, 500, 0, 0)
    assert [each.level for each in told.judgement.groups if each.column == "sex"] == ["Female", "Male"]
    assert {each.level for each in told.judgement.groups if each.column == "age"} >= {"0–<40", "80+"}
    figures = {str(name): each.value for name, each in told.judgement.figures.items()}
    assert 0.7 < figures["auroc"] < 0.95
    assert figures["observed_expected"] == pytest.approx(1, abs=0.2)
    assert told.judgement.events == sum(row[-1] == 1 for row in fresh)


def test_figures_are_those_of_another_library(tmp_path: Path) -> None:
    train_file(table(tmp_path, 400), tmp_path / "model", WISH, load_dictionary())
    data = write(tmp_path / "new.csv", HEADS, people(300, seed=9))
    told = evaluate(tmp_path / "model", data, EvaluateWish("ill"))
    assert not told.trained_on
    assert evaluate(tmp_path / "model", tmp_path / "people.csv", EvaluateWish("ill")).trained_on
    out = tmp_path / "out.csv"
    assess_file(str(tmp_path / "model"), data, out, PackLibrary.shipped(), load_dictionary())
    rows = pd.read_csv(out)
    figures = {str(name): each.value for name, each in told.judgement.figures.items()}
    assert figures["auroc"] == pytest.approx(roc_auc_score(rows["ill"], rows["risk"]))
    assert figures["brier"] == pytest.approx(brier_score_loss(rows["ill"], rows["risk"]))


def test_people_whom_the_pack_refuses_are_counted_with_their_reasons(tmp_path: Path) -> None:
    train_file(table(tmp_path, 400), tmp_path / "model", WISH, load_dictionary())
    rows = people(60, seed=9)
    rows[0][0] = ""
    rows[1][3] = "west"
    rows[2][-1] = ""
    told = evaluate(tmp_path / "model", write(tmp_path / "new.csv", HEADS, rows), EvaluateWish("ill"))
    assert (told.refused, told.without_outcome, told.judgement.people) == (2, 1, 57)
    assert dict(told.left_out) == {"age:missing": 1, "model.village:invalid": 1}


def test_a_risk_over_years_is_judged_with_who_left_early(tmp_path: Path) -> None:
    wish = replace(WISH, outcome="event", time="days", horizon_years=4.0, exclude=())
    train_file(followed(tmp_path, 700), tmp_path / "model", wish, load_dictionary())
    (tmp_path / "b").mkdir()
    fresh = followed(tmp_path / "b", 600, seed=5)
    told = evaluate(tmp_path / "model", fresh, EvaluateWish("event", time="days"))
    assert told.judgement.censored
    figures = {str(name): each for name, each in told.judgement.figures.items()}
    assert figures["c_index"].low > 0.6
    assert figures["slope"].low < 1 < figures["slope"].high


def test_a_shipped_pack_can_be_evaluated_by_its_id(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    heads = ("age", "sex", "bmi_kg_m2", "waist_cm", "smoker", "outcome")
    rows = [
        [random.integers(25, 80), "FM"[n % 2], round(random.normal(27, 4), 1), random.integers(70, 120), "never", n % 2]
        for n in range(80)
    ]
    told = evaluate("dysglycaemia_no_lab", write(tmp_path / "t.csv", heads, rows), EvaluateWish("outcome"))
    assert (told.output, told.judgement.people) == ("risk", 80)
    assert 0.3 < told.judgement.figures["auroc"].value < 0.7  # type: ignore[index]  # a StrEnum is its text


def test_a_pack_without_a_risk_and_a_table_that_it_refuses_whole_are_told(tmp_path: Path) -> None:
    rows = [[30 + n, "FM"[n % 2], n % 2] for n in range(40)]
    data = write(tmp_path / "t.csv", ("age", "sex", "ill"), rows)
    with pytest.raises(PackError, match="learning_no_number"):
        evaluate("gad7", data, EvaluateWish("ill"))
    with pytest.raises(InputError, match="learning_nobody_scored") as caught:
        evaluate("heart_disease_rest", data, EvaluateWish("ill"))
    assert str(caught.value.details["reason"]).endswith(":missing")  # what to mend is named
    assert caught.value.details["people"] == 40
