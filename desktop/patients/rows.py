"""One row of the list in words, ready to be drawn and to be read aloud."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from desktop.i18n import Texts
from desktop.widgets.labels import shown
from desktop.widgets.pips import step_of
from engine.domain.dates import completed_years
from engine.fields import load_dictionary
from engine.workflows.panel import PanelRow
from engine.workflows.panel_list import figures_of_hundred, span_of_hundred

NOTHING = "—"


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One person as the list shows them.

    ``step``: pips from 1 to 5, 0 for none; ``earlier``: the number is of an earlier visit than the last;
    ``is_range``: it is two ends between which it lies. ``tone`` of what is said about the next visit: ``warn`` where it
    is due, empty for a plain date.
    """

    name: str
    number: str
    age_sex: str
    age_sex_aloud: str
    pressure: str
    risk: str
    risk_words: str
    risk_aloud: str
    is_range: bool
    step: int
    earlier: bool
    visit: str
    came_today: bool
    next_visit: str
    tone: str
    village: str
    missing: tuple[str, ...]


class RowWords:
    """Puts people into words, in one language, on one day."""

    def __init__(self, texts: Texts, today: date, bands: Mapping[tuple[str, str], tuple[int, int]]) -> None:
        self._texts = texts
        self._today = today
        self._bands = bands

    def row(self, person: PanelRow) -> ShownRow:
        """Return one person in words."""
        risk, risk_words = self._risk(person)
        next_visit, tone = self._next_visit(person.next_visit)
        age_sex, aloud = self._age_sex(person)
        return ShownRow(
            name=shown(person.name or "") or self._texts("patients.no_name"),
            number=shown(person.patient_id or ""),
            age_sex=age_sex,
            age_sex_aloud=aloud,
            pressure=_pressure(person),
            risk=risk,
            risk_words=risk_words,
            risk_aloud=self._risk_aloud(person, risk, risk_words),
            is_range=person.risk is None and person.range is not None,
            step=self._step(person),
            earlier=bool(risk) and not person.assessed,
            visit=self._visit(person.last_visit),
            came_today=person.last_visit == self._today,
            next_visit=next_visit,
            tone=tone,
            village=shown(person.village or "") or NOTHING,
            missing=tuple(load_dictionary()[name].label(self._texts.language) for name in person.missing),
        )

    def _age_sex(self, person: PanelRow) -> tuple[str, str]:
        """Return age and sex as shown, and as read aloud."""
        texts, brief, aloud = self._texts, [], []
        if person.birth_date is not None:
            years = completed_years(person.birth_date.earliest, self._today)
            brief.append(str(years))
            aloud.append(texts("patients.years", years=years))
        if person.sex in ("F", "M"):
            brief.append(texts(f"patients.sex.{person.sex}"))
            aloud.append(texts(f"sex.{person.sex}"))
        return " ".join(brief) or NOTHING, texts("patients.separator").join(aloud)

    def _risk(self, person: PanelRow) -> tuple[str, str]:
        """Return the number or the ends of its range, and the words beside it or in its place."""
        if person.risk is not None:
            return self._count(person.risk), "" if person.assessed else self._texts("patients.earlier")
        if person.range is not None:
            words = self._texts("patients.range" if person.assessed else "patients.range_earlier")
            return span_of_hundred(person.range.low, person.range.high, self._texts.wording), words
        if person.last_visit is None:
            return "", NOTHING
        return "", self._texts("patients.no_number" if person.assessed else "patients.not_assessed")

    def _risk_aloud(self, person: PanelRow, risk: str, words: str) -> str:
        """Return the same as it is read aloud: a dash between figures says nothing."""
        if person.risk is not None or person.range is None:
            return f"{risk} {words}".strip()
        low, high = self._count(person.range.low), self._count(person.range.high)
        said = self._texts("patients.range_aloud", low=low, high=high)
        return said if person.assessed else f"{said} {self._texts('patients.earlier')}"

    def _count(self, risk: float) -> str:
        return figures_of_hundred(risk, self._texts.wording)

    def _step(self, person: PanelRow) -> int:
        if person.risk is None or person.pack is None or person.band is None:
            return 0
        place = self._bands.get((person.pack, person.band))
        return 0 if place is None else step_of(*place)

    def _visit(self, day: date | None) -> str:
        if day is None:
            return NOTHING
        return self._texts("patients.today") if day == self._today else self._texts.date(day)

    def _next_visit(self, day: date | None) -> tuple[str, str]:
        if day is None:
            return NOTHING, ""
        late = (self._today - day).days
        if late < 0:
            return self._texts.date(day), ""
        if late == 0:
            return self._texts("patients.due_today"), "warn"
        key = "patients.late_one" if late == 1 else "patients.late"
        return self._texts(key, days=self._texts.number(late)), "warn"


def _pressure(person: PanelRow) -> str:
    if person.sbp_mmhg is None and person.dbp_mmhg is None:
        return NOTHING
    return "/".join("?" if one is None else str(int(one + 0.5)) for one in (person.sbp_mmhg, person.dbp_mmhg))
