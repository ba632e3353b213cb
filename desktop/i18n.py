"""The words of the window: one language at a time, the same catalogues as everything else Lantern says."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from string import Formatter

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from engine.errors import EngineError
from engine.wording import Wording, load_room, load_wording

_SHARED = "window"
_CHINESE = "\u2e80"  # Chinese signs and their marks come after it
_QT_NAMES = {"en": "en", "zh": "zh_CN"}
_LOCALES = {
    "en": QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom),
    "zh": QLocale(QLocale.Language.Chinese, QLocale.Country.China),
}


def _close_up(sentence: str, values: Mapping[str, object]) -> str:
    """Fill in a Chinese sentence: the space beside a value is for figures and letters, not for Chinese signs."""
    made = ""
    for literal, name, form, _ in Formatter().parse(sentence):
        apart = literal[:1] == " " and literal[1:2] > _CHINESE and made[-1:] > _CHINESE
        made += literal[1:] if apart else literal
        if name is not None:
            value = format(values[name], form or "")
            if value[:1] > _CHINESE and made[-1:] == " " and made[-2:-1] > _CHINESE:
                made = made[:-1]
            made += value
    return made


class Texts:
    """Says things in the language of the screens. Called like a function: ``texts("unlock.title")``."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._near: dict[str, str] = {}  # sentences of the screens that were shown
        self._read: set[str] = set()
        self.locale = _LOCALES[language]
        self._translator: QTranslator | None = None

    def __call__(self, key: str, /, **values: object) -> str:
        """Return the sentence of a key of the window, ``window.<key>``; of ``<key>_one`` for a count of one."""
        whole = f"window.{key}"
        if whole not in self._near:
            self._look_near(key.partition(".")[0])
        if str(values.get("count")) == "1":
            whole = f"{whole}_one" if f"{whole}_one" in self._near else whole
        sentence = self._near.get(whole)
        if sentence is None:
            return self.wording.say(whole, **values)
        return sentence.format(**values) if self.language != "zh" else _close_up(sentence, values)

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
