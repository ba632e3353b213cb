"""What a trained model is worth: its pictures, its groups and the verdict, each from what its pack says of itself."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from desktop.studio.pictures import BenefitPicture, CurvePicture, RatioLine
from desktop.widgets.labels import ElidedLabel, Label
from desktop.widgets.parts import Card
from desktop.widgets.ui import Ui, divider, row
from engine.workflows.studio import Benefit, Curve, Group, InHand
from engine.workflows.studio_words import FEWEST_EVENTS, clinic_range, verdict_words

_TABLE_ROWS = 8
_AGES = re.compile(r"(\d+)–<(\d+)")  # a band without its upper end
_ICONS = {"ok": "check", "warn": "question", "danger": "octagon"}
Rows = list[tuple[str, ...]]


class CurveCard(Card):
    """Told against seen risk, by models that never saw the person."""

    def __init__(self, ui: Ui, curve: Curve | None, *, as_table: bool) -> None:
        texts = ui.texts
        super().__init__(ui, texts("studio.curve.title"), gap=4)
        distance = "" if curve is None else texts("studio.curve.distance", points=f"{100 * curve.mean_distance:.1f}")
        self.body.addWidget(ElidedLabel(ui, f"{texts('studio.curve.caption')}{distance}", 12, color="text_3"))
        if curve is None:
            self.body.addWidget(Label(ui, texts("studio.curve.none"), 13, tone="2"))
            self.body.addStretch(1)
            return
        head = tuple(texts(f"studio.curve.{name}") for name in ("told", "seen", "interval"))
        lines: Rows = [
            (_of(told), _of(seen), f"{_of(low)}–{_of(high)}")
            for told, seen, low, high in zip(curve.told, curve.observed, curve.low, curve.high, strict=True)
        ]
        rows = _some(lines)
        words = in_words(texts("studio.curve.title"), head, rows)
        shown = table(ui, head, rows) if as_table else CurvePicture(ui, curve, words)
        self.body.addWidget(shown)
        self.body.addStretch(1)


class BenefitCard(Card):
    """Is acting on it better than treating everybody or nobody?"""

    def __init__(self, ui: Ui, held: InHand, *, as_table: bool) -> None:
        texts, training = ui.texts, held.training
        super().__init__(ui, texts("studio.benefit.title"), gap=4)
        low, high = (f"{100 * each:.0f}" for each in clinic_range(training))
        about = texts("studio.benefit.range", threshold=f"{100 * training.threshold:.0f}", low=low, high=high)
        self.body.addWidget(ElidedLabel(ui, f"{texts('studio.benefit.caption')}{about}", 12, color="text_3"))
        if training.benefit is None:
            self.body.addWidget(Label(ui, texts("studio.benefit.none"), 13, tone="2"))
            self.body.addStretch(1)
            return
        head = tuple(texts(f"studio.benefit.{name}") for name in ("threshold", "model", "everybody"))
        range_ = clinic_range(training)
        rows = _some([each for each in _benefits(training.benefit) if float(each[0]) <= 150 * range_[1]])
        words = in_words(texts("studio.benefit.title"), head, rows)
        shown = table(ui, head, rows) if as_table else BenefitPicture(ui, training.benefit, range_, words)
        self.body.addWidget(shown)
        self.body.addStretch(1)


class GroupsCard(Card):
    """Does it fit every group? Grey under 20 events or 20 without; no figure under 10."""

    def __init__(self, ui: Ui, groups: Sequence[Group]) -> None:
        texts = ui.texts
        super().__init__(ui, texts("studio.groups.title"), texts("studio.groups.caption"), gap=8)
        self._ui = ui
        if not groups:
            self.body.addWidget(Label(ui, texts("studio.groups.none"), 13, tone="2"))
            self.body.addStretch(1)
            return
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(ui.px(12))
        grid.setVerticalSpacing(ui.px(2))
        grid.setColumnStretch(3, 1)
        for at, name in enumerate(("group", "people", "events", "ratio")):
            grid.addWidget(_cell(ui, texts(f"studio.groups.{name}"), right=at in (1, 2), tone="3"), 0, at)
        for at, group in enumerate(groups, 1):
            self._add(grid, 2 * at, group)
        self.body.addLayout(grid)
        off = [each for each in groups if not each.grey and _is_off(each)]
        names = texts("studio.comma").join(group_name(each, ui) for each in off)
        told = any(not each.grey for each in groups)
        no_sign = texts("studio.groups.no_sign" if told else "studio.groups.none_told")
        said = texts("studio.groups.off", names=names) if off else no_sign
        self.body.addWidget(Label(ui, said, 12, tone="warn" if off else "3"))
        self.body.addStretch(1)

    def _add(self, grid: QGridLayout, at: int, group: Group) -> None:
        ui, texts = self._ui, self._ui.texts
        grid.addWidget(divider(), at - 1, 0, 1, 5)
        tone = "3" if group.grey else ""
        name = group_name(group, ui)
        grid.addWidget(_cell(ui, name, tone=tone, bold=not group.grey), at, 0)
        grid.addWidget(_cell(ui, texts.number(group.people), right=True, tone=tone), at, 1)
        grid.addWidget(_cell(ui, texts.number(group.events), right=True, tone=tone), at, 2)
        ratio = next((each for each in group.figures if each.name == "observed_expected"), None)
        few = min(group.events, group.people - group.events) < FEWEST_EVENTS
        if ratio is None or few:
            events = ratio is None or group.events < FEWEST_EVENTS  # else those without the outcome are too few
            few_words = texts("studio.groups.too_few" if events else "studio.groups.too_few_well", least=FEWEST_EVENTS)
            grid.addWidget(Label(ui, few_words, 12, tone="3"), at, 3)
            grid.addWidget(_cell(ui, "—", right=True, tone="3"), at, 4)
            return
        line = RatioLine(ui, ratio.value, ratio.low, ratio.high, grey=group.grey)
        interval = texts("studio.interval", low=f"{ratio.low:.2f}", high=f"{ratio.high:.2f}")
        line.setAccessibleName(f"{name}: {ratio.value:.2f}, {interval}")
        grid.addWidget(line, at, 3)
        grid.addWidget(_cell(ui, f"{ratio.value:.2f}", right=True, tone=tone, bold=not group.grey), at, 4)


class VerdictCard(Card):
    """What it is worth, in plain words, and what comes next."""

    def __init__(self, ui: Ui, held: InHand) -> None:
        texts = ui.texts
        super().__init__(ui, texts("studio.verdict.title"), gap=10)
        said = verdict_words(held.manifest, texts.wording)
        mark = QLabel()
        mark.setPixmap(ui.theme.pixmap(_ICONS[said.tone], said.tone, 18))
        head = row(ui, mark, gap=8)
        head.addWidget(Label(ui, said.head, 14, bold=True, tone=said.tone), 1)
        self.body.addLayout(head)
        for line in said.lines:
            self.body.addWidget(Label(ui, line, 13, tone="2"))
        if said.spread is not None:
            strong, rest = said.spread
            self.body.addWidget(Label(ui, f"{strong} {rest}", 13))
        self.body.addStretch(1)
        self.body.addWidget(Label(ui, texts("studio.verdict.next"), 12, tone="3"))


def group_name(group: Group, ui: Ui) -> str:
    """Return what a group is called: sexes and ages as people say them, else column and value."""
    texts = ui.texts
    level = group.level or texts("studio.groups.not_recorded")
    key = f"studio.groups.{group.column.casefold()}.{group.level}"
    if key in texts:
        return texts(key)
    if group.column.casefold() in ("age", "age_years"):
        ages = _AGES.fullmatch(group.level)
        level = f"{ages[1]}–{int(ages[2]) - 1}" if ages else level
        return texts("studio.groups.years", level=level) if group.level else f"{group.column}: {level}"
    return f"{group.column}: {level}"


def in_words(title: str, head: Sequence[str], rows: Rows) -> str:
    """Return what a picture shows, line by line, for who cannot see it."""
    lines = ("; ".join(f"{name} {cell}" for name, cell in zip(head, cells, strict=True)) for cells in rows)
    return "\n".join([title, *lines])


def table(ui: Ui, head: Sequence[str], rows: Rows) -> QWidget:
    """Return the same as a table."""
    made = QWidget()
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setVerticalSpacing(ui.px(4))
    for at, name in enumerate(head):
        grid.addWidget(_cell(ui, name, tone="3", right=True), 0, at)
    for line, cells in enumerate(rows, 1):
        for at, cell in enumerate(cells):
            grid.addWidget(_cell(ui, cell, right=True), line, at)
    made.setLayout(grid)
    return made


def _cell(ui: Ui, text: str, *, right: bool = False, tone: str = "", bold: bool = False) -> Label:
    made = Label(ui, text, 12 if tone == "3" and not right else 13, tone=tone, bold=bold, wrap=not right)
    if right:
        made.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return made


def _benefits(benefit: Benefit) -> Rows:
    told = zip(benefit.threshold, benefit.model, benefit.everybody, strict=True)
    return [(_of(threshold), _signed(model), _signed(everybody)) for threshold, model, everybody in told]


def _some(rows: Rows) -> Rows:
    """Return rows from one end to the other, as many as can be read."""
    if len(rows) <= _TABLE_ROWS:
        return rows
    return [rows[round(at * (len(rows) - 1) / (_TABLE_ROWS - 1))] for at in range(_TABLE_ROWS)]


def _of(fraction: float) -> str:
    return f"{100 * fraction:.0f}"


def _signed(number: float) -> str:
    return f"{number:.1f}".replace("-", "−")


def _is_off(group: Group) -> bool:
    ratio = next((each for each in group.figures if each.name == "observed_expected"), None)
    return ratio is not None and (ratio.low > 1 or ratio.high < 1)
