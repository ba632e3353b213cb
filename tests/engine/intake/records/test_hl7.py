"""HL7 v2: character sets, escapes, batches, what messages call back, and what their segments mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.domain.kept import KeptState
from engine.domain.record import Condition
from engine.intake.records.hl7_text import Signs, unescaped
from engine.intake.tables import RejectedFile
from tests.engine.intake.records.planned import plan_text, read_file, reasons, values

MSH = "MSH|^~\\&|LAB|X|Y|Z|20240305081500||ORU^R01^ORU_R01|1|P|2.5.1||||||{charset}"
PID = "PID|1||P7^^^X^MR~123-45^^^USA^SS||{name}||19500301|F|||1 Elm St^^Town^MA^01001||555-1"


def message(*segments: str, charset: str = "", name: str = "Lee^Ann", end: str = "\r") -> str:
    return end.join((MSH.format(charset=charset), PID.format(name=name), *segments)) + end


def result(code: str, value: str, unit: str, kind: str = "NM", status: str = "F", number: int = 1) -> str:
    return f"OBX|{number}|{kind}|{code}||{value}|{unit}|||||{status}|||20240304"


@pytest.mark.parametrize(
    ("charset", "codec", "name"),
    [
        ("UNICODE UTF-8", "utf-8", "王^小明"),
        ("8859/1", "latin-1", "Müller^José"),
        ("8859/2", "iso8859-2", "Łukasz^Ćwik"),
        ("8859/5", "iso8859-5", "Иванов^Пётр"),
        ("GB 18030-2000", "gb18030", "王^小明"),
        ("BIG-5", "big5", "陳^大文"),
        ("ASCII~ISO IR87", "iso2022_jp_2", "山田^太郎"),
        ("~ISO IR14", "shift_jis", "ﾔﾏﾀﾞ^ﾀﾛｳ"),
        ("KS X 1001", "euc_kr", "김^철수"),
        ("", "utf-8", "王^小明"),
        ("", "gb18030", "王^小明"),
        ("", "cp1252", "M\u00fcller^Jos\u00e9"),
        ("ASCII", "utf-8", "Müller^José"),  # what it says is not what it is
        ("UNICODE UTF-16", "utf-16", "王^小明"),
    ],
)
@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_names_come_in_whatever_letters_they_are_sent(
    tmp_path: Path, charset: str, codec: str, name: str, end: str
) -> None:
    path = tmp_path / "file"
    path.write_bytes(message(charset=charset, name=name, end=end).encode(codec))
    family, given = name.split("^")
    person = read_file(path).people[0]
    wide = all(ord(sign) >= 0x2E80 for sign in family + given)
    assert person.name == (family + given if wide else f"{given} {family}")


def test_escapes_are_read_and_what_is_none_stays() -> None:
    signs = Signs()
    assert unescaped("a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f", signs) == "a|b^c&d~e\\f"
    assert unescaped("one\\.br\\two \\H\\bold\\N\\ \\X4D4E\\", signs) == "one\ntwo bold MN"
    assert unescaped("C:\\temp\\new", signs) == "C:\\temp\\new"
    assert unescaped("lonely \\", signs) == "lonely \\"


def test_a_message_may_declare_other_signs(tmp_path: Path) -> None:
    text = "MSH#*~\\&#LAB#X#Y#Z#20240305##ORU*R01#1#P#2.3\rPID#1##P7*****X*MR##Lee*Ann##19500301#F\r"
    text += "OBX#1#NM#8480-6*SBP*LN##142#mm[Hg]#####F###20240304\r"
    plan = plan_text(tmp_path, text)
    assert values(plan)["sbp_mmhg"] == [142.0]
    assert values(plan)["name"] == ["Ann Lee"]


def test_results_become_values_with_their_units(tmp_path: Path) -> None:
    plan = plan_text(
        tmp_path,
        message(
            result("2093-3^Cholesterol^LN", "193.35", "mg/dl"),
            result("4548-4^HbA1c^LN", "6.1", "%", number=2),
            result("777-3^PLT^LN", "221", "10*3/uL", number=3),
            result("1554-5^GLUCOSE^LN", "<^40", "mg/dL", "SN", number=4),
            result("72166-2^Smoking^LN", "8517006^Ex-smoker^SCT", "", "CWE", number=5),
            result("99999-9^Unheard of^LN", "5", "mg", number=6),
            result("8480-6^SBP^LN", "142", "furlongs", number=7),
            result("8480-6^SBP^LN", "1420", "mm[Hg]", number=8),
            result("8480-6^SBP^LN", "142", "mm[Hg]", status="X", number=9),
        ),
    )
    found = values(plan)
    assert found["total_cholesterol_mmol_l"] == [pytest.approx(5.0, rel=1e-3)]
    assert (found["hba1c_percent"], found["platelets_10e9_l"], found["smoker"]) == ([6.1], [221.0], ["former"])
    assert plan.identified is not None
    glucose = next(c for c in plan.identified.entries.columns if c.field == "fasting_glucose_mmol_l")
    assert list((glucose.qualifiers or {}).values()) == ["<"]
    tally = plan.resources["OBX"]
    assert (tally.read, tally.stored, tally.unmapped, tally.refused) == (9, 5, 1, 3)
    assert {item.why for item in plan.listed(KeptState.REFUSED)} == {"unit_unknown", "impossible_value", "not_done"}
    assert values(plan)["patient_id"] == ["P7"]  # and not the number of the state


def test_a_batch_holds_many_patients(tmp_path: Path) -> None:
    second = message(result("8480-6^SBP^LN", "130", "mm[Hg]")).replace("P7^", "P8^").replace("Lee^Ann", "Roe^Jo")
    text = f"FHS|^~\\&|A\rBHS|^~\\&|A\r{message(result('8480-6^SBP^LN', '142', 'mm[Hg]'))}{second}BTS|2\rFTS|1\r"
    plan = plan_text(tmp_path, f"\x0b{text}\x1c\r")
    assert plan.people == 2
    assert set(values(plan)["sbp_mmhg"]) == {130.0, 142.0}
    assert {plan.resources[name].stored for name in ("FHS", "BHS", "BTS", "FTS")} == {1}


def test_a_line_break_within_a_field_does_not_start_a_segment(tmp_path: Path) -> None:
    text = message("NTE|1||first line\nsecond line", result("8480-6^SBP^LN", "142", "mm[Hg]"), end="\n")
    plan = plan_text(tmp_path, text)
    assert plan.resources["NTE"].read == 1
    assert values(plan)["sbp_mmhg"] == [142.0]


def test_admissions_become_stays_and_a_message_can_call_them_back(tmp_path: Path) -> None:
    visit = "PV1|1|I|W^1|||||||||||||||||||||||||||||||||||||||||20240301|20240304"

    def admitted(event: str) -> list[object]:
        plan = plan_text(tmp_path, message(visit).replace("ORU^R01^ORU_R01", f"ADT^{event}"))
        return [arrival.entry.code for arrival in plan.arrivals if isinstance(arrival.entry, Condition)] or [
            item.why for item in plan.listed(KeptState.REFUSED)
        ]

    assert admitted("A03") == ["hospital_stay"]
    assert admitted("A11") == ["called_back"]
    assert admitted("A05") == ["not_done"]
    assert set(admitted("A29")) == {"asks_to_delete"}


def test_diagnoses_allergies_and_medicines_become_entries_of_lists(tmp_path: Path) -> None:
    plan = plan_text(
        tmp_path,
        message(
            "DG1|1||I10^Essential hypertension^I10||20200501|F",
            "DG1|2||Z99.9^Something else^I10||20200501|F",
            "AL1|1|DA|^Penicillin|SV|Rash|20190101",
            "RXE|^^^20240101|^Amlodipine 5 mg|5||mg",
            "RXA|0|1|20231001||140^Influenza^CVX|1",
        ),
    )
    entries = [type(arrival.entry).__name__ for arrival in plan.arrivals]
    assert sorted(entries) == ["Allergy", "Check", "Condition", "Medicine"]
    assert reasons(plan, KeptState.UNMAPPED)["Something else"] == "no_code"


def test_a_message_without_patient_is_asked_about(tmp_path: Path) -> None:
    text = f"{MSH.format(charset='')}\r{result('8480-6^SBP^LN', '142', 'mm[Hg]')}\r"
    plan = plan_text(tmp_path, text)
    assert [question.id for question in plan.questions] == ["whose_readings"]
    assert not plan.can_be_stored


def test_a_file_without_a_message_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RejectedFile):
        plan_text(tmp_path, "FHS|^~\\&|A\rFTS|0\r")
