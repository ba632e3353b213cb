"""Cards below a tool: its model card, the results that a withdrawal touches, and the check of one to be added."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QWidget

from desktop.models.card_text import Block, Kind, card_blocks
from desktop.models.presenter import ModelsPresenter
from desktop.widgets.buttons import Button
from desktop.widgets.labels import Label
from desktop.widgets.parts import Card, Notice
from desktop.widgets.ui import Ui, column, frame, held, row
from engine.domain.clinic_packs import WithdrawnResult
from engine.workflows.packs import DamagedPack

_BLOCKS_AT_ONCE = 12
_MOST_RESULTS = 50
_MOST_FAULTS = 40


class ModelCard(Card):
    """What the pack's own card says, opened when somebody asks."""

    def __init__(self, ui: Ui, presenter: ModelsPresenter) -> None:
        super().__init__(ui, ui.texts("models.card.title"), ui.texts("models.card.caption"))
        turn = Button(ui, ui.texts("models.card.close" if presenter.card else "models.card.open"), icon="sheet")
        turn.setObjectName("card")
        turn.clicked.connect(presenter.turn_card)
        self.body.addLayout(row(ui, turn, 1))
        if presenter.card_problem:
            notice = Notice(ui, "danger")
            self.body.addWidget(notice)
            notice.say(presenter.card_problem, "danger")
        self._ui = ui
        self._blocks = iter(card_blocks(presenter.card, ui.texts.language) if presenter.card else ())
        self._place = column(ui, gap=6)
        self.body.addLayout(self._place)
        # All at once would hold up the window for a tenth of a second.
        self._between = QTimer(self, interval=0)
        self._between.timeout.connect(self._add_some)
        if presenter.card:
            self._between.start()

    def _add_some(self) -> None:
        some = list(islice(self._blocks, _BLOCKS_AT_ONCE))
        for block in some:
            self._place.addWidget(_block(self._ui, block))
        if len(some) < _BLOCKS_AT_ONCE:
            self._between.stop()


def _block(ui: Ui, block: Block) -> QWidget:
    if block.kind is Kind.HEADING:
        heading = Label(ui, block.text, 14, bold=True)
        heading.setContentsMargins(ui.margins(0, 8, 0, 0))
        return heading
    if block.kind is Kind.ROW:
        more = Label(ui, block.more, 12, tone="2") if block.more else None
        return held(column(ui, Label(ui, block.text, 13, bold=True), more, gap=0, margins=(12, 0)))
    if block.kind is Kind.BULLET:
        line = row(ui, gap=6, margins=(4, 0))
        line.addWidget(Label(ui, "•", 13, tone="3", wrap=False), 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(Label(ui, block.text, 13), 1)
        return held(line)
    return Label(ui, block.text, 13)


class TouchedCard(Card):
    """Saved results that are not to be relied on any more, and when their pages left for a printer."""

    def __init__(self, ui: Ui, presenter: ModelsPresenter) -> None:
        touched = presenter.touched
        printed = sum(any(page.printed_at for page in each.pages) for each in touched)
        super().__init__(ui, ui.texts("models.touched.title"))
        self._ui, self._presenter = ui, presenter
        words = ui.texts("models.touched.words", count=len(touched), printed=printed)
        self.body.addWidget(Label(ui, words, 13, tone="2"))
        for each in touched[:_MOST_RESULTS]:
            self.body.addWidget(self._line(each))
        if len(touched) > _MOST_RESULTS:
            more = ui.texts("models.touched.more", count=len(touched) - _MOST_RESULTS)
            self.body.addWidget(Label(ui, more, 12, tone="3"))

    def _line(self, result: WithdrawnResult) -> QWidget:
        ui, texts = self._ui, self._ui.texts
        days = sorted({moment.astimezone().date() for page in result.pages for moment in page.printed_at})
        printed = (
            texts("models.touched.printed", days=texts("models.comma").join(map(texts.date, days)))
            if days
            else texts("models.touched.file" if result.pages else "models.touched.not_printed")
        )
        number = result.person_number or texts("models.touched.no_number")
        who = texts("models.touched.who", number=number, day=texts.date(result.visit_date), version=result.pack.version)
        open_record = Button(
            ui, texts("models.touched.open"), kind="link", name=f"{texts('models.touched.open')} {who}"
        )
        open_record.clicked.connect(lambda: self._presenter.record_asked.emit(result.person_id))
        made = frame("row")
        line = row(ui, gap=12, margins=(0, 6))
        line.addLayout(column(ui, Label(ui, who, 13), Label(ui, printed, 12, tone="3"), gap=2), 1)
        line.addWidget(open_record)
        made.setLayout(line)
        return made


class DamagedCard(Card):
    """A tool that is not used because it is damaged: its one sentence."""

    def __init__(self, ui: Ui, damaged: DamagedPack) -> None:
        super().__init__(ui)
        self.body.addWidget(Label(ui, damaged.id, 20, bold=True))
        notice = Notice(ui, "danger")
        self.body.addWidget(notice)
        notice.say(ui.texts.error(damaged.error), "danger")
        self.body.addWidget(Label(ui, ui.texts("models.damaged_words"), 13, tone="2"))


class AddCard(Card):
    """A folder with a tool of another maker: what its check found, and the button that adds it."""

    def __init__(self, ui: Ui, presenter: ModelsPresenter, folder: Path) -> None:
        super().__init__(ui, ui.texts("models.add.title"))
        self._ui, self._presenter = ui, presenter
        adding, texts = presenter.adding, ui.texts
        self.body.addWidget(Label(ui, texts("models.add.folder", folder=folder.name), 13, tone="2"))
        if adding.busy:
            self.body.addWidget(Label(ui, texts("models.add.runs"), 13))
        self._say(adding.problem)
        faults = adding.faults
        if faults:
            self.body.addWidget(Label(ui, texts("models.add.faults", count=len(faults)), 13, bold=True))
            for fault in faults[:_MOST_FAULTS]:
                self._say(fault)
            self.body.addWidget(Label(ui, texts("models.add.again"), 12, tone="3"))
        self._add_sound()
        self._add_buttons()

    def _say(self, sentence: str) -> None:
        notice = Notice(self._ui, "danger")
        self.body.addWidget(notice)
        notice.say(sentence, "danger")

    def _add_sound(self) -> None:
        check, texts = self._presenter.adding.check, self._ui.texts
        if check is None or check.ref is None or check.parts is None:
            return
        manifest = check.parts.manifest
        title = manifest.title.get(texts.language)
        sound = texts("models.add.sound", title=title, version=check.ref.version)
        notice = Notice(self._ui, "ok")
        self.body.addWidget(notice)
        notice.say(sound, "ok")
        cases = texts("models.add.cases", cases=check.cases, largest=f"{check.largest:.2g}")
        self.body.addWidget(Label(self._ui, cases, 13, tone="2"))
        self.body.addWidget(Label(self._ui, texts("models.note", note=manifest.licence.note), 13))
        self.body.addWidget(Label(self._ui, texts("models.add.follows"), 13, tone="2"))

    def _add_buttons(self) -> None:
        ui, texts, presenter = self._ui, self._ui.texts, self._presenter
        line = row(ui, gap=8)
        if presenter.adding.check is not None and presenter.adding.check.ref is not None:
            add = Button(ui, texts("models.add.add"), kind="filled", icon="plus")
            add.setObjectName("add_checked")
            add.setEnabled(presenter.adding.is_sound)
            add.clicked.connect(presenter.add_checked)
            line.addWidget(add)
        elif presenter.adding.check is not None:
            again = Button(ui, texts("models.add.check_again"), icon="refresh")
            again.setObjectName("check_again")
            again.setEnabled(not presenter.adding.busy)
            again.clicked.connect(presenter.check_again)
            line.addWidget(again)
        leave = Button(ui, texts("models.add.leave"), kind="link")
        leave.setObjectName("leave")
        leave.setEnabled(not presenter.adding.busy)
        leave.clicked.connect(presenter.adding.close)
        line.addWidget(leave)
        line.addStretch(1)
        self.body.addLayout(line)
