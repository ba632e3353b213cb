"""What a clinic keeps of a pack beyond those that ship, and of one that it took out of use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from engine.domain.results import PackRef


class PackOrigin(StrEnum):
    """Where a pack comes from, which decides where its graph may run."""

    SHIPPED = "shipped"  # with the program
    MADE_HERE = "made_here"  # by this program, in this clinic
    SIGNED = "signed"  # by somebody whose key the clinic trusts
    FOREIGN = "foreign"  # anybody else: its graph runs in a worker only


class PackState(StrEnum):
    """Whether a pack speaks in a clinic."""

    ON = "on"
    OFF = "off"
    WITHDRAWN = "withdrawn"  # off, and what it said before is not to be relied on


@dataclass(frozen=True, slots=True)
class ClinicPack:
    """One version of a pack as a clinic keeps it. ``ref.digest`` pins the folder: an altered one is refused.

    ``parent`` is the pack in whose place it stands while it is on. ``since`` and ``reason`` are of the state.
    """

    ref: PackRef
    origin: PackOrigin
    added_by: str
    added_at: datetime
    state: PackState
    since: datetime
    parent: PackRef | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class MadePages:
    """Pages that were made of an assessment, and when they left for a printer (never, if they became a file)."""

    kind: str
    made_at: datetime
    printed_at: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class WithdrawnResult:
    """A saved result that is not to be relied on: its pack was withdrawn later.

    ``person_number`` is the clinic's number of the person, ``since`` and ``reason`` are of the withdrawal.
    """

    assessment_id: str
    person_id: str
    person_number: str | None
    visit_date: date
    pack: PackRef
    since: datetime
    reason: str
    pages: tuple[MadePages, ...]
