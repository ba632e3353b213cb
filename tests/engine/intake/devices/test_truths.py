"""Every device file comes out exactly as its truth says: kind, people, questions, readings, and what is set aside."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from engine.domain.entries import KnownPerson
from engine.domain.problems import Reason
from engine.intake.devices.planning import DevicePlan, DeviceRequest, plan_readings
from engine.intake.devices.raw import read_readings
from tests.engine.intake.devices.reading import TODAY, Value, answer, kinds, values_of

pytestmark = pytest.mark.shared
DEVICES = Path("data") / "devices"
SOMEBODY = KnownPerson("somebody", "P1", "Some Body", None, None)
TRUSTED = {"patient", "likely the patient"}
REPORT: list[tuple[str, ...]] = []


def truths(shared: Path) -> list[Path]:
    found = sorted((shared / DEVICES).glob("*.truth.json"))
    assert len(found) >= 37
    return found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "truth_file" in metafunc.fixturenames:
        from tests.conftest import _shared_folder

        files = sorted((_shared_folder() / DEVICES).glob("*.truth.json"))
        metafunc.parametrize("truth_file", files, ids=[file.name.removesuffix(".truth.json") for file in files])


def patients(truth: dict[str, Any]) -> list[KnownPerson]:
    """Whom the clinic knows: the people the file names, the first of them chosen."""
    named = [hint for hint in truth["person_hints"] if hint.get("name") and hint["certainty"] in TRUSTED]
    people = [
        KnownPerson(hint["name"], f"P{number}", hint["name"], hint.get("birth_date"), None)
        for number, hint in enumerate(named, 1)
    ]
    return people or [SOMEBODY]


def test_a_device_file_ends_as_its_truth_says(truth_file: Path) -> None:
    truth = json.loads(truth_file.read_text(encoding="utf-8"))
    found = answer(truth_file.with_name(truth_file.name.removesuffix(".truth.json")))
    assert found.body["format"] == truth["kind"]
    if found.type == "rejected":
        assert (found.body["reason"], truth["expected_outcome"]) == (truth["reject_reason"], "rejected")
        _note(truth, "rejected", (0, 0, 0, 0), [])
        return
    plan = plan_readings(read_readings(found), DeviceRequest(patient="P1", named=True), patients(truth), TODAY)
    assert plan.outcome.value in truth["acceptable_outcomes"]
    if plan.rejection is not None:
        assert plan.rejection.reason.value == truth["reject_reason"]
        _note(truth, "rejected", (0, 0, 0, 0), [])
        return
    _note(truth, plan.outcome.value, _counts(plan), kinds(plan))
    check_counts(plan, truth)
    check_questions(plan, truth)
    check_set_aside(plan, truth)
    check_values(list(values_of(plan)), truth)


def _counts(plan: DevicePlan) -> tuple[int, int, int, int]:
    repeats = plan.count(Reason.DUPLICATE_READING)
    return plan.read, plan.kept, repeats, len(plan.set_aside) - repeats


def check_counts(plan: DevicePlan, truth: dict[str, Any]) -> None:
    counts = truth["counts"]
    names = ("readings_read", "readings_kept", "readings_duplicate", "readings_rejected")
    assert _counts(plan) == tuple(counts[name] for name in names)
    assert dict(plan.not_readings) == counts["not_readings"]
    assert Counter(one.reason.value for one in plan.set_aside) == counts["by_reason"]
    assert [{"kind": kind, "row": row} for kind, row in plan.warnings] == truth["warnings"]


def check_questions(plan: DevicePlan, truth: dict[str, Any]) -> None:
    assert kinds(plan) == sorted(question["kind"] for question in truth["questions"])
    for asked in truth["questions"]:
        found = next(question for question in plan.questions if question.kind.value == asked["kind"])
        assert (found.columns[0] if found.columns else None) == asked["column"]
        if asked["kind"] in {"date_order", "unit_conflict"}:
            assert found.guess == asked["answer"]
    told = {(hint.name, hint.birth_date, hint.patient_id) for hint in plan.hints}
    expected = {(hint.get("name"), hint.get("birth_date"), hint.get("patient_id")) for hint in truth["person_hints"]}
    assert told == expected


def check_set_aside(plan: DevicePlan, truth: dict[str, Any]) -> None:
    found = {(one.row, one.reason.value, one.member, one.same_as_row) for one in plan.set_aside}
    listed = {(one["row"], one["reason"], one.get("member"), one.get("same_as_row")) for one in truth["set_aside"]}
    assert found == listed
    fields = {(one.row, one.reason): set(one.fields) for one in plan.set_aside}
    for one in truth["set_aside"]:
        if "fields" in one:
            assert fields[one["row"], Reason(one["reason"])] == set(one["fields"])


def check_values(found: list[Value], truth: dict[str, Any]) -> None:
    assert Counter(value.field for value in found) == truth["counts"]["values_kept"]
    places: dict[tuple[object, ...], list[Value]] = {}
    for value in found:
        places.setdefault((value.row, value.time, value.field, value.person), []).append(value)
    for reading in truth.get("readings") or truth["readings_sample"]:
        for field, expected in reading["values"].items():
            same = places[reading["row"], reading["time"], field, reading.get("person")]
            method = reading.get("method") if field == "random_glucose_mmol_l" else None
            wanted = (method, reading.get("arm"), reading.get("qualifier"))
            assert any(
                abs(value.value - expected) <= 1e-4 and (value.method, value.arm, value.qualifier) == wanted
                for value in same
            ), (reading, same)
    for field, summary in truth.get("field_summary", {}).items():
        numbers = [value.value for value in found if value.field == field]
        assert len(numbers) == summary["n"]
        assert min(numbers) == pytest.approx(summary["min"], abs=1e-3)
        assert max(numbers) == pytest.approx(summary["max"], abs=1e-3)
        assert sum(numbers) / len(numbers) == pytest.approx(summary["mean"], abs=1e-3)


def _note(truth: dict[str, Any], outcome: str, counts: tuple[int, ...], asked: list[str]) -> None:
    REPORT.append((truth["file"], outcome, *map(str, counts), ", ".join(asked)))


def test_the_table_of_device_files(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Print file, outcome, readings and questions of all files looked at before."""
    with capsys.disabled():
        sys.stdout.write(f"\n{'file':64} {'outcome':18} {'read':>7} {'kept':>7} {'twice':>6} {'aside':>6}  questions\n")
        for file, outcome, read, kept, twice, rejected, asked in REPORT:
            sys.stdout.write(f"{file:64} {outcome:18} {read:>7} {kept:>7} {twice:>6} {rejected:>6}  {asked}\n")
    assert len(truths(shared)) >= len(REPORT)


def test_no_file_of_patients_is_taken_for_one_of_a_device(shared: Path) -> None:
    from engine.intake.readers.plugin import Look
    from engine.intake.readers.registry import choose
    from engine.intake.tables import RejectedFile

    for path in sorted((shared / "data" / "messy").glob("*.*")):
        if path.suffix in {".json", ".md"}:
            continue
        try:
            kind = choose(Look(path))[0].FORMAT.kind
        except RejectedFile:
            continue
        # One of them is a diary of pressures, kept day by day.
        assert kind == ("daily_pressures" if path.name == "home_device_a.csv" else "table"), path.name
