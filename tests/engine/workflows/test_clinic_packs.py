"""Packs of a clinic: they speak while they are on, stand in their parent's place, and one step leads back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from engine.domain.clinic_packs import PackOrigin
from engine.domain.plain import to_plain
from engine.domain.ports import FixedClock
from engine.errors import PackError, UsageError
from engine.intake.typed import TypedValue
from engine.packs import Pack, PackParts
from engine.packs.manifest import Parent, Words
from engine.report import ReportOptions
from engine.workflows.assess import assess_people, current_assessments
from engine.workflows.clinic_packs import keep_pack, switch_pack, withdraw, withdrawn_of
from engine.workflows.clinics import OpenClinic, open_clinic
from engine.workflows.print_queue import printed_now
from engine.workflows.reports import prepare_report, report_of, write_reports
from engine.workflows.tool_choice import tools_for
from tests.made_once import new_clinic

CLOCK = FixedClock(datetime(2026, 11, 23, 9, 30, tzinfo=UTC))
PASSPHRASE = "a passphrase for tests"
PARENT = "who_cvd_2019_lab"
PERSON = {
    "name": "Fiona Netherby",
    "sex": "F",
    "age": "56",
    "visit_date": "2026-11-23",
    "sbp_mmhg": "148",
    "smoker": "current",
    "diabetes": "no",
    "total_cholesterol_mmol_l": "6.1",
    "hdl_mmol_l": "1.2",
}

MakePack = Callable[..., Pack]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    new_clinic(tmp_path / "clinic", "gb", PASSPHRASE, CLOCK)
    return tmp_path / "clinic"


@pytest.fixture
def clinic(folder: Path) -> Iterator[OpenClinic]:
    with open_clinic(folder, PASSPHRASE, CLOCK) as opened:
        enter(opened)
        yield opened


def enter(clinic: OpenClinic) -> None:
    from engine.workflows.record import enter_visit

    enter_visit(clinic, [TypedValue(field, text) for field, text in PERSON.items()])


def parts_of(pack: Pack, **changes: object) -> PackParts:
    manifest = replace(pack.manifest, **changes)  # type: ignore[arg-type]  # the test names the parts
    return PackParts(manifest, pack.read_graph(), pack.read_card(), pack.read_case_table().decode())


def child_of(clinic: OpenClinic, parent_id: str, child_id: str) -> PackParts:
    """The parent's own graph under another name, as a recalibration would hand it in."""
    pack = clinic.library.get(parent_id)
    parent = Parent(pack.manifest.id, pack.manifest.version, pack.digest)
    title = Words(f"{child_id}, fitted to this clinic", f"{child_id}（本诊所校准）")
    return parts_of(pack, id=child_id, title=title, parent=parent)


def used(clinic: OpenClinic) -> set[str]:
    (assessment,) = current_assessments(clinic)
    return {result.pack.id for result in assessment.results}


def test_a_kept_pack_speaks_and_is_there_after_closing(folder: Path, make_pack: MakePack) -> None:
    with open_clinic(folder, PASSPHRASE, CLOCK) as clinic:
        enter(clinic)
        kept = keep_pack(clinic, parts_of(make_pack()), PackOrigin.MADE_HERE)
        assert "toy" in used(kept)
        assert "toy" not in clinic.library.ids()  # the clinic as it was knows nothing of it
    with open_clinic(folder, PASSPHRASE, CLOCK) as clinic:
        assert "toy" in used(clinic)
        pack = clinic.library.get("toy")
        assert pack.folder == folder / "packs" / pack.digest[:16] / "toy"
        assert "toy" not in used(switch_pack(clinic, "toy", on=False))


def test_a_pack_stands_in_its_parents_place_and_one_step_leads_back(clinic: OpenClinic) -> None:
    assert PARENT in used(clinic)
    with_child = keep_pack(clinic, child_of(clinic, PARENT, "ours"), PackOrigin.MADE_HERE)
    assert "ours" in used(with_child)
    assert PARENT not in used(with_child)
    back = switch_pack(with_child, "ours", on=False)
    assert PARENT in used(back)
    assert "ours" not in used(back)
    again = switch_pack(back, "ours", on=True)
    assert PARENT not in used(again)


def test_a_pack_made_from_one_that_was_made_here_stands_for_both(clinic: OpenClinic) -> None:
    first = keep_pack(clinic, child_of(clinic, PARENT, "ours"), PackOrigin.MADE_HERE)
    second = keep_pack(first, child_of(first, "ours", "ours_later"), PackOrigin.MADE_HERE)
    assert used(second) & {PARENT, "ours", "ours_later"} == {"ours_later"}
    assert used(switch_pack(second, "ours_later", on=False)) & {PARENT, "ours", "ours_later"} == {"ours"}
    both_off = switch_pack(second, "ours", on=False)
    assert used(both_off) & {PARENT, "ours", "ours_later"} == {PARENT}
    later_alone = switch_pack(second, "ours_later", on=True)
    assert used(later_alone) & {PARENT, "ours", "ours_later"} == {"ours_later"}


def test_a_newer_version_leaves_nothing_of_the_one_before(
    folder: Path, clinic: OpenClinic, make_pack: MakePack
) -> None:
    first = keep_pack(clinic, parts_of(make_pack()), PackOrigin.MADE_HERE)
    before = first.library.get("toy")
    newer = keep_pack(first, parts_of(make_pack(), version="1.1.0"), PackOrigin.MADE_HERE)
    assert newer.library.get("toy").manifest.version == "1.1.0"
    assert [path.name for path in (folder / "packs").iterdir()] == [newer.library.get("toy").digest[:16]]
    assert not before.folder.exists()


def test_a_folder_of_an_earlier_program_is_found_until_another_version_comes(
    folder: Path, clinic: OpenClinic, make_pack: MakePack
) -> None:
    kept = keep_pack(clinic, parts_of(make_pack()), PackOrigin.MADE_HERE)
    new_place = kept.library.get("toy").folder
    new_place.rename(folder / "packs" / "toy")
    new_place.parent.rmdir()
    again = switch_pack(kept, "toy", on=True)
    assert again.library.get("toy").folder == folder / "packs" / "toy"
    keep_pack(again, parts_of(make_pack(), version="1.1.0"), PackOrigin.MADE_HERE)
    assert not (folder / "packs" / "toy").exists()


def test_a_folder_that_was_altered_is_refused_and_the_others_speak(folder: Path, clinic: OpenClinic) -> None:
    kept = keep_pack(clinic, child_of(clinic, PARENT, "ours"), PackOrigin.MADE_HERE)
    manifest = kept.library.get("ours").folder / "manifest.json"
    document = json.loads(manifest.read_bytes())
    document["version"] = "1.0.1"  # whole in itself, but not what was added
    manifest.write_text(json.dumps(document), encoding="utf-8")
    again = switch_pack(kept, "ours", on=True)
    with pytest.raises(PackError, match="pack_not_as_added"):
        again.library.get("ours")
    assert [error.code for error in again.library.damaged().values()] == ["pack_not_as_added"]
    assert PARENT in used(again)


def test_a_folder_that_is_gone_is_told_of(folder: Path, clinic: OpenClinic, make_pack: MakePack) -> None:
    kept = keep_pack(clinic, parts_of(make_pack()), PackOrigin.MADE_HERE)
    (folder / "packs").rename(folder / "elsewhere")
    again = switch_pack(kept, "toy", on=True)
    assert {pack: error.code for pack, error in again.library.damaged().items()} == {"toy": "pack_missing"}
    assert PARENT in used(again)


def test_a_folder_that_nobody_added_is_not_looked_at(folder: Path, clinic: OpenClinic, make_pack: MakePack) -> None:
    make_pack(folder=folder / "packs")
    kept = keep_pack(clinic, child_of(clinic, PARENT, "ours"), PackOrigin.MADE_HERE)
    assert "ours" in kept.library.ids()
    assert "toy" not in kept.library.ids()


def test_names_that_could_mislead_are_refused(clinic: OpenClinic, make_pack: MakePack) -> None:
    shipped = clinic.library.get(PARENT)
    parent = Parent(PARENT, shipped.manifest.version, shipped.digest)
    for parts, code in (
        (parts_of(shipped), "pack_id_shipped"),
        (parts_of(shipped, id="ours", parent=parent), "pack_title_of_parent"),
        (parts_of(make_pack(), parent=replace(parent, digest="0" * 64)), "pack_parent_unknown"),
        (parts_of(make_pack(), parent=replace(parent, id="nowhere")), "pack_parent_unknown"),
    ):
        with pytest.raises(PackError, match=code):
            keep_pack(clinic, parts, PackOrigin.MADE_HERE)
    with pytest.raises(UsageError, match="pack_not_kept"):
        switch_pack(clinic, "toy", on=True)


def test_the_choice_of_a_tool_knows_which_pack_stands_for_which(clinic: OpenClinic) -> None:
    def speaking(of: OpenClinic) -> set[str]:
        return {pack.manifest.id for pack in tools_for("cvd", of.library, of.dictionary).packs}

    assert PARENT in speaking(clinic)
    kept = keep_pack(clinic, child_of(clinic, PARENT, "ours"), PackOrigin.MADE_HERE)
    assert "ours" in speaking(kept)
    assert PARENT not in speaking(kept)
    assert PARENT in speaking(switch_pack(kept, "ours", on=False))


def test_what_a_withdrawn_pack_said_of_a_person_is_flagged_with_when_it_was_printed(
    clinic: OpenClinic, tmp_path: Path
) -> None:
    (written,) = write_reports(clinic, None, ReportOptions("en"), tmp_path / "out")
    (assessment,) = current_assessments(clinic)
    prepared = prepare_report(clinic, assessment.patient.id, ReportOptions("en"))
    printed_now(clinic, prepared)
    assert withdrawn_of(clinic, assessment.patient.id) == ()
    assert "Do not act on it" not in json.dumps(to_plain(report_of(clinic, assessment, ReportOptions("en"))))
    now = withdraw(clinic, PARENT, "wrong units")
    assert PARENT not in used(now)
    (flag,) = withdrawn_of(now, assessment.patient.id)
    assert withdrawn_of(now) == (flag,)
    assert flag.pack == clinic.library.get(PARENT).ref
    assert (flag.assessment_id, flag.person_id) == (assessment.id, assessment.patient.id)
    assert (flag.reason, flag.since, flag.visit_date) == ("wrong units", CLOCK.now(), assessment.visit_date)
    assert [pages.printed_at for pages in flag.pages] == [(CLOCK.now(),)]  # a reprint is the same pages
    assert written.path.is_file()
    switched_off = [pack for pack in now.library.all() if now.library.switched_off(pack.manifest.id)]
    assert [pack.manifest.id for pack in switched_off] == [PARENT]
    told = json.dumps(to_plain(report_of(now, assessment, ReportOptions("en"))))
    assert "(wrong units). Do not act on it." in told
    assert "This score was withdrawn later." in told
    with pytest.raises(UsageError, match="person_unknown"):
        withdrawn_of(now, "nobody")


def test_a_later_version_does_not_clear_what_an_earlier_one_said(clinic: OpenClinic, make_pack: MakePack) -> None:
    kept = keep_pack(clinic, parts_of(make_pack()), PackOrigin.MADE_HERE)
    assert "toy" in used(kept)
    withdrawn = withdraw(kept, "toy", "wrong units")
    later = keep_pack(withdrawn, parts_of(make_pack({"version": "1.1.0"})), PackOrigin.MADE_HERE)
    assert "toy" in used(later)
    assert [(flag.pack.id, flag.pack.version) for flag in withdrawn_of(later)] == [("toy", "1.0.0")]


def test_a_pack_of_another_origin_never_takes_the_name_of_one_made_here(
    clinic: OpenClinic, make_pack: MakePack
) -> None:
    kept = keep_pack(clinic, parts_of(make_pack()), PackOrigin.MADE_HERE)
    with pytest.raises(PackError, match="pack_id_taken"):
        keep_pack(kept, parts_of(make_pack({"version": "2.0.0"})), PackOrigin.FOREIGN)
    with pytest.raises(PackError, match="pack_version_taken"):
        keep_pack(kept, parts_of(make_pack({"rank": 7})), PackOrigin.MADE_HERE)
    assert keep_pack(kept, parts_of(make_pack()), PackOrigin.MADE_HERE).library.get("toy").digest == make_pack().digest
    assert kept.library.get("toy").trusted


def test_a_pack_runs_here_only_when_somebody_vouches_for_it(clinic: OpenClinic, make_pack: MakePack) -> None:
    kept = keep_pack(clinic, parts_of(make_pack()), PackOrigin.FOREIGN)
    assert not kept.library.get("toy").trusted
    assert kept.library.get(PARENT).trusted
    assert "toy" in used(kept)


def greedy(graph: bytes) -> bytes:
    """The same graph, filling a table of four thousand million numbers before it answers."""
    model = onnx.load_from_string(graph)
    for node in model.graph.node:
        node.output[:] = ["before" if name == "risk_10y" else name for name in node.output]
    model.graph.initializer.append(numpy_helper.from_array(np.array([4_000_000_000]), "cells"))
    model.graph.node.extend(
        [
            helper.make_node("ConstantOfShape", ["cells"], ["table"]),
            helper.make_node("ReduceMax", ["table"], ["most"], keepdims=0),
            helper.make_node("Cast", ["most"], ["nothing"], to=TensorProto.DOUBLE),
            helper.make_node("Add", ["before", "nothing"], ["risk_10y"]),
        ]
    )
    data: bytes = model.SerializeToString()
    return data


def test_a_pack_that_its_worker_stops_stops_no_other(clinic: OpenClinic, make_pack: MakePack) -> None:
    pack = make_pack()
    parts = replace(parts_of(pack), graph=greedy(pack.read_graph()))
    kept = keep_pack(clinic, parts, PackOrigin.FOREIGN)
    summary = assess_people(kept)
    assert {pack_id: error.code for pack_id, error in summary.faults.items()} == {"toy": "pack_took_too_much"}
    assert PARENT in used(kept)
    assert "toy" not in used(kept)


def test_the_parent_of_a_pack_that_breaks_is_asked_in_its_place(clinic: OpenClinic) -> None:
    parts = child_of(clinic, PARENT, "ours")
    model = onnx.load_from_string(parts.graph)
    model.graph.node.append(helper.make_node("Reshape", [model.graph.input[0].name, "seven"], ["unused"]))
    model.graph.initializer.append(numpy_helper.from_array(np.array([7]), "seven"))
    model.graph.output.append(helper.make_tensor_value_info("unused", TensorProto.DOUBLE, ["n"]))
    kept = keep_pack(clinic, replace(parts, graph=_used(model)), PackOrigin.MADE_HERE)
    assert used(kept) & {PARENT, "ours"} == {PARENT}


def _used(model: onnx.ModelProto) -> bytes:
    """The model with its first output made from "unused" too, so that the runtime cannot leave it out."""
    graph = model.graph
    first = graph.output[0].name
    for node in graph.node:
        node.output[:] = ["before" if name == first else name for name in node.output]
    graph.node.append(helper.make_node("ReduceMax", ["unused"], ["most"], keepdims=0))
    graph.node.append(helper.make_node("Add", ["before", "most"], [first]))
    del graph.output[-1]
    data: bytes = model.SerializeToString()
    return data


def test_a_pack_of_other_makers_may_lead_a_page(clinic: OpenClinic, make_pack: MakePack, tmp_path: Path) -> None:
    words = {"en": "Text", "zh": "文字"}
    pack = make_pack({"patient": {"title": words, "event": words}})
    kept = keep_pack(clinic, parts_of(pack), PackOrigin.FOREIGN)
    (written,) = write_reports(kept, None, ReportOptions("zh"), tmp_path / "out")
    assert (written.pack, written.output) == ("toy", "risk_10y")
    assert written.path.read_bytes().startswith(b"%PDF-")
    (assessment,) = current_assessments(kept)
    assert [each.pack_id for each in assessment.explanations] == ["toy"]
