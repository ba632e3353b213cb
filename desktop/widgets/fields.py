"""A field with its label above and its problem below. Typed text always stays, whatever is wrong with it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QSizePolicy, QWidget

from desktop.widgets.buttons import icon_button
from desktop.widgets.labels import Label
from desktop.widgets.ui import Ui, column, restyle, row

LONGEST_LINE = 10_000  # signs a line takes; longer ones are not typed by hand


class LineEdit(QLineEdit):
    """One line of text. Enter goes on to the next field."""

    def __init__(self, ui: Ui, text: str = "", *, name: str = "", size: str = "") -> None:
        super().__init__(text)
        self.setFont(ui.theme.font(14))
        self.setMaxLength(LONGEST_LINE)
        self.setAccessibleName(name)
        if size:
            self.setProperty("tall", size)  # "size" is a property of Qt itself


class TextField(QWidget):
    """Label, line, and the place for one sentence under it."""

    edited = Signal(str)
    left = Signal()
    entered = Signal()

    def __init__(
        self,
        ui: Ui,
        label: str,
        text: str = "",
        *,
        hint: str = "",
        large: bool = False,
        edit: LineEdit | None = None,
    ) -> None:
        """Make a field.

        Args:
            ui: look and language.
            label: stands above it; never inside it.
            text: what stands in it at first.
            hint: a line under it while nothing is wrong.
            large: the larger size of the first pages.
            edit: another line than a plain one.
        """
        super().__init__()
        self._hint = hint
        self.label = Label(ui, label, 12, tone="2", wrap=False)
        self.edit = edit or LineEdit(ui, text, name=label, size="large" if large else "")
        self.message = Label(ui, hint, 12, tone="3")
        self.setLayout(column(ui, self.label, self.edit, self.message, gap=4))
        self.message.setVisible(bool(hint))  # only now: without a parent it would be a window of its own for a moment
        self.label.setVisible(bool(label))
        self.setFocusProxy(self.edit)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.edit.textEdited.connect(self.edited)
        self.edit.editingFinished.connect(self.left)
        self.edit.returnPressed.connect(self.entered)

    def text(self) -> str:
        """Return what stands in it."""
        return self.edit.text()

    def set_text(self, text: str) -> None:
        """Put a text into it, without telling anybody."""
        self.edit.setText(text)

    def say(self, text: str, tone: str = "danger") -> None:
        """Say what is wrong (``danger``, ``warn``) or well (``ok``); empty: nothing is."""
        self.message.setText(text or self._hint)
        restyle(self.message, "tone", tone if text else "3")
        self.message.setVisible(bool(text or self._hint))
        restyle(self.edit, "state", tone if text and tone in ("danger", "warn") else "")
        self.edit.setAccessibleDescription(text)


class _SecretLine(LineEdit):
    """The line of a passphrase; tells when Caps Lock seems to be on."""

    caps_lock = Signal(bool)

    def __init__(self, ui: Ui, name: str) -> None:
        super().__init__(ui, name=name, size="large")
        self._ui = ui
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.setInputMethodHints(
            Qt.InputMethodHint.ImhSensitiveData
            | Qt.InputMethodHint.ImhNoPredictiveText
            | Qt.InputMethodHint.ImhNoAutoUppercase
        )
        self._eye = icon_button(ui, "eye", ui.texts("field.reveal"))
        self._eye.setParent(self)
        self._eye.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._eye.resize(self._eye.sizeHint())
        self._eye.clicked.connect(self._turn)
        self.setTextMargins(0, 0, ui.px(34), 0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Look at the letters: a capital without Shift, or a small one with it, means Caps Lock. Qt asks no system."""
        sign = event.text()
        if len(sign) == 1 and sign.isascii() and sign.isalpha():
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.caps_lock.emit(sign.isupper() != shift)
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the eye at the end of the line."""
        super().resizeEvent(event)
        self._eye.move(self.width() - self._eye.width() - 6, (self.height() - self._eye.height()) // 2)

    def _turn(self) -> None:
        hidden = self.echoMode() is QLineEdit.EchoMode.Password
        self.setEchoMode(QLineEdit.EchoMode.Normal if hidden else QLineEdit.EchoMode.Password)
        self._eye.set_icon("eye-off" if hidden else "eye")


class PassphraseField(TextField):
    """A passphrase: hidden, with an eye to look at it. Tells when Caps Lock seems to be on."""

    caps_lock = Signal(bool)

    def __init__(self, ui: Ui, label: str) -> None:
        line = _SecretLine(ui, label)
        super().__init__(ui, label, edit=line)
        line.caps_lock.connect(self.caps_lock)


class SearchField(QWidget):
    """A line with a looking glass; tells while one types."""

    edited = Signal(str)
    entered = Signal()

    def __init__(self, ui: Ui, hint: str, key: str = "") -> None:
        super().__init__()
        self.edit = QLineEdit()
        self.edit.setFont(ui.theme.font(13))
        self.edit.setPlaceholderText(hint)
        self.edit.setAccessibleName(hint)
        self.edit.setMaxLength(200)
        self.edit.setClearButtonEnabled(False)
        glass = QLabel()
        glass.setPixmap(ui.theme.pixmap("search", "text_3", 16))
        keys = Label(ui, key.replace("+", " "), 11, tone="3", wrap=False)
        inner = row(ui, glass, 1, keys, margins=(10, 0))
        self.edit.setLayout(inner)
        self.edit.setTextMargins(ui.px(24), 0, ui.px(44) if key else 0, 0)
        self.setLayout(row(ui, self.edit))
        self.setFocusProxy(self.edit)
        self.edit.textEdited.connect(self.edited)
        self.edit.returnPressed.connect(self.entered)

    def text(self) -> str:
        """Return what stands in it."""
        return self.edit.text()

    def set_text(self, text: str) -> None:
        """Put a text into it, without telling anybody."""
        self.edit.setText(text)
