"""A real session that somebody drives: it acts on a script instead of a hand, through the same widgets.

    python tests/desktop/processes/driven.py SCRIPTS session --attached ...

``SCRIPTS`` is a folder. The n-th session that is shown does what ``n.json`` says, a list of steps; what it did and saw
goes line by line into ``seen.jsonl``.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from desktop.options import read_options
from desktop.session import Session
from desktop.widgets.choices import Select
from engine.dumps import forbid_dumps

_LOOK_MS = 20


class Driver:
    """Does one step after the other, each as soon as it can be done."""

    def __init__(self, session: Session, scripts: Path) -> None:
        self._session = session
        self._scripts = scripts
        self._steps: list[dict[str, Any]] | None = None
        self._timer = QTimer()
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def _look(self) -> None:
        window = self._session.app.window
        if not window.isVisible():
            return
        if self._steps is None:
            self._steps = self._take_script()
        if self._steps:
            step = self._steps[0]
            doing: Callable[..., bool] = getattr(self, f"_{step['do']}")
            if doing(**{name: value for name, value in step.items() if name != "do"}):
                self._steps.pop(0)
                self._say(step["do"])

    def _take_script(self) -> list[dict[str, Any]]:
        number = 1
        while True:
            try:  # each number is taken by one session only
                (self._scripts / f"{number}.taken").open("x").close()
                break
            except FileExistsError:
                number += 1
        script = self._scripts / f"{number}.json"
        self._say("shown", number=number)
        steps: list[dict[str, Any]] = json.loads(script.read_text(encoding="utf-8")) if script.exists() else []
        return steps

    def _say(self, what: str, **more: object) -> None:
        line = json.dumps({"pid": os.getpid(), "did": what, **more})
        with (self._scripts / "seen.jsonl").open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    # --- steps ------------------------------------------------------------------------------------------------------

    def _choose(self, who: str) -> bool:
        """Say who is here, at the list of names."""
        unlock = self._session.app.unlock
        if unlock.state is None or unlock.busy:
            return False
        names = [each for each in self._session.app.window.findChildren(Select) if each.isVisible()]
        (choice,) = [each for each in names if each.findText(who) >= 0]
        choice.setCurrentIndex(choice.findText(who))
        choice.activated.emit(choice.currentIndex())
        return True

    def _unlock(self, passphrase: str) -> bool:
        unlock = self._session.app.unlock
        if unlock.state is None or unlock.busy:
            return False
        field = next(
            each
            for each in self._session.app.window.findChildren(QLineEdit)
            if each.echoMode() is QLineEdit.EchoMode.Password and each.isVisible()
        )
        field.setFocus()
        QTest.keyClicks(field, passphrase)
        QTest.keyClick(field, Qt.Key.Key_Return)
        return True

    def _until_loaded(self) -> bool:
        work = self._session.app.work
        return work is not None and work.people.panel is not None

    def _open(self, query: str) -> bool:
        work = self._session.app.work
        if work is None:
            return False
        found = work.people.find(query, 1)
        if not found:
            return False
        work.open_record(found[0].person_id)
        return True

    def _until_record(self) -> bool:
        work = self._session.app.work
        if work is None or work.page != "record" or work.record.form is None:
            return False
        form = work.record.form
        self._say("record", person=work.record.person_id, boxes={key: box.text for key, box in form.boxes.items()})
        return True

    def _type(self, box: str, text: str) -> bool:
        work = self._session.app.work
        assert work is not None
        work.record.desk.type(box, text)
        return True

    def _forbid_dumps(self) -> bool:
        """Do what a real session begins with; left out where a test looks into the memory of this one."""
        return forbid_dumps()

    def _copy(self, box: str) -> bool:
        """Put what stands in a box on the clipboard."""
        work = self._session.app.work
        assert work is not None
        assert work.record.form is not None
        QApplication.clipboard().setText(work.record.form.boxes[box].text)
        return True

    def _preview(self) -> bool:
        work = self._session.app.work
        assert work is not None
        work.record.preview_asked.emit(work.record.person_id)
        return True

    def _save_pdf(self, path: str) -> bool:
        work = self._session.app.work
        assert work is not None
        if work.preview.count == 0 or work.preview.busy:
            return False
        work.preview.save(path)
        return True

    def _until_file(self, path: str) -> bool:
        return Path(path).exists()

    def _wait(self, ms: int) -> bool:
        QTest.qWait(ms)
        return True

    def _lock(self) -> bool:
        work = self._session.app.work
        assert work is not None
        work.shell.lock_asked.emit()
        return True

    def _lock_when_told(self) -> bool:
        return (self._scripts / "lock-now").exists() and self._lock()

    def _close(self) -> bool:
        self._session.app.window.close()
        return True

    def _assess_all(self) -> bool:
        work = self._session.app.work
        assert work is not None
        work.batch.choose([])
        work.batch.start_assess()
        return True


def main() -> int:
    """Be a driven session."""
    scripts, arguments = Path(sys.argv[1]), sys.argv[3:]
    application = QApplication(sys.argv[:1])
    application.setQuitOnLastWindowClosed(False)
    options = read_options(arguments)
    assert options is not None
    session = Session(options, application)
    session.begin()
    driver = Driver(session, scripts)
    code = application.exec()
    del driver
    return code


if __name__ == "__main__":
    sys.exit(main())
