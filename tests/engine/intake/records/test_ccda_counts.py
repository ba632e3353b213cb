"""What a C-CDA document says of somebody else, not yet, no more, or not for certain."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.domain.kept import KeptState
from engine.domain.record import Condition, Medicine
from engine.intake.tables import RejectedFile
from tests.engine.intake.records.planned import plan_text, reasons, values
from tests.engine.intake.records.test_ccda import HEAD, TAIL, observed, section

GLUCOSE = '<value xsi:type="PQ" value="5.6" unit="mmol/L"/>'
SCT = "2.16.840.1.113883.6.96"
TEMPLATES = "2.16.840.1.113883.10.20.22.4."


def result(more: str = "", inside: str = GLUCOSE, day: str = "20240304") -> str:
    return observed("2345-7", inside, day, more)


def organizer(*parts: str, status: str = "completed", inside: str = "", day: str = "") -> str:
    when = f'<effectiveTime value="{day}"/>' if day else ""
    held = "".join(f"<component>{part}</component>" for part in parts)
    return f'<organizer><statusCode code="{status}"/>{when}{inside}{held}</organizer>'


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        (result(inside=f'<statusCode code="active"/>{GLUCOSE}'), "not_final"),
        (result(inside=f'<statusCode code="aborted"/>{GLUCOSE}'), "not_done"),
        (result(inside=f'<statusCode code="nullified"/>{GLUCOSE}'), "entered_in_error"),
        (result('negationInd="true"'), "not_done"),
        (result('moodCode="GOL"'), "not_done"),
        (result('moodCode="RQO"'), "not_done"),
        (result(inside=f"<subject><relatedSubject/></subject>{GLUCOSE}"), "about_other"),
        (organizer(result(), inside="<subject><relatedSubject/></subject>"), "about_other"),
        (organizer(result(), status="aborted"), "not_done"),
        (organizer(result(), status="active"), "not_final"),
        (result(day="2024"), "no_date"),
        (result(day="04.03.2024"), "unreadable_date"),
    ],
)
def test_what_is_no_final_result_of_the_patient_is_refused(tmp_path: Path, entry: str, why: str) -> None:
    plan = plan_text(tmp_path, HEAD + section("30954-2", entry) + TAIL)
    assert "glucose_mmol_l" not in values(plan)
    assert {item.why for item in plan.listed(KeptState.REFUSED)} == {why}
    assert plan.resources["result"].reconciles()


def test_a_result_has_the_day_of_its_group_where_it_has_none(tmp_path: Path) -> None:
    bare = result().replace('<effectiveTime value="20240304"/>', "")
    entry = organizer(bare, result(inside=f'<statusCode code="completed"/>{GLUCOSE}'), status="active", day="20240302")
    plan = plan_text(tmp_path, HEAD + section("30954-2", organizer(bare, day="20240302")) + TAIL)
    assert plan.identified is not None
    assert plan.identified.visit_dates == ["2024-03-02"]
    both = plan_text(tmp_path, HEAD + section("30954-2", entry) + TAIL)
    assert (both.resources["result"].stored, both.resources["result"].refused) == (1, 1)


def test_a_document_of_two_people_gives_nothing_to_either(tmp_path: Path) -> None:
    other = HEAD[HEAD.index("<recordTarget>") : HEAD.index("<component>")]
    other = other.replace("Ann", "Bo").replace("P7", "P8").replace("19500301", "20240301")
    text = HEAD.replace("<component>", f"{other}<component>") + section("30954-2", result()) + TAIL
    plan = plan_text(tmp_path, text)
    assert (plan.people, plan.resources["patient"].stored, plan.resources["result"].refused) == (2, 2, 1)


@pytest.mark.parametrize(
    ("period", "status", "taken"),
    [
        ('<low value="2014"/>', "", True),
        ('<low value="2014"/><high nullFlavor="NA"/>', "", True),
        ('<low value="2014"/><high nullFlavor="UNK"/>', "", False),
        ('<low value="2014"/><high nullFlavor="UNK"/>', "55561003", True),
        ('<low value="2014"/>', "413322009", False),
        ('<low value="2014"/>', "73425007", False),
        ('<low value="2014"/><high value="2016"/>', "413322009", True),
    ],
)
def test_a_problem_that_is_over_is_not_taken_for_one_that_lasts(
    tmp_path: Path, period: str, status: str, taken: bool
) -> None:
    told = (
        f'<entryRelationship typeCode="REFR"><observation><code code="33999-4"/><value xsi:type="CD" code="{status}"/>'
        "</observation></entryRelationship>"
    )
    entry = (
        '<act><entryRelationship typeCode="SUBJ"><observation>'
        f'<effectiveTime>{period}</effectiveTime><value xsi:type="CD" code="38341003" codeSystem="{SCT}"/>'
        f"{told if status else ''}</observation></entryRelationship></act>"
    )
    plan = plan_text(tmp_path, HEAD + section("11450-4", entry) + TAIL)
    ends = [str(a.entry.end) for a in plan.arrivals if isinstance(a.entry, Condition)]
    assert ends == ((["2016"] if "2016" in period else ["None"]) if taken else [])
    if not taken:
        assert set(reasons(plan, KeptState.UNMAPPED).values()) == {"ended_without_date"}


def test_medicines_on_leaving_a_hospital_and_how_long_they_are_taken(tmp_path: Path) -> None:
    drug = (
        "<consumable><manufacturedProduct><manufacturedMaterial><name>Metformin 500 mg</name></manufacturedMaterial>"
        "</manufacturedProduct></consumable>"
    )
    times = (
        '<effectiveTime xsi:type="PIVL_TS"><period value="12" unit="h"/></effectiveTime>'
        '<effectiveTime xsi:type="IVL_TS"><low value="20240101"/><high value="20240201"/></effectiveTime>'
    )
    given = f'<substanceAdministration moodCode="INT">{times}{drug}</substanceAdministration>'
    asked = f'<substanceAdministration moodCode="RQO">{drug}</substanceAdministration>'
    act = f'<act><entryRelationship typeCode="SUBJ">{given}</entryRelationship></act>'
    plan = plan_text(tmp_path, HEAD + section("10183-2", act, asked) + TAIL)
    (taken,) = [a.entry for a in plan.arrivals if isinstance(a.entry, Medicine)]
    assert (taken.ingredient, str(taken.start), str(taken.stop)) == ("metformin", "2024-01-01", "2024-02-01")
    assert plan.resources["medication"].refused == 1


def test_a_statement_is_known_by_its_template_where_its_section_is_not(tmp_path: Path) -> None:
    entry = result(inside=f'<templateId root="{TEMPLATES}2"/>{GLUCOSE}')
    assert values(plan_text(tmp_path, HEAD + section("1-8", entry) + TAIL))["glucose_mmol_l"] == [5.6]
    plan = plan_text(tmp_path, HEAD + section("18776-5", entry) + TAIL)  # a plan stays a plan
    assert "glucose_mmol_l" not in values(plan)


def test_letters_that_nobody_knows_are_a_damaged_file(tmp_path: Path) -> None:
    with pytest.raises(RejectedFile) as refused:
        plan_text(tmp_path, '<?xml version="1.0" encoding="x"?>' + HEAD + TAIL)
    assert refused.value.rejection.detail == "xml_damaged"


def test_a_death_is_told(tmp_path: Path) -> None:
    dead = HEAD.replace("<birthTime", '<sdtc:deceasedInd value="true" xmlns:sdtc="urn:hl7-org:sdtc"/><birthTime')
    plan = plan_text(tmp_path, dead + section("30954-2", result()) + TAIL)
    assert [a.entry.code for a in plan.arrivals if isinstance(a.entry, Condition)] == ["death"]
    assert plan.resources["patient"].read == 1
