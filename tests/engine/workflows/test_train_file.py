"""From a plain table to a pack that runs like any other, or a sentence why not yet."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from engine.domain.ports import CancelToken
from engine.errors import Cancelled, EngineError, InputError, PackError, UsageError
from engine.fields import load_dictionary
from engine.intake.text_table import read_text_table
from engine.learning.gate import Answer
from engine.learning.plan import ModelKind
from engine.packs import Pack, PackLibrary, read_pack
from engine.packs import training as told
from engine.packs.trained_card import textbook_sentences
from engine.wording import load_wording
from engine.workflows.assess_file import assess_file
from engine.workflows.foreign_packs import check_pack
from engine.workflows.train_file import MOST_ROWS, Training, TrainWish, train_file
from engine.workflows.train_table import Cells, train_on_table
from tests.engine.workflows.tables import HEADS, followed, people, table, three, write

QUICK = TrainWish("ill", folds=4, repeats=1, bootstraps=10)


def train(data: Path, output: Path, wish: TrainWish = QUICK) -> Training:
    return train_file(data, output, wish, load_dictionary())


def cells_of(data: Path) -> tuple[Cells, str]:
    read = read_text_table(data, MOST_ROWS)
    return read.columns, read.sha256


def figure(found: Training, name: str) -> float:
    assert found.pack is not None
    assert found.pack.manifest.training is not None
    told = found.pack.manifest.training.figure(name)
    assert told is not None
    return told.value


def assessed(folder: Path, data: Path, output: Path) -> pd.DataFrame:
    assess_file(str(folder), data, output, PackLibrary.shipped(), load_dictionary())
    return pd.read_csv(output, keep_default_na=False)


@pytest.mark.parametrize("kind", [ModelKind.LOGISTIC, ModelKind.NETWORK, ModelKind.TREES])
def test_a_trained_pack_is_sound_and_gives_the_numbers_of_the_model_to_the_same_table(
    tmp_path: Path, kind: ModelKind
) -> None:
    data = table(tmp_path, 700)
    wish = replace(QUICK, kind=kind, anyway=True)
    found = train(data, tmp_path / "model", wish)
    assert found.pack is not None
    here = train_on_table("model", *cells_of(data), wish, load_dictionary())
    assert here.study is not None
    check = check_pack(tmp_path / "model", load_dictionary(), PackLibrary.shipped())
    assert check.faults == ()
    assert check.largest <= 1e-5
    rows = assessed(tmp_path / "model", data, tmp_path / "out.csv")
    assert set(rows["status"]) == {"ok"}
    ours = here.study.trained.risks(here.study.table.raw())[:, 0]
    np.testing.assert_allclose(rows["risk"].astype(float), ours, atol=1e-5)
    assert figure(found, "auroc") > 0.75


def test_words_gaps_and_unknown_codes_of_new_people_are_read_as_in_training(tmp_path: Path) -> None:
    train(table(tmp_path, 700), tmp_path / "model", replace(QUICK, anyway=True))
    new = write(
        tmp_path / "new.csv",
        HEADS,
        [
            [50, "Male", 140, "north", "chest pain since 2 days", ""],
            [50, "Male", 140, "north", "fever since 2 days", ""],
            [50, "Male", "unknown", "north", "fever since 2 days", ""],
            [50, "Male", "high", "north", "fever since 2 days", ""],
            ["", "Male", 140, "north", "", ""],
            [50, "Male", 140, "west", "", ""],
            [50, "Male", 900, "north", "", ""],
        ],
    )
    rows = assessed(tmp_path / "model", new, tmp_path / "out.csv")
    assert rows["status"].tolist() == ["ok", "ok", "ok", "refused", "refused", "refused", "ok"]
    assert rows["reasons"].tolist() == [
        *[""] * 3,
        "model.pressure:invalid",
        "age:missing",
        "model.village:invalid",
        "model.pressure:clamped",
    ]
    assert float(rows["risk"][0]) > float(rows["risk"][1]) + 0.02


def test_the_same_table_gives_the_same_bytes_and_no_row_of_it_is_in_them(tmp_path: Path) -> None:
    data = table(tmp_path, 400)
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        train(data, tmp_path / name / "model", replace(QUICK, anyway=True))
    files = sorted((tmp_path / "first" / "model").iterdir())
    assert [each.name for each in files] == ["CARD.md", "manifest.json", "model.onnx", "reference_cases.csv"]
    for each in files:
        assert each.read_bytes() == (tmp_path / "second" / "model" / each.name).read_bytes()
    texts = "".join(each.read_text("utf-8") for each in files if each.suffix != ".onnx")
    assert not [row for row in people(400) if str(row[4]) in texts]
    with (files[3]).open(encoding="utf-8", newline="") as file:
        cases = [tuple(row[:2]) for row in csv.reader(file)]
    assert not {(str(row[0]), str(row[2])) for row in people(400)} & set(cases)


def test_people_who_left_early_are_kept_by_a_model_of_time(tmp_path: Path) -> None:
    data = followed(tmp_path, 800)
    wish = replace(QUICK, outcome="event", time="days", horizon_years=5.0)
    found = train(data, tmp_path / "model", wish)
    assert found.looked.answer is Answer.TRAIN
    assert found.pack is not None
    manifest = found.pack.manifest
    assert (manifest.headline_output, manifest.horizon_years) == ("risk_5y", (5.0,))
    assert manifest.training is not None
    assert manifest.training.people.people == 800
    figure = manifest.training.figure("c_index")
    assert figure is not None
    assert figure.low > 0.6
    rows = assessed(tmp_path / "model", data, tmp_path / "out.csv")
    told = rows.groupby(rows["nodes"] > 4)["risk_5y"].mean()
    assert told[True] > told[False] + 0.1


def test_too_few_people_are_told_how_many_more_and_nothing_is_written(tmp_path: Path) -> None:
    found = train(table(tmp_path, 60), tmp_path / "model")
    assert found.looked.answer is Answer.NOT_YET
    assert [each.key for each in found.looked.gate][:1] == ["learning.gate.not_yet"]
    assert any(each.key == "learning.gate.more" and int(each.details["more"]) > 0 for each in found.looked.gate)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["people.csv"]


def test_where_a_pack_of_the_outcome_exists_too_few_people_are_enough_to_fit_it(tmp_path: Path) -> None:
    found = train(table(tmp_path, 160), tmp_path / "model", replace(QUICK, existing="dysglycaemia_no_lab"))
    assert found.looked.answer is Answer.RECALIBRATE
    assert found.pack is None
    with pytest.raises(PackError, match="pack_unknown"):
        train(table(tmp_path, 60), tmp_path / "model", replace(QUICK, existing="nothing"))


def test_groups_that_are_left_out_in_turn_are_no_predictors(tmp_path: Path) -> None:
    wish = replace(QUICK, anyway=True, exclude=("complaint",), leave_out=("village",))
    found = train(table(tmp_path, 400), tmp_path / "model", wish)
    assert found.pack is not None
    assert [each.name for each in found.looked.columns] == ["age", "sex", "pressure"]
    told = found.pack.manifest.training
    assert told is not None
    assert {each.level for each in told.groups if each.column == "village (left out)"} == {
        "east gate",
        "north",
        "south",
    }


def test_a_model_of_too_few_people_says_on_its_card_that_it_is_to_look_at(tmp_path: Path) -> None:
    found = train(table(tmp_path, 60), tmp_path / "model", replace(QUICK, anyway=True))
    assert found.pack is not None
    assert "To look at only" in found.pack.read_card()
    assert found.pack.manifest.limits_notes[0].en.startswith("Trained on fewer people")


def told_of(pack: Pack | None) -> tuple[told.Training, str]:
    """Return what a pack of the textbook tells, and the sentences on its card, which the command says too."""
    assert pack is not None
    training = pack.manifest.training
    assert training is not None
    words = textbook_sentences(training, load_wording("en"))
    assert words in pack.read_card()
    return training, words


def test_the_network_of_the_textbook_is_built_to_the_letter_and_says_whether_it_got_there(tmp_path: Path) -> None:
    wish = TrainWish("class", textbook=True, folds=5, repeats=2, bootstraps=5)
    training, words = told_of(train(three(tmp_path, 100, 0.3), tmp_path / "easy", wish).pack)
    assert training.settings == {
        "preset": "textbook", "hidden": "4", "activation": "relu", "outputs": "2 softmax", "optimiser": "sgd",
        "rate": "0.01", "epochs": "1000", "batch": "32", "validation": "0.2", "patience": "-",
    }  # fmt: skip
    accuracy = training.figure("accuracy")
    assert accuracy is not None
    assert accuracy.value >= 0.85
    assert "are reached" in words
    assert "plain logistic model does as well" in words
    _, words = told_of(train(three(tmp_path, 100, 50.0), tmp_path / "hard", wish).pack)
    assert "do not allow the 85 %" in words
    assert "does not show that the network tells people apart" in words


def crossed(folder: Path, count: int = 100) -> Path:
    """A class that no straight line tells: two clusters of each on opposite corners."""
    random = np.random.default_rng(3)
    corner = random.integers(0, 2, (count, 2))
    values = np.concatenate([corner * 4 - 2 + 0.5 * random.normal(size=(count, 2)), random.normal(size=(count, 1))], 1)
    rows = [[*map(repr, each.tolist()), int(a != b)] for each, (a, b) in zip(values, corner.tolist(), strict=True)]
    return write(folder / "crossed.csv", ("a", "b", "c", "class"), rows)


def rare(folder: Path, count: int = 100) -> Path:
    """A class of one in ten that hangs on nothing."""
    random = np.random.default_rng(5)
    rows = [[*map(repr, random.normal(size=3).tolist()), int(at % 10 == 0)] for at in range(count)]
    return write(folder / "rare.csv", ("a", "b", "c", "class"), rows)


def test_accuracy_is_held_against_a_plain_model_and_against_one_answer_for_everybody(tmp_path: Path) -> None:
    wish = TrainWish("class", textbook=True, folds=10, repeats=2, bootstraps=2)
    _, words = told_of(train(crossed(tmp_path), tmp_path / "crossed", wish).pack)
    assert "are reached" in words
    assert "plain logistic model does less well" in words
    training, words = told_of(train(rare(tmp_path), tmp_path / "rare", wish).pack)
    accuracy = training.figure("accuracy")
    assert accuracy is not None
    assert accuracy.value >= 0.85
    assert "Saying the same of everybody would be right for 90 %" in words


def test_a_cancelled_training_leaves_nothing(tmp_path: Path) -> None:
    data = table(tmp_path, 300)
    token = CancelToken()

    def stop(done: int, total: int) -> None:
        if done >= total - 1:
            token.cancel()

    with pytest.raises(Cancelled):
        train_file(data, tmp_path / "model", replace(QUICK, anyway=True), load_dictionary(), stop, token)
    assert [each.name for each in tmp_path.iterdir()] == ["people.csv"]


def test_progress_counts_models_up_to_the_last(tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []
    wish = replace(QUICK, anyway=True, exclude=("complaint",))
    data = table(tmp_path, 300)
    train_file(data, tmp_path / "model", wish, load_dictionary(), lambda done, total: heard.append((done, total)))
    assert heard[0][0] == 0
    assert heard[-1][0] == heard[-1][1]
    assert [done for done, _ in heard] == sorted(done for done, _ in heard)


def test_training_again_replaces_the_pack_and_anything_else_stays(tmp_path: Path) -> None:
    data = table(tmp_path, 200)
    wish = replace(QUICK, anyway=True, exclude=("complaint",))
    train(data, tmp_path / "model", wish)
    before = read_pack(tmp_path / "model").digest
    train(data, tmp_path / "model", replace(wish, seed=2))
    assert read_pack(tmp_path / "model").digest != before
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "a.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(InputError, match="learning_output_taken"):
        train(data, tmp_path / "letters", wish)
    assert (tmp_path / "letters" / "a.txt").read_text(encoding="utf-8") == "dear"


def column(values: list[object]) -> list[list[object]]:
    """Forty people, of whom every second is ill, with one column of these values, repeated."""
    return [[30 + each % 7, values[each % len(values)], each % 2] for each in range(40)]


@pytest.mark.parametrize(
    ("rows", "wish", "code"),
    [
        ([[30, 1, 1]] * 40, {}, "learning_one_class"),
        (column([1, 2, 3])[:10], {}, "learning_few_rows"),
        ([[5, 7, each % 2] for each in range(40)], {}, "learning_no_columns"),
        (column([1.5, 2.5, "inf"]), {}, "learning_infinite"),
        (column([1.5, 2.5, 1e300]), {}, "learning_infinite"),
        (column([*range(35), "high", "low", "x", "y", "z"]), {}, "learning_mixed_column"),
        (column([1, 2]), {"exclude": ("ill",)}, "learning_outcome_left_out"),
        (column([1, 2]), {"time": "ill"}, "learning_outcome_left_out"),
        (column([1, 2]), {"outcome": "age"}, "learning_many_classes"),
        (column([1, 2]), {"outcome": "gone"}, "learning_no_column"),
        (column([1, 2]), {"kind": ModelKind.COX}, "learning_cox_needs_time"),
        (column([1, 2]), {"textbook": True}, "learning_textbook_inputs"),
        (column([1, 2]), {"time": "value", "horizon_years": 2.0, "kind": ModelKind.TREES}, "learning_time_needs_cox"),
        (column([1, 2]), {"time": "value"}, "learning_horizon_needed"),
        (column([1, 0]), {"time": "value", "horizon_years": 2.0}, "learning_follow_up"),
        (column([1, 2]), {"horizon_years": -1.0}, "learning_horizon_wrong"),
        (column([1, 2]), {"threshold": 1.0}, "learning_threshold_wrong"),
        (column([1, 2]), {"by": ("gone",)}, "learning_no_column"),
    ],
)
def test_a_table_that_cannot_be_learned_from_is_refused_with_a_reason(
    tmp_path: Path, rows: list[list[object]], wish: dict[str, object], code: str
) -> None:
    data = write(tmp_path / "t.csv", ("age", "value", "ill"), rows)
    with pytest.raises(EngineError) as found:
        train(data, tmp_path / "model", replace(QUICK, anyway=True, **wish))  # type: ignore[arg-type]  # by name
    assert found.value.code == code
    assert [each.name for each in tmp_path.iterdir()] == ["t.csv"]


def test_a_copy_of_the_outcome_among_the_predictors_is_left_out(tmp_path: Path) -> None:
    rows = [[*row, row[-1]] for row in people(300)]
    data = write(tmp_path / "t.csv", (*HEADS, "note_of_the_doctor"), rows)
    found = train(data, tmp_path / "model", replace(QUICK, anyway=True, exclude=("complaint",)))
    assert "note_of_the_doctor" not in [each.name for each in found.looked.columns]
    assert figure(found, "auroc") < 0.95
    told = [(each.weight, each.sentence.key) for each in found.looked.findings]
    assert ("leave_out", "learning.finding.copy") in told


def test_a_million_rows_are_too_many_and_said_to_be(tmp_path: Path) -> None:
    data = tmp_path / "t.csv"
    with data.open("w", encoding="utf-8") as file:
        file.write("age,value,ill\n" + "30,1,0\n31,2,1\n" * 500_000)
    with pytest.raises(InputError, match="table_too_many_rows"):
        train(data, tmp_path / "model")


@pytest.mark.parametrize("name", ["my-model", "1model", "modèle"])
def test_a_folder_whose_name_cannot_be_that_of_a_pack_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="learning_pack_name"):
        train(table(tmp_path, 60), tmp_path / name)
