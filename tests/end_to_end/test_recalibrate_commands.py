"""``lantern recalibrate`` as a person types it: from a table, in a clinic, and everything that is refused."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from engine.packs import read_pack
from tests.end_to_end.command import Clinic, check_refused, contents, lantern, says
from tests.engine.workflows.test_recalibrate import HEADER, rows_of

PACK, OFFICE = "framingham_2008_bmi", "who_cvd_2019_nonlab"
FIELDS = ("sex", "age", "sbp_mmhg", "bmi_kg_m2", "smoker", "diabetes", "on_bp_treatment")
OUTCOMES = ("outcome_event", "outcome_years")


def write(path: Path, rows: list[list[object]], header: tuple[str, ...] = (*FIELDS, *OUTCOMES)) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def simulated(folder: Path, people: int, ratio: float, seed: int = 1) -> Path:
    """People whose hazard is ``ratio`` times what the pack tells, followed for up to eight years."""
    random = np.random.default_rng(seed)
    rows: list[list[object]] = [
        [
            "MF"[person % 2], round(random.uniform(40, 74), 1), round(random.normal(138, 18)),
            round(random.normal(27, 3), 1), random.choice(["never", "current"]),
            random.choice(["true", "false"], p=[0.1, 0.9]), "false",
        ]
        for person in range(people)
    ]  # fmt: skip
    plain = write(folder / "plain.csv", rows, FIELDS)
    scored = folder / "scored.csv"
    assert lantern("assess", "--pack", PACK, "--input", plain, "--output", scored).code == 0
    told = pd.read_csv(scored)["risk_10y"].to_numpy()
    hazard = -np.log1p(-told) / 10 * ratio
    until, seen = random.exponential(1 / hazard), random.uniform(0.5, 8, people)
    ended = [[*row, int(u <= s), round(min(u, s), 4)] for row, u, s in zip(rows, until, seen, strict=True)]
    return write(folder / "outcomes.csv", ended)


def command(data: Path, out: Path, *words: object) -> tuple[object, ...]:
    return ("recalibrate", "--pack", PACK, "--data", data, "--out", out, *words)


def test_a_table_with_outcomes_makes_a_pack_that_tells_the_true_risk(tmp_path: Path) -> None:
    data, out = simulated(tmp_path, 3000, 0.6), tmp_path / "packs"
    ended = lantern(*command(data, out, "--json"))
    assert (ended.code, ended.err) == (0, "")
    document = ended.json
    assert document["verdict"] == "intercept"
    ratio = document["before"]["observed_to_expected"]
    assert ratio["low"] < 0.6 < ratio["high"]
    assert math.exp(document["intercept"]) == pytest.approx(ratio["value"], rel=1e-5)
    assert document["after"]["observed_to_expected"]["value"] == pytest.approx(1, abs=0.02)
    assert document["after"]["distance"] < document["before"]["distance"]
    pack = read_pack(out / document["made"]["pack"])
    assert pack.digest == document["made"]["digest"]
    assert pack.manifest.parent is not None
    assert pack.manifest.parent.id == PACK
    assert document["events"] == sum(group["events"] for group in document["groups"])


def test_the_same_table_makes_the_same_bytes(tmp_path: Path) -> None:
    data = simulated(tmp_path, 3000, 0.6)
    for name in ("one", "two"):
        assert lantern(*command(data, tmp_path / name)).code == 0
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_figures_are_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    monkeypatch.setenv("LANTERN_LANGUAGE", language)
    ended = lantern(*command(simulated(tmp_path, 3000, 0.6), tmp_path / "packs"))
    lines = ended.out.splitlines()
    assert ended.code == 0
    for key in ("fact.people", "fact.years", "fact.before", "fact.after", "fact.distance", "fact.changed_hazard"):
        assert any(says(line, f"recalibration.{key}", language) for line in lines), key
    assert says(lines[-1], "cli.recalibrated_made", language)


def test_only_looking_writes_nothing(tmp_path: Path) -> None:
    data = simulated(tmp_path, 3000, 0.6)
    before = contents(tmp_path)
    ended = lantern("recalibrate", "--pack", PACK, "--data", data, "--dry-run", "--json")
    assert (ended.code, ended.json["verdict"], ended.json["made"]) == (0, "intercept", None)
    assert contents(tmp_path) == before


def test_a_risk_that_fits_is_kept_and_nothing_is_written(tmp_path: Path) -> None:
    ended = lantern(*command(simulated(tmp_path, 2500, 1.0, seed=2), tmp_path / "packs"))
    assert ended.code == 0
    assert "agree" in ended.out
    assert not (tmp_path / "packs").exists()


def test_too_few_events_are_refused_with_the_months_to_wait(tmp_path: Path) -> None:
    data = simulated(tmp_path, 250, 0.6)
    ended = lantern(*command(data, tmp_path / "packs", "--json"))
    document = ended.json
    assert (ended.code, document["verdict"], document["reason"]) == (3, "refused", "few_events")
    assert document["events"] < 47 == document["events_needed"]
    table = pd.read_csv(data)
    a_year = document["events"] / table["outcome_years"].sum() * (table["outcome_event"] == 0).sum()
    assert document["months_more"] == math.ceil(12 * (47 - document["events"]) / a_year)
    assert str(document["months_more"]) in ended.err
    assert not (tmp_path / "packs").exists()


PERSON = ["M", 55, 140, 27, "never", "false", "false"]


@pytest.mark.parametrize(
    ("rows", "header", "key"),
    [
        ([PERSON], FIELDS, "error.outcome_column_missing"),
        ([[*PERSON, 1]], (*FIELDS, "outcome_event"), "error.outcome_column_missing"),
        ([[*PERSON, 1, 2], [*PERSON, "yes", 2]], (*FIELDS, *OUTCOMES), "error.outcome_cell"),
        ([[*PERSON, 0.5, 2]], (*FIELDS, *OUTCOMES), "error.outcome_cell"),
        ([[*PERSON, 1, -1]], (*FIELDS, *OUTCOMES), "error.outcome_cell"),
        ([[*PERSON, 1, "long"]], (*FIELDS, *OUTCOMES), "error.outcome_cell"),
        ([[*PERSON, 1, 2, 3]], (*FIELDS, *OUTCOMES), "error.csv_row_width"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_in_a_sentence(
    tmp_path: Path, rows: list[list[object]], header: tuple[str, ...], key: str
) -> None:
    check_refused(lantern(*command(write(tmp_path / "t.csv", rows, header), tmp_path / "packs")), 3, key)
    assert not (tmp_path / "packs").exists()


def test_the_row_at_fault_is_named(tmp_path: Path) -> None:
    data = write(tmp_path / "t.csv", [[*PERSON, 1, 2], [*PERSON, 0, 2], [*PERSON, 2, 2]])
    assert lantern(*command(data, tmp_path / "packs")).err.startswith("Row 4: outcome_event")


def test_who_has_no_risk_or_no_time_is_left_out_and_counted(tmp_path: Path) -> None:
    rows = [[*PERSON, 0, 2], [*PERSON, "", 2], [*PERSON, 0, ""], [*PERSON, 0, 0], ["M", 20, *PERSON[2:], 0, 2]]
    document = lantern(*command(write(tmp_path / "t.csv", rows), tmp_path / "packs", "--json")).json
    assert (document["people"], document["left_out"]) == (1, {"no_risk": 1, "not_followed": 3})


@pytest.mark.parametrize(
    ("words", "code", "key"),
    [
        (("--pack", PACK), 2, "error.recalibrate_where"),
        (("--pack", PACK, "--store", "a", "--data", "b"), 2, "error.recalibrate_where"),
        (("--pack", PACK, "--store", "a"), 2, "error.recalibrate_where"),
        (("--data", "b"), 2, "error.recalibrate_what"),
        (("--data", "b", "--back", PACK), 2, "error.recalibrate_what"),
        (("--pack", PACK, "--data", "b"), 2, "error.recalibrate_out"),
        (("--pack", PACK, "--data", "b", "--out", "c"), 3, "error.csv_missing"),
        (("--pack", "nowhere", "--data", "b", "--out", "c"), 6, "error.pack_unknown"),
        (("--pack", "fib4", "--data", "b", "--out", "c"), 6, "error.recalibrate_no_risk"),
        (("--pack", PACK, "--of", "score", "--data", "b", "--out", "c"), 2, "error.recalibrate_output"),
    ],
)
def test_a_wrong_call_is_refused_in_a_sentence(words: tuple[str, ...], code: int, key: str) -> None:
    check_refused(lantern("recalibrate", *words), code, key)


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    data = simulated(tmp_path, 3000, 0.6)
    (tmp_path / "file").write_text("here already", encoding="utf-8")
    ended = lantern(*command(data, tmp_path / "file"))
    check_refused(ended, 6, "error.pack_unwritable")


def test_a_clinic_is_looked_at_and_led_back(filled: Clinic) -> None:
    ended = filled.run("recalibrate", "--pack", "who_cvd_2019_nonlab", "--accept")
    assert ended.code == 3
    assert says(ended.err.strip().split(". ", 1)[1], "recalibration.reason.nobody")
    check_refused(filled.run("recalibrate", "--back", "who_cvd_2019_nonlab"), 2, "error.recalibrate_none_kept")


def test_a_clinic_accepts_a_new_pack_and_goes_back(new_clinic: Callable[..., Clinic], tmp_path: Path) -> None:
    clinic = new_clinic(country="CHN")
    random = np.random.default_rng(4)
    visits = tmp_path / "visits.csv"
    visits.write_text(HEADER + "".join("".join(rows_of(person, random)) for person in range(700)), encoding="utf-8")
    assert clinic.run("import", visits).code == 0

    looked = clinic.run("recalibrate", "--pack", OFFICE)
    assert looked.code == 0, looked.err
    assert says(looked.out.splitlines()[-1], "cli.recalibrated_ask")
    accepted = clinic.run("recalibrate", "--pack", OFFICE, "--accept", "--json").json
    assert accepted["made"]["version"] == "1.0.0"
    assert accepted["made"]["pack"] in asked(clinic)
    assert OFFICE not in asked(clinic)
    back = clinic.run("recalibrate", "--back", OFFICE)
    assert says(back.out.strip(), "cli.recalibrated_back"), back
    assert OFFICE in asked(clinic)


def asked(clinic: Clinic) -> set[str]:
    return {pack["pack"] for pack in clinic.run("assess-all", "--json").json["packs"]}


@pytest.mark.shared
def test_framingham_fits_its_own_descendants_better_after_recalibration(shared: Path, tmp_path: Path) -> None:
    """The teaching cohort counts fewer events than the 2008 equation did (no angina, no heart failure)."""
    people = pd.read_csv(shared / "data" / "framingham" / "train.csv")
    truth = {1.0: "true", 0.0: "false"}
    table = pd.DataFrame(
        {
            "sex": people["sex"].map({1.0: "M", 2.0: "F"}),
            "age": people["age"],
            "sbp_mmhg": people["sysbp"],
            "bmi_kg_m2": people["bmi"],
            "smoker": people["cursmoke"].map({1.0: "current", 0.0: "never"}),
            "diabetes": people["diabetes"].map(truth),
            "on_bp_treatment": people["bpmeds"].map(truth),
            "outcome_event": people["cvd_event"].astype(int),
            "outcome_years": people["time_cvd_days"] / 365.25,
        }
    )
    table.to_csv(tmp_path / "cohort.csv", index=False)
    document = lantern(*command(tmp_path / "cohort.csv", tmp_path / "packs", "--json")).json
    assert document["people"] > 2800
    # Within ten years, by hand: events among those with a risk against their summed hazards.
    assert document["events"] == 253
    assert document["before"]["observed_to_expected"]["high"] < 0.85
    assert document["before"]["slope"]["low"] < 1 < document["before"]["slope"]["high"]
    assert document["verdict"] == "intercept"
    assert document["compared_at_years"] == 10
    assert document["after"]["observed_to_expected"]["low"] < 1 < document["after"]["observed_to_expected"]["high"]
    assert document["after"]["distance"] < 0.7 * document["before"]["distance"]
    within = (people["time_cvd_days"] <= 3652.5) & (people["cvd_event"] == 1)
    assert int(within.sum()) >= document["events"]
