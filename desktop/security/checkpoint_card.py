"""The checkpoint of now, to be kept on paper, and one from paper to be compared."""

from __future__ import annotations

from desktop.context import Context
from desktop.security.presenter import SecurityPresenter
from desktop.theme.fonts import key_font
from desktop.widgets.buttons import Button
from desktop.widgets.fields import LineEdit
from desktop.widgets.labels import Label
from desktop.widgets.parts import Card, Notice
from desktop.widgets.ui import Ui, row
from engine.errors import EngineError
from engine.workflows.audit import checkpoint_text
from engine.workflows.checkpoints import CheckpointAnswer, compare

_TONES = {CheckpointAnswer.KEPT: "ok", CheckpointAnswer.MISSING: "danger", CheckpointAnswer.OTHER: "danger"}


class CheckpointCard(Card):
    """Somebody who puts back the database and its anchor together cannot put back what lies on paper."""

    def __init__(self, ui: Ui, presenter: SecurityPresenter) -> None:
        super().__init__(ui, ui.texts("checkpoint.title"), gap=10)
        self._ui = ui
        self._context: Context = presenter.context
        texts = ui.texts
        self._now = Label(ui, "", 14, bold=True)
        self._now.setFont(key_font(ui.px(14)))
        keep = Button(ui, texts("checkpoint.print"), kind="link", icon="printer", size="small")
        keep.clicked.connect(lambda: presenter.print_checkpoint(self.window()))
        self._typed = LineEdit(ui, name=texts("checkpoint.typed"))
        self._typed.setPlaceholderText(texts("checkpoint.typed"))
        self._typed.setFont(key_font(ui.px(14)))
        self._typed.setMaxLength(80)
        self._typed.returnPressed.connect(self._compare)
        compare_it = Button(ui, texts("checkpoint.compare"))
        compare_it.clicked.connect(self._compare)
        self._answer = Notice(ui)
        self.body.addWidget(Label(ui, texts("checkpoint.what"), 12, tone="3"))
        line = row(ui, gap=8)
        line.addWidget(self._now, 1)
        line.addWidget(keep)
        self.body.addLayout(line)
        ask = row(ui, gap=8)
        ask.addWidget(self._typed, 1)
        ask.addWidget(compare_it)
        self.body.addLayout(ask)
        self.body.addWidget(self._answer)
        presenter.changed.connect(self._look)
        presenter.backups.changed.connect(self._look_if_idle)
        self._look()

    def _look(self) -> None:
        if self._context.has_clinic:
            self._context.on_store(self, checkpoint_text, self._now.setText)

    def _look_if_idle(self) -> None:
        if not self._now.text():
            self._look()

    def _compare(self) -> None:
        text = self._typed.text()
        if not text.strip() or not self._context.has_clinic:
            return
        self._context.on_store(self, lambda clinic: compare(clinic, text), self._tell, failed=self._refused)

    def _tell(self, answer: CheckpointAnswer) -> None:
        self._answer.say(self._ui.texts(f"checkpoint.answer.{answer.value}"), _TONES[answer])

    def _refused(self, error: EngineError) -> None:
        self._answer.say(self._ui.texts.error(error), "warn")
