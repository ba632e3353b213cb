"""Report id and checksum."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from engine.domain.assessment import Assessment
from engine.domain.record import Patient
from engine.domain.report import Paper, Report
from engine.packs import Manifest
from engine.report import ReportOptions, compose
from engine.report.seal import SIGNS, as_json, checksum, in_groups, report_id

MakeReport = Callable[..., Report]
Packs = Mapping[str, Manifest]


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_ids_are_ten_signs_without_look_alikes(assessment_id: str) -> None:
    found = report_id(assessment_id, "en", "a4")
    assert re.fullmatch(f"[{SIGNS}]{{2}}-[{SIGNS}]{{4}}-[{SIGNS}]{{4}}", found)
    assert not set(SIGNS) & set("ILOU01")
    assert len(set(SIGNS)) == 30


def test_the_id_follows_the_assessment_and_the_form(typical: Assessment, packs: Packs) -> None:
    base = compose(typical, packs)
    assert compose(typical, packs).id == base.id
    others = [
        compose(replace(typical, id="a-0002"), packs),
        compose(typical, packs, ReportOptions("zh")),
        compose(typical, packs, ReportOptions("en", Paper.LETTER)),
    ]
    assert len({base.id, *(other.id for other in others)}) == 4


def test_the_checksum_covers_what_the_pages_say(typical: Assessment, packs: Packs) -> None:
    base = compose(typical, packs)
    renamed = compose(replace(typical, patient=replace(typical.patient, name="Tan Weimin")), packs)
    other_value = compose(replace(typical, inputs=typical.inputs[:-1]), packs)
    assert len({base.checksum, renamed.checksum, other_value.checksum}) == 3
    assert re.fullmatch("[0-9A-F]{16}", base.checksum)
    assert checksum(replace(base, checksum="anything")) == checksum(base)


def test_both_sides_carry_id_checksum_pack_and_program(composed: MakeReport, packs: Packs) -> None:
    report = composed("typical")
    digest = packs["who_cvd_2019_lab"].digest[:8]
    for lines in (report.patient.small_print, report.clinician.small_print):
        said = [("".join(run.text for run in line)) for line in lines]
        assert said[-1] == f"Seal. Report {report.id} · check {in_groups(report.checksum)} · Lantern 0.1.0"
        assert f"who_cvd_2019_lab 1.0.0, {digest}" in "".join(said)


def test_the_title_of_the_file_never_holds_the_name(composed: MakeReport) -> None:
    report = composed("typical")
    assert report.document_title == f"Risk report {report.id}"


def test_unknown_signs_are_explained_on_each_side_that_shows_them(typical: Assessment, packs: Packs) -> None:
    made = replace(typical, patient=Patient("p", name="𠮷田 \u202e太郎", patient_id="7"))
    report = compose(made, packs)
    assert report.patient.person_name == "□田 □太郎"
    for lines in (report.patient.small_print, report.clinician.small_print):
        said = "".join(run.text for run in lines[-2])
        assert said == "The sign □ stands for characters that cannot be printed: U+20BB7, U+202E."


def test_what_came_to_the_pages_later_changes_no_checksum_where_it_is_empty(composed: MakeReport) -> None:
    """A page made before still has the checksum that is printed on it."""
    for scene in ("typical", "missing"):
        content = as_json(replace(composed(scene), checksum=""), without_empty_later=True)
        assert "sides" not in content
        assert not {"lowering", "treatments"} & set(content["clinician"])
        for array in (content["patient"]["picture"] or {"arrays": ()})["arrays"]:
            assert "unsure" not in array
    lowered = as_json(composed("lowered"), without_empty_later=True)
    assert {"lowering", "treatments"} <= set(lowered["clinician"])
    ranged = as_json(composed("range"), without_empty_later=True)
    assert ranged["patient"]["picture"]["arrays"][0]["unsure"] == 5
