from __future__ import annotations

from dataclasses import replace

import pytest

from engine.learning.columns import Kind
from engine.learning.gate import Planned, judge_size
from engine.learning.judgement.figures import Figure
from engine.learning.leaks import Weight
from engine.learning.telling import name_of, tell_gate
from engine.wording import LANGUAGES, load_wording

FEW = Planned(people=400, events=70, parameters=24, r2=0.288)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_answer_is_told_with_its_numbers(language: str) -> None:
    wording = load_wording(language)
    cases = {
        "not_yet": (FEW, judge_size(FEW)),
        "more_months": (FEW, judge_size(FEW, people_a_month=10)),
        "recalibrate": (FEW, judge_size(FEW, recalibration_events=50)),
        "train": (replace(FEW, people=900, events=157), judge_size(replace(FEW, people=900, events=157))),
        "not_yet_unknown": (replace(FEW, events=0), judge_size(replace(FEW, events=0))),
    }
    for key, (planned, gate) in cases.items():
        told = tell_gate(gate, planned)
        assert f"learning.gate.{key}" in [each.key for each in told]
        text = " ".join(wording.say(each.key, **each.details) for each in told)
        if gate.people_needed is not None:
            assert str(gate.people_needed) in text
    for thing in (*Weight, *Kind, *Figure):
        assert wording.say(name_of(thing))
