"""Files that are no tables, brought to each step of the import: a cuff of nobody, a message, several files at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from desktop.intake.person_card import PersonCard
from engine.intake.questions import QuestionKind
from tests.screens.stage import Stage, wait_until

_HEAD = "Date,Time,Systolic (mmHg),Diastolic (mmHg),Pulse (bpm),Symptoms,Consumed,TruRead,Notes\n"
_CONNECT = {
    "en": "Measurement Date,Time Zone,SYS,DIA,Pulse,Device Model Name\n",
    "zh": "测量日期,时区,高压（mmHg）,低压（mmHg）,脉搏（bpm）,机型\n",
}
_MESSAGE = (
    "MSH|^~\\&|LAB|X|Y|Z|20261105081500||ORU^R01|{number}|P|2.5||||||UNICODE UTF-8\r"
    "PID|1||H{number}^^^X^MR||Roe^Jo {number}||19700101|M\r"
    "OBX|1|NM|8480-6^Systolic^LN||13{number}|mm[Hg]|||||F|||20261104\r"
    "OBX|2|NM|8462-4^Diastolic^LN||84|mm[Hg]|||||F|||20261104\r"
    "OBX|3|NM|2093-3^Cholesterol^LN||5.4|mmol/L|||||F|||20261104\r"
    "OBX|4|NM|8480-6^Systolic^LN||1370|mm[Hg]|||||F|||20261104\r"
    "OBX|5|NM|99-9^Unheard of^LN||5|mg|||||F|||20261104\r"
    "OBX|6|ST|11-1^Remark^LN||see letter||||||F|||20261104\r"
)


def _cuff(stage: Stage) -> Path:
    rows = [
        f"Jan {day} 2026,07:{day:02d},{150 + day},{90 + day % 5},{70 + day % 7},-,-,-,-\n" for day in range(28, 9, -1)
    ]
    rows += [rows[0], "Jan 8 2026,07:10,1500,92,70,-,-,-,-\n"]
    path = stage.home / "Your Requested OMRON Report.csv"
    path.write_text(_HEAD + "".join(rows), encoding="utf-8")
    return path


def _message(stage: Stage, number: int = 1) -> Path:
    path = stage.home / f"result-{number}.hl7"
    path.write_bytes(_MESSAGE.format(number=number).encode())
    return path


def _open(stage: Stage, path: Path) -> None:
    stage.work.go("import")
    stage.work.intake.choose(path)
    wait_until(lambda: not stage.work.intake.busy and stage.work.intake.step == "columns", "file")


def _done(stage: Stage, act: Callable[[], None], step: str) -> None:
    act()
    wait_until(lambda: not stage.work.intake.busy and stage.work.intake.step == step, step)


def cuff(stage: Stage, *, attached: bool = False, checked: bool = False) -> None:
    """Show readings of nobody: who is asked, somebody beside what the file says, or the check of them."""
    _open(stage, _cuff(stage))
    whose = stage.work.intake.whose
    wait_until(lambda: whose.question is not None, "question")
    if attached or checked:
        whose.look_up(stage.people()[0])
        wait_until(lambda: whose.candidate is not None, "person")
        stage.look_at(PersonCard)
    if checked:
        whose.attach()
        wait_until(lambda: not stage.work.intake.busy and not stage.work.intake.open_questions, "answer")
        _done(stage, stage.work.intake.check, "check")


def message(stage: Stage, step: str) -> None:
    """Show a message of a laboratory: what is in it, the check, or what became of it."""
    _open(stage, _message(stage))
    intake = stage.work.intake
    if step != "columns":
        _done(stage, intake.check, "check")
    if step == "done":
        _done(stage, intake.store, "done")


def several(stage: Stage) -> None:
    """Show several files after they were brought in."""
    picture = stage.home / "scan.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(99))
    files = [_message(stage, 2), _message(stage, 3), _cuff(stage), picture]
    stage.work.go("import")
    intake = stage.work.intake
    intake.choose(*files)
    intake.import_many()
    wait_until(lambda: not intake.busy and intake.many.count("listed") == 0, "files")
    intake.changed.emit()


def described(stage: Stage) -> None:
    """Show readings of a form that is known from a description only."""
    rows = [
        f"2026/01/{day:02d} 07:{day:02d},Asia/Shanghai,{150 + day},{90 + day % 5},{70 + day % 7},HEM\n"
        for day in range(10, 25)
    ]
    path = stage.home / "omron.csv"
    path.write_text(_CONNECT[stage.language] + "".join(rows), encoding="utf-8-sig")
    _open(stage, path)
    kinds = {question.kind for question in stage.work.intake.open_questions}
    assert QuestionKind.CONFIRM_ROWS in kinds
