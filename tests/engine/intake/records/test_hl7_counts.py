"""Which results of HL7 v2 messages count, on which day, in which letters."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.domain.kept import KeptState
from engine.intake.records.plan import RecordPlan
from tests.engine.intake.records.planned import plan_text, reasons, values

PERSON = "PID|1||Q9^^^X^MR||Roe^Jo||19700101|M"
ORDER = "OBR|1|P1|F1|G^Panel|||20240304080000"


def message(*lines: str, event: str = "ORU^R01", person: str = PERSON, letters: str = "") -> str:
    head = f"MSH|^~\\&|LAB|X|Y|Z|20240309081500||{event}|1|P|2.5||||||{letters}"
    return "\r".join([head, person, *lines]) + "\r"


def glucose(
    value: str = "5.6", status: str = "F", day: str = "20240304", kind: str = "NM", unit: str = "mmol/L"
) -> str:
    return f"OBX|1|{kind}|2345-7^Glucose^LN||{value}|{unit}|||||{status}|||{day}"


def found(plan: RecordPlan) -> list[object]:
    return list(values(plan).get("glucose_mmol_l", []))


@pytest.mark.parametrize(
    ("status", "why"),
    [*((each, "not_final") for each in "PRIS"), *((each, "withdrawn") for each in "DW"), ("X", "not_done")],
)
def test_what_is_not_final_is_refused(tmp_path: Path, status: str, why: str) -> None:
    plan = plan_text(tmp_path, message(glucose(status=status)))
    assert found(plan) == []
    assert reasons(plan, KeptState.REFUSED) == {"Glucose": why}


def test_a_result_without_a_status_has_that_of_its_order(tmp_path: Path) -> None:
    order = ORDER + "|" * 18 + "P"
    assert found(plan_text(tmp_path, message(order, glucose(status="")))) == []
    assert found(plan_text(tmp_path, message(order, glucose(status="F")))) == [5.6]


@pytest.mark.parametrize(
    ("later", "left", "why"),
    [
        (glucose("5.9", "C"), [5.9], {"replaced"}),
        (glucose("5.9", "F"), [5.9], {"replaced"}),
        (glucose("5.6", "F"), [5.6], {"repeated"}),
        (glucose("5.6", "W"), [], {"replaced", "withdrawn"}),
        (glucose("5.6", "D"), [], {"replaced", "withdrawn"}),
        (glucose("", "X"), [], {"replaced", "not_done"}),
        (glucose("5.8", "P"), [5.6], {"not_final"}),
        (glucose("5.9", "F", day="20240305"), [5.6, 5.9], set()),
    ],
)
def test_a_later_message_of_an_order_counts_instead(
    tmp_path: Path, later: str, left: list[float], why: set[str]
) -> None:
    plan = plan_text(tmp_path, message(ORDER, glucose()) + message(ORDER, later))
    assert found(plan) == left
    assert {item.why for item in plan.listed(KeptState.REFUSED)} == why
    tally = plan.resources["OBX"]
    assert (tally.read, tally.reconciles()) == (2, True)


def test_other_orders_and_other_people_are_left_alone(tmp_path: Path) -> None:
    other = "PID|1||Q8^^^X^MR||Doe^Al||19600101|M"
    order = ORDER.replace("F1", "F2")
    assert found(plan_text(tmp_path, message(ORDER, glucose()) + message(order, glucose("5.9")))) == [5.6, 5.9]
    text = message(ORDER, glucose()) + message(ORDER, glucose("5.9", "C"), person=other)
    assert found(plan_text(tmp_path, text)) == [5.6, 5.9]
    assert found(plan_text(tmp_path, message(glucose(), glucose()))) == [5.6, 5.6]  # two readings of one message


@pytest.mark.parametrize(
    ("lines", "day", "why"),
    [
        ((ORDER, glucose(day="")), "2024-03-04", None),
        ((ORDER, glucose(day="04.03.2024")), None, "unreadable_date"),
        ((ORDER, glucose(day="20241304")), None, "unreadable_date"),
        ((ORDER, glucose(day="2024-03-02")), "2024-03-02", None),
        ((ORDER, glucose(day="202403")), None, "no_date"),
        (("OBR|1" + "|" * 21 + "20240306", glucose(day="")), "2024-03-06", None),
        ((glucose(day=""),), None, "no_date"),  # the day of the message is not the day of the result
    ],
)
def test_the_day_of_a_result_is_never_a_guess(
    tmp_path: Path, lines: tuple[str, ...], day: str | None, why: str | None
) -> None:
    plan = plan_text(tmp_path, message(*lines))
    assert plan.identified is not None
    assert found(plan) == ([5.6] if day else [])
    if day:
        assert plan.identified.visit_dates == [day]
    assert set(reasons(plan, KeptState.REFUSED).values()) == ({why} if why else set())


@pytest.mark.parametrize(("event", "stays"), [("ADT^A01", 1), ("ADT^A03", 0), ("ADT^A08", 0), ("ORU^R01", 0)])
def test_a_stay_begins_with_an_arrival_and_with_nothing_else(tmp_path: Path, event: str, stays: int) -> None:
    plan = plan_text(tmp_path, message("PV1|1|I", event=event))
    assert len(plan.arrivals) == stays
    known = plan_text(tmp_path, message("PV1|1|I" + "|" * 42 + "20240301", event=event))
    assert len(known.arrivals) == 1


def test_numbers_with_signs_of_their_own_are_not_cut_down(tmp_path: Path) -> None:
    texts = ["^2^+", "<>^5", "^1^-^2", "^1^:^128"]
    several = [glucose("5.6~5.9", kind=kind) for kind in ("NM", "CWE", "ST")]
    plan = plan_text(tmp_path, message(*(glucose(text, kind="SN") for text in texts), *several))
    assert found(plan) == []
    assert plan.resources["OBX"].refused == 7


@pytest.mark.parametrize("unit", ["258813002^mmol/L^SCT", "12^mmol/L^L", "^mmol/L", "mmol/L^millimole^UCUM"])
def test_a_unit_is_read_by_code_or_by_words(tmp_path: Path, unit: str) -> None:
    assert found(plan_text(tmp_path, message(glucose(unit=unit)))) == [5.6]


def test_a_death_and_a_merge_are_told(tmp_path: Path) -> None:
    dead = plan_text(tmp_path, message(person=PERSON + "|" * 21 + "20240101|Y"))
    assert [arrival.entry.code for arrival in dead.arrivals if hasattr(arrival.entry, "code")] == ["death"]
    gone = plan_text(tmp_path, message(person=PERSON + "|" * 21 + "20240101|Y", event="ADT^A29"))
    assert (gone.arrivals, gone.resources["PID"].refused) == ((), 1)
    merge = plan_text(tmp_path, message("MRG|Q7^^^X^MR", event="ADT^A40"))
    assert reasons(merge, KeptState.REFUSED) == {"Q7": "asks_to_merge"}


def test_no_known_allergies_are_no_allergy(tmp_path: Path) -> None:
    lines = ("AL1|1|DA|^NKDA", "AL1|2||409137002^No known drug allergy^SCT", "AL1|3||^Penicillin")
    plan = plan_text(tmp_path, message(*lines))
    assert [getattr(arrival.entry, "substance", None) for arrival in plan.arrivals] == ["Penicillin"]
    assert plan.resources["AL1"].unmapped == 2


@pytest.mark.parametrize(
    ("letters", "codec"),
    [
        ("UNICODE UTF-8", "utf-8"),
        ("UNICODE UTF-8", "utf-8-sig"),
        ("8859/1", "utf-8"),  # what many interfaces declare whatever they write
        ("ASCII", "utf-8"),
        ("GB 18030-2000", "utf-8"),
        ("", "utf-8"),
        ("GB 18030-2000", "gb18030"),
        ("GB18030", "gb18030"),
        ("GBK", "gbk"),
        ("GB2312-80", "gb2312"),
        ("8859/1", "gbk"),
        ("UNICODE UTF-8", "gbk"),
        ("", "gbk"),
        ("BIG-5", "big5"),
        ("UNICODE UTF-16", "utf-16-le"),
        ("UNICODE UTF-16", "utf-16-be"),
        ("UNICODE", "utf-16"),
    ],
)
def test_chinese_names_are_read_in_the_letters_they_are_written_in(tmp_path: Path, letters: str, codec: str) -> None:
    person = "PID|1||Q9^^^X^MR||李^明||19700101|M"
    plan = plan_text(tmp_path, message(glucose(), person=person, letters=letters).encode(codec))
    assert values(plan)["name"] == ["李明"]


@pytest.mark.parametrize(
    ("letters", "codec"),
    [("8859/1", "latin-1"), ("ISO 8859-1", "latin-1"), ("8859/15", "iso8859-15"), ("", "latin-1"), ("8859/1", "utf-8")],
)
def test_western_names_are_read_in_the_letters_they_are_written_in(tmp_path: Path, letters: str, codec: str) -> None:
    person = "PID|1||Q9^^^X^MR||Müller^José||19700101|M"
    plan = plan_text(tmp_path, message(glucose(), person=person, letters=letters).encode(codec))
    assert values(plan)["name"] == ["José Müller"]


def test_an_order_that_is_cancelled_or_stopped_is_no_medicine_of_today(tmp_path: Path) -> None:
    drug = "RXE|1^^^20240101|^Metformin 500 mg|500||mg"
    plan = plan_text(tmp_path, message("ORC|CA|1", drug, "ORC|DC|2||||||20240201", drug.replace("Metf", "Xmetf")))
    assert plan.resources["RXE"].refused == 1
    assert [str(getattr(arrival.entry, "stop", None)) for arrival in plan.arrivals] == ["2024-03-09"]
    dated = plan_text(tmp_path, message("ORC|DC|2|||||||20240201", drug))
    assert [str(getattr(arrival.entry, "stop", None)) for arrival in dated.arrivals] == ["2024-02-01"]


def test_codes_of_procedures_are_no_diagnoses(tmp_path: Path) -> None:
    plan = plan_text(tmp_path, message("DG1|1||B2111ZZ^x^I10P||20240101|F", "DG1|2||250.00^x^I9C||20240101|F"))
    assert (plan.arrivals, plan.resources["DG1"].unmapped) == ((), 2)


@pytest.mark.parametrize(
    "wrapped",
    [
        "\x0b{0}\x1c\r\x0b{1}\x1c\r",
        "\x0b{0}\x1c\x0b{1}\x1c",
        "FHS|^~\\&|A\rBHS|^~\\&|A\r{0}{1}BTS|2\rFTS|1\r",
        "\r\n\r\n{0}\r\n{1}\r\n",
    ],
)
@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\r\n  "])
def test_no_segment_is_lost_however_messages_are_strung_together(tmp_path: Path, wrapped: str, end: str) -> None:
    other = "PID|1||Q8^^^X^MR||Doe^Al||19600101|M"
    texts = [one.rstrip("\r") for one in (message(glucose()), message(glucose("6.6"), "ZZZ|1", person=other))]
    between = "" if "\x1c" in wrapped else "\r"
    plan = plan_text(tmp_path, wrapped.format(*(one + between for one in texts)).replace("\r", end))
    assert found(plan) == [5.6, 6.6]
    assert {kind: plan.resources[kind].read for kind in ("MSH", "PID", "OBX", "ZZZ")} == {
        "MSH": 2,
        "PID": 2,
        "OBX": 2,
        "ZZZ": 1,
    }
