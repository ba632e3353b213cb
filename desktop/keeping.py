"""A file that is no table waits here for the patient with whom it is to be kept: whose record is opened next."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject

from desktop.context import Context
from desktop.record.presenter import RecordPresenter


class Keeping(QObject):
    """Between the import and the record, which do not know each other."""

    def __init__(self, context: Context, record: RecordPresenter, find: Callable[[], None]) -> None:
        super().__init__(context)
        self._context, self._record, self._find = context, record, find
        self.path: Path | None = None
        record.reset.connect(self._opened)

    def ask(self, path: Path) -> None:
        """Let somebody find the patient."""
        self.path = path
        self._context.good_news.emit(self._context.texts("bring.keep.find", file=path.name))
        self._find()

    def drop(self) -> None:
        """Forget the file: somebody went elsewhere."""
        self.path = None

    def _opened(self) -> None:
        if self.path is not None and self._record.person_id is not None:
            path, self.path = self.path, None
            self._record.keep_file(path)
