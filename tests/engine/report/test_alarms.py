"""What cannot wait is told by the value alone, whatever any tool says, and never to the patient on paper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from engine.domain.assessment import Assessment, InputUsed
from engine.domain.batch import Batch
from engine.domain.record import Value
from engine.packs import Manifest
from engine.report import ReportOptions, alarms, compose, may_alarm


def knowing(made: Assessment, field: str, value: Value) -> Assessment:
    return replace(made, inputs=(*made.inputs, InputUsed(field, value, made.visit_date, None)))


@pytest.mark.parametrize("answer", [1.0, 3.0])
def test_one_answer_raises_the_alarm_though_nobody_asked_the_tool(
    answer: float, typical: Assessment, packs: Mapping[str, Manifest]
) -> None:
    made = knowing(typical, "phq9_q9", answer)
    assert "phq9" not in [result.pack.id for result in made.results]
    (raised,) = alarms(made, packs)
    for language in ("en", "zh"):
        report = compose(made, packs, ReportOptions(language))
        first = "".join(run.text for run in report.clinician.remarks.items[0]).replace("\u00a0", " ")
        assert raised.get(language) in first
        assert raised.get(language) not in str(report.patient)


def test_an_answer_of_none_and_an_unknown_one_raise_nothing(typical: Assessment, packs: Mapping[str, Manifest]) -> None:
    assert alarms(knowing(typical, "phq9_q9", 0.0), packs) == ()
    assert alarms(typical, packs) == ()


def test_an_urgent_reading_comes_first_and_never_on_the_patients_page(
    typical: Assessment, packs: Mapping[str, Manifest]
) -> None:
    made = knowing(knowing(typical, "phq9_q9", 1.0), "potassium_mmol_l", 6.4)
    reading, answer = alarms(made, packs)
    assert "6.0 mmol/L" in reading.en
    assert "KDIGO" in reading.zh
    assert "safety" in answer.en
    for language in ("en", "zh"):
        report = compose(made, packs, ReportOptions(language))
        first = "".join(run.text for run in report.clinician.remarks.items[0]).replace("\u00a0", " ")
        assert reading.get(language) in first
        assert reading.get(language) not in str(report.patient)


def test_whoever_may_have_an_alarm_is_found_among_all(typical: Assessment, packs: Mapping[str, Manifest]) -> None:
    columns = {"sbp_mmhg": [150.0, 185.0, np.nan], "phq9_q9": [1.0, 0.0, np.nan]}
    people = Batch(3, {name: np.array(column) for name, column in columns.items()})
    assert may_alarm(people, packs).tolist() == [True, True, False]
    assert may_alarm(Batch(2, {}), packs).tolist() == [False, False]
