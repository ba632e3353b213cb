"""The words of the window: one language at a time, the same catalogues as everything else Lantern says."""

from __future__ import annotations

import datetime

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from engine.errors import EngineError
from engine.wording import Wording, load_wording

_QT_NAMES = {"en": "en", "zh": "zh_CN"}
_LOCALES = {
    "en": QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom),
    "zh": QLocale(QLocale.Language.Chinese, QLocale.Country.China),
}


class Texts:
    """Says things in the language of the screens. Called like a function: ``texts("unlock.title")``."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.wording: Wording = load_wording(language)
        self.locale = _LOCALES[language]
        self._translator: QTranslator | None = None

    def __call__(self, key: str, /, **values: object) -> str:
        """Return the sentence of a key of the window, ``window.<key>``."""
        return self.wording.say(f"window.{key}", **values)

    def __contains__(self, key: object) -> bool:
        return f"window.{key}" in self.wording

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
        if translator.load(f"qtbase_{_QT_NAMES[self.language]}", folder):
            application.installTranslator(translator)
            self._translator = translator
        QLocale.setDefault(self.locale)
