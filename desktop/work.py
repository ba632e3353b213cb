"""The screens of an open clinic and the ways between them. Composition root, loaded behind the front page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from desktop.batch.presenter import BatchPresenter
from desktop.batch.view import BatchView
from desktop.context import Context
from desktop.emergency import EmergencyDesk
from desktop.intake.presenter import ImportPresenter
from desktop.intake.view import ImportView
from desktop.keeping import Keeping
from desktop.main_window import MainWindow
from desktop.models.presenter import ModelsPresenter
from desktop.models.view import ModelsView
from desktop.months import Months
from desktop.papers import Papers
from desktop.patients.presenter import PatientsPresenter
from desktop.patients.view import PatientsView
from desktop.people import People
from desktop.places import PLACES, offered
from desktop.preferences.presenter import PreferencesPresenter
from desktop.preferences.view import PreferencesView
from desktop.preview.presenter import PreviewPresenter
from desktop.preview.view import PreviewView
from desktop.printing import Printers
from desktop.record.form import Form
from desktop.record.front_presenter import FrontPresenter
from desktop.record.front_view import FrontView
from desktop.record.presenter import RecordPresenter
from desktop.record.view import RecordView
from desktop.security.presenter import SecurityPresenter
from desktop.security.reviews_card import ReviewStrip
from desktop.security.view import SecurityView
from desktop.shell import Shell
from desktop.studio.presenter import StudioPresenter
from desktop.studio.view import StudioView
from desktop.watching import FolderWatch
from desktop.widgets.finder import Found
from desktop.widgets.ui import Ui
from engine.workflows.front_desk import sees_records
from engine.workflows.panel import PanelRow
from engine.workflows.reviews import Review, anchor_findings

# A page that opens over a place belongs to it in the rail.
_PLACE_OF = {"record": "patients", "front": "patients", "preview": "patients"}
_MOST_FOUND = 8


class Work(QObject):
    """Everything behind the unlock page."""

    lock_asked = Signal()

    def __init__(self, context: Context, window: MainWindow) -> None:
        super().__init__(context)
        self._context = context
        self._window = window
        self._places = self._places_now()
        self.page = "patients" if "patients" in self._places else "security"
        self._preview_from = "patients"
        standing = context.clinic.vault.ledger.state.standing
        self._standing = standing.value if standing.told else ""
        self.people = People(context)
        self.printers = Printers(context)
        self.patients = PatientsPresenter(context, self.people)
        self.record = RecordPresenter(context, self.people)
        self.keeping = Keeping(context, self.record, self._find_somebody)
        self.watch = FolderWatch(context)
        self.months = Months(context)
        self.intake = ImportPresenter(context, self.people, self.watch)
        self.batch = BatchPresenter(context, self.people, self.printers)
        self.preview = PreviewPresenter(context, self.people, self.printers)
        papers = Papers(context, self.printers)
        self.models = ModelsPresenter(context, papers)
        self.studio = StudioPresenter(context, papers)
        self.emergency = EmergencyDesk(context)
        self.front = FrontPresenter(context, self.emergency)
        self.security = SecurityPresenter(context, self.printers, self.emergency)
        self.preferences = PreferencesPresenter(context, self.watch)
        self.shell = self._make_shell()
        self._close_confirmed = False
        self._pieces: Iterator[None] = iter(())
        self._between = QTimer(self, interval=0)
        self._between.timeout.connect(self._do_piece)
        self._connect()

    def show(self) -> None:
        """Show the frame, then the list in it, or where the last session was interrupted."""
        self._window.show_content(self.shell)
        QTimer.singleShot(0, self, self._look_at_backups)
        if "patients" not in self._places:
            self.go("security")
            return
        self.people.load()
        self._do_between(self._begin())

    def rebuild(self) -> None:
        """Make every page anew in another look or language, at the same place."""
        self.shell = self._make_shell()
        self._window.show_content(self.shell)
        self.go(self.page)
        if sees_records(self._context.clinic):
            self.record.read_empty(self._make_ahead)

    def go(self, code: str) -> None:
        """Show a page."""
        self._have_page(code)
        self.page = code
        self.studio.here = code == "studio"
        self.shell.show_page(code, _PLACE_OF.get(code, code))

    def save_drafts(self) -> None:
        """Keep what is typed in the store, on its lane."""
        self.record.save_draft()
        self.front.save_draft()
        self.studio.keep_place()

    def may_close(self) -> bool:
        """Whether the window may close; asks on the page the first time when something long runs."""
        running = (
            self.intake.runs
            or self.batch.runs
            or bool(self.security.people.busy)
            or self.security.backups.runs
            or self.studio.runs
        )
        if not running or self._close_confirmed:
            return True
        self._close_confirmed = True
        QTimer.singleShot(10_000, self._forget_confirmation)
        self.shell.say_problem(self._context.texts("close.something_runs"))
        return False

    def _forget_confirmation(self) -> None:
        self._close_confirmed = False

    # --- wiring -----------------------------------------------------------------------------------------------------

    def _connect(self) -> None:
        context = self._context
        context.problem.connect(self._say_problem)
        context.good_news.connect(self._say_good)
        context.clinic_changed.connect(self._clinic_changed)
        self.patients.record_asked.connect(self.open_record)
        self.patients.new_asked.connect(lambda: self.open_record(""))
        self.patients.import_asked.connect(lambda: self.go("import"))
        self.patients.batch_asked.connect(self._to_batch)
        self.record.back_asked.connect(lambda: self.go("patients"))
        self.record.preview_asked.connect(self._to_preview)
        self.record.stored.connect(lambda person: self.people.refresh([person]))
        self.front.back_asked.connect(self._back_to_list)
        self.front.stored.connect(lambda person: self.people.refresh([person]))
        self.emergency.began.connect(self._emergency_began)
        self.security.own_passphrase_asked.connect(self._to_own_passphrase)
        self.security.people.access_changed.connect(self._access_changed)
        self.security.reviews.changed.connect(self._show_waiting)
        self.months.warned.connect(self.security.reviews.look)
        self.preview.back_asked.connect(self._back_from_preview)
        self.intake.stored.connect(self.people.refresh)
        self.watch.took.connect(self.people.refresh)
        self.intake.patients_asked.connect(lambda: self.go("patients"))
        self.intake.keep_asked.connect(self.keeping.ask)
        self.intake.batch_asked.connect(lambda: self._to_batch([]))
        self.batch.record_asked.connect(self.open_record)
        self.batch.assessed.connect(self.people.refresh)
        self.batch.badge.connect(lambda text: self.shell.rail.set_badge("batch", text))
        self.intake.badge.connect(lambda text: self.shell.rail.set_badge("import", text))
        self.models.packs_changed.connect(self.people.refresh)
        self.models.record_asked.connect(self.open_record)
        self.models.studio_asked.connect(self._to_studio)
        self.studio.packs_changed.connect(self.people.refresh)
        self.studio.stages.reviews_asked.connect(lambda: self._place_asked("security"))
        self.studio.badge.connect(lambda text: self.shell.rail.set_badge("studio", text))
        self.preferences.country_changed.connect(self.people.refresh)
        self.security.backups.changed.connect(self._show_backup)
        self.security.other_clinic_asked.connect(self._to_other_clinic)

    def _make_shell(self) -> Shell:
        context = self._context
        places = [place for place in PLACES if place.code in self._places]
        shell = Shell(context.ui, places, self._find, context.clinic.vault.user.name, context.clinic.clinic.practice)
        if "patients" not in self._places:
            shell.top.finder.hide()  # there is nobody to find
        shell.place_asked.connect(self._place_asked)
        shell.lock_asked.connect(self.lock_asked)
        shell.person_asked.connect(self.open_record)
        shell.top.backup_asked.connect(lambda: self.go("security"))
        shell.backup_asked.connect(self._back_up)
        shell.top.show_backup(*self.security.backups.bar_words())
        if self._standing:
            self._tell_standing(shell)
        return shell

    def _tell_unseen(self, found: tuple[Review, ...]) -> None:
        """Say at each opening how the anchor was found once, as long as nobody has looked at it."""
        if found:
            self._standing = found[-1].reason
            self._tell_standing(self.shell)

    def _tell_standing(self, shell: Shell) -> None:
        text = self._context.texts(f"standing.{self._standing}")
        shell.tell_standing(text, self._context.texts("standing.seen"), self._standing_seen)

    def _standing_seen(self) -> None:
        """Somebody has read that something was not as it was left: lead to where the log is checked."""
        self._standing = ""
        self.shell.tell_standing("", "", lambda: None)
        self._place_asked("security")

    def _look_at_backups(self) -> None:
        if self._context.has_clinic:
            self.security.backups.begin()
            self.months.begin()

    def _back_up(self) -> None:
        """Make a backup from wherever one is; how it goes is seen on the page of security."""
        self._place_asked("security")
        self.security.backups.back_up_now()

    def _make_page(self, code: str) -> QWidget:
        ui = self._context.ui
        make: dict[str, Callable[[Ui], QWidget]] = {
            "patients": self._make_patients,
            "record": lambda ui: RecordView(ui, self.record),
            "front": lambda ui: FrontView(ui, self.front),
            "import": lambda ui: ImportView(ui, self.intake),
            "batch": lambda ui: BatchView(ui, self.batch),
            "preview": lambda ui: PreviewView(ui, self.preview),
            "models": lambda ui: ModelsView(ui, self.models),
            "studio": lambda ui: StudioView(ui, self.studio),
            "security": lambda ui: SecurityView(ui, self.security),
            "preferences": lambda ui: PreferencesView(ui, self.preferences),
        }
        return make[code](ui)

    def _make_patients(self, ui: Ui) -> PatientsView:
        made = PatientsView(ui, self.patients)
        if self.security.reviews.may:
            made.add_strip(ReviewStrip(ui, self.security, lambda: self.go("security")))
        return made

    def _have_page(self, code: str) -> None:
        if not self.shell.has_page(code):
            self.shell.add_page(code, self._make_page(code))

    # Making a page takes so long that a key would wait for it, so it is done piece by piece between the events.

    def _begin(self) -> Iterator[None]:
        page = self._make_page("patients")
        yield
        self.shell.add_page("patients", page)
        yield
        self.go("patients")
        self.security.reviews.look()
        if not self._standing:
            self._context.on_store(self, anchor_findings, self._tell_unseen)
        if "batch" in self._places:
            self.batch.resume()
        if sees_records(self._context.clinic):
            self.record.resume(self._show_record_if)
            self.studio.resume(self._show_studio_if)
            self.record.read_empty(self._make_ahead)

    def _make_ahead(self, form: Form) -> None:
        """Make the pages that are needed next while the list is looked at."""
        self._do_between(self._next_pages(form))

    def _next_pages(self, form: Form) -> Iterator[None]:
        shell = self.shell
        self._have_page("record")
        yield
        record = shell.page("record")
        pieces = record.make_ahead(form) if isinstance(record, RecordView) else iter(())
        while self.shell is shell:  # another look or language makes all pages anew, and ahead of them again
            if next(pieces, self) is self:
                self._have_page("preview")
                return
            yield

    def _do_between(self, pieces: Iterator[None]) -> None:
        self._pieces = pieces
        self._between.start()

    def _do_piece(self) -> None:
        locked = not self._context.has_clinic
        if locked or next(self._pieces, self) is self:
            self._between.stop()

    def _place_asked(self, code: str) -> None:
        if self.page == "record":
            self.record.save_draft()
        if code != "patients":
            self.keeping.drop()
        self.go(code)
        self.shell.rail.show_place(code)

    def open_record(self, person_id: str) -> None:
        """Open one person's record; an empty id is a new person. Who may not read it gets the page of who they are."""
        if sees_records(self._context.clinic):
            self.record.open(person_id or None)
            self.go("record")
        else:
            self.front.open(person_id or None)
            self.go("front")

    def _find_somebody(self) -> None:
        self.shell.top.finder.start()

    def _emergency_began(self, person_id: str) -> None:
        """Show the record that was asked for by number: who asked sees no list it could be opened from."""
        if self.page != "front":
            self.open_record(person_id)

    def _back_to_list(self) -> None:
        self.go("patients" if "patients" in self._places else "security")

    def _to_own_passphrase(self) -> None:
        self.preferences.go_to("clinic")
        self.go("preferences")

    def _access_changed(self) -> None:
        """Offer the places that the roles open which who is here has now."""
        self._places = self._places_now()
        self.rebuild()

    def _places_now(self) -> list[str]:
        return [place.code for place in PLACES if offered(self._context.clinic, place.code)]

    def _show_record_if(self, found: bool) -> None:
        if found:
            self.go("record")

    def _show_studio_if(self, here: bool) -> None:
        if here and "studio" in self._places:
            self._place_asked("studio")

    def _to_studio(self, name: str, step: str) -> None:
        self.studio.open_model(name, step)
        self._place_asked("studio")

    def _to_batch(self, people: Sequence[str]) -> None:
        self.batch.choose(people)
        self.go("batch")

    def _to_preview(self, person_id: str) -> None:
        self._preview_from = self.page
        self.preview.open(person_id)
        self.go("preview")

    def _back_from_preview(self) -> None:
        self.go(self._preview_from)

    def _to_other_clinic(self, folder: object) -> None:
        """Lock this clinic; the page in front is then about the other one."""
        self._context.change(clinic=str(folder))
        self.lock_asked.emit()

    def _show_waiting(self) -> None:
        waiting = len(self.security.reviews.waiting)
        self.shell.rail.set_badge("security", str(waiting) if waiting else "")

    # The shell is made anew with every look, so these find the present one.

    def _say_problem(self, text: str) -> None:
        self.shell.say_problem(text)

    def _show_backup(self) -> None:
        self.shell.top.show_backup(*self.security.backups.bar_words())

    def _say_good(self, text: str) -> None:
        self.shell.say_good(text)

    def _clinic_changed(self) -> None:
        self._window.setWindowTitle(f"{self._context.texts('program.name')} · {self._context.clinic.clinic.name}")

    def _find(self, query: str) -> list[Found]:
        texts, today = self._context.texts, self._context.clock.today()
        found = self.people.find(query, _MOST_FOUND)
        return [
            Found(each.person_id, each.name or each.patient_id or "", found_detail(each, texts, today.year))
            for each in found
        ]


def found_detail(person: PanelRow, texts: Callable[..., str], year: int) -> str:
    """Return what tells one person from another of the same name: number, age, sex, village, end of the phone."""
    parts = [person.patient_id or ""]
    if person.birth_date is not None:
        parts.append(texts("find.years", years=year - person.birth_date.year))
    if person.sex in ("F", "M"):
        parts.append(texts(f"sex.{person.sex}"))
    parts.append(person.village or "")
    if person.phone:
        parts.append(f"…{person.phone[-4:]}")
    return " · ".join(part for part in parts if part)
