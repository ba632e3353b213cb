"""The system's windows to choose a file or a folder; nothing of a chosen place is remembered."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.widgets.ui import Ui

_LABELS = (
    (QFileDialog.DialogLabel.LookIn, "folder"),
    (QFileDialog.DialogLabel.FileName, "name"),
    (QFileDialog.DialogLabel.FileType, "kind"),
    (QFileDialog.DialogLabel.Reject, "cancel"),
)


def file_dialog(parent: QWidget, ui: Ui, title: str, filters: str, *, suffix: str = "") -> QFileDialog:
    """Return a window that asks for a file, and with a suffix where to write one. It begins among the documents."""
    dialog = QFileDialog(parent, title)
    dialog.setNameFilter(filters)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    if suffix:
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        dialog.setDefaultSuffix(suffix)
    else:
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    return _dressed(dialog, ui, "files.save" if suffix else "files.open")


def folder_dialog(parent: QWidget, ui: Ui, title: str) -> QFileDialog:
    """Return a window that asks for a folder. It begins among the documents."""
    dialog = QFileDialog(parent, title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    return _dressed(dialog, ui, "files.open")


def _dressed(dialog: QFileDialog, ui: Ui, accept: str) -> QFileDialog:
    for label, name in _LABELS:  # where Qt draws the window itself: its own Chinese leaves some out
        dialog.setLabelText(label, ui.texts(f"files.{name}"))
    dialog.setLabelText(QFileDialog.DialogLabel.Accept, ui.texts(accept))
    documents = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation))
    dialog.setDirectory(str(documents if documents.is_dir() else Path.home()))
    return dialog
