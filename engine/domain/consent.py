"""What a person agreed to: each question on its own, with who said so, when and how."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

GUARDIAN_BELOW = 14  # years: PIPL art. 31, information of a child needs the consent of a parent or other guardian


class ConsentKind(StrEnum):
    """What is asked. Each is separate and voluntary but the first (PIPL art. 29; GDPR art. 7 and recital 43)."""

    CARE = "care"  # keep a record for one's own care
    RISK = "risk"  # work out risks from it
    RESEARCH = "research"  # use it, without what tells who one is, to check and improve methods
    SHARING = "sharing"  # print it and hand it to others who treat the person


class ConsentState(StrEnum):
    """What was answered."""

    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class ConsentWay(StrEnum):
    """How it was answered."""

    SIGNED = "signed"  # on paper
    SPOKEN = "spoken"  # in front of who records it


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as somebody gives it.

    ``guardian``: the name of who answers for a child; ``notice``: the version of the notice they had read; ``note``:
    one line in the recorder's own words.
    """

    kind: ConsentKind
    state: ConsentState
    day: date
    way: ConsentWay
    notice: str
    guardian: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """An answer as it stands in the record. ``counts``: it is the one that holds now."""

    id: str
    answer: Answer
    recorded_at: datetime
    recorded_by: str
    counts: bool
