"""The folder that is watched for files of other systems: which one it is, another one, none."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QWidget

from desktop.watching import FolderWatch
from desktop.widgets.buttons import Button
from desktop.widgets.file_dialog import folder_dialog
from desktop.widgets.labels import Label
from desktop.widgets.reflow import SettingRow
from desktop.widgets.ui import Ui, column, row


class FolderRow(QWidget):
    """One line of the settings."""

    def __init__(self, ui: Ui, watch: FolderWatch, *, practice: bool) -> None:
        super().__init__()
        self._ui = ui
        self._watch = watch
        texts = ui.texts
        self.path = Label(ui, "", 13, tone="2")
        self.choose = Button(ui, texts("bring.watch.choose"), icon="folder")
        self.leave = Button(ui, texts("bring.watch.stop"), kind="link")
        control = QWidget()
        control.setLayout(row(ui, self.leave, self.choose, gap=8))
        words = "words" if watch.may else "practice" if practice else "not_yours"
        setting = SettingRow(ui, texts("bring.watch.title"), texts(f"bring.watch.{words}"), control, last=True)
        below = row(ui, self.path, margins=(16, 0, 16, 12))
        self.setLayout(column(ui, setting, below, gap=0))
        self.choose.clicked.connect(self._ask)
        self.leave.clicked.connect(watch.leave)
        watch.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show which folder is watched."""
        folder = self._watch.folder
        self.path.setText(str(folder) if folder is not None else self._ui.texts("bring.watch.none"))
        self.choose.setEnabled(self._watch.may)
        self.leave.setVisible(folder is not None)

    def _ask(self) -> None:
        dialog = folder_dialog(self, self._ui, self._ui.texts("bring.watch.choose_title"))
        dialog.fileSelected.connect(lambda name: self._watch.choose(Path(name)))
        dialog.open()
