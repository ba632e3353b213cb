"""The three pages of the first start."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.first_start.presenter import FirstStartPresenter
from desktop.widgets.buttons import Button
from desktop.widgets.choices import Segment, Select, Switch
from desktop.widgets.fields import PassphraseField, TextField
from desktop.widgets.labels import Label
from desktop.widgets.parts import Notice, setting_row
from desktop.widgets.recovery_sheet import RecoverySheetSteps
from desktop.widgets.ui import Ui, clear, column, frame, row

_LABELS = 176
_PAPERS = (("a4", "A4"), ("letter", "Letter"))


class Page(QWidget):
    """A title, a sentence, and what is asked."""

    entered = Signal()

    def __init__(self, ui: Ui, presenter: FirstStartPresenter, code: str) -> None:
        super().__init__()
        self.ui = ui
        self.presenter = presenter
        self.body = column(ui, gap=20)
        self.body.addLayout(
            column(
                ui,
                Label(ui, ui.texts(f"first_start.{code}.title"), 24, bold=True),
                Label(ui, ui.texts(f"first_start.{code}.intro"), 13, tone="2"),
                gap=8,
            )
        )
        self.setLayout(self.body)

    def question(self, title: str, caption: str, control: QWidget) -> QHBoxLayout:
        """Return one question: words at the left, the answer at the right."""
        words = QWidget()
        words.setFixedWidth(self.ui.px(_LABELS))
        caption_label = Label(self.ui, caption, 12, tone="3")
        # Stretches at both ends: the two lines stay together however high the answer is.
        words.setLayout(column(self.ui, 1, Label(self.ui, title, 13, bold=True), caption_label, 1, gap=2))
        line = row(self.ui, words, gap=16)
        line.addWidget(control, 1)
        return line

    def refresh(self) -> None:
        """Show the presenter's state."""


class ClinicPage(Page):
    """Five answers."""

    def __init__(self, ui: Ui, presenter: FirstStartPresenter) -> None:
        super().__init__(ui, presenter, "clinic")
        texts, settings = ui.texts, presenter.context.settings
        self._language = Segment(
            ui,
            (("en", "English"), ("zh", "简体中文")),
            settings.language,
            name=texts("first_start.language"),
            height=40,
        )
        self._name = TextField(ui, "", presenter.answers.name, large=True)
        self._name.edit.setAccessibleName(texts("first_start.name"))
        self._country = Select(ui, name=texts("first_start.country"), size="large")
        self._paper = Segment(ui, _PAPERS, settings.paper, name=texts("first_start.paper"), height=40)
        units = tuple((code, texts(f"first_start.unit.{code}")) for code in ("si", "us"))
        self._units = Segment(ui, units, settings.units, name=texts("first_start.units_title"), height=40)
        self._regions = column(ui, gap=20)
        self._effect = Notice(ui, "info")
        self._problem = Notice(ui, "danger")
        self._tools = QVBoxLayout()
        for title, control in (
            ("language", self._language),
            ("name", self._name),
            ("country", self._country),
            ("paper", self._paper),
            ("units_title", self._units),
        ):
            words = texts(f"first_start.{title}"), texts(f"first_start.{title}_words")
            self.body.addLayout(self.question(*words, control))
        self.body.addLayout(self._regions)
        self.body.addWidget(self._effect)
        self.body.addWidget(self._problem)
        self.body.addLayout(self._tools)
        self._built_for: tuple[object, ...] = ()
        self._connect()

    def _connect(self) -> None:
        context = self.presenter.context
        self._language.chosen.connect(lambda language: context.change(language=language))
        self._paper.chosen.connect(lambda paper: context.change(paper=paper))
        self._units.chosen.connect(lambda units: context.change(units=units))
        self._country.chosen.connect(self.presenter.choose_country)
        self._name.edited.connect(self._take_name)
        self._name.entered.connect(self.entered)

    def showEvent(self, event: QShowEvent) -> None:
        """Put the cursor where the first word is typed."""
        super().showEvent(event)
        self._name.edit.setFocus()

    def refresh(self) -> None:
        """Show the presenter's state."""
        presenter, settings = self.presenter, self.presenter.context.settings
        if presenter.countries and not self._country.count():
            chinese = self.ui.texts.language == "zh"
            names = [(each.iso3, each.zh if chinese else each.en) for each in presenter.countries]
            self._country.set_options(sorted(names, key=lambda pair: pair[1]))
        self._country.set_value(presenter.answers.country or None)
        self._paper.set_value(settings.paper)
        self._units.set_value(settings.units)
        self._name.say(presenter.name_problem)
        self._problem.say(presenter.problem, "danger")
        self._effect.say(self._effect_words(), "info")
        built_for = (presenter.choice, presenter.to_accept)
        if built_for != self._built_for:
            self._built_for = built_for
            self._show_regions()
            self._show_tools()

    def _take_name(self, text: str) -> None:
        self.presenter.answers.name = text
        self.presenter.name_problem = ""
        self._name.say("")

    def _effect_words(self) -> str:
        choice, texts = self.presenter.choice, self.ui.texts
        if choice is None:
            return texts("first_start.effect.none")
        paper = texts("first_start.effect.paper", paper=dict(_PAPERS)[self.presenter.context.settings.paper])
        lead, language = choice.lead, texts.language
        if lead is None:
            return texts("first_start.effect.open", country=choice.labels[language]) + paper
        words = {"tool": lead.title[language], "paper": paper}
        if lead.age_min is not None and lead.age_max is not None and lead.horizon_years is not None:
            return texts(
                "first_start.effect.ages",
                low=f"{lead.age_min:g}",
                high=f"{lead.age_max:g}",
                years=f"{lead.horizon_years:g}",
                **words,
            )
        return texts("first_start.effect.tool", **words)

    def _show_regions(self) -> None:
        """Ask for the regions that the country does not settle; without them their tools stay silent."""
        clear(self._regions)
        choice, language = self.presenter.choice, self.ui.texts.language
        if choice is None:
            return
        asked = set(choice.open_fields) | set(self.presenter.answers.regions)
        for region in choice.regions:
            if region.field not in asked:
                continue
            options = [(each.code, each.labels[language]) for each in region.choices]
            select = Select(
                self.ui,
                options,
                self.presenter.answers.regions.get(region.field),
                name=region.labels[language],
                size="large",
            )
            select.chosen.connect(lambda value, name=region.field: self.presenter.choose_region(name, value))
            words = self.ui.texts("first_start.region_words")
            self._regions.addLayout(self.question(region.labels[language], words, select))

    def _show_tools(self) -> None:
        """Offer the tools whose licence is unclear; they stay off until somebody read the note."""
        clear(self._tools)
        if not self.presenter.to_accept:
            return
        texts = self.ui.texts
        more = Button(
            self.ui, texts("first_start.tools", count=len(self.presenter.to_accept)), kind="link", icon="down"
        )
        inside = frame("clear")
        box = column(self.ui, Label(self.ui, texts("first_start.tools_words"), 12, tone="3"), gap=0)
        inside.setLayout(box)
        inside.setVisible(bool(self.presenter.answers.accepted))
        more.clicked.connect(lambda: inside.setVisible(inside.isHidden()))
        for pack in self.presenter.to_accept:
            title = pack.title[texts.language]
            switch = Switch(self.ui, pack.id in self.presenter.answers.accepted, name=title)
            switch.toggled.connect(lambda on, pack_id=pack.id: self.presenter.accept(pack_id, on))
            box.addWidget(setting_row(self.ui, title, pack.licence_note, switch))
        self._tools.addWidget(more)
        self._tools.addWidget(inside)


class PassphrasePage(Page):
    """Who owns the clinic, and the passphrase twice."""

    def __init__(self, ui: Ui, presenter: FirstStartPresenter) -> None:
        super().__init__(ui, presenter, "passphrase")
        texts, answers = ui.texts, presenter.answers
        self._owner = TextField(
            ui, texts("first_start.owner"), answers.owner, hint=texts("first_start.owner_words"), large=True
        )
        self._one = PassphraseField(ui, texts("first_start.passphrase.one"))
        self._two = PassphraseField(ui, texts("first_start.passphrase.two"))
        self._one.set_text(answers.passphrase)
        self._two.set_text(answers.again)
        self._advice = Notice(ui, "info")
        self._problem = Notice(ui, "danger")
        self._caps = Notice(ui)
        width = ui.px(520)
        for part in (self._owner, self._one, self._two, self._caps, self._advice, self._problem):
            part.setMaximumWidth(width)
            self.body.addWidget(part)
        self._owner.edited.connect(self._take_owner)
        self._owner.entered.connect(self._one.edit.setFocus)
        self._one.edited.connect(presenter.type_passphrase)
        self._one.entered.connect(self._two.edit.setFocus)
        self._two.edited.connect(self._take_again)
        self._two.entered.connect(self.entered)
        self._one.caps_lock.connect(lambda on: self._caps.say(texts("unlock.caps_lock") if on else ""))

    def showEvent(self, event: QShowEvent) -> None:
        """Put the cursor into the first empty field."""
        super().showEvent(event)
        (self._owner if not self._owner.text() else self._one).edit.setFocus()

    def refresh(self) -> None:
        """Show the presenter's state."""
        presenter = self.presenter
        self._one.say(presenter.passphrase_problem)
        self._two.say(presenter.again_problem)
        good = bool(presenter.answers.passphrase) and not presenter.advice
        words = self.ui.texts("first_start.advice.good") if good else presenter.advice
        self._advice.say(words, "ok" if good else "info")
        self._problem.say(presenter.problem, "danger")

    def _take_owner(self, text: str) -> None:
        self.presenter.answers.owner = text

    def _take_again(self, text: str) -> None:
        self.presenter.answers.again = text
        self.presenter.again_problem = ""
        self._two.say("")


class RecoveryPage(Page):
    """The sheet: print it, then type its key back. Only then is the clinic made."""

    def __init__(self, ui: Ui, presenter: FirstStartPresenter) -> None:
        super().__init__(ui, presenter, "recovery")
        self._steps = RecoverySheetSteps(ui)
        self._steps.print_asked.connect(lambda: presenter.printers().ask(self.window(), presenter.print_sheet))
        self._steps.entered.connect(self.entered)
        self.body.addWidget(self._steps)

    def showEvent(self, event: QShowEvent) -> None:
        """Stand on what is to be done first, not on the way back."""
        super().showEvent(event)
        self._steps.print.setFocus()

    def refresh(self) -> None:
        """Show the presenter's state."""
        self._steps.show_state(self.presenter)

    def finish(self) -> None:
        """Hand over what was typed back."""
        self.presenter.finish(self._steps.typed())
