"""The system's windows to choose a file; nothing of a chosen place is remembered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.widgets.ui import Ui

_TABLES = "*.csv *.txt *.tsv *.xlsx *.xlsm *.xls"


def choose_table(parent: QWidget, ui: Ui, then: Callable[[Path], None]) -> QFileDialog:
    """Ask for a table to import; the window stays alive meanwhile."""
    filters = f"{ui.texts('import.tables')} ({_TABLES});;{ui.texts('import.every_file')} (*)"
    dialog = _dialog(parent, ui.texts("import.choose_title"), filters)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    return _opened(dialog, then)


def save_list(parent: QWidget, ui: Ui, file_name: str, then: Callable[[Path], None]) -> QFileDialog:
    """Ask where to write the list of rows that wait."""
    dialog = _dialog(parent, ui.texts("import.save_title"), f"{ui.texts('import.tables')} (*.csv)")
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix("csv")
    dialog.selectFile(f"{ui.texts('import.list_name', file=Path(file_name).stem[:60])}.csv")
    return _opened(dialog, then)


def _dialog(parent: QWidget, title: str, filters: str) -> QFileDialog:
    dialog = QFileDialog(parent, title)
    dialog.setNameFilter(filters)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return dialog


def _opened(dialog: QFileDialog, then: Callable[[Path], None]) -> QFileDialog:
    dialog.fileSelected.connect(lambda name: then(Path(name)))
    dialog.open()
    return dialog
