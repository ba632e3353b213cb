"""Three people, as the backup has them beside as they are now: to be read aloud and compared by eye."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QWidget

from desktop.context import Context
from desktop.record.units import first_unit
from desktop.record.visit_words import value_words
from desktop.widgets.labels import Label
from desktop.widgets.ui import Ui, clear, column, frame, held
from engine.domain.record import Record
from engine.workflows.backups import Sample

_VALUES = 6  # of the last visit; enough to tell a record from another
Line = tuple[str, str, str]


class PeopleBeside(QWidget):
    """A small table for each person: what it is, in the backup, now."""

    def __init__(self, ui: Ui, context: Context) -> None:
        super().__init__()
        self._ui, self._context = ui, context
        self._shown: object = None
        self._box = column(ui, gap=12)
        self.setLayout(self._box)

    def show_people(self, samples: Sequence[Sample]) -> None:
        """Show these people."""
        if self._shown is samples:
            return
        self._shown = samples
        clear(self._box)
        for sample in samples:
            made = self._table(sample)
            self._box.addWidget(made)
            made.show()  # at once: else with the next turn of the events

    def _table(self, sample: Sample) -> QFrame:
        ui, texts = self._ui, self._ui.texts
        grid = QGridLayout()
        grid.setContentsMargins(ui.margins(12, 8))
        grid.setHorizontalSpacing(ui.px(16))
        grid.setVerticalSpacing(ui.px(4))
        for at, key in enumerate(("drill.people.in_backup", "drill.people.now"), 1):
            grid.addWidget(Label(ui, texts(key), 12, tone="3"), 0, at)
        for at, (name, before, now) in enumerate(self.lines(sample), 1):
            grid.addWidget(Label(ui, name, 12, tone="3"), at, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(Label(ui, before, 13, bold=at == 1), at, 1)
            grid.addWidget(Label(ui, now, 13, bold=at == 1, tone="" if now == before else "warn"), at, 2)
        for at, share in enumerate((2, 3, 3)):
            grid.setColumnStretch(at, share)
        made = frame("sunken")
        made.setLayout(column(ui, held(grid)))
        return made

    def lines(self, sample: Sample) -> list[Line]:
        """Return what is told of a person: name of the line, in the backup, now."""
        texts = self._ui.texts
        before, now = self._facts(sample.before), {} if sample.now is None else self._facts(sample.now)
        gone = texts("drill.people.gone") if sample.now is None else texts("drill.people.nothing")
        return [(name, value, now.get(name, gone)) for name, value in before.items()]

    def _facts(self, record: Record) -> dict[str, str]:
        texts, clinic = self._ui.texts, self._context.clinic
        patient, nothing = record.patient, texts("drill.people.nothing")
        born = str(patient.birth_date) if patient.birth_date is not None else nothing
        sex = texts(f"sex.{patient.sex}") if patient.sex in ("F", "M") else nothing
        facts = {
            texts("drill.people.name"): patient.name or patient.patient_id or nothing,
            texts("drill.people.born"): f"{born} · {sex}",
            texts("drill.people.visits"): texts.number(len(record.visits)),
        }
        if record.visits:
            last = record.visits[-1]
            facts[texts("drill.people.last")] = texts.date(last.visit_date)
            for one in last.measurements[:_VALUES]:
                field = clinic.dictionary.fields.get(one.field)
                if field is None:
                    continue
                label = field.label(texts.language)
                told = value_words(field, one.value, first_unit(field, self._context.settings), texts)
                facts[label] = f"{facts[label]} · {told}" if label in facts else told
        return facts
