"""A tool held against what happened here: the verdict, its figures, the picture, and the way there and back."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QWidget

from desktop.models.presenter import ModelsPresenter
from desktop.widgets.buttons import Button
from desktop.widgets.calibration_picture import CalibrationPicture
from desktop.widgets.flow import Flow
from desktop.widgets.labels import Label
from desktop.widgets.parts import Card, Notice
from desktop.widgets.ui import Ui, column, divider, held, row
from engine.domain.recalibration import Estimate, Fit, Recalibration, Verdict
from engine.workflows.pack_shelf import ShelfPack
from engine.workflows.recalibrate import telling

_BESIDE = 640  # from this width on the picture stands beside the figures
_WIDEST = 760  # beyond, a line is hard to follow
_TONES = {Verdict.REFUSED: "warn", Verdict.KEEP: "ok"}


class ClinicCard(Card):
    """What happened in this clinic, and what it says of the tool."""

    def __init__(self, ui: Ui, presenter: ModelsPresenter, pack: ShelfPack) -> None:
        super().__init__(ui, ui.texts("models.clinic.title"), ui.texts("models.clinic.caption"))
        self._ui, self._presenter, self._pack = ui, presenter, pack
        self._beside: QBoxLayout | None = None
        in_use = presenter.recalibrated_here
        if in_use:
            self._add_in_use()
        if pack.can_compare:
            self._add_compare()
        found = presenter.found
        if found is not None:
            self._add_found(found, can_use=not in_use)

    def _add_in_use(self) -> None:
        texts, presenter = self._ui.texts, self._presenter
        parent = self._pack.in_place_of
        original = None if parent is None else presenter.named(parent.id)
        title = (original or self._pack).title[texts.language]
        self.body.addWidget(Label(self._ui, texts("models.clinic.in_use", title=title), 13))
        back = Button(self._ui, texts("models.clinic.back"), icon="undo")
        back.setObjectName("back")
        back.setEnabled(not presenter.busy and presenter.may_change)
        back.clicked.connect(presenter.back_to_original)
        self.body.addWidget(back)

    def _add_compare(self) -> None:
        ui, texts, presenter = self._ui, self._ui.texts, self._presenter
        runs = presenter.comparing.running
        words = texts("models.clinic.runs") if runs == self._pack.ref.id else texts("models.clinic.words")
        self.body.addWidget(Label(ui, words, 13, tone="2"))
        button = Button(ui, texts("models.clinic.compare"), icon="pulse")
        button.setObjectName("compare")
        button.setEnabled(not runs and not presenter.busy)
        button.clicked.connect(presenter.compare)
        self.body.addWidget(button)
        problem = presenter.comparing.problems.get(self._pack.ref.id, "")
        if problem:
            notice = Notice(ui, "danger")
            self.body.addWidget(notice)
            notice.say(problem, "danger")

    def _add_found(self, found: Recalibration, *, can_use: bool) -> None:
        ui, texts, presenter = self._ui, self._ui.texts, self._presenter
        notice = Notice(ui, "info")
        self.body.addWidget(notice)
        notice.say(telling.verdict(found, texts.wording), _TONES.get(found.verdict, "info"))
        if found.changed and found.made is None and can_use and presenter.may_change:
            use = Button(ui, texts("models.clinic.use"), kind="filled", icon="check")
            use.setObjectName("use")
            use.setEnabled(not presenter.busy)
            use.clicked.connect(presenter.use_here)
            line = row(ui, use, gap=12)
            line.addWidget(Label(ui, texts("models.clinic.use_words"), 12, tone="3"), 1)
            self.body.addLayout(line)
        figures = held(self._figures(found))
        figures.setMaximumWidth(ui.px(_WIDEST))
        self._beside = row(ui, gap=24)
        self._beside.addWidget(figures, 1)
        if any(group.observed is not None for group in found.groups):
            picture = CalibrationPicture(ui, found, picture_words(found, ui))
            self._beside.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        self._beside.addStretch(0)
        self.body.addLayout(self._beside)
        if found.groups:
            self.body.addWidget(divider())
            table = column(ui)
            self.body.addLayout(table)
            # Sixty cells with the rest of the page would hold up the window.
            QTimer.singleShot(0, self, lambda: table.addWidget(_table(ui, found)))
            read_at = telling.read_at(found, texts.wording)
            if read_at is not None:
                self.body.addWidget(Label(ui, read_at, 12, tone="3"))

    def _figures(self, found: Recalibration) -> QBoxLayout:
        ui, texts = self._ui, self._ui.texts
        numbers = Flow(ui, *(_Figure(ui, *told) for told in _numbers(found, ui)), gap=20)
        figures = column(ui, numbers, gap=12)
        figures.addWidget(Label(ui, texts("models.clinic.read"), 12, tone="3"))
        for line in telling.facts_beside_figures(found, texts.wording):
            figures.addWidget(Label(ui, line, 12, tone="2"))
        figures.addStretch(1)
        return figures

    def minimumSizeHint(self) -> QSize:
        """Return what is needed when the picture stands below the figures."""
        return QSize(self._ui.px(340), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the picture where it has room."""
        super().resizeEvent(event)
        if self._beside is not None:
            beside = event.size().width() >= self._ui.px(_BESIDE)
            way = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
            if self._beside.direction() is not way:
                self._beside.setDirection(way)


class _Figure(QWidget):
    """One number, large, with what it is and its interval."""

    def __init__(self, ui: Ui, number: str, name: str, interval: str) -> None:
        super().__init__()
        parts = [Label(ui, number, 20, bold=True, wrap=False), Label(ui, name, 12, bold=True, wrap=False)]
        self.setLayout(column(ui, *parts, Label(ui, interval, 12, tone="3", wrap=False), gap=2))
        self.setAccessibleName(f"{name}: {number}, {interval}")


def _numbers(found: Recalibration, ui: Ui) -> list[tuple[str, str, str]]:
    texts = ui.texts
    followed = found.median_followed_years
    told = [
        (
            texts.number(found.events),
            texts("models.clinic.events"),
            texts("models.clinic.of_people", people=texts.number(found.people))
            if followed is None
            else texts("models.clinic.of_people_years", people=texts.number(found.people), years=f"{followed:.1f}"),
        )
    ]
    for name, fit in (("before", found.before), ("after", found.after)):
        if fit is not None:
            told += _fit_numbers(name, fit, ui)
    return told


def _fit_numbers(name: str, fit: Fit, ui: Ui) -> list[tuple[str, str, str]]:
    told = [_estimate(fit.observed_to_expected, f"models.clinic.ratio_{name}", ui)]
    if fit.slope is not None:
        told.append(_estimate(fit.slope, f"models.clinic.slope_{name}", ui))
    return told


def _estimate(estimate: Estimate, key: str, ui: Ui) -> tuple[str, str, str]:
    interval = ui.texts("models.clinic.interval", low=f"{estimate.low:.2f}", high=f"{estimate.high:.2f}")
    return f"{estimate.value:.2f}", ui.texts(key), interval


def _table(ui: Ui, found: Recalibration) -> QWidget:
    """Return the figures of the picture, a tenth of the people a line."""
    head, rows = telling.table(found, ui.texts.wording)
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(ui.px(10))
    grid.setVerticalSpacing(ui.px(4))
    for at, words in enumerate(head):
        grid.addWidget(Label(ui, words, 12, tone="3"), 0, at, Qt.AlignmentFlag.AlignBottom)
        grid.setColumnStretch(at, 3 if at == 3 else 1)
    for line, cells in enumerate(rows, 1):
        for at, cell in enumerate(cells):
            grid.addWidget(Label(ui, cell, 12), line, at)
    table = held(grid)
    table.setMaximumWidth(ui.px(_WIDEST))
    return table


def picture_words(found: Recalibration, ui: Ui) -> str:
    """Return what the picture shows, figure by figure."""
    head, rows = telling.table(found, ui.texts.wording)
    lines = ["; ".join(f"{name}: {cell}" for name, cell in zip(head, cells, strict=True)) for cells in rows]
    return "\n".join([ui.texts("models.picture.name"), *lines])
