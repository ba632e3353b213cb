"""Which files are asked for: those to import, and the place for the list of rows that wait."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.widgets.file_dialog import file_dialog, folder_dialog
from desktop.widgets.ui import Ui

_TABLES = "*.csv *.txt *.tsv *.xlsx *.xlsm *.xls *.xlsb *.ods *.html *.htm *.zip"
_RECORDS = "*.json *.ndjson *.hl7 *.xml"
_DEVICES = "*.csv *.txt *.xls *.xlsx *.zip"


def choose_files(parent: QWidget, ui: Ui, then: Callable[..., None]) -> QFileDialog:
    """Ask for files to import; the window stays alive meanwhile."""
    texts = ui.texts
    kinds = (("import.tables", _TABLES), ("bring.records", _RECORDS), ("bring.devices", _DEVICES))
    listed = [f"{texts('import.every_file')} (*)", *(f"{texts(key)} ({names})" for key, names in kinds)]
    dialog = file_dialog(parent, ui, texts("bring.choose_title"), ";;".join(listed))
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    dialog.filesSelected.connect(lambda names: then(*map(Path, names)))
    dialog.open()
    return dialog


def choose_folder(parent: QWidget, ui: Ui, then: Callable[..., None]) -> QFileDialog:
    """Ask for a folder whose files are to be imported."""
    return _opened(folder_dialog(parent, ui, ui.texts("bring.choose_folder")), then)


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
