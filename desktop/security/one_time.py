"""The passphrase for once: shown large, printed if asked for, and gone when the panel is left."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, Qt, Signal
from PySide6.QtGui import QFont, QImage, QImageWriter, QPainter

from desktop.printing import PRINT_PPI, PrintOutcome
from desktop.security.presenter import SecurityPresenter
from desktop.theme.fonts import key_font
from desktop.widgets.buttons import Button
from desktop.widgets.labels import Label
from desktop.widgets.parts import Card, Notice
from desktop.widgets.ui import Ui, column, frame, row
from engine.workflows.users import NewAccess

_PAPER_INCHES = {"a4": (8.27, 11.69), "letter": (8.5, 11.0)}
_MARGIN = 1.0  # inches


class OneTimeCard(Card):
    """Whose it is, the passphrase, and that it is not shown again."""

    ended = Signal()

    def __init__(self, ui: Ui, presenter: SecurityPresenter, given: NewAccess) -> None:
        super().__init__(ui, ui.texts("security.one_time.title", name=given.user.name))
        self._ui, self._presenter, self._given = ui, presenter, given
        texts = ui.texts
        self.body.addWidget(Label(ui, texts("security.one_time.words"), 13, tone="2"))
        self.key = Label(ui, given.one_time, 28, bold=True, wrap=True)
        self.key.setObjectName("one_time_text")
        self.key.setFont(key_font(ui.px(26)))
        self.key.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        box = frame("sunken")
        box.setLayout(column(ui, self.key, margins=(16, 20)))
        self.body.addWidget(box)
        warning = Notice(ui)
        self.body.addWidget(warning)
        warning.say(texts("security.one_time.once"))
        self._state = Label(ui, "", 12, tone="3")
        self._print = Button(ui, texts("security.one_time.print"), icon="printer", key="Ctrl+P")
        self._print.clicked.connect(self._ask)
        done = Button(ui, texts("security.one_time.done"), kind="filled")
        done.setObjectName("done")
        done.clicked.connect(self.ended)
        foot = row(ui, self._print, gap=12)
        foot.addWidget(self._state, 1)
        foot.addWidget(done)
        self.body.addLayout(foot)

    def _ask(self) -> None:
        self._presenter.printers.ask(self.window(), self._send)

    def _send(self) -> None:
        settings = self._presenter.context.settings
        title = self._ui.texts("security.one_time.job")
        page = slip(self._ui, self._presenter.context.clinic.clinic.name, self._given, settings.paper)
        self._presenter.printers.print_pages([page], settings.paper, title, self._printed, owner=self)

    def _printed(self, outcome: PrintOutcome) -> None:
        self._state.setText(self._ui.texts(f"security.printed.{outcome.value}"))


def slip(ui: Ui, clinic: str, given: NewAccess, paper: str) -> bytes:
    """Return the page to hand over, as PNG: clinic, name, passphrase, and what to do with it."""
    wide, high = (round(side * PRINT_PPI) for side in _PAPER_INCHES[paper])
    image = QImage(wide, high, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.setPen(Qt.GlobalColor.black)
    inch, texts = PRINT_PPI, ui.texts
    left, room = _MARGIN * inch, wide - 2 * _MARGIN * inch
    top = _MARGIN * inch
    mono = key_font(1)
    for text, size, font in (
        (clinic, 0.16, ui.theme.font(1)),
        (texts("security.one_time.title", name=given.user.name), 0.24, ui.theme.font(1, QFont.Weight.DemiBold)),
        (given.one_time, 0.34, mono),
        (texts("security.one_time.slip"), 0.16, ui.theme.font(1)),
    ):
        own = QFont(font)
        own.setPixelSize(round(size * inch))
        painter.setFont(own)
        flags = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft)
        box = painter.boundingRect(QRectF(left, top, room, high - top), flags, text)
        painter.drawText(box, flags, text)
        top = box.bottom() + 0.25 * inch
    painter.end()
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"PNG")).write(image)
    return bytes(content.data())
