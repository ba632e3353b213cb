"""``lantern train``, ``evaluate`` and ``card`` as a person types them, and what a kill leaves."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]  # ships no types
import pytest

from engine.packs import read_pack
from tests.end_to_end.command import lantern, run_process
from tests.engine.workflows.tables import HEADS, people, table, three, write

ROOT = Path(__file__).resolve().parents[2]


def trained(folder: Path, count: int = 1200) -> Path:
    data = table(folder, count)
    done = lantern("train", "--input", data, "--outcome", "ill", "--exclude", "complaint", "--output", folder / "model")
    assert done.code == 0, done.err
    return folder / "model"


def test_a_table_becomes_a_pack_that_is_checked_assessed_evaluated_and_printed(tmp_path: Path) -> None:
    pack = trained(tmp_path)
    assert lantern("packs", "check", pack).code == 0
    data, out, pdf = tmp_path / "people.csv", tmp_path / "out.csv", tmp_path / "card.pdf"
    assert lantern("assess", "--pack", pack, "--input", data, "--output", out).code == 0
    assert out.read_text(encoding="utf-8").splitlines()[0] == ",".join([*HEADS, "risk,band,status,reasons"])
    judged = json.loads(
        lantern("evaluate", "--pack", pack, "--input", data, "--outcome", "ill", "--by", "sex", "--json").out
    )
    assert judged["people"] == 1200
    assert judged["figures"]["auroc"]["low"] > 0.7
    assert [each["level"] for each in judged["groups"]] == ["Female", "Male"]
    assert judged["trained_on_this_table"]
    told = lantern("evaluate", "--pack", pack, "--input", data, "--outcome", "ill")
    assert "flatter" in told.err  # the head of the figures must not say that the people were new to the model
    assert "On this table" in told.out
    assert "had not seen" not in told.out
    for language, words in (("en", "How well it does"), ("zh", "效果如何")):
        assert lantern("card", "--pack", pack, "--out", pdf, "--language", language).code == 0
        with pypdfium2.PdfDocument(pdf) as document:
            text = "".join(page.get_textpage().get_text_range() for page in document)
        assert words in text
        assert "TRIPOD+AI" in text
        assert read_pack(pack).digest[:16].upper() in text


def test_json_has_the_figures_the_findings_and_the_gate(tmp_path: Path) -> None:
    rows = [[*row, row[-1]] for row in people(900)]
    data = write(tmp_path / "t.csv", (*HEADS, "told_ill"), rows)
    words = ("--outcome", "ill", "--exclude", "complaint", "--by", "village", "--output", tmp_path / "model", "--json")
    told = json.loads(lantern("train", "--input", data, *words).out)
    assert (told["answer"], told["people"], told["pack"]["id"]) == ("train", 900, "model")
    assert {(each["code"], each["column"]) for each in told["findings"]} >= {("copy", "told_ill")}
    assert "told_ill" not in told["predictors"]
    figures = {each["name"]: each for each in told["training"]["figures"]}
    assert figures["auroc"]["low"] < figures["auroc"]["value"] < figures["auroc"]["high"]
    assert {each["column"] for each in told["training"]["groups"]} == {"sex", "age", "village"}
    assert told["training"]["parity"] <= 1e-5


@pytest.mark.parametrize(("language", "words"), [("en", "It takes"), ("zh", "还需要")])
def test_too_few_people_get_an_answer_and_no_pack(tmp_path: Path, language: str, words: str) -> None:
    data = table(tmp_path, 60)
    call = ("train", "--input", data, "--outcome", "ill", "--output", tmp_path / "model")
    done = run_process(*call, LANTERN_LANGUAGE=language)
    assert done.code == 3
    assert words in done.err
    assert not (tmp_path / "model").exists()


def test_the_textbook_network_says_what_it_reached(tmp_path: Path) -> None:
    data = three(tmp_path, 100, 0.3)
    call = ("--outcome", "class", "--preset", "textbook", "--output", tmp_path / "model", "--json")
    told = json.loads(lantern("train", "--input", data, *call).out)
    accuracy = next(each for each in told["training"]["figures"] if each["name"] == "accuracy")
    assert accuracy["value"] >= 0.85
    assert "85 %" in told["textbook"]


def test_killed_in_the_middle_nothing_stands_where_the_pack_would(tmp_path: Path) -> None:
    data = table(tmp_path, 1200)
    words = ["train", "--input", str(data), "--outcome", "ill", "--output", str(tmp_path / "model")]
    process = subprocess.Popen([sys.executable, "-m", "engine.cli", *words], cwd=ROOT, stderr=subprocess.DEVNULL)
    time.sleep(3)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert [each.name for each in tmp_path.iterdir()] == ["people.csv"]


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("--outcome", "gone", "--output", "model"), 3, "no column gone"),
        (("--outcome", "ill", "--output", "my-model"), 2, "letters, digits and underscores"),
        (("--outcome", "ill", "--output", "model", "--horizon", "-2"), 2, "--horizon"),
        (("--outcome", "village", "--output", "model"), 3, "either there or not"),
        (("--outcome", "ill", "--output", "model", "--exclude", "ill"), 3, "is the outcome"),
    ],
)
def test_a_wrong_call_is_one_sentence(tmp_path: Path, words: tuple[str, ...], code: int, sentence: str) -> None:
    data = table(tmp_path, 80)
    call = [str(tmp_path / each) if each.endswith("model") else each for each in words]
    done = lantern("train", "--input", data, *call)
    assert done.code == code
    assert sentence in done.err
    assert [each.name for each in tmp_path.iterdir()] == ["people.csv"]


def test_the_card_of_a_published_equation_is_said_to_be_a_text(tmp_path: Path) -> None:
    done = lantern("card", "--pack", "findrisc", "--out", tmp_path / "c.pdf")
    assert done.code == 3
    assert "findrisc" in done.err
    assert not (tmp_path / "c.pdf").exists()
