"""The verdict on a silent trial: calibrated, unclear or do not use, why, and the figures and picture that led to it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from desktop.widgets.calibration_picture import CalibrationPicture
from desktop.widgets.flow import Flow
from desktop.widgets.labels import Label
from desktop.widgets.parts import Card
from desktop.widgets.ui import Ui, column, row
from engine.domain.models import KeptVerdict, ModelLook, ModelVerdict
from engine.domain.recalibration import Recalibration
from engine.workflows.model_words import reasons_told
from engine.workflows.recalibrate import telling

# Tone and sign of each verdict; both only repeat what the word says.
LOOKS = {
    ModelVerdict.CALIBRATED: ("ok", "check"),
    ModelVerdict.UNCLEAR: ("warn", "question"),
    ModelVerdict.DO_NOT_USE: ("danger", "octagon"),
}
_Figures = Mapping[str, float | int | None]


class VerdictCard(Card):
    """One verdict as it was given."""

    def __init__(self, ui: Ui, verdict: KeptVerdict) -> None:
        texts = ui.texts
        given = texts("stages.verdict.given", day=texts.date(verdict.made_at.astimezone().date()), who=verdict.by)
        super().__init__(ui, texts("stages.verdict.title"), given)
        self._ui = ui
        tone, icon = LOOKS[verdict.verdict]
        sign = QLabel()
        sign.setPixmap(ui.theme.pixmap(icon, tone, 20))
        said = first_large(texts.wording.say(f"watch.verdict.{verdict.verdict}"))
        word = Label(ui, said, 16, bold=True, tone=tone, wrap=False)
        word.setObjectName("verdict")
        self.body.addLayout(row(ui, sign, word, 1, gap=8))
        for reason in reasons_told(verdict.reasons, verdict.figures, texts.wording):
            self.body.addWidget(Label(ui, reason, 13))
        self.body.addWidget(Label(ui, texts(f"stages.verdict.next.{verdict.verdict}"), 13, tone="2"))
        shown = [_Figure(ui, *told) for told in _figures(verdict.figures, ui)]
        if shown:
            self.body.addWidget(Flow(ui, *shown, gap=24))
            self.body.addWidget(Label(ui, texts("stages.verdict.read"), 12, tone="3"))
        for line in _facts(verdict.figures, ui):
            self.body.addWidget(Label(ui, line, 12, tone="2"))


class PictureCard(Card):
    """Told and observed risk of people of similar risk: of the look that gave the verdict, while it is at hand."""

    def __init__(self, ui: Ui, figures: Recalibration) -> None:
        super().__init__(ui, ui.texts("stages.verdict.picture"))
        picture = CalibrationPicture(ui, figures, picture_words(figures, ui))
        self.body.addWidget(picture, 0, Qt.AlignmentFlag.AlignLeft)
        read_at = telling.read_at(figures, ui.texts.wording)
        if read_at is not None:
            self.body.addWidget(Label(ui, read_at, 12, tone="3"))


def has_picture(look: ModelLook | None) -> Recalibration | None:
    """Return the figures of a look that can be drawn."""
    figures = None if look is None else look.figures
    drawn = figures is not None and any(group.observed is not None for group in figures.groups)
    return figures if drawn else None


def first_large(text: str) -> str:
    """Return a text that begins with a capital: words of lists and of the command stand at the head of a line here."""
    return text[:1].upper() + text[1:]


class _Figure(QWidget):
    """One number, large, with what it is and its interval."""

    def __init__(self, ui: Ui, number: str, name: str, interval: str) -> None:
        super().__init__()
        parts = [Label(ui, number, 20, bold=True, wrap=False), Label(ui, name, 12, bold=True, wrap=False)]
        self.setLayout(column(ui, *parts, Label(ui, interval, 12, tone="3", wrap=False), gap=2))
        self.setAccessibleName(f"{name}: {number}, {interval}")


def _figures(told: _Figures, ui: Ui) -> list[tuple[str, str, str]]:
    texts = ui.texts
    found = []
    if told.get("events") is not None:
        of = texts("stages.verdict.of", people=texts.number(int(told["people"] or 0)), needed=told["events_needed"])
        found.append((texts.number(int(told["events"] or 0)), texts("stages.verdict.events"), of))
    for name, digits in (("observed_to_expected", 2), ("slope", 2), ("brier_gain", 3)):
        value, low, high = (told.get(key) for key in (name, f"{name}_low", f"{name}_high"))
        if value is not None and low is not None and high is not None:
            interval = texts("models.clinic.interval", low=_signed(low, digits), high=_signed(high, digits))
            found.append((_signed(value, digits), texts(f"stages.verdict.{name}"), interval))
    return found


def _facts(told: _Figures, ui: Ui) -> list[str]:
    texts = ui.texts
    lines = []
    if told.get("predicted") is not None:
        lines.append(texts("stages.verdict.answered", predicted=told["predicted"], refused=told["refused"]))
    if told.get("person_years") is not None:
        lines.append(texts("stages.verdict.person_years", years=f"{told['person_years']:.0f}"))
    if told.get("months_more") is not None:
        lines.append(texts("stages.verdict.months_more", count=told["months_more"]))
    return lines


def _signed(value: float, digits: int) -> str:
    return f"{value:.{digits}f}".replace("-", "−")


def picture_words(found: Recalibration, ui: Ui) -> str:
    """Return what the picture shows, figure by figure."""
    head, rows = telling.table(found, ui.texts.wording)
    lines = ["; ".join(f"{name}: {cell}" for name, cell in zip(head, cells, strict=True)) for cells in rows]
    return "\n".join([ui.texts("models.picture.name"), *lines])
