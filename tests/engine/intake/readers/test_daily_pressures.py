"""A list of pressures with one line for every day is a table of visits; any other is a series of readings."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from engine.intake.readers.plugin import Look
from engine.intake.readers.registry import choose
from tests.engine.intake.plans import plan_file

HEAD = "Date,Time,Systolic (mmHg),Diastolic (mmHg),Pulse (bpm),Symptoms,Consumed,TruRead,Notes\n"
HEAD_ZH = "日期,时间,收缩压,舒张压,脉搏,备注\n"
DAYS = [date(2025, 1, 25) + timedelta(number) for number in range(30)]


def english(days: list[date]) -> str:
    return HEAD + "".join(f"{day:%b %d %Y},07:20,125,8{day.day % 10},64,-,-,-,-\n" for day in days)


def chinese(days: list[date], form: str = "%Y/%m/%d") -> str:
    return HEAD_ZH + "".join(f"{day:{form}},07:20,125,8{day.day % 10},64,\n" for day in days)


def kind(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return choose(Look(path))[0].FORMAT.kind


@pytest.mark.parametrize("text", [
    english(DAYS), english(DAYS[::-1]), chinese(DAYS), chinese(DAYS, "%d.%m.%Y"), chinese(DAYS, "%Y年%m月%d日"),
])  # fmt: skip
def test_a_line_for_every_day_makes_visits(tmp_path: Path, text: str) -> None:
    assert kind(tmp_path / "a.csv", text) == "daily_pressures"
    plan = plan_file(tmp_path / "a.csv", worker=True)
    assert [question.kind.value for question in plan.questions] == ["whose_readings"]
    assert plan.identified is not None
    assert sorted(plan.identified.visit_dates) == [day.isoformat() for day in DAYS]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (english([*DAYS, DAYS[-1]]), "omron_app_csv"),
        (english(DAYS[:10] + DAYS[11:]), "omron_app_csv"),
        (english(DAYS[:3]), "omron_app_csv"),
        (english([*DAYS[1:], DAYS[0]]), "omron_app_csv"),
        (chinese([*DAYS, DAYS[-1]]), "home_pressure_zh_csv"),
        (chinese(DAYS).replace("备注", "成员"), "home_pressure_zh_csv"),
    ],
)
def test_days_twice_left_out_or_of_several_people_stay_a_series(tmp_path: Path, text: str, expected: str) -> None:
    assert kind(tmp_path / "a.csv", text) == expected


def test_who_names_the_device_gets_its_series(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(english(DAYS), encoding="utf-8")
    assert choose(Look(tmp_path / "a.csv"), "omron_app_csv")[0].FORMAT.kind == "omron_app_csv"
