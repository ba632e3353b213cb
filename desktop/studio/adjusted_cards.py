"""The published tool held against what happened here: what it would become, and how it fits before and after."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from desktop.studio.beside import Beside
from desktop.studio.figure_cards import in_words, table
from desktop.widgets.calibration_picture import CalibrationPicture
from desktop.widgets.labels import Label
from desktop.widgets.parts import Card, Notice
from desktop.widgets.ui import Ui, column, held
from engine.domain.recalibration import Estimate, Recalibration, Verdict
from engine.workflows.recalibrate import telling
from engine.workflows.studio import Tool

_BESIDE = 640
_TONES = {Verdict.KEEP: "ok", Verdict.REFUSED: "warn"}


class AdjustedCard(Card):
    """The verdict in words, with the picture before and after."""

    def __init__(self, ui: Ui, found: Recalibration, tools: Sequence[Tool]) -> None:
        texts = ui.texts
        title = next((each.title.get(texts.language) for each in tools if each.id == found.parent.id), found.parent.id)
        super().__init__(ui, texts("studio.adjust.title"), title, gap=12)
        notice = Notice(ui, "info")
        self.body.addWidget(notice)
        notice.say(telling.verdict(found, texts.wording), _TONES.get(found.verdict, "info"))
        figures = column(ui, gap=10)
        for name, fit in (("before", found.before), ("after", found.after)):
            if fit is not None:
                figures.addWidget(_line(ui, f"studio.adjust.ratio_{name}", fit.observed_to_expected))
                if fit.slope is not None:
                    figures.addWidget(_line(ui, f"studio.adjust.slope_{name}", fit.slope))
        for line in telling.facts_beside_figures(found, texts.wording):
            figures.addWidget(Label(ui, line, 12, tone="2"))
        figures.addStretch(1)
        parts: list[tuple[QWidget, int]] = [(held(figures), 1)]
        if any(group.observed is not None for group in found.groups):
            head, rows = telling.table(found, texts.wording)
            words = in_words(texts("studio.adjust.picture"), head, [tuple(row) for row in rows])
            parts.append((CalibrationPicture(ui, found, words), 0))
        self.body.addWidget(Beside(ui, parts, _BESIDE))


class TenthsCard(Card):
    """The figures of the picture, a tenth of the people a line."""

    def __init__(self, ui: Ui, found: Recalibration) -> None:
        super().__init__(ui, ui.texts("studio.adjust.tenths"), gap=8)
        if not found.groups:
            self.hide()
            return
        head, rows = telling.table(found, ui.texts.wording)
        self.body.addWidget(table(ui, head, [tuple(row) for row in rows]))
        read_at = telling.read_at(found, ui.texts.wording)
        if read_at is not None:
            self.body.addWidget(Label(ui, read_at, 12, tone="3"))


def _line(ui: Ui, key: str, estimate: Estimate) -> Label:
    interval = ui.texts("studio.interval", low=f"{estimate.low:.2f}", high=f"{estimate.high:.2f}")
    made = Label(ui, f"{ui.texts(key)} {estimate.value:.2f} ({interval})", 13)
    made.setAlignment(Qt.AlignmentFlag.AlignLeft)
    return made
