"""The files of a person: a card that lists them and takes more, and beside it the one that is looked at."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from desktop.record.presenter import RecordPresenter
from desktop.widgets.buttons import Button
from desktop.widgets.fields import TextField
from desktop.widgets.file_dialog import file_dialog
from desktop.widgets.labels import ElidedLabel, Label
from desktop.widgets.parts import Card, EmptyState, Notice, scrolled
from desktop.widgets.ui import Ui, clear, column, frame, held, restyle, row
from engine.workflows.attached_files import AttachedFile, facts_sentence, left_out_sentence

_KINDS = "*.pdf *.jpg *.jpeg *.png *.dcm *.vcf *.vcf.gz *.txt *.csv *.tsv"
_MOST_REFUSED = 5


class FilesTab(QWidget):
    """Somebody who is not stored yet has no files."""

    def __init__(self, ui: Ui, presenter: RecordPresenter) -> None:
        super().__init__()
        self._ui, self._presenter, self._desk = ui, presenter, presenter.files
        self._empty = EmptyState(ui, ui.texts("record.files.new_person"), icon="file")
        self.card = FilesCard(ui, presenter)
        self.page = PageCard(ui, presenter)
        line = row(ui, gap=16, margins=(16,))
        line.addWidget(held(column(ui, self.card, 1)), 2)
        line.addWidget(held(column(ui, self.page, 1)), 3)
        line.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._area = scrolled(line)
        self.setLayout(column(ui, self._empty, self._area, gap=0))
        self.setAcceptDrops(True)
        presenter.reset.connect(self.refresh)
        presenter.record_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the files as they are stored."""
        form = self._presenter.form
        stored = form is not None and form.in_hand.record is not None
        self._empty.setVisible(not stored)
        self._area.setVisible(stored)
        self.card.refresh()
        self.page.refresh()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files may be let go here."""
        if self._presenter.person_id is not None and _paths(event):
            event.acceptProposedAction()
            self.card.show_hover(over=True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """They are elsewhere again."""
        self.card.show_hover(over=False)

    def dropEvent(self, event: QDropEvent) -> None:
        """Take the files that were let go."""
        self.card.show_hover(over=False)
        event.acceptProposedAction()
        self._desk.add(_paths(event))


def _paths(event: QDropEvent) -> list[Path]:
    """Return the files that are dragged; nothing from another machine."""
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]


class FilesCard(Card):
    """The list, what is asked of a file, and the place to add one."""

    def __init__(self, ui: Ui, presenter: RecordPresenter) -> None:
        super().__init__(ui, ui.texts("record.files.title"), " ", gap=10)
        self._ui, self._desk = ui, presenter.files
        texts = ui.texts
        self.add = Button(ui, texts("record.files.add"), icon="plus", size="small")
        self.add.clicked.connect(self._choose)
        self.heading.addWidget(self.add)
        self.asking = Notice(ui, "warn")
        self.keep = Button(ui, texts("record.files.keep"))
        self.keep.clicked.connect(lambda: self._desk.answer(keep=True))
        self.leave = Button(ui, texts("record.files.leave"), kind="link")
        self.leave.clicked.connect(lambda: self._desk.answer(keep=False))
        self._answers = held(row(ui, self.keep, self.leave, 1))
        self.refused = Notice(ui, "danger")
        self._rows = column(ui, gap=0)
        self._none = Label(ui, texts("record.files.none"), 13, tone="3")
        self._drop = self._make_drop()
        for part in (self.asking, self._answers, self.refused, self._none, held(self._rows), self._drop):
            self.body.addWidget(part)
        self._desk.changed.connect(self.refresh)

    def _make_drop(self) -> QFrame:
        made = frame("drop")
        words = Label(self._ui, self._ui.texts("record.files.drop"), 12, tone="3")
        words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        made.setLayout(column(self._ui, words, margins=(12,)))
        return made

    def show_hover(self, *, over: bool) -> None:
        """Show that a file may be let go here."""
        restyle(self._drop, "tone", "over" if over else "")

    def refresh(self) -> None:
        """Show what the desk holds."""
        desk, texts = self._desk, self._ui.texts
        self.set_caption(texts("record.files.reading", count=desk.busy) if desk.busy else "")
        self.asking.say("" if desk.asked is None else desk.asked.sentence(texts.wording), "warn")
        self._answers.setVisible(desk.asked is not None)
        self.refused.say("\n".join(one.sentence(texts) for one in desk.refused[:_MOST_REFUSED]), "danger")
        clear(self._rows)
        for file in desk.files:
            self._rows.addWidget(self._row(file))
        self._none.setVisible(not desk.files and not desk.busy)

    def _row(self, file: AttachedFile) -> QWidget:
        ui, texts = self._ui, self._ui.texts
        made = frame("row")
        about = [facts_sentence(file.kind, file.facts, texts.wording), left_out_sentence(file.left_out, texts.wording)]
        words = column(ui, ElidedLabel(ui, file.name, 13, bold=True), gap=2)
        words.addWidget(
            Label(ui, texts("record.files.of_day", day=texts.date(file.day), by=file.added_by), 12, tone="3")
        )
        for line in about:
            if line:
                words.addWidget(Label(ui, line, 12, tone="3"))
        words.addLayout(self._buttons(file))
        if self._desk.removing is not None and self._desk.removing.id == file.id:
            words.addWidget(self._reason())
        made.setLayout(column(ui, held(words), margins=(0, 8)))
        return made

    def _buttons(self, file: AttachedFile) -> QHBoxLayout:
        line = row(self._ui, gap=4)
        for key, there, call in (
            ("open", file.kind.shown, lambda: self._desk.show(file)),
            ("save", True, lambda: self._save(file)),
            ("remove", True, lambda: self._desk.ask_remove(file)),
        ):
            if there:
                button = Button(self._ui, self._ui.texts(f"record.files.{key}"), kind="link", size="small")
                button.setAccessibleName(f"{self._ui.texts(f'record.files.{key}')}: {file.name[:80]}")
                button.clicked.connect(call)
                line.addWidget(button)
        line.addStretch(1)
        return line

    def _reason(self) -> QWidget:
        ui, texts = self._ui, self._ui.texts
        self.reason = TextField(ui, texts("record.files.why"), self._desk.reason)
        take_off = Button(ui, texts("record.files.remove_now"), kind="danger", size="small")
        take_off.setEnabled(bool(self._desk.reason.strip()))
        stay = Button(ui, texts("record.files.let_be"), kind="link", size="small")
        stay.clicked.connect(lambda: self._desk.ask_remove(None))

        def typed(text: str) -> None:
            self._desk.reason = text
            take_off.setEnabled(bool(text.strip()))

        self.reason.edited.connect(typed)
        self.reason.entered.connect(self._desk.remove)
        take_off.clicked.connect(self._desk.remove)
        return held(column(ui, self.reason, held(row(ui, take_off, stay, 1)), gap=6))

    def _choose(self) -> None:
        texts = self._ui.texts
        filters = f"{texts('record.files.kinds')} ({_KINDS});;{texts('record.files.every')} (*)"
        dialog = file_dialog(self, self._ui, texts("record.files.choose"), filters)
        dialog.fileSelected.connect(lambda name: self._desk.add([Path(name)]))
        dialog.open()

    def _save(self, file: AttachedFile) -> None:
        texts, suffix = self._ui.texts, file.kind.suffix
        filters = f"{texts('record.files.kinds')} (*{suffix})"
        dialog = file_dialog(self, self._ui, texts("record.files.save_title"), filters, suffix=suffix[1:])
        dialog.selectFile(f"file-{file.day:%Y%m%d}-{file.id[:8]}{suffix}")  # a name that tells nothing of the person
        dialog.fileSelected.connect(lambda name: self._desk.save(file, Path(name)))
        dialog.open()


class PageCard(Card):
    """One page of the file that is looked at, as wide as there is room."""

    def __init__(self, ui: Ui, presenter: RecordPresenter) -> None:
        super().__init__(ui, " ", " ", gap=10)
        self._ui, self._desk = ui, presenter.files
        texts = ui.texts
        self.before = Button(ui, texts("record.files.before"), size="small")
        self.next = Button(ui, texts("record.files.next"), size="small")
        self.away = Button(ui, texts("record.files.close"), size="small", icon="close")
        self.before.clicked.connect(lambda: self._desk.turn_page(-1))
        self.next.clicked.connect(lambda: self._desk.turn_page(1))
        self.away.clicked.connect(self._desk.put_away)
        for button in (self.before, self.next, self.away):
            self.heading.addWidget(button)
        self.picture = QLabel()
        self.picture.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter)
        self.body.addWidget(self.picture)
        self._drawn: QPixmap | None = None
        self._desk.page_changed.connect(self.refresh)
        self._desk.changed.connect(self.refresh)

    def refresh(self) -> None:
        """Show the page that is there."""
        shown, texts = self._desk.shown, self._ui.texts
        page = None if shown is None else shown.page
        self.setVisible(page is not None)
        if shown is None or page is None:
            self._drawn = None
            self.picture.clear()
            self.picture.setMinimumHeight(0)
            return
        self.set_title(shown.file.name)
        several = page.pages > 1
        self.set_caption(texts("record.files.page", page=shown.number + 1, pages=page.pages) if several else "")
        self.before.setVisible(several)
        self.next.setVisible(several)
        self.before.setEnabled(shown.number > 0)
        self.next.setEnabled(shown.number + 1 < page.pages)
        high, wide, _ = page.pixels.shape
        image = QImage(page.pixels.tobytes(), wide, high, 3 * wide, QImage.Format.Format_RGB888)
        self._drawn = QPixmap.fromImage(image.copy())
        self.picture.setAccessibleName(shown.file.name)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the page as wide as there is room."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if self._drawn is None:
            return
        room = max(self._ui.px(200), self.width() - self._ui.px(40))
        smooth = Qt.TransformationMode.SmoothTransformation
        fitting = self._drawn.scaledToWidth(room, smooth) if self._drawn.width() > room else self._drawn
        self.picture.setPixmap(fitting)
        self.picture.setMinimumHeight(fitting.height())  # else a page that is scrolled may press it flat
