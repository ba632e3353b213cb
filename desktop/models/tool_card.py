"""One tool: its name and standing, what may be done with it, for whom it is and where it comes from."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt

from desktop.models.presenter import ModelsPresenter
from desktop.models.staged_card import add_stage_parts, print_button
from desktop.models.words import origin_words, standing_sentence
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
        self._staged = presenter.trained.of_pack(pack)
        self._add_standing()
        if self._staged is not None:
            add_stage_parts(ui, self, presenter, self._staged)
        self._add_actions()
        if self._staged is None and pack.trained:
            self.body.addLayout(row(ui, print_button(ui, presenter, pack.ref.id), 1))
        if presenter.withdrawing:
            self._add_reason()
        self._add_facts()

    def _add_facts(self) -> None:
        pack, texts = self._pack, self._ui.texts
        language = texts.language
        facts = [("for", pack.population[language]), ("tells", pack.outcome[language])]
        facts.append(("seen_by", texts(f"models.audience.{pack.audience}")))
        if pack.standing is not PackStanding.ON:  # else the sentence above says it
            facts.append(("asked", texts(f"models.use.{pack.use}")))
        facts.append(("needs", texts("models.comma").join(self._needs())))
        add_facts(self._ui, self, facts)

    def _add_head(self) -> None:
        ui, texts, pack = self._ui, self._ui.texts, self._pack
        self.body.addWidget(Label(ui, pack.title[texts.language], 20, bold=True))
        standing = self._presenter.pack_standing(pack)
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
        if not presenter.may_change:
            if asks_to_read(pack):
                self.body.addWidget(Label(ui, texts("models.note", note=pack.licence_note[texts.language]), 13))
            self.body.addWidget(Label(ui, texts("models.not_yours"), 12, tone="3"))
            return
        if asks_to_read(pack):
            # The note is read first: it stands right above the button.
            self.body.addWidget(Label(ui, texts("models.note", note=pack.licence_note[texts.language]), 13))
            key = "accept" if pack.standing is PackStanding.TO_ACCEPT else "use_elsewhere"
            buttons.add(self._button(key, "switch", "check", presenter.accept))
        elif self._staged is not None:
            pass  # who signs and who retires is decided in the studio
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

    def _needs(self) -> list[str]:
        dictionary = self._presenter.context.clinic.dictionary
        language = self._ui.texts.language
        return [dictionary[name].label(language) if name in dictionary else name for name in self._pack.inputs]


def asks_to_read(pack: ShelfPack) -> bool:
    """Whether a tool stays off, or out of the visits, until somebody has read the note on its licence."""
    elsewhere = pack.standing is PackStanding.ELSEWHERE and pack.use == "routine"
    return elsewhere or pack.standing is PackStanding.TO_ACCEPT


class OriginCard(Card):
    """Where a tool comes from, what limits it, and what may be done with it."""

    def __init__(self, ui: Ui, pack: ShelfPack) -> None:
        super().__init__(ui, ui.texts("models.origin_title"))
        texts, language = ui.texts, ui.texts.language
        facts = [("limit", limit[language]) for limit in pack.limits]
        cited = pack.citation[language]
        source = cited if pack.doi is None else texts("models.source", citation=cited, doi=pack.doi)
        facts.append(("source", source))
        facts += [
            (name, words[language])
            for name, words in (("credit", pack.credit), ("notice", pack.notice))
            if words is not None
        ]
        licence = texts(f"models.licence.{pack.licence_state}")
        if pack.trained:  # no published formula: its note says all
            licence = pack.licence_note[language]
        elif not asks_to_read(pack):  # else its note stands above the button
            licence = texts("models.licence_and_note", state=licence, note=pack.licence_note[language])
        facts.append(("licence", licence))
        add_facts(ui, self, facts)


def add_facts(ui: Ui, card: Card, facts: Sequence[tuple[str, str]]) -> None:
    """Put facts below each other, a name and its text a line; a name that repeats stands once."""
    before = ""
    for at, (name, text) in enumerate(facts):
        made = frame("clear" if at + 1 == len(facts) else "row")
        label = Label(ui, "" if name == before else ui.texts(f"models.fact.{name}"), 13, tone="3")
        label.setFixedWidth(ui.px(112))
        line = row(ui, gap=16, margins=(0, 0, 0, 10))
        line.addWidget(label, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(Label(ui, text, 13), 1)
        made.setLayout(line)
        card.body.addWidget(made)
        before = name
