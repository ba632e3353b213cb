"""Reports to look at, print and save: one person, one side, many people in one file."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pypdfium2  # type: ignore[import-untyped]  # ships no types
import pytest

from engine.domain.ports import CancelToken, FixedClock
from engine.errors import Cancelled, InputError, UsageError
from engine.intake.typed import TypedValue
from engine.store import Role, User, remove_visit, reports_of
from engine.workflows.clinics import OpenClinic, open_clinic
from engine.workflows.record import enter_visit
from engine.workflows.reports import (
    Paper,
    ReportOptions,
    Sides,
    page_pngs,
    prepare_report,
    save_pdf,
    write_one_pdf,
    write_reports,
)
from engine.workflows.sheet import look_at_report
from tests.made_once import new_clinic

CLOCK = FixedClock(datetime(2026, 11, 23, 9, 30, tzinfo=UTC))
PASSPHRASE = "a passphrase for tests"
VISIT = {
    "visit_date": "2026-11-23",
    "sex": "F",
    "age": "56",
    "sbp_mmhg": "148",
    "smoker": "current",
    "diabetes": "no",
    "total_cholesterol_mmol_l": "6.1",
}
NAMES = ("Fiona (Netherby) U1x0y0", "Ana 3 0 R >> endobj", "赵 小云")


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[OpenClinic]:
    new_clinic(tmp_path / "clinic", "GBR", PASSPHRASE, CLOCK)
    with open_clinic(tmp_path / "clinic", PASSPHRASE, CLOCK) as opened:
        yield opened


def enter(clinic: OpenClinic, name: str, **more: str) -> str:
    entered = enter_visit(clinic, [TypedValue(*each) for each in (VISIT | {"name": name} | more).items()])
    assert entered.person_id is not None
    return entered.person_id


def words(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    pages = [str(document[n].get_textpage().get_text_bounded()).replace("\u00a0", " ") for n in range(len(document))]
    document.close()
    return pages


def test_what_is_looked_at_is_what_is_printed_with_the_tools_that_were_not_asked(clinic: OpenClinic) -> None:
    person = enter(clinic, NAMES[0])
    looked_at = look_at_report(clinic, person, ReportOptions()).report
    assert looked_at == prepare_report(clinic, person, ReportOptions()).report
    assert looked_at.clinician.tools is not None
    said = ["".join(run.text for run in line) for line in looked_at.clinician.tools.chosen]
    assert said[0].startswith("Why this tool: ")
    assert "on demand: Globorisk" in said[1]


def test_someone_without_cholesterol_gets_a_range_from_typing_to_paper(clinic: OpenClinic) -> None:
    typed = {name: text for name, text in VISIT.items() if name != "total_cholesterol_mmol_l"}
    entered = enter_visit(clinic, [TypedValue(*each) for each in (typed | {"name": NAMES[2]}).items()])
    assert entered.person_id is not None
    prepared = prepare_report(clinic, entered.person_id, ReportOptions("zh"))
    (found,) = (each for each in prepared.assessment.ranges if each.pack.id == "who_cvd_2019_lab")
    shown = prepared.report.patient.headline.number
    assert shown is not None
    assert [int(end) for end in shown.split("–")] == [
        int(found.outputs[0].low * 100 + 0.5),
        int(found.outputs[0].high * 100 + 0.5),
    ]
    patient, clinician = words(prepared.pdf)
    assert "这是一个范围，因为还不知道：总胆固醇" in patient
    assert "未测总胆固醇" in clinician.replace("\n", "").replace("\r", "")
    again = prepare_report(clinic, entered.person_id, ReportOptions("zh"))
    assert again.pdf == prepared.pdf


def test_a_report_is_assessed_set_and_remembered_once(clinic: OpenClinic) -> None:
    person = enter(clinic, NAMES[0])
    prepared = prepare_report(clinic, person, ReportOptions())
    assert prepared.pages == len(words(prepared.pdf)) == 2
    assert prepared.assessment.patient.id == person
    again = prepare_report(clinic, person, ReportOptions())
    assert again.pdf == prepared.pdf
    (saved,) = reports_of(clinic.vault, prepared.assessment.id)
    assert (saved.id, saved.kind, saved.pages) == (prepared.report.id, "person", 2)
    assert saved.sha256 == hashlib.sha256(prepared.pdf).hexdigest()


def test_the_roles_of_who_prints_stand_on_the_clinicians_side(clinic: OpenClinic) -> None:
    person = enter(clinic, NAMES[0])
    whole = prepare_report(clinic, person, ReportOptions())
    patient, clinicians = words(whole.pdf)
    assert "Printed by: All roles" in " ".join(clinicians.split())
    assert "Printed by" not in patient
    clinic.vault.user = User(clinic.actor, "Ada", frozenset({Role.CLINICIAN}))
    for language, line in (("en", "Printed by: Clinician"), ("zh", "打印者：临床人员")):
        other = prepare_report(clinic, person, ReportOptions(language))
        assert line in " ".join(words(other.pdf)[1].split())
        assert prepare_report(clinic, person, ReportOptions(language)).pdf == other.pdf
        assert other.report.id != whole.report.id
        saved = {each.id: each.sha256 for each in reports_of(clinic.vault, other.assessment.id)}
        assert saved[other.report.id] == hashlib.sha256(other.pdf).hexdigest()


def test_nobody_and_nothing_to_print_is_said(clinic: OpenClinic) -> None:
    with pytest.raises(UsageError, match="person_unknown"):
        prepare_report(clinic, "nobody", ReportOptions())
    person = enter(clinic, NAMES[0])
    visit = clinic.vault._database.one("SELECT id FROM visit")
    assert visit is not None
    remove_visit(clinic.vault, visit[0], clinic.actor)
    with pytest.raises(UsageError, match="report_no_visit"):
        prepare_report(clinic, person, ReportOptions())


@pytest.mark.parametrize(
    ("sides", "kind", "first", "missing"),
    [
        (Sides.PATIENT, "patient", "My plan", "for the clinician"),
        (Sides.CLINICIAN, "clinician", "page 1 of 1", "My plan"),
    ],
)
def test_one_side_alone_is_a_report_of_its_own(
    clinic: OpenClinic, sides: Sides, kind: str, first: str, missing: str
) -> None:
    person = enter(clinic, NAMES[0])
    whole = prepare_report(clinic, person, ReportOptions())
    side = prepare_report(clinic, person, ReportOptions(sides=sides))
    assert side.assessment == whole.assessment
    assert (side.report.id == whole.report.id, side.report.checksum == whole.report.checksum) == (False, False)
    (page,) = words(side.pdf)
    assert first in page
    assert missing not in page
    assert side.report.id in page
    saved = {report.id: (report.kind, report.pages) for report in reports_of(clinic.vault, whole.assessment.id)}
    assert saved == {whole.report.id: ("person", 2), side.report.id: (kind, 1)}


def test_page_images_are_those_of_the_report(clinic: OpenClinic) -> None:
    person = enter(clinic, NAMES[0])
    whole = prepare_report(clinic, person, ReportOptions()).report
    pages = page_pngs(whole, 40)
    assert len(pages) == 2
    assert page_pngs(whole, 40, Sides.BOTH) == pages
    # Picked out of the whole, a page stays what it is there, its number included.
    assert page_pngs(whole, 40, Sides.PATIENT) == pages[:1]
    assert page_pngs(whole, 40, Sides.CLINICIAN) == pages[1:]
    side = prepare_report(clinic, person, ReportOptions(sides=Sides.PATIENT)).report
    assert page_pngs(side, 40) == page_pngs(side, 40, Sides.PATIENT) == page_pngs(side, 40, Sides.BOTH)
    assert len(page_pngs(side, 40)) == 1
    assert page_pngs(side, 40, Sides.CLINICIAN) == []


def test_a_pdf_is_saved_whole_or_not_at_all(clinic: OpenClinic, tmp_path: Path) -> None:
    prepared = prepare_report(clinic, enter(clinic, NAMES[0]), ReportOptions())
    save_pdf(prepared, tmp_path / "sheet.pdf")
    assert (tmp_path / "sheet.pdf").read_bytes() == prepared.pdf
    with pytest.raises(InputError, match="output_not_a_file"):
        save_pdf(prepared, tmp_path)
    with pytest.raises(InputError, match="output_unwritable"):
        save_pdf(prepared, tmp_path / "nowhere" / "sheet.pdf")


def test_one_file_for_many_people_is_sound_tagged_and_remembered(clinic: OpenClinic, tmp_path: Path) -> None:
    people = [enter(clinic, name) for name in NAMES]
    heard: list[tuple[int, int]] = []
    made = write_one_pdf(
        clinic, people, ReportOptions(), tmp_path / "all.pdf", progress=lambda *step: heard.append(step)
    )
    assert (made.reports, made.pages) == (3, 6)
    assert heard == [(1, 3), (2, 3), (3, 3)]
    content = (tmp_path / "all.pdf").read_bytes()
    pages = words(content)
    assert [name.split()[0] in "".join(pages[2 * n : 2 * n + 2]) for n, name in enumerate(NAMES)] == [True] * 3
    assert all("page 2 of 2" in page for page in pages[1::2])
    document = pikepdf.open(io.BytesIO(content))
    assert document.check_pdf_syntax() == []
    root = document.Root
    assert len(root.StructTreeRoot.K) == 3
    numbers = [int(number) for number in root.StructTreeRoot.ParentTree.Nums[::2]]
    assert numbers == list(range(6))
    assert [int(page.obj.StructParents) for page in document.pages] == numbers
    names = [str(name) for name in root.StructTreeRoot.IDTree.Names[::2]]
    assert names == sorted(set(names))
    metadata = root.Metadata.read_bytes().decode("utf-8")
    assert "Risk reports" in metadata
    assert "<xmpTPg:NPages>6<" in metadata
    assert "Netherby" not in metadata
    assert str(document.docinfo["/Title"]) == "Risk reports"
    # Each of them is the report that a file of its own would hold.
    alone = write_reports(clinic, people, ReportOptions(), tmp_path / "each")
    for report in alone:
        (saved,) = reports_of(clinic.vault, report.assessment_id)
        assert saved.sha256 == hashlib.sha256(report.path.read_bytes()).hexdigest()


def test_everybody_begins_on_the_front_of_a_sheet(clinic: OpenClinic, tmp_path: Path) -> None:
    """A printer that uses both sides would otherwise give one person the page of another on the back."""
    people = [enter(clinic, name) for name in NAMES[:2]]
    made = write_one_pdf(clinic, people, ReportOptions("zh", Paper.LETTER, Sides.PATIENT), tmp_path / "all.pdf")
    assert (made.reports, made.pages) == (2, 4)
    pages = words((tmp_path / "all.pdf").read_bytes())
    assert [bool(page.strip()) for page in pages] == [True, False, True, False]
    document = pikepdf.open(tmp_path / "all.pdf")
    assert document.check_pdf_syntax() == []
    assert len({tuple(float(side) for side in page.mediabox) for page in document.pages}) == 1


def test_nothing_is_left_where_one_file_was_stopped_or_is_empty(clinic: OpenClinic, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="report_no_visit"):
        write_one_pdf(clinic, None, ReportOptions(), tmp_path / "all.pdf")
    for name in NAMES:
        enter(clinic, name)
    cancel = CancelToken()
    with pytest.raises(Cancelled):
        write_one_pdf(clinic, None, ReportOptions(), tmp_path / "all.pdf", lambda *_: cancel.cancel(), cancel)
    assert [path.name for path in tmp_path.iterdir()] == ["clinic"]
