"""C-CDA: statements of sections, what documents say is absent, and XML that is made to harm."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.domain.entries import KnownPerson
from engine.domain.kept import KeptState
from engine.domain.record import Certainty, Condition
from engine.intake.records.plan import RecordPlan
from engine.intake.tables import RejectedFile, RejectReason
from tests.engine.intake.records.planned import plan_text, values

HEAD = """<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<effectiveTime value="20240305"/><recordTarget><patientRole><id extension="P7" root="1.2.3"/>
<id extension="999-1" root="2.16.840.1.113883.4.1"/><telecom value="tel:555-1"/>
<patient><name><given>Ann</given><family>Lee</family></name><administrativeGenderCode code="F"/>
<birthTime value="19500301"/></patient></patientRole></recordTarget><component><structuredBody>"""
TAIL = "</structuredBody></component></ClinicalDocument>"


def section(code: str, *entries: str) -> str:
    inside = "".join(f"<entry>{entry}</entry>" for entry in entries)
    return f'<component><section><code code="{code}"/><title>T</title><text/>{inside}</section></component>'


def observed(code: str, value: str, day: str = "20240304", more: str = "") -> str:
    return (
        f'<observation {more}><code code="{code}" codeSystem="2.16.840.1.113883.6.1"/>'
        f'<effectiveTime value="{day}"/>{value}</observation>'
    )


def problem(snomed: str, *, negated: bool = False) -> str:
    negation = ' negationInd="true"' if negated else ""
    return (
        f'<act><entryRelationship typeCode="SUBJ"><observation{negation}>'
        '<templateId root="2.16.840.1.113883.10.20.22.4.4"/><effectiveTime><low value="201405"/></effectiveTime>'
        f'<value xsi:type="CD" code="{snomed}" codeSystem="2.16.840.1.113883.6.96"/></observation>'
        "</entryRelationship></act>"
    )


def found_conditions(plan: RecordPlan) -> list[Condition]:
    return [arrival.entry for arrival in plan.arrivals if isinstance(arrival.entry, Condition)]


def conditions(plan: RecordPlan) -> list[tuple[str, Certainty]]:
    return [(entry.code, entry.certainty) for entry in found_conditions(plan)]


def test_vitals_results_and_problems_are_taken(tmp_path: Path) -> None:
    inside = "".join(
        f"<component>{one}</component>"
        for one in (
            observed("8480-6", '<value xsi:type="PQ" value="142" unit="mm[Hg]"/>'),
            observed("8302-2", '<value xsi:type="PQ" value="69" unit="[in_us]"/>'),
            observed("718-7", '<value xsi:type="PQ" value="13.2" unit="g/dl"/>'),
            observed("2160-0", '<value xsi:type="IVL_PQ"><high value="1.2" unit="mg/dL"/></value>'),
            observed("3094-0", '<value xsi:type="PQ" nullFlavor="UNK"/>'),
        )
    )
    body = section("8716-3", f"<organizer>{inside}</organizer>") + section("11450-4", problem("38341003"))
    plan = plan_text(tmp_path, HEAD + body + TAIL)
    found = values(plan)
    assert found["sbp_mmhg"] == [142.0]
    assert found["haemoglobin_g_l"] == [pytest.approx(132.0)]
    assert found["height_cm"] == [pytest.approx(175.26, abs=0.01)]
    assert found["patient_id"] == ["P7"]
    tally = plan.resources["vital_sign"]
    assert (tally.read, tally.stored, tally.refused) == (5, 4, 1)
    assert conditions(plan) == [("hypertension", Certainty.CONFIRMED)]
    assert str(found_conditions(plan)[0].onset) == "2014-05"


def test_what_is_said_not_to_be_is_not_taken_for_its_contrary(tmp_path: Path) -> None:
    body = section("11450-4", problem("44054006", negated=True))
    assert conditions(plan_text(tmp_path, HEAD + body + TAIL)) == [("diabetes_type2", Certainty.REFUTED)]
    none = plan_text(tmp_path, HEAD + section("11450-4", problem("55607006", negated=True)) + TAIL)
    assert conditions(none) == []
    assert values(none)["conditions_confirmed_date"] == ["2024-03-05"]


def test_an_empty_list_elsewhere_confirms_nothing_of_somebody_known(tmp_path: Path) -> None:
    known = (KnownPerson("id-7", "P7", "Ann Lee", "1950-03-01", "F"),)
    body = section("11450-4", problem("55607006", negated=True))
    plan = plan_text(tmp_path, HEAD + body + TAIL, known=known)
    assert "conditions_confirmed_date" not in values(plan)
    assert {item.why for item in plan.listed(KeptState.UNMAPPED)} == {"list_known_here"}


def test_a_plan_for_later_is_no_finding(tmp_path: Path) -> None:
    plan = plan_text(tmp_path, HEAD + section("18776-5", observed("8480-6", "", more='moodCode="INT"')) + TAIL)
    assert "sbp_mmhg" not in values(plan)
    assert plan.resources["plan"].unmapped == 1


@pytest.mark.parametrize(
    "attack",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x SYSTEM "http://example.org/x.dtd">',
        '<!DOCTYPE x PUBLIC "-//X//Y" "x.dtd">',
        '<!DOCTYPE x [<!ENTITY % p "<!ELEMENT y ANY>"> %p;]>',
    ],
)
def test_entities_and_parts_from_elsewhere_are_refused(tmp_path: Path, attack: str) -> None:
    with pytest.raises(RejectedFile) as refused:
        plan_text(tmp_path, f'<?xml version="1.0"?>{attack}{HEAD}{TAIL}')
    assert refused.value.rejection.reason is RejectReason.UNSAFE_XML


def test_depth_is_bounded_and_a_plain_document_type_is_harmless(tmp_path: Path) -> None:
    with pytest.raises(RejectedFile) as refused:
        plan_text(tmp_path, HEAD + "<x>" * 500 + "</x>" * 500 + TAIL)
    assert refused.value.rejection.reason is RejectReason.UNSAFE_XML
    plan = plan_text(tmp_path, f"<?xml version='1.0'?><!DOCTYPE ClinicalDocument>{HEAD}{TAIL}")
    assert plan.people == 1


def test_a_cut_document_is_damaged(tmp_path: Path) -> None:
    with pytest.raises(RejectedFile) as refused:
        plan_text(tmp_path, HEAD)
    assert refused.value.rejection.detail == "xml_damaged"


def test_parts_of_a_document_are_read_one_beside_the_other(tmp_path: Path) -> None:
    known = (KnownPerson("id-7", "P7", "Ann Lee", "1950-03-01", "F"),)
    mark = '<templateId extension="2015-08-01" root="2.16.840.1.113883.10.20.22.4.3"/>'
    part = problem("38341003").replace("<act>", f"<act>{mark}")
    text = f"<?xml version='1.0'?>\n<!-- two entries -->\n<entry>{part}</entry>\n<entry>{part}</entry>"
    plan = plan_text(tmp_path, text, known=known, answers={"whose_readings": "P7"})
    assert conditions(plan) == [("hypertension", Certainty.CONFIRMED)]
    assert plan.resources["problem"].stored == 2


def test_what_lies_within_a_statement_is_counted_once(tmp_path: Path) -> None:
    known = (KnownPerson("id-7", "P7", "Ann Lee", "1950-03-01", "F"),)
    mark = '<templateId root="2.16.840.1.113883.10.20.22.4.1"/>'
    inside = "".join(
        f"<component>{observed(code, value)}</component>"
        for code, value in (
            ("2160-0", '<value xsi:type="PQ" value="1.1" unit="mg/dL"/>'),
            ("718-7", '<value xsi:type="PQ" value="13" unit="g/dL"/>'),
        )
    )
    for text in (f"<organizer>{mark}{inside}</organizer>", f"<entry><organizer>{mark}{inside}</organizer></entry>"):
        plan = plan_text(tmp_path, text, known=known, answers={"whose_readings": "P7"})
        assert {kind: tally.read for kind, tally in plan.resources.items()} == {"result": 2}
        assert values(plan)["haemoglobin_g_l"] == [pytest.approx(130.0)]
