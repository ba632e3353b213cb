"""The style sheet of the whole window, filled from the tokens. Only what Qt draws by itself; the rest paints itself."""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desktop.theme.theme import Theme

_SHEET = Template(
    """
* { outline: none; }
QWidget { color: $text; }
QMainWindow, QWidget[role="page"] { background: $bg; }
QToolTip { background: $surface; color: $text; border: 1px solid $edge; padding: ${p4}px; }

QFrame[role="card"] { background: $surface; border: 1px solid $line; border-radius: ${p8}px; }
QFrame[role="card"][tone="question"] { border: 2px solid $primary; }
QFrame[role="bar"] { background: $surface; border: none; border-bottom: 1px solid $line; }
QFrame[role="footer"] { background: $surface; border: none; border-top: 1px solid $line; }
QFrame[role="footer"][tone="selection"] { border-top: 2px solid $primary; }
QFrame[role="corner"] {
    background: $sunken; border: none; border-bottom: 1px solid $line; border-top-right-radius: ${p7}px;
}
QFrame[role="line"] { background: $line; border: none; max-height: 1px; min-height: 1px; }
QFrame[role="line-v"] { background: $line; border: none; max-width: 1px; min-width: 1px; }
QFrame[role="rail"] { background: $rail; border: none; }
QFrame[role="surface"] { background: $surface; border: none; }
QFrame[role="sunken"] { background: $sunken; border: none; border-radius: ${p8}px; }
QFrame[role="table-head"] { background: $sunken; border: none; border-bottom: 1px solid $line; }
QFrame[role="drop"] { background: $surface; border: 2px dashed $edge; border-radius: ${p8}px; }
QFrame[role="drop"][tone="over"] { background: $tint; border: 2px solid $primary; }
QFrame[role="row"] { background: transparent; border: none; border-bottom: 1px solid $line; }
QFrame[role="notice"] { background: $warn_tint; border: none; border-radius: ${p6}px; }
QFrame[role="notice"][tone="danger"] { background: $danger_tint; }
QFrame[role="notice"][tone="ok"] { background: $ok_tint; }
QFrame[role="notice"][tone="info"] { background: $sunken; }
QFrame[role="toast"] { background: $text; border: none; border-radius: ${p8}px; }
QFrame[role="toast"] QLabel { color: $surface; }

QLabel { background: transparent; }
QLabel[role="paper"] { border: 1px solid $edge; }
QLabel[tone="2"] { color: $text_2; }
QLabel[tone="3"] { color: $text_3; }
QLabel[tone="ok"] { color: $ok; }
QLabel[tone="warn"] { color: $warn; }
QLabel[tone="danger"] { color: $danger; }
QLabel[tone="primary"] { color: $primary; }
QLabel[tone="raise"] { color: $raise_; }
QLabel[tone="lower"] { color: $lower; }
QLabel[tone="on-rail"] { color: $rail_text; }
QLabel[tone="on-rail-strong"] { color: #FFFFFF; }

QLineEdit, QPlainTextEdit, QDateEdit {
    background: $surface; color: $text; border: 1px solid $edge; border-radius: ${p6}px;
    padding: 0 ${p8}px; min-height: ${p30}px; selection-background-color: $primary;
    selection-color: $on_primary;
}
QPlainTextEdit { padding: ${p6}px ${p8}px; }
QLineEdit:focus { border: 2px solid $primary; padding: 0 ${p7}px; }
QPlainTextEdit:focus { border: 2px solid $primary; padding: ${p5}px ${p7}px; }
QLineEdit:disabled, QLineEdit[readOnly="true"] { background: $sunken; border: 1px solid $sunken; color: $text_2; }
QLineEdit[state="unknown"] { border: 1px dashed $edge; }
QLineEdit[state="warn"] { border: 1px solid $warn_mark; border-left: 3px solid $warn_mark; }
QLineEdit[state="danger"] { border: 2px solid $danger; }
QLineEdit[tall="large"] { min-height: ${p38}px; }
QLineEdit[embedded="true"], QLineEdit[embedded="true"]:focus {
    border: none; background: transparent; padding: 0; min-height: ${p24}px;
}

QComboBox {
    background: $surface; color: $text; border: 1px solid $edge; border-radius: ${p6}px;
    padding: 0 ${p10}px; min-height: ${p30}px;
}
QComboBox[tall="large"] { min-height: ${p38}px; }
QComboBox[tall="small"] { min-height: ${p26}px; }
QComboBox:focus, QComboBox:on { border: 2px solid $primary; padding: 0 ${p9}px; }
QComboBox::drop-down { border: none; width: ${p24}px; }
QComboBox::down-arrow { image: none; }
QComboBox QAbstractItemView {
    background: $surface; border: 1px solid $edge; padding: ${p4}px; selection-background-color: $tint;
    selection-color: $text;
}
QComboBox QAbstractItemView::item { min-height: ${p30}px; padding: 0 ${p8}px; }

QMenu { background: $surface; border: 1px solid $edge; padding: ${p4}px; }
QMenu::item { padding: ${p6}px ${p16}px; border-radius: ${p4}px; }
QMenu::item:selected { background: $tint; color: $text; }
QMenu::separator { height: 1px; background: $line; margin: ${p4}px 0; }

QScrollArea, QScrollArea > QWidget > QWidget[role="clear"] { background: transparent; border: none; }
#qt_scrollarea_viewport { background: transparent; }
QScrollBar:vertical { background: transparent; width: ${p12}px; margin: 0; }
QScrollBar::handle:vertical {
    background: $dot; min-height: ${p32}px; border-radius: ${p3}px; margin: ${p3}px;
}
QScrollBar:horizontal { background: transparent; height: ${p12}px; margin: 0; }
QScrollBar::handle:horizontal {
    background: $dot; min-width: ${p32}px; border-radius: ${p3}px; margin: ${p3}px;
}
QAbstractScrollArea::corner { background: transparent; border: none; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {
    background: none; border: none; width: 0; height: 0;
}

QTableView, QListView, QTableWidget {
    background: $surface; border: none; gridline-color: $line; selection-background-color: $tint;
    selection-color: $text; alternate-background-color: $surface;
}
QTableView[role="lined"]::item { border-bottom: 1px solid $line; padding: 0 ${p5}px; }
QTableView[role="lined"]::item:selected { background: $tint; color: $text; }
QHeaderView { background: $sunken; border: none; }
QHeaderView::section {
    background: $sunken; color: $text_2; border: none; border-bottom: 1px solid $line;
    padding: 0 ${p8}px; min-height: ${p32}px; font-weight: 500;
}
QTableView[role="edge"] QHeaderView::section:first { padding-left: ${p16}px; }
QTableCornerButton::section { background: $sunken; border: none; }
QProgressBar { background: $sunken; border: none; border-radius: ${p4}px; max-height: ${p8}px; min-height: ${p8}px; }
QProgressBar::chunk { background: $primary; border-radius: ${p4}px; }
QSlider::groove:horizontal { background: $line; height: ${p4}px; border-radius: ${p2}px; }
QSlider::sub-page:horizontal { background: $primary; height: ${p4}px; border-radius: ${p2}px; }
QSlider::handle:horizontal {
    background: $surface; border: 2px solid $primary; width: ${p12}px; margin: -${p6}px 0; border-radius: ${p8}px;
}
QSlider::handle:horizontal:focus { background: $primary; }
QSplitter::handle { background: transparent; }
QDialog { background: $bg; }
QDialog QPushButton {
    background: $surface; border: 1px solid $edge; border-radius: ${p6}px; min-height: ${p30}px; padding: 0 ${p12}px;
}
QDialog QPushButton:focus { border: 2px solid $primary; }
QDialog QComboBox::down-arrow {
    border-left: ${p4}px solid $surface; border-right: ${p4}px solid $surface; border-top: ${p5}px solid $text_2;
    width: 0; height: 0;
}
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QDialog QHeaderView::section { min-height: ${p16}px; padding: ${p4}px ${p8}px; }
QDialog QPushButton:default { background: $primary; color: $on_primary; border: none; }
QCheckBox::indicator, QTableView::indicator {
    width: ${p16}px; height: ${p16}px; border: 1px solid $edge; border-radius: ${p4}px; background: $surface;
}
"""
)
_SIZES = (2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 16, 24, 26, 30, 32, 38)


def sheet(theme: Theme) -> str:
    """Return the style sheet of a look at its text size."""
    sizes = {f"p{size}": str(theme.px(size)) for size in _SIZES}
    tokens = theme.tokens
    colours = tokens._asdict()
    return _SHEET.substitute(sizes, **colours)
