"""The real program without a display, and the steps that bring it to a screen. The clock stands still."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from PySide6.QtCore import QElapsedTimer, QPoint
from PySide6.QtGui import QCursor, QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget

from desktop.app import App
from desktop.context import Context
from desktop.faults import Faults
from desktop.models.clinic_card import ClinicCard
from desktop.models.more_cards import ModelCard
from desktop.paths import Paths
from desktop.preview.pages import PagesArea
from desktop.record.cards import ToolsCard
from desktop.record.risk_card import RiskCard
from desktop.settings import SettingsFile
from desktop.widgets.inspector import Inspector
from desktop.work import Work
from engine.domain.ports import FixedClock
from engine.intake.typed import TypedValue
from engine.workflows import users
from engine.workflows.assess import assess_people
from engine.workflows.clinic_packs import withdraw
from engine.workflows.clinics import ClinicRequest, OpenClinic, create
from engine.workflows.panel import PanelRow
from engine.workflows.panel_list import ListFilter
from engine.workflows.practice import practice_passphrase
from engine.workflows.print_queue import printed_now
from engine.workflows.record import enter_visit, save_visit
from engine.workflows.reports import ReportOptions, prepare_report
from engine.workflows.users import Role
from tests.desktop.models.followed import FOLLOWED, follow
from tests.end_to_end.drafts import draft_of, stored

NOW = datetime(2026, 11, 22, 10, 42, tzinfo=UTC)
_WAIT_MS = 90_000
_REST_MS = 250
_OWNER = {"en": "Wang Li", "zh": "王丽"}
_COLLEAGUES = {"en": ("Zhao Ming", "Chen Xin", "Dana Audit"), "zh": ("赵明", "陈欣", "邓安")}
_CLINIC = {"en": "Riverside Clinic", "zh": "河畔诊所"}
_COUNTRY = {"en": "GBR", "zh": "CHN"}
_PASSPHRASE = "four winds over hills"
VISIT = {"pressure#1": "156/96", "pressure#2": "148/88", "total_cholesterol_mmol_l#1": "5.6", "height_cm#1": "164"}
_REASON = {"en": "A table of its publication was corrected.", "zh": "其发表的表格已更正。"}
# Of whom smoking was not asked.
_NOT_TOLD = {
    "en": [("Nora Quill", "F", "168"), ("Otis Vane", "M", "172"), ("Pia Marsh", "F", "150")],
    "zh": [("许兰芝", "F", "168"), ("丁大勇", "M", "172"), ("孟春梅", "F", "150")],
}
_WALK_IN = {
    "name#1": "Li Guoqiang",
    "birth_date#1": "1962-03-04",
    "sex#1": "M",
    "pressure#1": "156/96",
    "pressure#2": "148/88",
    "smoker#1": "current",
    "diabetes#1": "false",
    "cvd_history#1": "false",
    "height_cm#1": "168",
    "weight_kg#1": "78",
    "total_cholesterol_mmol_l#1": "6.4",
    "hdl_mmol_l#1": "1.1",
    "ldl_mmol_l#1": "4.1",
}
_FAULTS = {"audience": "everybody", "kind": "oracle", "licence.state": "mine", "outputs.0.kind": "number"}
_COMPARED = "who_cvd_2019_nonlab"
# A file as clinics send it: a date that may be read two ways, a unit that is not named, values that cannot be right.
_ROWS = {
    "en": """No,Name,Born,Sex,Date,BP,Chol,Smoker
N001,Anna Miller,1961,F,03/04/2026,152/92,5.6,no
N002,Peter Novak,1958,M,05/04/2026,168/98,6.1,yes
N003,Grace Obi,1970,F,07/04/2026,92/152,4.9,no
N004,John Hale,1949,M,08/04/2026,1450/90,5.2,no
N005,Mei Chan,1966,F,09/04/2026,131/84,211,maybe
""",
    "zh": """编号,姓名,出生年,性别,日期,血压,总胆固醇,吸烟
N001,周玉兰,1961,女,03/04/2026,152/92,5.6,否
N002,吴志强,1958,男,05/04/2026,168/98,6.1,是
N003,郑秀英,1970,女,07/04/2026,92/152,4.9,否
N004,冯国庆,1949,男,08/04/2026,1450/90,5.2,否
N005,陈梅,1966,女,09/04/2026,131/84,211,不详
""",
}


def wait_until(settled: Callable[[], bool], what: str) -> None:
    """Let the program run until something is so."""
    timer = QElapsedTimer()
    timer.start()
    while not settled():
        if timer.elapsed() > _WAIT_MS:
            raise TimeoutError(what)
        QTest.qWait(10)


def _tell_fault(error: object) -> None:
    print(f"fault: {error!r}", file=sys.stderr)  # noqa: T201 - a script that talks to a person


class Stage:
    """The program in one language and look, and the steps that bring it to a screen."""

    def __init__(self, application: QApplication, home: Path, language: str, look: str, text_size: int = 100) -> None:
        self.language = language
        paths = Paths(home)
        self.context = Context(paths, SettingsFile(paths.settings), FixedClock(NOW))
        self.context.change(language=language, look=look, text_size=text_size)
        self.home = home
        self.looked_at: QWidget | None = None  # what a picture is of, where the page scrolls
        faults = Faults(paths.crash_reports, self.context.clock.now, lambda: "screens")
        self.app = App(self.context, application, faults)
        self.app.end_process = lambda: None
        self.context.jobs.broken.connect(_tell_fault)
        self.app.window.painted.connect(self.app.unlock.begin_looking)  # as the session does
        self.app.window.show()
        QCursor.setPos(-1, -1)  # a pointer that rests on a button would show in every picture

    @property
    def work(self) -> Work:
        """The screens of the open clinic."""
        assert self.app.work is not None
        return self.app.work

    def rest(self) -> None:
        """Wait until nothing runs and everything is painted."""
        wait_until(lambda: not self.context.jobs.busy, "rest")
        QTest.qWait(_REST_MS)
        wait_until(lambda: not self.context.jobs.busy, "rest")

    def close(self) -> None:
        """End the program in good order."""
        self.app.close()
        self.rest()
        self.context.jobs.close()
        self.app.window.deleteLater()
        QTest.qWait(50)

    def picture(self) -> QPixmap:
        """Return the window, with what lies over it."""
        made = self.app.window.grab()
        painter = QPainter(made)
        for popup in self._popups():
            painter.drawPixmap(popup.pos() - self.app.window.pos(), popup.grab())
        painter.end()
        return made

    def close_popups(self) -> None:
        """Leave nothing over the window."""
        for popup in self._popups():
            popup.close()

    def _popups(self) -> list[QWidget]:
        return [each for each in QApplication.topLevelWidgets() if isinstance(each, Inspector) and each.isVisible()]

    # --- ways to screens --------------------------------------------------------------------------------------------

    def first_start(self, step: int) -> None:
        """Answer the first pages up to one of them."""
        self.app.show_first_start()
        pages = self.app.first_start
        assert pages is not None
        wait_until(lambda: bool(pages.countries), "countries")
        pages.answers.name, pages.answers.owner = _CLINIC[self.language], _OWNER[self.language]
        pages.choose_country(_COUNTRY[self.language])
        wait_until(lambda: pages.choice is not None, "country")
        if step > 0:
            pages.leave_clinic_page()
            wait_until(lambda: pages.step == 1, "passphrase page")
            pages.type_passphrase(_PASSPHRASE)
            pages.answers.again = _PASSPHRASE
        if step > 1:
            pages.leave_passphrase_page()
            wait_until(lambda: pages.step == 2, "recovery page")
        self.app._rebuild()

    def unlock(self, wrong: bool = False) -> None:
        """Show the unlock page of a clinic of its own, after a wrong passphrase if asked for."""
        folder = self.context.paths.clinic
        if not folder.exists():
            request = ClinicRequest(
                folder, _CLINIC[self.language], _COUNTRY[self.language], owner_name=_OWNER[self.language]
            )
            create(request, _PASSPHRASE, self.context.clock)
        self.context.change(clinic=str(folder))
        self.app.show_unlock()
        wait_until(lambda: self.app.unlock.state is not None, "state")
        if wrong:
            self.app.unlock.unlock("not this one")
            self.rest()

    def practice(self) -> None:
        """Show the unlock page of the practice clinic."""
        self.app.show_practice()
        wait_until(lambda: self.app.unlock.state is not None and not self.app.unlock.busy, "state")

    def open_practice(self) -> None:
        """Open the practice clinic, if it is not open yet."""
        if self.app.work is None:
            self.practice()
            self.app.unlock.unlock(practice_passphrase(self.language))
            wait_until(lambda: self.app.work is not None, "open")
            wait_until(lambda: self.work.people.panel is not None, "people")
        self.context.problem.emit("")

    def people(self, with_number: bool = True) -> list[str]:
        """Return people with a number, or without one, by id; those at highest risk first."""
        panel = self.work.people.panel
        assert panel is not None
        rows = [panel.row(at) for at in range(len(panel))]
        found = [row for row in rows if (row.risk is not None) == with_number and row.name]
        return [row.person_id for row in sorted(found, key=lambda row: -(row.risk or 0))]

    def patients(self, ticked: int = 0) -> None:
        """Show the list, some people ticked."""
        self.work.patients.clear_ticks()
        self.work.patients.show_everybody()
        self.work.go("patients")
        if ticked:
            self.work.patients.tick_between(0, ticked - 1)

    def record(self, person_id: str, typed: Mapping[str, str] | None = None) -> None:
        """Open a record, with values typed into it; an empty id is a new person."""
        self.work.open_record(person_id)
        record = self.work.record
        wait_until(lambda: record.form is not None, "record")
        for key, text in (typed or {}).items():
            record.desk.type(key, text)

    def record_without(self, *fields: str) -> None:
        """Open a new person's record with everything typed but these fields."""
        self.record("")
        self.work.record.give_up_draft()
        self.rest()
        for key, text in _WALK_IN.items():
            if key.partition("#")[0] not in fields:
                self.work.record.desk.type(key, text)
        self.rest()

    def record_card(self, kind: type[QWidget], *without: str) -> None:
        """Show one card beside the form of a new person, everything typed but some fields."""
        self.record_without(*without)
        self.look_at(kind)

    def look_at(self, kind: type[QWidget]) -> None:
        """Scroll a card of this kind into view, also after the window got another size."""

        def in_view() -> list[QWidget]:
            return [each for each in self.app.window.findChildren(kind) if each.isVisible()]

        wait_until(lambda: bool(in_view()), "card")
        (self.looked_at,) = in_view()

    def scroll(self) -> None:
        """Show the top of what is looked at."""
        part = self.looked_at
        while part is not None and not isinstance(part, QScrollArea):
            part = part.parentWidget()
        page = None if part is None else part.widget()
        if part is not None and self.looked_at is not None and page is not None:
            part.verticalScrollBar().setValue(self.looked_at.mapTo(page, QPoint(0, 0)).y() - 16)
            self.rest()

    def record_tools(self, *, choice: bool = False, asked: Sequence[str] = ()) -> None:
        """Show the tools beside the one that leads: why it is this one, or those that are asked on demand."""
        self.record_without()
        tools = self.work.record.tools
        (tools.turn_choice if choice else tools.turn_others)()
        wait_until(lambda: tools.told is not None, "tools")
        for pack_id in asked:
            tools.turn_tool(pack_id)
        self.rest()
        self.look_at(RiskCard if choice else ToolsCard)

    def intake(self, step: int) -> None:
        """Bring a file in up to a step: 0 the file, 1 columns, 2 the check, 3 stored."""
        self.work.go("import")
        if not step:
            return
        file = self.home / f"visits-{self.language}.csv"
        file.write_text(_ROWS[self.language], encoding="utf-8-sig")
        intake = self.work.intake
        intake.choose(file)
        wait_until(lambda: not intake.busy and bool(intake.columns), "columns")
        if step == 1:
            return
        for _ in range(20):
            question = intake.open_questions[0] if intake.open_questions else None
            if question is None:
                break
            intake.answer(question.guess if question.guess is not None else question.options[0])
            wait_until(lambda: not intake.busy, "answer")
        intake.check()
        wait_until(lambda: not intake.busy, "check")
        if step == 3:
            intake.store()
            wait_until(lambda: not intake.busy, "store")

    def batch(self, stage: str) -> None:
        """Show the page of many people: chosen, assessed, without a number, or held for a missing printer."""
        batch = self.work.batch
        self.context.change(printer="")
        self.work.go("batch")
        batch.prints.take_off([job.id for job in batch.prints.jobs])
        wait_until(lambda: not batch.prints.jobs, "empty list")
        batch.choose([*self.people()[:24], *self.people(with_number=False)[:6]])
        if stage == "chosen":
            return
        batch.start_assess()
        wait_until(lambda: not batch.assess.runs, "assess")
        batch.show_without(stage == "without")
        if stage == "held":
            self.context.change(printer="HP LaserJet")
            batch.print()
            wait_until(lambda: batch.prints.count("held") == batch.count, "held")

    def store(self, work: Callable[[OpenClinic], object]) -> None:
        """Do something on the store's lane and read the list anew."""
        done: list[object] = []
        self.context.on_store(self.context, work, done.append)
        wait_until(lambda: bool(done), "store")
        self.work.people.load()
        self.rest()

    def ranges(self) -> None:
        """Show the list with people of whom something is missing: their number lies between two."""
        missing = {"birth_date": "1958", "cvd_history": "no", "bmi_kg_m2": "27", "visit_date": "2026-11-20"}

        def enter(clinic: OpenClinic) -> list[str]:
            found = []
            for name, sex, pressure in _NOT_TOLD[self.language]:
                values = {**missing, "name": name, "sex": sex, "sbp_mmhg": pressure, "diabetes": "no"}
                entered = enter_visit(clinic, [TypedValue(field, text) for field, text in values.items()])
                found.append(str(entered.person_id))
            assess_people(clinic, found)
            return found

        if not any(name == row.name for row in self.rows() for name, _, _ in _NOT_TOLD[self.language]):
            self.store(enter)
        self.patients()
        patients = self.work.patients
        if ListFilter.MISSING not in patients.query.filters:
            patients.toggle(ListFilter.MISSING)

    def rows(self) -> list[PanelRow]:
        """Return everybody's line."""
        panel = self.work.people.panel
        assert panel is not None
        return [panel.row(at) for at in range(len(panel))]

    def urgent(self) -> None:
        """Show a batch that is held because somebody cannot wait."""
        self.batch("chosen")
        batch = self.work.batch
        values = [TypedValue("visit_date", NOW.date().isoformat()), TypedValue("phq9_q9", "2")]
        for person in batch.people[:2]:
            self.store(partial(save_visit, person_id=person, values=values))
        batch.print()
        wait_until(lambda: batch.urgent.holds, "urgent")

    def withdrawn(self) -> None:
        """Show the record of somebody whose saved number is not to be relied on any more."""
        person = self.people()[0]

        def take_back(clinic: OpenClinic) -> None:
            prepared = prepare_report(clinic, person, ReportOptions(self.language))
            printed_now(clinic, prepared)
            withdraw(clinic, str(prepared.assessment.headline_pack), _REASON[self.language])

        self.store(take_back)
        self.record(person)
        self.rest()

    def preview(self, person_id: str, zoom: str = "width") -> None:
        """Show a sheet."""
        self.work._to_preview(person_id)
        preview = self.work.preview
        for area in self.app.window.findChildren(PagesArea):
            area.set_zoom(zoom)
        wait_until(lambda: preview.count > 0, "sheet")

    def models(self, pack_id: str = "", *, card: bool = False) -> None:
        """Show the page of tools with one of them in hand."""
        models = self.work.models
        models.adding.close()
        self.work.go("models")
        wait_until(lambda: models.shelf is not None, "tools")
        models.choose(pack_id or models.areas[0][1][0].ref.id)
        if card:
            models.turn_card()
            wait_until(lambda: bool(models.card), "card")
            self.look_at(ModelCard)

    def models_withdraw(self, *, done: bool) -> None:
        """Ask for the reason of a withdrawal, or show what it touches."""
        models = self.work.models
        self.models("who_cvd_2019_lab")
        models.ask_withdraw(True)
        if done:
            models.type_reason(_REASON[self.language])
            models.withdraw()
            wait_until(lambda: not models.busy and bool(models.touched), "withdrawn")

    def models_compare(self, *, use: bool = False) -> None:
        """Hold a tool against the outcomes of people who were followed for years."""
        models = self.work.models
        if not any((row.patient_id or "").startswith(FOLLOWED) for row in self.rows()):
            self.store(lambda clinic: follow(clinic, self.home, people=300, events=70))
        self.models(_COMPARED)
        models.compare()
        wait_until(lambda: models.found is not None, "look")
        if use:
            models.use_here()
            wait_until(lambda: not models.busy and bool(models.recalibrated_here), "used")
        self.look_at(ClinicCard)

    def models_add(self, *, wrong: bool) -> None:
        """Check a tool of another maker, with or without faults."""
        self.models()
        folder = self.home / ("faulty" if wrong else "model")
        if not folder.exists():
            draft = draft_of(stored("xgboost", "probabilities", 1)(), folder)
            draft.write(_FAULTS if wrong else {})
        models = self.work.models
        models.check_folder(folder)
        wait_until(lambda: models.adding.check is not None, "check")

    def security(self, panel: str = "", *, checked: bool = False) -> None:
        """Show the page of security with several people, or one of its panels; ``{other}`` is somebody else."""
        security, secret = self.work.security, practice_passphrase(self.language)
        if not any(each.user.name == _COLLEAGUES[self.language][0] for each in security.people.accounts):
            roles = ([Role.CLINICIAN], [Role.FRONT_DESK], [Role.AUDITOR])
            for name, held in zip(_COLLEAGUES[self.language], roles, strict=True):
                self.store(partial(users.add, passphrase=secret, name=name, roles=held))
        security.panel = ""
        self.work.go("security")
        security.look(again=True)
        self.rest()
        if checked:
            security.log.check()
            wait_until(lambda: security.log.checked is not None, "check")
        other = next((each.user.id for each in security.people.accounts if each.user.id != security.people.own_id), "")
        if panel:
            security.open_panel(panel.format(other=other))
        else:
            security.close_panel()
        self.rest()

    def security_backed_up(self, panel: str = "") -> None:
        """Show the page of security after a backup, or what may be done with one: "restore", "drill", "drilled"."""
        security, stick = self.work.security, self.home / "BLUE"
        self.security()
        stick.mkdir(exist_ok=True)
        if security.backups.overview is None or security.backups.overview.last is None:
            security.backups.back_up_now(stick)
            wait_until(lambda: not security.backups.runs and security.backups.folder is not None, "backup")
        if panel == "restore":
            security.open_restore()
        elif panel:
            security.open_drill()
            wait_until(lambda: security.drilling.front is not None, "newest backup")
        if panel == "drilled":
            security.drilling.start(practice_passphrase(self.language))
            wait_until(lambda: security.drilling.done is not None, "drill")

    def restore_in_front(self) -> None:
        """Show the page that makes a clinic from a backup, as on a new computer."""
        self.app.show_restore()

    def security_given(self) -> None:
        """Show a passphrase for once."""
        self.security("person:{other}")
        desk = self.work.security.people
        other = next(each.user.id for each in desk.accounts if each.user.id != desk.own_id)
        desk.one_time(other, practice_passphrase(self.language))
        wait_until(lambda: desk.given is not None, "passphrase")

    def security_sheet(self) -> None:
        """Show a new recovery sheet."""
        self.security("sheet")
        self.rest()

    def preferences(self, section: str) -> None:
        """Show a section of the settings."""
        self.work.preferences.show_section(section)
        self.work.rebuild()
        self.work.go("preferences")
