"""Medicines, conditions, allergies and relatives of the person in hand: added, put right, ended, confirmed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from engine.domain.dates import PartialDate
from engine.domain.record import Allergy, Certainty, Condition, Medicine, Record, Relative, Severity
from engine.intake.typed import TypedValue, read_typed
from engine.workflows.clinics import OpenClinic
from engine.workflows.list_labels import class_labels, condition_label, relation_label
from engine.workflows.record import add_entry, add_medicine, confirm_list, edit_entry, remove_entry, typed_origin
from engine.workflows.record_lists import (
    Suggestion,
    describe_medicine,
    medicine_label,
    suggest_conditions,
    suggest_relations,
)

if TYPE_CHECKING:
    from desktop.record.presenter import RecordPresenter

Entry = Medicine | Condition | Allergy | Relative
LISTS = ("medicines", "conditions", "allergies", "family")
CONFIRMED = frozenset({"medicines", "conditions", "allergies"})  # lists that can be confirmed complete
_DAY_FIELD = "birth_date"  # the only field of the dictionary that takes a day, a month or a year, in the past


class Lists(QObject):
    """What is typed beside the lists is held here, so that a view made anew shows it again."""

    def __init__(self, owner: RecordPresenter) -> None:
        super().__init__(owner)
        self._owner = owner
        self.typed: dict[str, str] = {}  # field of the entry forms -> what stands in it
        self.editing: Entry | None = None

    @property
    def record(self) -> Record | None:
        """The record in hand; None for somebody new."""
        return None if self._owner.form is None else self._owner.form.in_hand.record

    def clear(self) -> None:
        """Forget what was typed for somebody else."""
        self.typed.clear()
        self.editing = None

    def items(self, name: str) -> tuple[Entry, ...]:
        """Return the entries of a list."""
        record = self.record
        if record is None:
            return ()
        found: dict[str, tuple[Entry, ...]] = {
            "medicines": record.medicines,
            "conditions": record.conditions,
            "allergies": record.allergies,
            "family": record.relatives,
        }
        return found[name]

    # --- changing ---------------------------------------------------------------------------------------------------

    def add_medicine(self, text: str, start: PartialDate | None) -> None:
        """Add a medicine as written, or put the one in hand right."""
        person, before = self._owner.person_id, self.editing
        if person is None:
            return

        def work(clinic: OpenClinic) -> None:
            if isinstance(before, Medicine) and before.text == text:
                edit_entry(clinic, replace(before, start=start))
                return
            add_medicine(clinic, person, text, start, before.stop if isinstance(before, Medicine) else None)
            if isinstance(before, Medicine):
                remove_entry(clinic, Medicine, before.id)

        self._change(work, "medicine")

    def add_condition(self, code: str, certainty: str, onset: PartialDate | None) -> None:
        """Add a condition, or put the one in hand right."""
        before = self.editing if isinstance(self.editing, Condition) else None

        def made(clinic: OpenClinic) -> Condition:
            if before is not None:
                return replace(before, code=code, certainty=Certainty(certainty), onset=onset)
            return Condition(clinic.new_id(), code, Certainty(certainty), typed_origin(clinic), onset=onset)

        self._put(made, before is not None, "condition")

    def add_allergy(self, substance: str, severity: str, reaction: str) -> None:
        """Add an allergy, or put the one in hand right."""
        before = self.editing if isinstance(self.editing, Allergy) else None

        def made(clinic: OpenClinic) -> Allergy:
            kept = reaction.strip() or None
            if before is not None:
                return replace(before, substance=substance, severity=Severity(severity), reaction=kept)
            origin = typed_origin(clinic)
            return Allergy(clinic.new_id(), substance, Severity(severity), Certainty.CONFIRMED, origin, reaction=kept)

        self._put(made, before is not None, "allergy")

    def add_relative(self, relation: str, condition: str, age: int | None) -> None:
        """Add a condition of a relative, or put the one in hand right."""
        before = self.editing if isinstance(self.editing, Relative) else None

        def made(clinic: OpenClinic) -> Relative:
            if before is not None:
                return replace(before, relation=relation, condition=condition, age_at_onset=age)
            return Relative(clinic.new_id(), relation, condition, typed_origin(clinic), age_at_onset=age)

        self._put(made, before is not None, "relative")

    def end(self, item: Entry) -> None:
        """End a medicine or condition today: it stays on record with its end."""
        today = self._owner.context.clock.today()
        day = PartialDate(today.year, today.month, today.day)
        if isinstance(item, Medicine):
            ended: Entry = replace(item, stop=day)
        elif isinstance(item, Condition):
            ended = replace(item, end=day)
        else:
            return
        self._change(lambda clinic: edit_entry(clinic, ended), "")

    def remove(self, item: Entry) -> None:
        """Take an entry off its list that was entered by mistake; it stays in the history."""
        kind = type(item)
        self._change(lambda clinic: remove_entry(clinic, kind, item.id), "")

    def confirm(self, name: str) -> None:
        """Take that a list is complete today, even if empty."""
        person = self._owner.person_id
        if person is not None:
            self._change(lambda clinic: confirm_list(clinic, person, name), "")

    def edit(self, item: Entry | None) -> None:
        """Take an entry in hand to put it right; None: let it go."""
        self.editing = item
        self.typed.clear()
        self._owner.record_changed.emit()

    def _put(self, made: Callable[[OpenClinic], Entry], again: bool, prefix: str) -> None:
        person = self._owner.person_id
        if person is None:
            return

        def work(clinic: OpenClinic) -> None:
            if again:
                edit_entry(clinic, made(clinic))
            else:
                add_entry(clinic, person, made(clinic))

        self._change(work, prefix)

    def _change(self, work: Callable[[OpenClinic], object], prefix: str) -> None:
        """Change the lists, then forget what was typed for it and read the record anew."""

        def done(_: object) -> None:
            if prefix:
                self.typed = {name: text for name, text in self.typed.items() if not name.startswith(prefix)}
            self.editing = None
            self._owner.reload()

        self._owner.context.on_store(self, work, done)

    # --- words ------------------------------------------------------------------------------------------------------

    @property
    def _language(self) -> str:
        return self._owner.context.settings.language

    def suggest_conditions(self, text: str) -> tuple[Suggestion, ...]:
        """Return conditions that a text may mean."""
        return suggest_conditions(text, self._language)

    def relations(self) -> tuple[Suggestion, ...]:
        """Return the relatives that may be named."""
        return suggest_relations(self._language)

    def condition(self, code: str) -> str:
        """Return the name of a condition."""
        return condition_label(code, self._language)

    def relation(self, code: str) -> str:
        """Return the name of a relative."""
        return relation_label(code, self._language)

    def recognised(self, medicine: Medicine) -> tuple[str, ...]:
        """Return ingredient and classes of a stored medicine in words; nothing where it was not recognised."""
        if medicine.ingredient is None:
            return ()
        return (medicine_label(medicine.ingredient, self._language), *class_labels(medicine.classes, self._language))

    def recognise(self, text: str) -> tuple[str, ...]:
        """Return ingredient and classes recognised in a medicine while it is typed."""
        found = describe_medicine(text)
        if found.ingredient is None:
            return ()
        return (found.ingredient[self._language], *(words[self._language] for words in found.classes))

    def read_day(self, text: str) -> PartialDate | None:
        """Return a day, month or year as typed; None where it cannot be read or has not come yet."""
        read = read_typed([TypedValue(_DAY_FIELD, text)], self._owner.context.clock, needs_visit_date=False)
        if read.problems or not read.entries.columns:
            return None
        return PartialDate.parse(str(read.entries.columns[0].values[0]))
