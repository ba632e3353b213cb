"""One person's record: who they are, what was measured, what they have, take and were told.

Times are UTC moments; dates are calendar days of the clinic. Values are in canonical units of ``resources/fields``:
a number, a code of the field's categories, true/false, or text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from engine.domain.dates import PartialDate

Value = float | bool | str


class SourceKind(StrEnum):
    """Where an entry came from."""

    TYPED = "typed"
    IMPORTED = "imported"
    SET_FOR_FILE = "set_for_file"  # a value given once for a whole file at import
    DERIVED = "derived"


@dataclass(frozen=True, slots=True)
class Conversion:
    """How a written value became the canonical one: canonical = written * factor + offset."""

    unit_from: str
    unit_to: str
    factor: float
    offset: float = 0.0


@dataclass(frozen=True, slots=True)
class Origin:
    """Provenance of one entry."""

    kind: SourceKind
    recorded_at: datetime
    actor: str | None = None
    file_name: str | None = None
    file_sha256: str | None = None
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    text: str | None = None
    conversion: Conversion | None = None
    rule: str | None = None


class Certainty(StrEnum):
    """How sure a condition is. Suspected counts as unknown, refuted as false."""

    CONFIRMED = "confirmed"
    SUSPECTED = "suspected"
    REFUTED = "refuted"


class CheckStatus(StrEnum):
    """Whether a test, vaccine or screening took place."""

    DONE = "done"
    REFUSED = "refused"
    NEVER = "never"


class Severity(StrEnum):
    """Of an allergic reaction."""

    MILD = "mild"
    SEVERE = "severe"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Measurement:
    """One reading of one field at one visit. ``reading`` counts from 1 within the visit.

    ``value`` is None where only a qualifier was written (negative, positive).
    """

    id: str
    field: str
    value: Value | None
    reading: int
    origin: Origin
    qualifier: str | None = None  # "<", ">", "negative", "positive" as written


@dataclass(frozen=True, slots=True)
class Visit:
    """What was recorded on one day."""

    id: str
    visit_date: date
    measurements: tuple[Measurement, ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition or event, death included; also the outcome of later training. ``code`` is of ``engine.codes``."""

    id: str
    code: str
    certainty: Certainty
    origin: Origin
    onset: PartialDate | None = None
    end: PartialDate | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Medicine:
    """A medicine as written, with what was recognised in it."""

    id: str
    text: str
    origin: Origin
    ingredient: str | None = None
    classes: tuple[str, ...] = ()
    dose_text: str | None = None
    start: PartialDate | None = None
    stop: PartialDate | None = None


@dataclass(frozen=True, slots=True)
class Allergy:
    """An allergy or intolerance to a substance or a class."""

    id: str
    substance: str
    severity: Severity
    certainty: Certainty
    origin: Origin
    ingredient_or_class: str | None = None
    reaction: str | None = None


@dataclass(frozen=True, slots=True)
class Relative:
    """A condition of a relative."""

    id: str
    relation: str
    condition: str
    origin: Origin
    age_at_onset: int | None = None
    deceased: bool | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """A test, vaccine or screening that was done, refused or never done."""

    id: str
    code: str
    status: CheckStatus
    origin: Origin
    on: PartialDate | None = None
    result: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A clinician's answer to a clinical question at a visit."""

    id: str
    question: str
    value: Value
    visit_date: date
    origin: Origin


@dataclass(frozen=True, slots=True)
class Patient:
    """Who the person is. ``id`` is the program's own and never changes; ``patient_id`` is the clinic's number."""

    id: str
    patient_id: str | None = None
    name: str | None = None
    birth_date: PartialDate | None = None
    sex: str | None = None
    phone: str | None = None
    address: str | None = None
    village: str | None = None
    room: str | None = None
    consent_date: date | None = None
    # list name (medicines, conditions, allergies, checks) -> day it was confirmed complete, even if empty
    lists_confirmed: Mapping[str, date] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Record:
    """Everything known of one person, visits oldest first."""

    patient: Patient
    visits: tuple[Visit, ...] = ()
    conditions: tuple[Condition, ...] = ()
    medicines: tuple[Medicine, ...] = ()
    allergies: tuple[Allergy, ...] = ()
    relatives: tuple[Relative, ...] = ()
    checks: tuple[Check, ...] = ()
    answers: tuple[Answer, ...] = ()
