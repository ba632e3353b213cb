"""What the first pages know: answers, a passphrase, a recovery key that was typed back. Until then nothing is made."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QObject, Signal

from desktop.backend import load_predictors
from desktop.context import Context
from desktop.jobs import Task
from engine.errors import EngineError

if TYPE_CHECKING:
    from desktop.printing import Printers, PrintOutcome
    from engine.workflows.clinics import OpenClinic
    from engine.workflows.packs import PackSummary
    from engine.workflows.setup import CountryChoice, CountryName, RecoveryKey

STEPS = ("clinic", "passphrase", "recovery")
_US_PAPER = frozenset({"USA", "CAN", "MEX", "PHL"})  # where printers hold Letter
_US_UNITS = frozenset({"USA"})
_PRINT_PPI = 300.0  # as sharp as paper is printed
_SCREEN_PPI = 150.0  # of the picture on the screen: made smaller from that for paper it would hold the window up


@dataclass
class Answers:
    """What was answered so far."""

    name: str = ""
    country: str = ""
    regions: dict[str, str] = field(default_factory=dict)
    accepted: list[str] = field(default_factory=list)
    owner: str = ""
    passphrase: str = field(default="", repr=False)
    again: str = field(default="", repr=False)


class FirstStartPresenter(QObject):
    """State of the three pages."""

    changed = Signal()
    opened = Signal(object)  # the open clinic
    practice_asked = Signal()
    back_asked = Signal()
    restore_asked = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.context = context
        self._printers: Printers | None = None
        self._reset()

    def _reset(self) -> None:
        self.step = 0
        self.answers = Answers()
        self.countries: tuple[CountryName, ...] = ()
        self.choice: CountryChoice | None = None
        self.to_accept: tuple[PackSummary, ...] = ()
        self.can_go_back = False
        self.problem = ""
        self.name_problem = ""
        self.passphrase_problem = ""
        self.again_problem = ""
        self.advice = ""
        self.busy = False
        self.key: RecoveryKey | None = None
        self.sheet_pages: list[bytes] = []
        self.sheet_picture = b""
        self.key_problem = ""
        self.key_row = 0
        self.print_state = ""

    def begin(self, can_go_back: bool) -> None:
        """Start again from the first page."""
        self._reset()
        self.can_go_back = can_go_back
        self.answers.country = _likely_country()

        def work(task: Task) -> tuple[tuple[CountryName, ...], tuple[PackSummary, ...]]:
            from engine.workflows.packs import list_packs
            from engine.workflows.setup import countries

            return countries(), tuple(pack for pack in list_packs() if pack.licence_state == "unclear")

        self.context.jobs.store(self, work, self._take_lists)

    @property
    def folder(self) -> Path:
        """Where the clinic will lie: the usual place, or beside it when there is one already."""
        place, number = self.context.paths.clinic, 2
        while place.exists():
            place = self.context.paths.clinic.with_name(f"clinic-{number}")
            number += 1
        return place

    # --- the first page ---------------------------------------------------------------------------------------------

    def choose_country(self, iso3: str) -> None:
        """Take a country; paper and units follow where they were not chosen otherwise."""
        self.answers.country = iso3
        self.answers.regions.clear()
        self.context.change(paper="letter" if iso3 in _US_PAPER else "a4", units="us" if iso3 in _US_UNITS else "si")
        self._describe()

    def choose_region(self, name: str, value: str) -> None:
        """Take a region that the country leaves open."""
        self.answers.regions[name] = value
        self._describe()

    def accept(self, pack_id: str, yes: bool) -> None:
        """Accept the licence note of a tool, or not."""
        kept = [each for each in self.answers.accepted if each != pack_id]
        self.answers.accepted = [*kept, pack_id] if yes else kept

    def leave_clinic_page(self) -> None:
        """Go on to the passphrase when the first page can be used."""
        answers = self.answers
        request = (answers.name, answers.country, dict(answers.regions))

        def work(task: Task) -> None:
            from engine.workflows.setup import ClinicRequest, plan_clinic

            plan_clinic(ClinicRequest(Path(), request[0], request[1], request[2]))

        def failed(error: EngineError) -> None:
            text = self.context.texts.error(error)
            about_name = error.code.startswith("clinic_name")
            self.name_problem, self.problem = (text, "") if about_name else ("", text)
            self.changed.emit()

        self.context.jobs.store(self, work, lambda _: self._go(1), failed)

    # --- the passphrase ---------------------------------------------------------------------------------------------

    def type_passphrase(self, text: str) -> None:
        """Take what is typed and say what would make it better."""
        self.answers.passphrase = text
        from engine.workflows.passphrases import passphrase_advice

        found = passphrase_advice(text, self.answers.name) if text else None
        self.passphrase_problem = ""
        self.advice = self.context.texts(f"first_start.advice.{found}") if found else ""
        self.changed.emit()

    def leave_passphrase_page(self) -> None:
        """Go on to the recovery sheet when both passphrases are the same and long enough."""
        from engine.workflows.passphrases import check_passphrase

        answers, texts = self.answers, self.context.texts
        self.passphrase_problem = self.again_problem = ""
        try:
            check_passphrase(answers.passphrase)
        except EngineError as error:
            self.passphrase_problem = texts.error(error)
        else:
            if answers.passphrase != answers.again:
                self.again_problem = texts("first_start.passphrases_differ")
        if self.passphrase_problem or self.again_problem:
            self.changed.emit()
            return
        self._draw_key()

    def _draw_key(self) -> None:
        name, country = self.answers.name, self.answers.country
        settings, clock = self.context.settings, self.context.clock

        def work(task: Task) -> tuple[RecoveryKey, list[bytes], bytes]:
            from engine.domain.report import Paper
            from engine.workflows.setup import new_recovery_key, recovery_images, recovery_sheet

            key = self.key or new_recovery_key()
            sheet = recovery_sheet(name, key, clock, settings.language, Paper(settings.paper), country=country)
            return key, recovery_images(sheet, _PRINT_PPI), recovery_images(sheet, _SCREEN_PPI)[0]

        self.busy = True
        self.changed.emit()
        self.context.jobs.store(self, work, self._take_key, self._failed)

    def _take_key(self, found: tuple[RecoveryKey, list[bytes], bytes]) -> None:
        self.busy = False
        self.key, self.sheet_pages, self.sheet_picture = found
        self._go(2)

    # --- the recovery sheet -----------------------------------------------------------------------------------------

    def printers(self) -> Printers:
        """Return the printers of this machine; looked for only here, as it takes a while."""
        if self._printers is None:
            from desktop.printing import Printers

            self._printers = Printers(self.context)
        return self._printers

    def print_sheet(self) -> None:
        """Print the sheet on the printer that was chosen in the system's dialog."""
        texts = self.context.texts
        self.print_state = texts("first_start.recovery.printing")
        self.changed.emit()
        title = texts("first_start.recovery.title")
        self.printers().print_pages(
            self.sheet_pages, self.context.settings.paper, title, self._printed, self._not_printed
        )

    def _printed(self, outcome: PrintOutcome) -> None:
        self.print_state = self.context.texts(f"first_start.recovery.print_{outcome.value}")
        self.changed.emit()

    def _not_printed(self, error: EngineError) -> None:
        self.print_state = self.context.texts.error(error)
        self.changed.emit()

    def finish(self, typed: str) -> None:
        """Check what was typed back from the sheet; then make the clinic and open it."""
        if self.busy or self.key is None:
            return
        key, answers, folder, clock = self.key, self.answers, self.folder, self.context.clock

        def work(task: Task) -> tuple[OpenClinic, Path]:
            from engine.workflows.clinics import accept_pack
            from engine.workflows.setup import ClinicRequest, check_typed_back, create
            from engine.workflows.unlock import unlock

            check_typed_back(key, typed)
            folder.parent.mkdir(parents=True, exist_ok=True)
            request = ClinicRequest(
                folder, answers.name, answers.country, dict(answers.regions), owner_name=answers.owner
            )
            create(request, answers.passphrase, clock, recovery_key=key)
            clinic = unlock(folder, answers.passphrase, clock, load_predictors())
            for pack_id in answers.accepted:
                clinic = accept_pack(clinic, pack_id)
            return clinic, folder

        self.busy, self.key_problem, self.key_row = True, "", 0
        self.changed.emit()
        self.context.jobs.store(self, work, self._made, self._key_refused)

    def _made(self, found: tuple[OpenClinic, Path]) -> None:
        clinic, folder = found
        self.context.change(clinic=str(folder))
        self._reset()
        self.opened.emit(clinic)

    def _key_refused(self, error: EngineError) -> None:
        self.busy = False
        self.key_problem = self.context.texts.error(error)
        self.key_row = int(error.details.get("row", 0))
        self.changed.emit()

    # --- between ----------------------------------------------------------------------------------------------------

    def back(self) -> None:
        """Go one page back; answers stay. From the first page, to the clinic that is there already."""
        if self.step == 0:
            self.back_asked.emit()
        else:
            self._go(self.step - 1)

    def _go(self, step: int) -> None:
        self.step = step
        self.problem = self.name_problem = ""
        self.changed.emit()

    def _take_lists(self, found: tuple[tuple[CountryName, ...], tuple[PackSummary, ...]]) -> None:
        self.countries, self.to_accept = found
        self._describe()
        self.changed.emit()

    def _describe(self) -> None:
        country, regions = self.answers.country, dict(self.answers.regions)
        if not country:
            return

        def work(task: Task) -> CountryChoice:
            from engine.workflows.setup import describe_country

            return describe_country(country, regions)

        self.context.jobs.store(self, work, self._take_choice, self._failed)

    def _take_choice(self, choice: CountryChoice) -> None:
        self.choice = choice
        self.answers.country = choice.iso3
        self.changed.emit()

    def _failed(self, error: EngineError) -> None:
        self.busy = False
        self.problem = self.context.texts.error(error)
        self.changed.emit()


def _likely_country() -> str:
    """Return the country that the system is set to, as a first answer to be changed."""
    code = QLocale.territoryToCode(QLocale.system().territory())
    return code if len(code) == 2 else ""
