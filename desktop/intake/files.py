"""Which files are asked for: the table to import, and the place for the list of rows that wait."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.widgets.file_dialog import file_dialog
from desktop.widgets.ui import Ui

_TABLES = "*.csv *.txt *.tsv *.xlsx *.xlsm *.xls *.xlsb *.ods *.html *.htm *.zip"


def choose_table(parent: QWidget, ui: Ui, then: Callable[[Path], None]) -> QFileDialog:
    """Ask for a table to import; the window stays alive meanwhile."""
    filters = f"{ui.texts('import.tables')} ({_TABLES});;{ui.texts('import.every_file')} (*)"
    return _opened(file_dialog(parent, ui, ui.texts("import.choose_title"), filters), then)


def save_list(parent: QWidget, ui: Ui, file_name: str, then: Callable[[Path], None]) -> QFileDialog:
    """Ask where to write the list of rows that wait."""
    filters = f"{ui.texts('import.tables')} (*.csv)"
    dialog = file_dialog(parent, ui, ui.texts("import.save_title"), filters, suffix="csv")
    dialog.selectFile(f"{ui.texts('import.list_name', file=Path(file_name).stem[:60])}.csv")
    return _opened(dialog, then)


def _opened(dialog: QFileDialog, then: Callable[[Path], None]) -> QFileDialog:
    dialog.fileSelected.connect(lambda name: then(Path(name)))
    dialog.open()
    return dialog
