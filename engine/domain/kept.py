"""What another system sent and is kept as it came: without a place here, refused, or remembered as the source."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.domain.record import Allergy, Check, Condition, Medicine, Relative


class KeptState(StrEnum):
    """Why something is kept beside the record."""

    STORED = "stored"  # it became an entry of a list
    UNMAPPED = "unmapped"  # nothing here has its meaning
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class KeptLine:
    """One occurrence: its place in the file, when it was, and what it said."""

    place: int
    day: str | None = None
    value: str | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class KeptItem:
    """Occurrences of one thing that a file says of a person; ``person_id`` is empty where nobody can be told.

    ``kind`` is what the format calls it (``Observation``, ``OBX``, ``result``); ``system`` and ``code`` are of the
    source; ``display`` is its name there; ``why`` is the word of a reason.
    """

    person_id: str
    kind: str
    state: KeptState
    why: str | None
    system: str
    code: str
    display: str
    lines: tuple[KeptLine, ...]


@dataclass(frozen=True, slots=True)
class ListArrival:
    """An entry of a list that a file brings, and the lines of the file it comes from.

    ``dated``: entries of the same kind on other days are other things (an infarction, a vaccination).
    """

    person_id: str
    entry: Condition | Medicine | Allergy | Check | Relative
    source: KeptItem
    dated: bool
