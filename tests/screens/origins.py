"""Where numbers came from and how they go again: next month's file, undo, maps, the watched folder, the inspector."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QWidget

from desktop.inspecting import Inspecting
from desktop.intake.maps_card import MapsCard
from desktop.patients.model import Column
from desktop.patients.view import PatientsView
from desktop.preferences.folder_card import FolderRow
from desktop.record.risk_card import RiskCard
from desktop.widgets.traced_line import TracedLine
from engine.intake.questions import QuestionKind
from engine.workflows.attached_files import FoundFile, attach, read_to_attach
from engine.workflows.clinics import OpenClinic
from engine.workflows.import_files import ImportRequest, import_file
from engine.workflows.record import add_medicine
from tests.engine.intake.readers.made_files import pdf, photograph
from tests.screens.stage import VISIT, Stage, wait_until

_CUFF = "Date,Time,Systolic (mmHg),Diastolic (mmHg),Pulse (bpm),Symptoms,Consumed,TruRead,Notes\n"
_HEADS = {
    "en": "No,Name,Born,Sex,Date,BP,Glucose,Weight kg\n",
    "zh": "编号,姓名,出生年,性别,日期,血压,空腹血糖,体重kg\n",
}
_NAMES = {
    "en": ("Ida Lund", "Omar Haddad", "Rosa Vega", "Jan Kowal", "Mina Park", "Leo Stein", "Aya Sato"),
    "zh": ("林爱兰", "何国栋", "罗秀珍", "高建平", "朴敏", "石磊", "佐佳"),
}


def _rows(stage: Stage, month: int, people: range, more: int = 0) -> str:
    sex = ("女", "男") if stage.language == "zh" else ("F", "M")
    names = _NAMES[stage.language]
    lines = [
        f"M{at:03d},{names[at]},19{50 + at},{sex[at % 2]},2026-0{month}-1{at},{140 + 3 * at + more}/{84 + at},"
        f"{5.4 + 0.3 * at:.1f},{61 + 2 * at}\n"
        for at in people
    ]
    return _HEADS[stage.language] + "".join(lines)


def _file(stage: Stage, name: str, text: str) -> Path:
    path = stage.home / name
    path.write_text(text, encoding="utf-8-sig")
    return path


def _january(stage: Stage) -> None:
    """Bring January in, once."""
    path = _file(stage, "january.csv", _rows(stage, 1, range(6)))

    def bring(clinic: OpenClinic) -> None:
        looked = import_file(clinic, path, ImportRequest(dry_run=True))
        answers = {one.id: one.guess if one.guess is not None else one.options[0] for one in looked.open_questions}
        import_file(clinic, path, ImportRequest(answers=answers))

    if not any((row.patient_id or "") == "M000" for row in stage.rows()):
        stage.store(bring)


def next_file(stage: Stage, step: str) -> None:
    """Bring February in, of the shape of January: some corrected, one new, two not in it any more."""
    _january(stage)
    text = (
        _rows(stage, 1, range(3), more=2).replace("142/84", "140/84") + _rows(stage, 2, range(4, 7)).split("\n", 1)[1]
    )
    intake = stage.work.intake
    intake.cancel()
    stage.work.go("import")
    intake.choose(_file(stage, "february.csv", text))
    wait_until(lambda: not intake.busy and bool(intake.columns), "columns")
    if step == "columns":
        return
    intake.use_map()
    wait_until(lambda: not intake.busy, "map")
    while intake.open_questions:
        question = intake.open_questions[0]
        intake.answer(question.guess if question.guess is not None else question.options[0])
        wait_until(lambda: not intake.busy, "answer")
    intake.check()
    wait_until(lambda: not intake.busy and intake.step == "check", "check")
    intake.cause = step if step == "gone" else "changed"
    intake.changed.emit()
    if step == "done":
        intake.store()
        wait_until(lambda: not intake.busy and intake.step == "done", "store")


def undo(stage: Stage) -> None:
    """Ask what taking the last import back would do."""
    _january(stage)
    intake = stage.work.intake
    intake.cancel()
    stage.work.go("import")
    intake.history.load()
    stage.rest()
    intake.history.undoing.ask(intake.history.recents[0].id)
    wait_until(lambda: intake.history.undoing.summary is not None, "undo")


def refused(stage: Stage) -> None:
    """Show why a PDF is no table, and what may be done with it."""
    intake = stage.work.intake
    intake.history.undoing.let_be()
    intake.cancel()
    stage.work.go("import")
    path = stage.home / "letter.pdf"
    path.write_bytes(pdf())
    intake.choose(path)
    wait_until(lambda: not intake.busy and intake.keepable is not None, "refusal")


def maps(stage: Stage) -> None:
    """Show what is remembered of files, one of them in full."""
    _january(stage)
    intake = stage.work.intake
    intake.cancel()
    stage.work.go("import")
    intake.history.load()
    stage.rest()
    desk = intake.history.maps
    if desk.looked_at != desk.maps[0].name:
        desk.look(desk.maps[0].name)
    stage.look_at(MapsCard)


def watched(stage: Stage) -> None:
    """Show the settings with the watched folder."""
    stage.preferences("clinic")
    stage.look_at(FolderRow)


def _inspected(stage: Stage, inspecting: Inspecting, act: Callable[[], object]) -> None:
    stage.rest()
    act()
    wait_until(lambda: inspecting.shown is not None, "inspector")


def of_list(stage: Stage) -> None:
    """Show what stands behind the numbers of a row of the list."""
    stage.patients()
    stage.rest()
    (view,) = [each for each in stage.app.window.findChildren(PatientsView) if each.isVisible()]
    view.table.go(2)
    place = view.table.visualRect(view.model.index(2, Column.NAME))
    _inspected(stage, stage.work.patients.inspecting, partial(view.table.inspect_asked.emit, 2, None, place))


def _visible(stage: Stage, kind: type[QWidget]) -> list[QWidget]:
    return [each for each in stage.app.window.findChildren(kind) if each.isVisible()]


def of_risk(stage: Stage) -> None:
    """Show what was used for the number beside the form."""
    stage.record(stage.people()[0], VISIT)
    stage.rest()
    (card,) = _visible(stage, RiskCard)
    assert isinstance(card, RiskCard)
    _inspected(stage, stage.work.record.inspecting, card.used.click)


def _line(stage: Stage, tab: str, words: str) -> None:
    stage.work.record.show_tab(tab)
    stage.rest()

    def found() -> list[TracedLine]:
        lines = _visible(stage, TracedLine)
        return [each for each in lines if isinstance(each, TracedLine) and words in each.text()]

    wait_until(lambda: bool(found()), "line")
    lines = found()
    lines[0].setFocus()
    _inspected(stage, stage.work.record.inspecting, lines[0].ask)


def of_visit(stage: Stage) -> None:
    """Show what stands behind a value of a visit."""
    stage.record(stage.people()[1])
    _line(stage, "visits", "mmHg")


def _bring(stage: Stage, person: str) -> None:
    """Give somebody home readings, a picture and a medicine, once."""
    cuff = stage.home / "Your Requested OMRON Report.csv"
    lines = (
        f"Oct {day} 2026,{hour}:{day:02d},{140 + day},{84 + day % 5},{70 + day % 7},-,-,-,-\n"
        for day in range(28, 9, -1)
        for hour in ("19", "07")
    )
    cuff.write_text(_CUFF + "".join(lines), encoding="utf-8")
    scan = stage.home / "foot.jpg"
    scan.write_bytes(photograph())
    found = read_to_attach(scan)
    number = next(row.patient_id for row in stage.rows() if row.person_id == person)

    def bring(clinic: OpenClinic) -> None:
        import_file(clinic, cuff, ImportRequest(answers={QuestionKind.WHOSE_READINGS.value: number}))
        if isinstance(found, FoundFile):
            attach(clinic, person, scan, found)
        add_medicine(clinic, person, "Amlodipine 5 mg", None, None)

    stage.store(bring)


def of_home(stage: Stage) -> None:
    """Show what stands behind readings of a cuff."""
    person = stage.people()[2]
    _bring(stage, person)
    stage.record(person)
    _line(stage, "visits", "38")


def of_file(stage: Stage) -> None:
    """Show the files of somebody, and what stands behind the facts of one."""
    stage.record(stage.people()[2])
    _line(stage, "files", "60")


def of_entry(stage: Stage) -> None:
    """Show what stands behind an entry of a list."""
    stage.record(stage.people()[2])
    _line(stage, "lists", "Amlodipine")
