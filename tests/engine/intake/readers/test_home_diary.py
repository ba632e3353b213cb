"""Diaries that families keep: arms, units that nobody wrote, several people in one file."""

from __future__ import annotations

from pathlib import Path

from engine.domain.entries import KnownPerson
from tests.engine.intake.devices.reading import ANN, answer, aside, kinds, plan, text_file, values_of

BO = KnownPerson("bo", "P1", "Bo", None, None)


class TestHomeDiary:
    def test_arms_and_units_and_readings_of_several_kinds(self, tmp_path: Path) -> None:
        path = text_file(
            tmp_path,
            "日期,时间,高压,低压,心率,左右手,血糖,体重(斤),备注",
            "2025/3/3,8:15,170,102,80,左手,9.0,136.8,饭后",
            "2025/3/3,8:16,168,100,80,右,170,,",
            "2025/3/4,8:16,168,100,80,右,35,,",
            encoding="gb18030",
        )
        found = plan(path)
        assert kinds(found) == ["unit", "whose_readings"]
        assert aside(found) == [(4, "ambiguous_unit")]
        values = sorted(values_of(found))
        assert {value.arm for value in values if value.field == "sbp_mmhg"} == {"left", "right"}
        assert [value.value for value in values if value.field == "random_glucose_mmol_l"] == [9.0, 9.4361]
        assert [value.value for value in values if value.field == "weight_kg"] == [68.4]

    def test_one_person_in_a_column_is_compared_with_the_chosen_one(self, tmp_path: Path) -> None:
        path = text_file(tmp_path, "姓名,日期,时间,收缩压,舒张压", "Ann Ó Briain,2025/3/3,8:15,170,102")
        assert plan(path).questions == ()
        assert [one.answered for one in plan(path, known=(BO,)).questions] == [False]

    def test_two_people_are_told_apart_and_never_put_together(self, tmp_path: Path) -> None:
        row = "2025/3/3,8:15,170,102"
        path = text_file(tmp_path, "成员,日期,时间,收缩压,舒张压", f"Ann Ó Briain,{row}", f"Bo,{row}", f",{row}")
        bo = KnownPerson("bo", "P2", "Bo", None, None)
        found = plan(path, known=(ANN, bo))
        assert (kinds(found), found.can_be_stored, found.questions[0].guess) == (
            ["several_people"], False, {"Ann Ó Briain": "P1", "Bo": "P2"},
        )  # fmt: skip
        stored = plan(path, known=(ANN, bo), answers={"several_people": "by_name"})
        assert [(one.person_id, one.acts) for one in stored.people] == [("ann", 1), ("bo", 1)]
        assert aside(stored) == [(4, "missing_identity")]
        left = plan(path, known=(ANN, bo), answers={"several_people": {"Ann Ó Briain": "P1", "Bo": None}})
        assert [one.person_id for one in left.people] == ["ann"]
        assert aside(left) == [(3, "missing_identity"), (4, "missing_identity")]

    def test_a_table_of_patients_is_none(self, tmp_path: Path) -> None:
        for header in ("姓名,性别,日期,时间,收缩压,舒张压", "日期,收缩压,舒张压", "患者编号,日期,时间,收缩压,舒张压"):
            path = text_file(tmp_path, header, ",".join(["1"] * (header.count(",") + 1)))
            assert answer(path).body["format"] == "table"
