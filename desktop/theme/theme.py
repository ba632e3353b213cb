"""One look at one text size: colours, sizes, fonts, icons, the style sheet."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QIcon, QPalette, QPixmap
from PySide6.QtWidgets import QApplication

from desktop.theme import fonts, icons, style
from desktop.theme.tokens import DARK, LIGHT, Tokens


class Theme:
    """What widgets ask when they draw themselves. Sizes are given at 100 % and grow with the text."""

    def __init__(self, tokens: Tokens, text_size: int, language: str) -> None:
        """Make a look.

        Args:
            tokens: the colours.
            text_size: per cent, 100 to 200.
            language: of the screens; Chinese is never set below 12.
        """
        self.tokens = tokens
        self.text_size = text_size
        self.language = language
        self._icons: dict[tuple[str, str, int], QPixmap] = {}

    @classmethod
    def chosen(cls, look: str, text_size: int, language: str) -> Theme:
        """Return the look that a person chose: ``light``, ``dark`` or as the system has it."""
        system_is_dark = QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark
        dark = system_is_dark if look == "system" else look == "dark"
        return cls(DARK if dark else LIGHT, text_size, language)

    def px(self, size: float) -> int:
        """Return a length of the design at this text size, in logical pixels."""
        return max(1, round(size * self.text_size / 100))

    def font(self, size: float = 13, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
        """Return a font of the window; in Chinese never below 12."""
        return fonts.font(self.px(max(size, 12) if self.language == "zh" else size), weight)

    def figures(self, size: float = 13, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
        """Return the font of columns of numbers, where figures stand under each other."""
        return fonts.font(self.px(max(size, 12) if self.language == "zh" else size), weight, tabular=True)

    def bold(self, size: float = 13) -> QFont:
        """Return the semibold font."""
        return self.font(size, QFont.Weight.DemiBold)

    def color(self, name: str) -> QColor:
        """Return a colour of the tokens by name."""
        value = getattr(self.tokens, name)
        return QColor(value)

    def pixmap(self, name: str, color: str = "text", size: float = 20) -> QPixmap:
        """Return an icon tinted with a token, at the screen's own resolution."""
        key = (name, color, self.px(size))
        if key not in self._icons:
            ratio = QGuiApplication.primaryScreen().devicePixelRatio() if QGuiApplication.primaryScreen() else 1.0
            self._icons[key] = icons.pixmap(name, getattr(self.tokens, color), self.px(size), ratio)
        return self._icons[key]

    def icon(self, name: str, color: str = "text", size: float = 20) -> QIcon:
        """Return an icon for a widget that takes one."""
        return QIcon(self.pixmap(name, color, size))

    def icon_size(self, size: float = 20) -> QSize:
        """Return the logical size of an icon."""
        return QSize(self.px(size), self.px(size))

    def apply(self, application: QApplication) -> None:
        """Give the whole program this look; what it has already is left alone, as each change goes to every widget."""
        fonts.load()
        palette, font, sheet = self._palette(), self.font(), style.sheet(self)
        if application.palette() != palette:
            application.setPalette(palette)
        if application.font() != font:
            application.setFont(font)
        if application.styleSheet() != sheet:
            application.setStyleSheet(sheet)

    def _palette(self) -> QPalette:
        palette = QPalette()
        role = QPalette.ColorRole
        for where, name in (
            (role.Window, "bg"),
            (role.Base, "surface"),
            (role.AlternateBase, "sunken"),
            (role.Button, "surface"),
            (role.ToolTipBase, "surface"),
            (role.WindowText, "text"),
            (role.Text, "text"),
            (role.ButtonText, "text"),
            (role.ToolTipText, "text"),
            (role.PlaceholderText, "text_3"),
            (role.Highlight, "primary"),
            (role.HighlightedText, "on_primary"),
            (role.Link, "primary"),
            (role.Mid, "line"),
        ):
            palette.setColor(where, self.color(name))
        for where in (role.WindowText, role.Text, role.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, where, self.color("text_3"))
        return palette
