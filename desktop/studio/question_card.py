"""What a new model should tell: of the clinic's patients, or of a table from outside."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QBoxLayout, QWidget

from desktop.studio.answers import AT_VISIT, HORIZONS, PATIENTS, TABLE, TIME_UNITS
from desktop.studio.more_card import add_more
from desktop.studio.presenter import StudioPresenter
from desktop.studio.verdict_card import first_large
from desktop.units import unit_words
from desktop.widgets.buttons import Button
from desktop.widgets.choices import Segment, Select
from desktop.widgets.fields import TextField
from desktop.widgets.file_dialog import file_dialog
from desktop.widgets.labels import ElidedLabel, Label
from desktop.widgets.parts import Card, Notice
from desktop.widgets.ui import Ui, column, row
from engine.domain.studio import OutcomeChoice, OutcomeSource

_FEW = 20  # people; with fewer there is hardly anything to look at


class QuestionCard(Card):
    """The question of a new model."""

    def __init__(self, ui: Ui, presenter: StudioPresenter) -> None:
        super().__init__(ui, ui.texts("studio.ask.title"), gap=16)
        self._ui, self._presenter, self._asking = ui, presenter, presenter.asking
        answers, texts = self._asking.answers, ui.texts
        sources = [TABLE] if not presenter.sees_records else [PATIENTS, TABLE]
        source = Segment(
            ui,
            [(each, texts(f"studio.ask.source.{each}")) for each in sources],
            answers.source if answers.source in sources else sources[0],
            name=texts("studio.ask.title"),
        )
        source.setObjectName("source")
        source.chosen.connect(lambda code: self._choose("source", source=code))
        self.body.addWidget(source)
        if (source.value or PATIENTS) == PATIENTS:
            self._add_record()
        else:
            self._add_table()
        add_more(ui, presenter, self.body)

    def _choose(self, control: str, **answers: object) -> None:
        self._presenter.control = control
        self._asking.choose(**answers)

    # --- the clinic's patients --------------------------------------------------------------------------------------

    def _add_record(self) -> None:
        ui, texts, asking = self._ui, self._ui.texts, self._asking
        if asking.outcomes is None:
            self.body.addWidget(Label(ui, texts("studio.ask.reading"), 13, tone="3"))
            return
        if asking.can_add_years or asking.busy == "years":
            self._add_years()
        groups = [(str(each), texts(f"studio.ask.group.{each}")) for each in OutcomeSource]
        group = Segment(ui, groups, asking.answers.group, name=texts("studio.ask.what"))
        group.setObjectName("group")
        group.chosen.connect(lambda code: self._choose("group", group=code))
        parts: list[QWidget] = [group]
        if asking.in_group:
            options = [(each.id, self._named(each)) for each in asking.in_group]
            outcome = Select(ui, options, asking.answers.outcome or None, name=texts("studio.ask.what"))
            outcome.setObjectName("outcome")
            outcome.chosen.connect(lambda code: self._choose("outcome", outcome=code))
            parts.append(outcome)
        else:
            parts.append(Label(ui, texts(f"studio.ask.none.{asking.answers.group}"), 13, tone="3"))
        if asking.chosen is not None:
            parts.append(Label(ui, self._told(asking.chosen), 12, tone="3"))
        self.body.addLayout(self._labelled(texts("studio.ask.what"), *parts, problem="outcome"))
        if asking.chosen is not None and asking.chosen.source is OutcomeSource.MEASUREMENT:
            self._add_limit(asking.chosen)
        self._add_horizon()
        first = self._field("first", texts("studio.ask.first"), asking.answers.first, texts("studio.ask.any_day"))
        last = self._field("last", texts("studio.ask.last"), asking.answers.last, texts("studio.ask.any_day"))
        self.body.addLayout(row(ui, first, last, gap=16))

    def _add_limit(self, chosen: OutcomeChoice) -> None:
        """Ask on which side of which value a measurement counts."""
        texts, answers = self._ui.texts, self._asking.answers
        ways = [("reaches", texts("studio.ask.reaches")), ("falls", texts("studio.ask.falls"))]
        way = Segment(self._ui, ways, "falls" if answers.falls else "reaches", name=texts("studio.ask.way"))
        way.setObjectName("way")
        way.chosen.connect(lambda code: self._choose("way", falls=code == "falls"))
        self.body.addLayout(self._labelled(texts("studio.ask.way"), way))
        unit = unit_words(chosen.unit, texts)
        label = texts("studio.ask.limit_in", unit=unit) if unit else texts("studio.ask.limit")
        self._add_field("limit", label, answers.limit)

    def _add_years(self) -> None:
        """Offer made-up people who came for years: nobody in a practice clinic was followed long enough."""
        notice = Notice(self._ui, "info")
        self.body.addWidget(notice)
        if self._asking.busy == "years":
            notice.say(self._ui.texts("studio.years.busy"), "info")
            return
        texts = self._ui.texts
        notice.say(texts("studio.years.words"), "info", texts("studio.years.add"), self._asking.add_years)

    def _named(self, choice: OutcomeChoice) -> str:
        texts = self._ui.texts
        key = "studio.ask.measured" if choice.source is OutcomeSource.MEASUREMENT else "studio.ask.with"
        label = first_large(choice.label[texts.language])
        return texts(key, label=label, count=texts.number(choice.people_with))

    def _told(self, choice: OutcomeChoice) -> str:
        texts = self._ui.texts
        if choice.first_day is None or choice.last_day is None:
            return texts("studio.ask.no_days")
        few = texts("studio.ask.few") if choice.people_with < _FEW else ""
        days = texts("studio.ask.days", first=texts.date(choice.first_day), last=texts.date(choice.last_day))
        return f"{days} {few}".strip()

    def _add_horizon(self) -> None:
        texts = self._ui.texts
        options = [(code, texts("studio.ask.at_visit") if code == AT_VISIT else code) for code in HORIZONS]
        horizon = Segment(self._ui, options, self._asking.answers.horizon, name=texts("studio.ask.within"))
        horizon.setObjectName("horizon")
        horizon.chosen.connect(lambda code: self._choose("horizon", horizon=code))
        self.body.addLayout(self._labelled(texts("studio.ask.within"), horizon))

    # --- a table ----------------------------------------------------------------------------------------------------

    def _add_table(self) -> None:
        ui, texts, asking = self._ui, self._ui.texts, self._asking
        table = asking.table
        choose = Button(ui, texts("studio.table.choose"), icon="folder", key="Ctrl+O")
        choose.setObjectName("file")
        choose.clicked.connect(self._ask_file)
        choose.setEnabled(not asking.busy)
        line = row(ui, choose, gap=12)
        if asking.busy == "table":
            line.addWidget(Label(ui, texts("studio.table.reading"), 13, tone="3"), 1)
        elif table is not None:
            told = texts(
                "studio.table.read", file=table.file, rows=texts.number(table.rows), columns=len(table.columns)
            )
            line.addWidget(ElidedLabel(ui, told, 13, color="text_2"), 1)
        else:
            line.addWidget(Label(ui, texts("studio.table.hint"), 12, tone="3"), 1)
        self.body.addLayout(line)
        self._add_problem("file")
        if table is not None:
            self._add_columns()

    def _add_columns(self) -> None:
        ui, texts, asking, answers = self._ui, self._ui.texts, self._asking, self._asking.answers
        table = asking.table
        if table is None:
            return
        if not table.outcomes:
            notice = Notice(ui)
            self.body.addWidget(notice)
            notice.say(texts("studio.table.no_outcome"))
            return
        outcome = Select(ui, [(each.name, each.name) for each in table.outcomes], answers.column or None)
        outcome.setAccessibleName(texts("studio.table.outcome"))
        outcome.setObjectName("column")
        outcome.chosen.connect(self._choose_column)
        self.body.addLayout(self._labelled(texts("studio.table.outcome"), outcome, problem="column"))
        found = next((each for each in table.outcomes if each.name == answers.column), None)
        if found is not None:
            yes = Segment(ui, [(each, each) for each in found.values], answers.positive or None)
            yes.setAccessibleName(texts("studio.table.yes"))
            yes.setObjectName("positive")
            yes.chosen.connect(lambda code: self._choose("positive", positive=code))
            self.body.addLayout(self._labelled(texts("studio.table.yes"), yes, problem="positive"))
        times = [("", texts("studio.table.no_time")), *((name, name) for name in table.times if name != answers.column)]
        time = Select(ui, times, answers.time, name=texts("studio.table.time"))
        time.setObjectName("time")
        time.chosen.connect(lambda code: self._choose("time", time=code))
        self.body.addLayout(self._labelled(texts("studio.table.time"), time))
        if answers.time:
            units = [(each, texts(f"studio.table.unit.{each}")) for each in TIME_UNITS]
            unit = Segment(ui, units, answers.time_unit, name=texts("studio.table.unit_of"))
            unit.setObjectName("unit")
            unit.chosen.connect(lambda code: self._choose("unit", time_unit=code))
            self.body.addLayout(self._labelled(texts("studio.table.unit_of"), unit))
            self._add_field("within", texts("studio.table.within"), answers.within)

    def _choose_column(self, column: str) -> None:
        self._presenter.control = "column"
        self._asking.choose_column(column)

    def _ask_file(self) -> None:
        texts = self._ui.texts
        dialog = file_dialog(self, self._ui, texts("studio.table.dialog"), texts("studio.table.files"))
        dialog.fileSelected.connect(lambda file: self._asking.open_table(Path(file)))
        dialog.open()

    # --- parts ------------------------------------------------------------------------------------------------------

    def _labelled(self, label: str, *parts: QWidget, problem: str = "") -> QBoxLayout:
        """Return parts under their label, and under them what is wrong with the answer."""
        lines = column(self._ui, Label(self._ui, label, 12, tone="2"), *parts, gap=4)
        said = self._asking.problems.get(problem, "")
        if said:
            lines.addWidget(Label(self._ui, said, 12, tone="danger"))
        return lines

    def _add_field(self, name: str, label: str, text: str) -> None:
        self.body.addWidget(self._field(name, label, text))

    def _field(self, name: str, label: str, text: str, hint: str = "") -> TextField:
        field = TextField(self._ui, label, text, hint=hint)
        field.edit.setObjectName(name)
        field.edited.connect(lambda typed: self._asking.write(**{name: typed}))
        field.entered.connect(self._presenter.check)
        field.say(self._asking.problems.get(name, ""))
        return field

    def _add_problem(self, name: str) -> None:
        said = self._asking.problems.get(name, "")
        if said:
            self.body.addWidget(Label(self._ui, said, 12, tone="danger"))
