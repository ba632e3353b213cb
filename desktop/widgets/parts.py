"""The furniture of a page: cards, pills, notices, steps, header and footer, empty states."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QLabel, QLayout, QScrollArea, QSizePolicy, QWidget

from desktop.widgets.buttons import Button
from desktop.widgets.labels import ElidedLabel, Label
from desktop.widgets.ui import Ui, column, frame, restyle, row


class Card(QFrame):
    """A white card with an optional heading; put parts into ``body``."""

    def __init__(self, ui: Ui, title: str = "", caption: str = "", *, gap: float = 12, pad: float = 16) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.body = column(ui, gap=gap, margins=(pad,))
        self.setLayout(self.body)
        self.heading = row(ui, gap=8)
        self._title = Label(ui, title, 14, bold=True, wrap=False)
        self._caption = ElidedLabel(ui, caption, 13, color="text_3")
        if title:
            self.heading.addWidget(self._title)
            self.heading.addWidget(self._caption, 1)
            self.body.addLayout(self.heading)

    def set_title(self, title: str) -> None:
        """Show another heading."""
        self._title.setText(title)

    def set_caption(self, caption: str) -> None:
        """Show another line beside the heading."""
        self._caption.setText(caption)


_TONES = {
    "ok": ("ok", "ok_tint", "check"),
    "warn": ("warn", "warn_tint", "question"),
    "danger": ("danger", "danger_tint", "close"),
    "info": ("text_2", "sunken", ""),
    "primary": ("primary", "tint", ""),
    "quiet": ("text_3", "surface", ""),  # a fact on a bar: no ground of its own
}


class Pill(QWidget):
    """A short state in words, with its sign: "✓ 14 sure"."""

    def __init__(self, ui: Ui, text: str, tone: str = "info", *, icon: str | None = None, square: bool = False) -> None:
        """Show a state.

        Args:
            ui: look and language.
            text: the words.
            tone: ``ok``, ``warn``, ``danger``, ``info``, ``primary`` or ``quiet``.
            icon: another sign than the tone's own; empty for none.
            square: a tag in a table instead of a pill.
        """
        super().__init__()
        self._ui = ui
        self._square = square
        self.setFont(ui.theme.font(12))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.show_state(text, tone, icon)

    def show_state(self, text: str, tone: str = "info", icon: str | None = None) -> None:
        """Show another state."""
        self._text, self._tone = text, tone
        self._icon = _TONES[tone][2] if icon is None else icon
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size of sign and words."""
        width = QFontMetrics(self.font()).horizontalAdvance(self._text) + self._ui.px(20)
        return QSize(width + (self._ui.px(20) if self._icon else 0), self._ui.px(24 if not self._square else 22))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        ink, fill, _ = _TONES[self._tone]
        theme, painter = self._ui.theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(fill))
        radius = self._ui.px(4) if self._square else self.height() / 2
        painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
        x = self._ui.px(10)
        if self._icon:
            side = self._ui.px(14)
            painter.drawPixmap(x, (self.height() - side) // 2, theme.pixmap(self._icon, ink, 14))
            x += side + self._ui.px(6)
        painter.setPen(theme.color(ink))
        painter.setFont(self.font())
        painter.drawText(QRectF(x, 0, self.width(), self.height()), int(Qt.AlignmentFlag.AlignVCenter), self._text)


class Notice(QFrame):
    """A strip inside what it concerns: one sentence, at most one action. Hidden until it has something to say."""

    def __init__(self, ui: Ui, tone: str = "warn") -> None:
        super().__init__()
        self._ui = ui
        self.setProperty("role", "notice")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._icon = QLabel()
        self._text = Label(ui)
        self._action = Button(ui, "", kind="link")
        self._call: Callable[[], None] | None = None
        self._action.clicked.connect(self._act)
        self._action.hide()
        self.setLayout(row(ui, self._icon, self._text, self._action, gap=10, margins=(12, 8)))
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.hide()
        self._tone(tone)

    @property
    def text(self) -> str:
        """What it says now; empty when hidden."""
        return self._text.text() if not self.isHidden() else ""

    def say(self, text: str, tone: str = "warn", action: str = "", call: Callable[[], None] | None = None) -> None:
        """Say something; an empty text hides it."""
        self._text.setText(text)
        self._call = call
        self._action.setText(action)
        self._action.setVisible(bool(action))
        self._tone(tone)
        self.setAccessibleName(text)
        self.setVisible(bool(text))

    def _tone(self, tone: str) -> None:
        icon = {"warn": "warning", "danger": "octagon", "ok": "check", "info": "info"}[tone]
        color = {"info": "text_2"}.get(tone, tone)
        self._icon.setPixmap(self._ui.theme.pixmap(icon, color, 18))
        restyle(self, "tone", tone)

    def _act(self) -> None:
        if self._call is not None:
            self._call()


class Stepper(QWidget):
    """Where one is in a row of steps: done, now, to come."""

    def __init__(self, ui: Ui, steps: Sequence[str], now: int = 0) -> None:
        super().__init__()
        self._ui = ui
        self._steps = list(steps)
        self._now = now
        self._compact = False
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._tell()

    def set_compact(self, compact: bool) -> None:
        """Show words at the present step only, where there is little room."""
        if compact != self._compact:
            self._compact = compact
            self.updateGeometry()
            self.update()

    def set_words(self, at: int, words: str) -> None:
        """Call a step something else."""
        if self._steps[at] != words:
            self._steps[at] = words
            self._tell()
            self.updateGeometry()
            self.update()

    def go(self, now: int) -> None:
        """Show another step as the present one."""
        self._now = now
        self._tell()
        self.updateGeometry()
        self.update()

    def is_done(self, at: int) -> bool:
        """Whether a step has its tick: all before the present one."""
        return at < self._now

    def sizeHint(self) -> QSize:
        """Return the size of all steps."""
        return QSize(sum(self._width(at) for at in range(len(self._steps))), self._ui.px(28))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw circles, words and the lines between them."""
        theme, painter = self._ui.theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x, side = 0, self._ui.px(24)
        for at, words in enumerate(self._steps):
            circle = QRectF(x + 1, (self.height() - side) / 2 + 1, side - 2, side - 2)
            now, done = at == self._now, self.is_done(at) and at != self._now
            painter.setPen(QPen(theme.color("primary" if now or done else "edge"), 1))
            painter.setBrush(theme.color("primary" if now else "tint" if done else "surface"))
            painter.drawEllipse(circle)
            if done:
                mark = theme.pixmap("check", "primary", 14)
                painter.drawPixmap(
                    int(circle.center().x() - self._ui.px(7)), int(circle.center().y() - self._ui.px(7)), mark
                )
            else:
                painter.setPen(theme.color("on_primary" if now else "text_2"))
                painter.setFont(theme.bold(12))
                painter.drawText(circle, int(Qt.AlignmentFlag.AlignCenter), str(at + 1))
            painter.setPen(theme.color("text" if now else "text_2"))
            painter.setFont(theme.bold(13) if now else theme.font(13))
            left = x + side + self._ui.px(8)
            if self._has_words(at):
                painter.drawText(
                    QRectF(left, 0, self.width(), self.height()), int(Qt.AlignmentFlag.AlignVCenter), words
                )
            x += self._width(at)
            if at + 1 < len(self._steps):
                painter.setPen(QPen(theme.color("line"), 1))
                middle, line = self.height() // 2, self._ui.px(12 if self._compact else 32)
                painter.drawLine(x - line - self._ui.px(12), middle, x - self._ui.px(12), middle)

    def _width(self, at: int) -> int:
        words = QFontMetrics(self._ui.theme.bold(13)).horizontalAdvance(self._steps[at])
        last = at + 1 == len(self._steps)
        words = self._ui.px(8) + words if self._has_words(at) else 0
        return self._ui.px(24) + words + (0 if last else self._ui.px(36 if self._compact else 56))

    def _has_words(self, at: int) -> bool:
        return not self._compact or at == self._now

    def _tell(self) -> None:
        self.setAccessibleName(f"{self._now + 1}/{len(self._steps)} {self._steps[self._now]}")


class PageHeader(QFrame):
    """The head of a page: title or stepper left, actions of the page right."""

    def __init__(self, ui: Ui, title: str = "", caption: str = "") -> None:
        super().__init__()
        self._ui = ui
        self.setFixedHeight(ui.px(56))
        self.title = ElidedLabel(ui, title, 20, bold=True)
        self.caption = ElidedLabel(ui, caption, 13, color="text_3")
        self.left = row(ui, self.title, self.caption, gap=12)
        self.right = row(ui, gap=8)
        whole = row(ui, gap=16, margins=(16, 0))
        whole.addLayout(self.left)
        whole.addStretch(1)
        whole.addLayout(self.right)
        self.setLayout(whole)


class PageFooter(QFrame):
    """The foot of a page: quiet facts left, actions right, the filled button last."""

    def __init__(self, ui: Ui, *buttons: QWidget, pad: float = 16) -> None:
        super().__init__()
        self.setProperty("role", "footer")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(ui.px(56))
        self.facts = ElidedLabel(ui, "", 13, color="text_3")
        self.left = row(ui, self.facts, gap=16)
        self.right = row(ui, *buttons, gap=8)
        whole = row(ui, gap=16, margins=(pad, 0))
        whole.addLayout(self.left, 1)
        whole.addLayout(self.right)
        self.setLayout(whole)


class EmptyState(QWidget):
    """What will be here, and the one button that brings it; beside it at most one other way."""

    def __init__(
        self,
        ui: Ui,
        text: str,
        action: str = "",
        icon: str = "people",
        key: str = "",
        other: QWidget | None = None,
    ) -> None:
        super().__init__()
        mark = QLabel()
        mark.setPixmap(ui.theme.pixmap(icon, "text_3", 32))
        mark.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        words = Label(ui, text, 14, tone="2")
        words.setAlignment(Qt.AlignmentFlag.AlignHCenter)  # over the whole width, so that it wraps only where it must
        self.button = Button(ui, action, kind="filled", key=key)
        if not action:
            self.button.hide()
        buttons = row(ui, 1, self.button, other, 1)
        middle = column(ui, mark, words, buttons, gap=16)
        middle.setAlignment(mark, Qt.AlignmentFlag.AlignHCenter)
        whole = column(ui, 1, middle, 2, margins=(24,))
        self.setLayout(whole)


def scrolled(inside: QLayout | QWidget, *, sideways: bool = False) -> QScrollArea:
    """Return an area in which a page scrolls when it is higher than the window."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    if not sideways:
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    page = inside if isinstance(inside, QWidget) else QWidget()
    if isinstance(inside, QLayout):
        page.setLayout(inside)
    if not page.property("role"):
        page.setProperty("role", "clear")
    area.setWidget(page)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area


def setting_row(ui: Ui, title: str, caption: str, control: QWidget) -> QFrame:
    """Return one line of a settings card: what it is, what it does, and the control at its end."""
    made = frame("row")
    words = column(ui, Label(ui, title, 13, bold=True), Label(ui, caption, 12, tone="3") if caption else None, gap=2)
    line = row(ui, gap=24, margins=(16, 12))
    line.addLayout(words, 1)
    line.addWidget(control)
    made.setLayout(line)
    return made
