"""The words of the window: one language at a time, the same catalogues as everything else Lantern says."""

from __future__ import annotations

import datetime

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from engine.errors import EngineError
from engine.wording import Wording, load_room, load_wording

_SHARED = "window"
_QT_NAMES = {"en": "en", "zh": "zh_CN"}
_LOCALES = {
    "en": QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom),
    "zh": QLocale(QLocale.Language.Chinese, QLocale.Country.China),
}


class Texts:
    """Says things in the language of the screens. Called like a function: ``texts("unlock.title")``."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._near: dict[str, str] = {}  # sentences of the screens that were shown
        self._read: set[str] = set()
        self.locale = _LOCALES[language]
        self._translator: QTranslator | None = None

    def __call__(self, key: str, /, **values: object) -> str:
        """Return the sentence of a key of the window, ``window.<key>``."""
        whole = f"window.{key}"
        if whole not in self._near:
            self._look_near(key.partition(".")[0])
        sentence = self._near.get(whole)
        return self.wording.say(whole, **values) if sentence is None else sentence.format(**values)

    def __contains__(self, key: object) -> bool:
        return f"window.{key}" in self.wording

    @property
    def wording(self) -> Wording:
        """Everything Lantern says in this language. Read as a whole, which the first page has no time for."""
        return load_wording(self.language)

    def _look_near(self, screen: str) -> None:
        """Read the one file of a screen, and the shared one with it."""
        for room in {screen, _SHARED} - self._read:
            self._read.add(room)
            self._near.update(load_room(self.language, room))

    def error(self, error: EngineError) -> str:
        """Return what went wrong and what to do, in the same words as the command."""
        key = f"error.{error.code}"
        return self.wording.error(error) if key in self.wording else self("fault.sentence")

    def date(self, day: datetime.date) -> str:
        """Return a day as people write it: 22 Nov 2026, 2026年11月22日."""
        if self.language == "zh":
            return f"{day.year}年{day.month}月{day.day}日"
        return f"{day.day} {self.locale.monthName(day.month, QLocale.FormatType.ShortFormat)[:3]} {day.year}"

    def long_date(self, day: datetime.date) -> str:
        """Return a day with its weekday."""
        weekday = self.locale.dayName(day.isoweekday(), QLocale.FormatType.ShortFormat)
        return f"{self.date(day)} {weekday}" if self.language == "zh" else f"{weekday} {self.date(day)}"

    def time(self, moment: datetime.datetime) -> str:
        """Return the time of day at the clinic."""
        return moment.astimezone().strftime("%H:%M")

    def number(self, count: int) -> str:
        """Return a count with its thousands apart."""
        return f"{count:,}"

    def teach_qt(self, application: QApplication) -> None:
        """Make Qt's own dialogs speak the same language."""
        if self._translator is not None:
            application.removeTranslator(self._translator)
        translator = QTranslator(application)
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        if self.language != "en" and translator.load(f"qtbase_{_QT_NAMES[self.language]}", folder):
            application.installTranslator(translator)
            self._translator = translator
        QLocale.setDefault(self.locale)
