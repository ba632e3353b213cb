"""What this program is, what it is for, which tools it carries, and the licences of what ships with it."""

from __future__ import annotations

from PySide6.QtWidgets import QPlainTextEdit, QWidget

from desktop.preferences.sections import Section
from desktop.widgets.choices import Select
from desktop.widgets.labels import Label
from desktop.widgets.reflow import SettingRow
from desktop.widgets.ui import column, divider, frame

_DIGEST_SHOWN = 8  # signs of the digest that name a tool on paper and here


class AboutSection(Section):
    """About Lantern."""

    def fill(self) -> None:
        """Put the cards in."""
        ui, texts, presenter = self.ui, self.ui.texts, self.presenter
        version = Label(ui, presenter.version, 13, tone="2", wrap=False)
        self.card(
            texts("preferences.section.about"),
            SettingRow(ui, texts("preferences.about.version"), "", version),
            self._words("preferences.about.intended_title", "preferences.about.intended"),
            self._words("preferences.about.data_title", "preferences.about.data", last=True),
        )
        self._fill_tools()
        self._fill_licences()

    def _words(self, title: str, text: str, *, last: bool = False) -> QWidget:
        ui, texts = self.ui, self.ui.texts
        made = frame("clear" if last else "row")
        made.setLayout(
            column(ui, Label(ui, texts(title), 13, bold=True), Label(ui, texts(text), 13), gap=4, margins=(16, 12))
        )
        return made

    def _fill_tools(self) -> None:
        ui, texts, presenter = self.ui, self.ui.texts, self.presenter
        card = self.card(texts("preferences.about.tools"))
        for pack in presenter.packs:
            source = (
                pack.citation
                if pack.doi is None
                else texts("preferences.about.source", citation=pack.citation, doi=pack.doi)
            )
            words = column(ui, gap=2, margins=(16, 10))
            words.addWidget(Label(ui, pack.title[texts.language], 13, bold=True))
            exact = texts(
                "preferences.about.exact", pack=pack.id, version=pack.version, digest=pack.digest[:_DIGEST_SHOWN]
            )
            words.addWidget(Label(ui, exact, 12, tone="2"))
            words.addWidget(Label(ui, source, 12, tone="3"))
            if pack is not presenter.packs[0]:
                card.body.addWidget(divider())
            card.body.addLayout(words)
        for damaged in presenter.damaged_packs:
            reason = texts("preferences.about.damaged", pack=damaged.id, reason=texts.error(damaged.error))
            card.body.addWidget(divider())
            card.body.addLayout(column(ui, Label(ui, reason, 13), margins=(16, 10)))

    def _fill_licences(self) -> None:
        ui, texts, presenter = self.ui, self.ui.texts, self.presenter
        card = self.card(texts("preferences.about.licences"))
        licences = presenter.licences
        options = [
            (each.text, texts("preferences.about.licence", name=each.name, licence=each.licence))
            if each.licence
            else (each.text, each.name)
            for each in licences
        ]
        choose = Select(ui, options, options[0][0], name=texts("preferences.about.licences"))
        choose.setObjectName("licence")
        shown = QPlainTextEdit()
        shown.setReadOnly(True)
        shown.setFont(ui.theme.font(12))
        shown.setMinimumHeight(ui.px(320))
        shown.setAccessibleName(texts("preferences.about.licence_text"))
        shown.setTabChangesFocus(True)
        shown.setPlainText(presenter.licence_text(options[0][0]))
        choose.chosen.connect(lambda place: shown.setPlainText(presenter.licence_text(place)))
        words = Label(ui, texts("preferences.about.licences_words", count=len(licences)), 12, tone="3")
        card.body.addLayout(column(ui, words, choose, shown, gap=10, margins=(16, 12, 16, 16)))
