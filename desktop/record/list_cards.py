"""One card per list: medicines, conditions, allergies, family history."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from desktop.record.list_card import ListCard, both
from desktop.record.lists import Entry
from desktop.record.presenter import RecordPresenter
from desktop.widgets.buttons import Button
from desktop.widgets.choices import Segment, Select
from desktop.widgets.labels import Label
from desktop.widgets.ui import Ui, clear, column, held
from engine.domain.record import Allergy, Certainty, Condition, Medicine, Relative, Severity

_CERTAINTIES = (Certainty.CONFIRMED.value, Certainty.SUSPECTED.value, Certainty.REFUTED.value)
_SEVERITIES = (Severity.MILD.value, Severity.SEVERE.value, Severity.UNKNOWN.value)
_OLDEST = 120


class MedicineCard(ListCard):
    """Medicines as written, with the ingredient and class that are recognised in them."""

    def __init__(self, ui: Ui, presenter: RecordPresenter) -> None:
        super().__init__(ui, presenter, "medicines")

    def _make_entry(self) -> None:
        self._text = self._field("medicine.text", "medicine_text")
        self._start = self._field("medicine.start", "start")
        self._text.edited.connect(self._recognise)
        self._entry.addLayout(both(self._ui, self._text, self._start))

    def _recognise(self, text: str) -> None:
        found = self._lists.recognise(text) if text.strip() else ()
        self._text.say(self._ui.texts("record.lists.recognised", words=" · ".join(found)) if found else "", "ok")

    def _take_editing(self) -> None:
        item, typed = self._lists.editing, self._lists.typed
        if isinstance(item, Medicine) and "medicine.text" not in typed:
            typed["medicine.text"] = item.text
            typed["medicine.start"] = "" if item.start is None else str(item.start)
        self._text.set_text(typed.get("medicine.text", ""))
        self._start.set_text(typed.get("medicine.start", ""))
        self._recognise(self._text.text())
        self._start.say("")

    def _is_mine(self, item: Entry | None) -> bool:
        return isinstance(item, Medicine)

    def _words(self, item: Entry) -> tuple[str, str, bool]:
        if not isinstance(item, Medicine):
            return "", "", False
        texts = self._ui.texts
        parts = list(self._lists.recognised(item)) or [texts("record.lists.not_recognised")]
        if item.start is not None:
            parts.append(texts("record.lists.since", day=str(item.start)))
        if item.stop is not None:
            parts.append(texts("record.lists.until", day=str(item.stop)))
        return item.text, " · ".join(parts), item.stop is not None

    def _put(self) -> None:
        fits, start = self._day(self._start)
        if not self._text.text().strip():
            self._say(self._ui.texts("record.lists.medicine_empty"))
        elif fits:
            self._lists.add_medicine(" ".join(self._text.text().split()), start)


class _WithCondition(ListCard):
    """A list whose entries name a condition: it is found while it is typed and chosen from what is found."""

    _prefix = ""

    def _condition_field(self, label: str) -> QWidget:
        self._search = self._field(f"{self._prefix}.search", label)
        self._search.edited.connect(lambda _: self._suggest())
        self._found = column(self._ui, gap=2)
        made = QWidget()
        made.setLayout(column(self._ui, self._search, held(self._found), gap=4))
        return made

    def _suggest(self) -> None:
        """Show conditions that the text may mean; the first one is taken with Enter."""
        clear(self._found)
        text = self._search.text().strip()
        chosen = self._lists.typed.get(f"{self._prefix}.code", "")
        if chosen and text != self._lists.condition(chosen):
            self._lists.typed.pop(f"{self._prefix}.code", None)
        if not text or self._code():
            return
        found = self._lists.suggest_conditions(text)[:6]
        for one in found:
            button = Button(self._ui, one.label, kind="link", size="small")
            button.clicked.connect(lambda _=False, code=one.code: self._choose(code))
            self._found.addWidget(button)
        if not found:
            self._found.addWidget(Label(self._ui, self._ui.texts("record.lists.no_condition"), 12, tone="3"))

    def _choose(self, code: str) -> None:
        self._lists.typed[f"{self._prefix}.code"] = code
        self._search.set_text(self._lists.condition(code))
        self._keep(f"{self._prefix}.search", self._search.text())
        clear(self._found)
        self._search.edit.setFocus()

    def _code(self) -> str:
        return self._lists.typed.get(f"{self._prefix}.code", "")

    def _sure_code(self) -> str:
        """Return the condition chosen, taking the first one found where Enter was pressed at once."""
        text = self._search.text().strip()
        if not self._code() and text and (found := self._lists.suggest_conditions(text)):
            self._choose(found[0].code)
            return ""
        if not self._code():
            self._say(self._ui.texts("record.lists.condition_empty"))
        return self._code()


class ConditionCard(_WithCondition):
    """Conditions and past events, how sure they are and since when."""

    _prefix = "condition"

    def __init__(self, ui: Ui, presenter: RecordPresenter) -> None:
        super().__init__(ui, presenter, "conditions")

    def _make_entry(self) -> None:
        texts = self._ui.texts
        self._onset = self._field("condition.onset", "onset")
        options = [(code, texts(f"record.certainty.{code}")) for code in _CERTAINTIES]
        self._certainty = Segment(self._ui, options, _CERTAINTIES[0], name=texts("record.lists.certainty"))
        self._certainty.chosen.connect(lambda code: self._keep("condition.certainty", code))
        self._entry.addLayout(both(self._ui, self._condition_field("condition"), self._onset))
        self._entry.addWidget(self._labelled("certainty", self._certainty))

    def _take_editing(self) -> None:
        item, typed = self._lists.editing, self._lists.typed
        if isinstance(item, Condition) and "condition.code" not in typed:
            typed["condition.code"] = item.code
            typed["condition.search"] = self._lists.condition(item.code)
            typed["condition.certainty"] = item.certainty.value
            typed["condition.onset"] = "" if item.onset is None else str(item.onset)
        self._search.set_text(typed.get("condition.search", ""))
        self._onset.set_text(typed.get("condition.onset", ""))
        self._certainty.set_value(typed.get("condition.certainty", _CERTAINTIES[0]))
        self._onset.say("")
        self._suggest()

    def _is_mine(self, item: Entry | None) -> bool:
        return isinstance(item, Condition)

    def _words(self, item: Entry) -> tuple[str, str, bool]:
        if not isinstance(item, Condition):
            return "", "", False
        texts = self._ui.texts
        parts = [texts(f"record.certainty.{item.certainty.value}")]
        if item.onset is not None:
            parts.append(texts("record.lists.since", day=str(item.onset)))
        if item.end is not None:
            parts.append(texts("record.lists.until", day=str(item.end)))
        return self._lists.condition(item.code), " · ".join(parts), item.end is not None

    def _put(self) -> None:
        fits, onset = self._day(self._onset)
        code = self._sure_code()
        if fits and code:
            self._lists.add_condition(code, self._certainty.value or _CERTAINTIES[0], onset)


class AllergyCard(ListCard):
    """Allergies and intolerances."""

    def __init__(self, ui: Ui, presenter: RecordPresenter) -> None:
        super().__init__(ui, presenter, "allergies")

    def _make_entry(self) -> None:
        texts = self._ui.texts
        self._substance = self._field("allergy.substance", "substance")
        self._reaction = self._field("allergy.reaction", "reaction")
        options = [(code, texts(f"record.severity.{code}")) for code in _SEVERITIES]
        self._severity = Segment(self._ui, options, _SEVERITIES[-1], name=texts("record.lists.severity"))
        self._severity.chosen.connect(lambda code: self._keep("allergy.severity", code))
        self._entry.addLayout(both(self._ui, self._substance, self._reaction))
        self._entry.addWidget(self._labelled("severity", self._severity))

    def _take_editing(self) -> None:
        item, typed = self._lists.editing, self._lists.typed
        if isinstance(item, Allergy) and "allergy.substance" not in typed:
            typed["allergy.substance"] = item.substance
            typed["allergy.reaction"] = item.reaction or ""
            typed["allergy.severity"] = item.severity.value
        self._substance.set_text(typed.get("allergy.substance", ""))
        self._reaction.set_text(typed.get("allergy.reaction", ""))
        self._severity.set_value(typed.get("allergy.severity", _SEVERITIES[-1]))

    def _is_mine(self, item: Entry | None) -> bool:
        return isinstance(item, Allergy)

    def _words(self, item: Entry) -> tuple[str, str, bool]:
        if not isinstance(item, Allergy):
            return "", "", False
        parts = [self._ui.texts(f"record.severity.{item.severity.value}"), item.reaction or ""]
        return item.substance, " · ".join(part for part in parts if part), False

    def _put(self) -> None:
        substance = " ".join(self._substance.text().split())
        if not substance:
            self._say(self._ui.texts("record.lists.substance_empty"))
            return
        self._lists.add_allergy(substance, self._severity.value or _SEVERITIES[-1], self._reaction.text())


class FamilyCard(_WithCondition):
    """Conditions of relatives, with the age at which they began."""

    _prefix = "relative"

    def __init__(self, ui: Ui, presenter: RecordPresenter) -> None:
        super().__init__(ui, presenter, "family")

    def _make_entry(self) -> None:
        texts = self._ui.texts
        options = [(one.code, one.label) for one in self._lists.relations()]
        self._relation = Select(self._ui, options, options[0][0], name=texts("record.lists.relation"))
        self._relation.chosen.connect(lambda code: self._keep("relative.relation", code))
        self._age = self._field("relative.age", "age_at_onset")
        self._entry.addLayout(both(self._ui, self._labelled("relation", self._relation), self._age))
        self._entry.addWidget(self._condition_field("condition"))

    def _take_editing(self) -> None:
        item, typed = self._lists.editing, self._lists.typed
        if isinstance(item, Relative) and "relative.code" not in typed:
            typed["relative.relation"] = item.relation
            typed["relative.code"] = item.condition
            typed["relative.search"] = self._lists.condition(item.condition)
            typed["relative.age"] = "" if item.age_at_onset is None else str(item.age_at_onset)
        if relation := typed.get("relative.relation"):
            self._relation.set_value(relation)
        self._search.set_text(typed.get("relative.search", ""))
        self._age.set_text(typed.get("relative.age", ""))
        self._age.say("")
        self._suggest()

    def _is_mine(self, item: Entry | None) -> bool:
        return isinstance(item, Relative)

    def _words(self, item: Entry) -> tuple[str, str, bool]:
        if not isinstance(item, Relative):
            return "", "", False
        more = ""
        if item.age_at_onset is not None:
            more = self._ui.texts("record.lists.at_age", age=item.age_at_onset)
        name = self._ui.texts(
            "record.lists.relative",
            relation=self._lists.relation(item.relation),
            condition=self._lists.condition(item.condition),
        )
        return name, more, False

    def _put(self) -> None:
        text = self._age.text().strip()
        age = int(text) if text.isdecimal() and len(text) <= 3 else None
        wrong = bool(text) and (age is None or not 0 <= age <= _OLDEST)
        self._age.say(self._ui.texts("record.lists.age_wrong") if wrong else "")
        code = self._sure_code()
        if code and not wrong:
            self._lists.add_relative(self._relation.value or "", code, age)
