"""A file that speaks of somebody, or of two people, says so before anything is attached."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from engine.domain.entries import KnownPerson
from engine.intake.readers.said import name_of, said_in
from tests.engine.intake.devices.reading import ANN, aside, kinds, plan, text_file
from tests.engine.intake.readers.test_devices import CLARITY, LIBRE, LIBRE_TITLE, OMRON

BO = KnownPerson("bo", "P2", "Bo Zed", None, None)
OWN = "Ann Ó Briain"


def glucose(day: int) -> str:
    return f'"9","2025-05-{day:02d}T02:11:35","EGV","","","","iOS","120","","","","","168500"'


def named(first: str, last: str) -> list[str]:
    cells = '"","","","","","","",""'
    return [f'"1","","FirstName","","{first}",{cells}', f'"2","","LastName","","{last}",{cells}']


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["Patient", "Bo Zed", "Date of Birth", "1950-01-01"], {"name": "Bo Zed", "birth_date": "1950-01-01"}),
        (["Patient", "", "Date of Birth", "1950-01-01"], {"birth_date": "1950-01-01"}),
        (["姓名：王芳"], {"name": "王芳"}),
        (["Name: Bo", "", "MRN", "7"], {"name": "Bo", "patient_id": "7"}),
        (["1", "", "FirstName", "", "Bo"], {"first": "Bo"}),
        (["Jan 06 2025", "08:05", "130"], {}),
    ],
)
def test_words_are_read_with_what_follows_them(cells: list[str], said: dict[str, str]) -> None:
    assert said_in(cells) == said


def test_a_name_in_two_parts_is_one() -> None:
    assert name_of({"first": "Bo", "last": "Zed"}) == "Bo Zed"
    assert name_of({}) is None


@pytest.mark.parametrize("line", ["Name: Bo Zed", "Patient,Bo Zed", "姓名：别人"])
def test_a_line_above_the_header_that_names_somebody_else_is_asked_about(line: str, tmp_path: Path) -> None:
    row = "Jan 06 2025,08:05,130,80,60,-,-,-,-"
    assert plan(text_file(tmp_path, OMRON, row)).can_be_stored
    found = plan(text_file(tmp_path, line, "", OMRON, row))
    assert (kinds(found), found.can_be_stored) == (["whose_readings"], False)


def test_the_exports_of_two_people_in_one_text_are_two_people(tmp_path: Path) -> None:
    header = CLARITY.format("mg/dL")
    rows = [glucose(day) for day in range(1, 29)] * 3
    first = [header, *named("Ann", "Ó Briain"), *rows]
    found = plan(text_file(tmp_path, *first, header, *named("Bo", "Zed"), glucose(1)), known=(ANN, BO))
    assert (kinds(found), found.can_be_stored) == (["several_people"], False)
    told = plan(
        text_file(tmp_path, *first, header, *named("Bo", "Zed"), glucose(1)),
        known=(ANN, BO),
        answers={"several_people": "by_name"},
    )
    assert [(one.person_id, one.acts) for one in told.people] == [("ann", 28), ("bo", 1)]
    assert plan(text_file(tmp_path, *first, *first)).questions == ()  # the same person twice


def test_a_second_title_or_header_names_the_second_person(tmp_path: Path) -> None:
    row = "F,S,{}-05-2025 10:00,0,7.5,,,,,,,,,,,,,,"
    libre = [LIBRE_TITLE, LIBRE.format("mmol/L"), row.format(13)]
    other = [LIBRE_TITLE.replace(OWN, "Bo Zed"), LIBRE.format("mmol/L"), row.format(14)]
    found = plan(text_file(tmp_path, *libre, *other), known=(ANN, BO))
    assert kinds(found) == ["several_people"]
    header = f"血糖值(mmol/L),采集时间,机构名称：中心,姓名：{OWN},设备名称：LT"
    glucoses = [f"9.3,2025-05-{day} 14:05:28,,," for day in (21, 22)]
    second = header.replace(OWN, "Bo Zed").replace("mmol/L", "mg/dL")
    found = plan(text_file(tmp_path, header, glucoses[0], second, glucoses[1]), known=(ANN, BO))
    assert (kinds(found), aside(found)) == (["several_people"], [])


def test_a_line_without_a_name_in_a_column_of_names_is_nobodys(tmp_path: Path) -> None:
    rows = [f"{OWN},2025/3/3,8:15,170,102", ",2025/3/4,8:15,170,102"]
    found = plan(text_file(tmp_path, "成员,日期,时间,收缩压,舒张压", *rows))
    assert (found.kept, aside(found)) == (1, [(3, "missing_identity")])


def test_the_accounts_of_two_people_in_one_archive_are_two_people(tmp_path: Path) -> None:
    path = tmp_path / "family.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for folder, weight in (("ann", 80.5), ("bo", 61.0)):
            table = f'Date,"Weight (kg)","Fat mass (kg)",Comments\n"2025-05-15 07:29:49",{weight},,\n'
            archive.writestr(f"{folder}/weight.csv", table)
    found = plan(path, known=(ANN, BO), answers={"several_people": {"ann": "P1", "bo": "P2"}})
    assert [(one.person_id, one.acts) for one in found.people] == [("ann", 1), ("bo", 1)]
    assert not plan(path, known=(ANN, BO)).can_be_stored
