"""One tool: its name and standing, what may be done with it, and what it says of itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from desktop.models.presenter import ModelsPresenter
from desktop.models.words import origin_words, short_standing, standing_sentence
from desktop.widgets.buttons import Button
from desktop.widgets.fields import TextField
from desktop.widgets.flow import Flow
from desktop.widgets.labels import Label
from desktop.widgets.parts import Card, Notice, Pill
from desktop.widgets.ui import Ui, column, frame, row
from engine.workflows.pack_shelf import PackStanding, ShelfPack

_DIGEST_SHOWN = 8  # signs of the digest that name a tool on paper and here
_TONES = {
    PackStanding.TO_ACCEPT: "warn",
    PackStanding.WITHDRAWN: "danger",
}


class ToolCard(Card):
    """The tool in hand."""

    def __init__(self, ui: Ui, presenter: ModelsPresenter, pack: ShelfPack) -> None:
        super().__init__(ui, gap=12)
        self._ui, self._presenter, self._pack = ui, presenter, pack
        self._add_head()
        self._add_standing()
        self._add_actions()
        if presenter.withdrawing:
            self._add_reason()
        self._add_facts()

    def _add_head(self) -> None:
        ui, texts, pack = self._ui, self._ui.texts, self._pack
        self.body.addWidget(Label(ui, pack.title[texts.language], 20, bold=True))
        standing = short_standing(pack.standing, texts)
        pills = [
            Pill(ui, texts("models.version", version=pack.ref.version[:20]), square=True),
            Pill(ui, standing.text, standing.tone, icon=standing.icon),
        ]
        origin = origin_words(pack, texts)
        if origin:
            pills.append(Pill(ui, origin, "primary"))
        digest = texts("models.digest", digest=pack.ref.digest[:_DIGEST_SHOWN])
        self.body.addWidget(Flow(ui, *pills, Label(ui, digest, 12, tone="3", wrap=False), gap=8))

    def _add_standing(self) -> None:
        presenter, pack, texts = self._presenter, self._pack, self._ui.texts
        named = [presenter.named(pack_id) for pack_id in pack.replaced_by]
        titles = [each.title[texts.language] for each in named if each is not None]
        sentence = standing_sentence(pack, texts("models.comma").join(titles), texts)
        tone = _TONES.get(pack.standing)
        if tone is None:
            self.body.addWidget(Label(self._ui, sentence, 13, tone="2"))
            return
        notice = Notice(self._ui, tone)
        self.body.addWidget(notice)
        notice.say(sentence, tone)

    def _add_actions(self) -> None:
        ui, texts, presenter, pack = self._ui, self._ui.texts, self._presenter, self._pack
        buttons = Flow(ui, gap=8)
        if pack.standing in (PackStanding.TO_ACCEPT, PackStanding.ELSEWHERE):
            # The note is read first: it stands right above the button.
            self.body.addWidget(Label(ui, texts("models.note", note=pack.licence_note), 13))
            key = "accept" if pack.standing is PackStanding.TO_ACCEPT else "use_elsewhere"
            buttons.add(self._button(key, "switch", "check", presenter.accept))
        elif pack.standing in (PackStanding.OFF, PackStanding.WITHDRAWN):
            buttons.add(self._button("switch_on", "switch", "check", presenter.switch_on))
        elif presenter.can_switch_off(pack):
            buttons.add(self._button("switch_off", "switch", "pause", presenter.switch_off))
        if pack.standing is not PackStanding.WITHDRAWN and not presenter.withdrawing:
            buttons.add(self._button("withdraw", "withdraw", "octagon", lambda: presenter.ask_withdraw(True)))
        if buttons.parts:
            self.body.addWidget(buttons)

    def _button(self, words: str, name: str, icon: str, call: Callable[[], None]) -> Button:
        made = Button(self._ui, self._ui.texts(f"models.do.{words}"), icon=icon)
        made.setObjectName(name)
        made.setEnabled(not self._presenter.busy)
        made.clicked.connect(call)
        return made

    def _add_reason(self) -> None:
        """Ask why, and say what follows."""
        ui, texts, presenter = self._ui, self._ui.texts, self._presenter
        box = frame("sunken")
        field = TextField(ui, texts("models.withdraw.reason"), presenter.reason, hint=texts("models.withdraw.follows"))
        field.edit.setObjectName("reason")
        field.edited.connect(presenter.type_reason)
        field.entered.connect(presenter.withdraw)
        field.say(presenter.reason_problem)
        go = Button(ui, texts("models.withdraw.go"), kind="danger")
        go.setEnabled(not presenter.busy)
        go.clicked.connect(presenter.withdraw)
        leave = Button(ui, texts("models.withdraw.leave"), kind="link")
        leave.clicked.connect(lambda: presenter.ask_withdraw(False))
        box.setLayout(column(ui, field, row(ui, go, leave, 1, gap=8), gap=8, margins=(12,)))
        self.body.addWidget(box)

    def _add_facts(self) -> None:
        for name, text in self._facts():
            self.body.addWidget(_fact(self._ui, self._ui.texts(f"models.fact.{name}"), text))

    def _facts(self) -> Iterator[tuple[str, str]]:
        pack, texts = self._pack, self._ui.texts
        language = texts.language
        yield "for", pack.population[language]
        yield "tells", pack.outcome[language]
        yield "seen_by", texts(f"models.audience.{pack.audience}")
        yield "asked", texts(f"models.use.{pack.use}")
        yield "needs", texts("models.comma").join(self._needs())
        for limit in pack.limits:
            yield "limit", limit[language]
        source = pack.citation if pack.doi is None else texts("models.source", citation=pack.citation, doi=pack.doi)
        yield "source", source
        for name, words in (("credit", pack.credit), ("notice", pack.notice)):
            if words is not None:
                yield name, words[language]
        state = texts(f"models.licence.{pack.licence_state}")
        if pack.standing in (PackStanding.TO_ACCEPT, PackStanding.ELSEWHERE):
            yield "licence", state  # its note stands above
        else:
            yield "licence", texts("models.licence_and_note", state=state, note=pack.licence_note)

    def _needs(self) -> list[str]:
        dictionary = self._presenter.context.clinic.dictionary
        language = self._ui.texts.language
        return [dictionary[name].label(language) if name in dictionary else name for name in self._pack.inputs]


def _fact(ui: Ui, name: str, text: str) -> QWidget:
    made = frame("row")
    label = Label(ui, name, 13, tone="3")
    label.setFixedWidth(ui.px(112))
    line = row(ui, gap=16, margins=(0, 0, 0, 10))
    line.addWidget(label, 0, Qt.AlignmentFlag.AlignTop)
    line.addWidget(Label(ui, text, 13), 1)
    made.setLayout(line)
    return made
