"""The sections of the settings that concern the window: language, look, units, paper."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.preferences.look_choice import LookChoice
from desktop.preferences.presenter import PreferencesPresenter
from desktop.settings import IDLE_MINUTES, LANGUAGES, LOOKS, PAPERS, TEXT_SIZES, UNIT_SYSTEMS
from desktop.widgets.choices import Segment, Select
from desktop.widgets.labels import Label
from desktop.widgets.parts import Card
from desktop.widgets.reflow import SettingRow
from desktop.widgets.ui import Ui, column, divider, row


class Section(QWidget):
    """Cards below each other; ``refresh`` shows again what holds."""

    def __init__(self, ui: Ui, presenter: PreferencesPresenter) -> None:
        super().__init__()
        self.ui = ui
        self.presenter = presenter
        self.cards = column(ui, gap=16)
        self.setLayout(self.cards)
        self.fill()
        self.cards.addStretch(1)

    def fill(self) -> None:
        """Put the cards in."""

    def refresh(self) -> None:
        """Show again what holds."""

    def card(self, title: str, *rows: QWidget) -> Card:
        """Add a card of setting rows."""
        made = Card(self.ui, gap=0, pad=0)
        head = Label(self.ui, title, 14, bold=True)
        head.setContentsMargins(self.ui.margins(16, 12, 16, 12))
        made.body.addWidget(head)
        made.body.addWidget(divider())
        for each in rows:
            made.body.addWidget(each)
        self.cards.addWidget(made)
        return made

    def segment(
        self,
        name: str,
        options: list[tuple[str, str]],
        value: str,
        title: str,
        kind: Callable[[str], object] = str,
    ) -> Segment:
        """Return the choice of a setting of the window; ``kind`` makes its value from the code that was chosen."""
        made = Segment(self.ui, options, value, name=title)
        made.setObjectName(name)
        made.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        made.setMinimumWidth(max(made.sizeHint().width(), self.ui.px(240 if len(options) < 3 else 320)))
        made.chosen.connect(lambda code: self.presenter.choose(name, kind(code)))
        return made


class LookSection(Section):
    """Language and look."""

    def fill(self) -> None:
        """Put the cards in."""
        self._language()
        self._look()

    def _language(self) -> None:
        ui, texts, settings = self.ui, self.ui.texts, self.presenter.context.settings
        named = [(code, texts(f"preferences.language.{code}")) for code in LANGUAGES]
        screens = self.segment("language", named, settings.language, texts("preferences.language.screens"))
        sheets = self.segment(
            "sheet_language",
            [("screen", texts("preferences.language.as_screens")), *named],
            settings.sheet_language,
            texts("preferences.language.sheets"),
        )
        today = texts.date(self.presenter.context.clock.today())
        self.card(
            texts("preferences.language.title"),
            SettingRow(ui, texts("preferences.language.screens"), texts("preferences.language.screens_words"), screens),
            SettingRow(ui, texts("preferences.language.sheets"), texts("preferences.language.sheets_words"), sheets),
            SettingRow(
                ui,
                texts("preferences.language.dates"),
                texts("preferences.language.dates_words"),
                Label(ui, today, 13, tone="2", wrap=False),
                last=True,
            ),
        )

    def _look(self) -> None:
        ui, texts, settings = self.ui, self.ui.texts, self.presenter.context.settings
        order = ("light", "dark", "system")
        looks = [(code, texts(f"preferences.look.{code}")) for code in order if code in LOOKS]
        look = LookChoice(ui, looks, settings.look, name=texts("preferences.look.look"))
        look.setObjectName("look")
        look.chosen.connect(lambda code: self.presenter.choose("look", code))
        sizes = [(str(size), texts("preferences.look.percent", size=size)) for size in TEXT_SIZES]
        size = self.segment("text_size", sizes, str(settings.text_size), texts("preferences.look.size"), int)
        rows = [("roomy", texts("preferences.look.roomy")), ("tight", texts("preferences.look.tight"))]
        now = "tight" if settings.tight_rows else "roomy"
        tight = self.segment("tight_rows", rows, now, texts("preferences.look.rows"), lambda code: code == "tight")
        self.card(
            texts("preferences.look.title"),
            SettingRow(ui, texts("preferences.look.look"), texts("preferences.look.look_words"), look),
            SettingRow(ui, texts("preferences.look.size"), texts("preferences.look.size_words"), size),
            SettingRow(ui, texts("preferences.look.rows"), texts("preferences.look.rows_words"), tight, last=True),
        )


class UnitsSection(Section):
    """Units and paper."""

    def fill(self) -> None:
        """Put the cards in."""
        ui, texts, settings = self.ui, self.ui.texts, self.presenter.context.settings
        systems = [(code, texts(f"preferences.units.{code}")) for code in UNIT_SYSTEMS]
        units = self.segment("units", systems, settings.units, texts("preferences.units.units"))
        papers = [(code, texts(f"preferences.units.paper_{code}")) for code in PAPERS]
        paper = self.segment("paper", papers, settings.paper, texts("preferences.units.paper"))
        widest = max(each.minimumWidth() for each in (units, paper))
        for each in (units, paper):
            each.setMinimumWidth(widest)
        self.card(
            texts("preferences.section.units"),
            SettingRow(ui, texts("preferences.units.units"), texts("preferences.units.units_words"), units),
            SettingRow(ui, texts("preferences.units.paper"), texts("preferences.units.paper_words"), paper, last=True),
        )


def idle_select(ui: Ui, presenter: PreferencesPresenter) -> Select:
    """Return the choice after how many minutes the window locks."""
    texts = ui.texts
    options = [(str(each), texts("preferences.clinic.minutes", minutes=each)) for each in IDLE_MINUTES]
    made = Select(ui, options, str(presenter.context.settings.idle_minutes), name=texts("preferences.clinic.lock"))
    made.setObjectName("idle_minutes")
    made.setMinimumWidth(ui.px(160))  # its longest words whole
    made.chosen.connect(lambda code: presenter.choose("idle_minutes", int(code)))
    return made


class _Mark(QWidget):
    """A mark of the record: up and solid, down and striped, or a dashed line with its question."""

    def __init__(self, ui: Ui, kind: str) -> None:
        super().__init__()
        self._ui = ui
        self._kind = kind
        self.setFixedSize(ui.px(76), ui.px(20))

    def sizeHint(self) -> QSize:
        return QSize(self._ui.px(76), self._ui.px(20))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, px, painter = self._ui.theme, self._ui.px, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.height() / 2
        bar = QRectF(px(22), middle - px(5), self.width() - px(24), px(10))
        if self._kind == "unknown":
            painter.drawPixmap(0, int(middle - px(8)), theme.pixmap("question", "text_2", 16))
            painter.setPen(QPen(theme.color("edge"), px(2), Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(bar.left(), middle), QPointF(bar.right(), middle))
            return
        up = self._kind == "raise"
        color = theme.color("raise_" if up else "lower")
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        tip, base = (middle - px(5), middle + px(5)) if up else (middle + px(5), middle - px(5))
        painter.drawPolygon(QPolygonF([QPointF(px(2), base), QPointF(px(14), base), QPointF(px(8), tip)]))
        if up:
            painter.drawRect(bar)
            return
        painter.setPen(QPen(color, 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(bar)
        painter.setClipRect(bar)
        painter.setPen(QPen(color, px(2)))
        for x in range(int(bar.left()) - px(10), int(bar.right()), px(6)):
            painter.drawLine(QPointF(x, bar.bottom()), QPointF(x + px(10), bar.top()))


class MarksCard(Card):
    """Colours that can be told apart: each with its shape and its word."""

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui, ui.texts("preferences.marks.title"))
        self.body.addWidget(Label(ui, ui.texts("preferences.marks.words"), 12, tone="3"))
        for kind in ("raise", "lower", "unknown"):
            line = row(ui, _Mark(ui, kind), gap=12)
            line.addWidget(Label(ui, ui.texts(f"preferences.marks.{kind}"), 13), 1)
            self.body.addLayout(line)
