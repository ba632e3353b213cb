"""What may be chosen: of the window (kept on this machine) and of the clinic (kept in its store). All acts at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QCollator, QObject, Signal

from desktop.context import Context
from desktop.watching import FolderWatch
from engine.domain.clinic_packs import PackState
from engine.errors import EngineError
from engine.resources import resources_folder
from engine.workflows.clinics import (
    OpenClinic,
    accept_pack,
    change_country,
    change_settings,
    program_version,
    rename,
    withdraw_pack,
)
from engine.workflows.packs import DamagedPack, PackSummary, damaged_packs, list_packs
from engine.workflows.passphrases import ADVISED_SIGNS, passphrase_advice
from engine.workflows.settings import COUNTRY_FIELD, RegionSetting, region_settings
from engine.workflows.setup import CountryName, countries, describe_country
from engine.workflows.unlock import change_passphrase
from engine.workflows.users import Permission, may

SECTIONS = ("look", "risk", "units", "clinic", "about")
_OWN_LICENCES = (
    ("LOINC", "loinc.txt"),
    ("Unicode CLDR", "unicode-cldr.txt"),
)
_FONT_LICENCES = ("Inter", "NotoSans", "NotoSansMono", "NotoSansSC")


@dataclass(frozen=True, slots=True)
class Licence:
    """Something under another licence that ships with the program, and where its text lies in the resources."""

    name: str
    licence: str
    text: str


class PreferencesPresenter(QObject):
    """State of the settings page."""

    country_changed = Signal()
    changed = Signal()  # what the page shows of the clinic
    passphrase_changed = Signal()
    section_asked = Signal(str)  # another page leads here

    def __init__(self, context: Context, watch: FolderWatch | None = None) -> None:
        super().__init__(context)
        self.context = context
        self.watch = watch or FolderWatch(context)
        self.section = SECTIONS[0]
        self.control = ""  # the one that was used last; it has the focus again when the page is made anew
        self.name_problem = ""
        self.passphrase_problems: dict[str, str] = {}
        self.passphrase_busy = False
        self.moved = False  # the country, a region or a tool was changed since the page was opened
        self._packs: tuple[PackSummary, ...] | None = None
        context.clinic_changed.connect(self._forget_packs)

    # --- the window -------------------------------------------------------------------------------------------------

    def show_section(self, code: str) -> None:
        """Turn to a section."""
        self.section = code
        self.control = ""

    def go_to(self, code: str) -> None:
        """Turn to a section from another page, whether the page was made already or not."""
        self.show_section(code)
        self.section_asked.emit(code)

    def choose(self, name: str, value: object) -> None:
        """Change a setting of the window."""
        self.control = name
        self.context.change(**{name: value})

    # --- the clinic -------------------------------------------------------------------------------------------------

    @property
    def may_change(self) -> bool:
        """Whether who is here may change what holds for the whole clinic."""
        return may(self.context.clinic, Permission.CLINIC_CHANGE)

    @property
    def countries(self) -> tuple[tuple[str, str], ...]:
        """Every country, by code and name, in the order of the language of the screens."""
        texts = self.context.texts
        collator = QCollator(texts.locale)
        named = [(each.iso3, _name_of(each, texts.language)) for each in countries()]
        return tuple(sorted(named, key=lambda pair: collator.sortKey(pair[1])))

    @property
    def country(self) -> str | None:
        """The clinic's country."""
        found = self.context.clinic.clinic.settings.get(COUNTRY_FIELD)
        return None if found is None else str(found)

    @property
    def regions(self) -> tuple[tuple[RegionSetting, bool], ...]:
        """Every region, and whether the clinic chooses it: the country settles the others."""
        clinic = self.context.clinic
        chosen = region_settings(clinic.clinic.settings, clinic.dictionary)
        open_here = describe_country(self.country).open_fields if self.country else ()
        return tuple((region, region.field in open_here) for region in chosen)

    @property
    def packs(self) -> tuple[PackSummary, ...]:
        """The tools at hand."""
        if self._packs is None:
            self._packs = list_packs(self.context.clinic.library)
        return self._packs

    def _forget_packs(self) -> None:
        self._packs = None  # one may have been added or taken out of use

    @property
    def damaged_packs(self) -> tuple[DamagedPack, ...]:
        """The tools that are not used because they are damaged."""
        return damaged_packs(self.context.clinic.library)

    def pack_is_on(self, pack: PackSummary) -> bool:
        """Whether a tool speaks in this clinic."""
        accepted = pack.on_by_default or pack.id in self.context.clinic.clinic.accepted_packs
        return accepted and pack.state is PackState.ON

    def choose_country(self, iso3: str) -> None:
        """Move the clinic to a country."""
        self._change_clinic("country", lambda clinic: change_country(clinic, iso3))

    def choose_region(self, field: str, value: str) -> None:
        """Choose a region that the country leaves open."""
        self._change_clinic(field, lambda clinic: change_settings(clinic, {field: value}))

    def accept(self, pack_id: str, yes: bool) -> None:
        """Switch on a tool whose note was read, or off again."""
        change = accept_pack if yes else withdraw_pack
        self._change_clinic(f"pack.{pack_id}", lambda clinic: change(clinic, pack_id))

    def rename(self, name: str) -> None:
        """Give the clinic another name."""
        if name == self.context.clinic.clinic.name:
            self._say_name("")
            return

        def done(clinic: OpenClinic) -> None:
            self.context.take_clinic(clinic)
            self._say_name("")
            self.context.good_news.emit(self.context.texts("preferences.clinic.renamed"))

        self.context.on_store(self, lambda clinic: rename(clinic, name), done, failed=self._name_failed)

    def _name_failed(self, error: EngineError) -> None:
        self._say_name(self.context.texts.error(error))

    def _say_name(self, problem: str) -> None:
        self.name_problem = problem
        self.changed.emit()

    def _change_clinic(self, control: str, work: Callable[[OpenClinic], OpenClinic]) -> None:
        self.control = control

        def done(clinic: OpenClinic) -> None:
            self.moved = True
            self.context.take_clinic(clinic)
            self.changed.emit()
            self.country_changed.emit()

        def failed(error: EngineError) -> None:
            self.context.tell(error)
            self.changed.emit()  # the controls show again what holds

        self.context.on_store(self, work, done, failed=failed)

    # --- the passphrase ---------------------------------------------------------------------------------------------

    @property
    def is_practice(self) -> bool:
        """Whether this is a practice clinic, whose passphrase everybody may read."""
        return self.context.clinic.clinic.practice

    def advice(self, passphrase: str) -> str:
        """Return what would make a new passphrase better; empty when nothing is known against it."""
        found = passphrase_advice(passphrase, self.context.clinic.clinic.name) if passphrase else None
        return self.context.texts.wording.say(found.key, advised=ADVISED_SIGNS) if found else ""

    def change_passphrase(self, old: str, new: str, again: str) -> None:
        """Change the passphrase of who is here; nothing of it is kept in the window."""
        texts = self.context.texts
        self.passphrase_problems = {}
        if not old:
            self.passphrase_problems["old"] = texts("preferences.clinic.old_missing")
        elif new != again:
            self.passphrase_problems["again"] = texts("preferences.clinic.differ")
        if self.passphrase_problems:
            self.changed.emit()
            return
        self.passphrase_busy = True
        self.changed.emit()
        self.context.on_store(
            self,
            lambda clinic: change_passphrase(clinic, old, new),
            lambda _: self._passphrase_done(),
            failed=self._passphrase_failed,
        )

    def _passphrase_done(self) -> None:
        self.passphrase_busy = False
        self.changed.emit()
        self.passphrase_changed.emit()
        self.context.good_news.emit(self.context.texts("preferences.clinic.passphrase_changed"))

    def _passphrase_failed(self, error: EngineError) -> None:
        self.passphrase_busy = False
        place = "new" if error.code == "passphrase_too_short" else "old"
        self.passphrase_problems = {place: self.context.texts.error(error)}
        self.changed.emit()

    # --- about ------------------------------------------------------------------------------------------------------

    @property
    def version(self) -> str:
        """The version of the program."""
        return program_version()

    @property
    def licences(self) -> tuple[Licence, ...]:
        """Everything under another licence, libraries last."""
        folder = resources_folder() / "licences"
        listed = json.loads((folder / "third_party.json").read_text(encoding="utf-8"))
        own = [Licence(name, "", f"licences/{file}") for name, file in _OWN_LICENCES]
        fonts = [Licence(name, "OFL-1.1", f"fonts/{name}-OFL.txt") for name in _FONT_LICENCES]
        libraries = [Licence(each["name"], each["licence"], f"licences/{each['text']}") for each in listed]
        return (*own, *fonts, *libraries)

    def licence_text(self, place: str) -> str:
        """Return the text of a licence by its place in the resources."""
        return (resources_folder() / place).read_text(encoding="utf-8", errors="replace")


def _name_of(country: CountryName, language: str) -> str:
    return country.zh if language == "zh" else country.en
