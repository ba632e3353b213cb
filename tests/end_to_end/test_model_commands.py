"""``lantern models`` and ``lantern drift`` as a person types them, from a folder to an approved model and back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.command import Clinic, says
from tests.engine.workflows.trained import HEADER, trained_folder

PEOPLE = 55


@pytest.fixture
def clinic(new_clinic: Callable[..., Clinic]) -> Clinic:
    return new_clinic()


@pytest.fixture
def made(tmp_path: Path) -> Path:
    return trained_folder(tmp_path / "made")


def everybody_comes_today(clinic: Clinic, place: Path) -> None:
    born, today = date(1964, 5, 1), date.today()
    rows = [
        f"T{n:03d},Fictional {n:03d},{'MF'[n % 2]},{born + timedelta(days=n)},{today},{120 + n % 40},never,false\n"
        for n in range(PEOPLE)
    ]
    (place / "today.csv").write_text(HEADER + "".join(rows), encoding="utf-8")
    assert clinic.run("import", place / "today.csv").code == 0


def listed(clinic: Clinic) -> dict[str, Any]:
    (found,) = clinic.run("models", "list", "--json").json
    return dict(found)


def refused(clinic: Clinic, code: str, command: str, *words: object) -> None:
    ended = clinic.run(command, *words)
    assert ended.code not in (0, 1), ended
    assert says(ended.err.strip(), f"error.{code}"), ended.err


def test_a_model_goes_from_its_folder_to_approved_and_retired(clinic: Clinic, made: Path, tmp_path: Path) -> None:
    assert clinic.run("models", "list", "--json").json == []
    assert clinic.run("models", "add", made, "--json").json["stage"] == "draft"
    shadow = clinic.run("models", "shadow", "toy", "--threshold", 0.15, "--json").json
    assert (shadow["stage"], shadow["outcome"], shadow["threshold"]) == ("shadow", "heart_attack_stroke", 0.15)
    everybody_comes_today(clinic, tmp_path)
    assessed = clinic.run("assess-all")
    assert assessed.code == 0
    assert "toy" not in assessed.out
    early = clinic.run("models", "verdict", "toy", "--json")
    assert (early.code, early.json["verdict"], early.json["figures"]["predicted"]) == (0, "unclear", PEOPLE)
    approved = clinic.run("models", "approve", "toy", "--reason", "the only administrator", "--json")
    assert (approved.code, approved.json["stage"]) == (0, "approved")
    assert approved.json["states"][-1]["one_signature"] is True
    assert "toy" in clinic.run("packs").out
    (item,) = clinic.run("review", "--json").json
    assert (item["kind"], item["reason"], item["whom"]) == ("one_signature", "model.approve", "toy 1.0.0")
    assert "toy 1.0.0" in item["sentence"]
    drift = clinic.run("drift", "--json")
    assert drift.json["models"][0]["warnings"] == []
    retired = clinic.run("models", "retire", "toy", "--reason", "the cuff was replaced")
    assert retired.code == 0
    assert "the cuff was replaced" in retired.out
    assert listed(clinic)["stage"] == "retired"
    refused(clinic, "model_not_approved", "packs", "on", "toy")


def test_what_cannot_be_done_yet_is_a_sentence_and_changes_nothing(clinic: Clinic, made: Path) -> None:
    refused(clinic, "model_unknown", "models", "shadow", "toy")
    refused(clinic, "model_is_trained", "packs", "add", made)
    assert clinic.run("models", "add", made).code == 0
    refused(clinic, "model_stage", "models", "approve", "toy", "--reason", "why not")
    refused(clinic, "model_outcome", "models", "shadow", "toy", "--outcome", "bad luck")
    refused(clinic, "model_threshold", "models", "shadow", "toy", "--threshold", 20)
    refused(clinic, "model_unknown", "models", "retire", "toy@9.9.9", "--reason", "why not")
    refused(clinic, "model_month", "drift", "--month", "2999-01")
    refused(clinic, "model_month", "drift", "--month", "May")
    assert clinic.run("models", "shadow", "toy").code == 0
    refused(clinic, "model_too_soon", "models", "approve", "toy", "--reason", "why not")
    assert listed(clinic)["stage"] == "shadow"
    assert "toy" not in clinic.run("packs").out


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_page_tells_the_verdict_and_what_to_do(
    clinic: Clinic, made: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setenv("LANTERN_LANGUAGE", language)
    assert clinic.run("models", "add", made).code == 0
    assert clinic.run("models", "shadow", "toy").code == 0
    lines = clinic.run("models", "verdict", "toy").out.splitlines()
    for key in ("watch.head", "watch.reason.nobody", "watch.next.unclear", "watch.fact.answered"):
        assert any(says(line, key, language) for line in lines), key
    page = made.parent / "page.pdf"
    told = clinic.run("models", "verdict", "toy", "--out", page, "--paper", "letter").out.splitlines()[-1]
    assert says(told, "cli.verdict_written", language)
    assert page.read_bytes().startswith(b"%PDF")
    assert says(clinic.run("models", "list").out.strip(), "watch.listed", language)
    assert says(clinic.run("drift").out.splitlines()[0], "watch.month", language)
