"""A report: what the printed pages say, as numbers, codes and finished sentences. How it looks is not decided here.

Every string is plain text, never markup. Counts of people are whole numbers that were rounded once; every sentence,
picture and bar of a page takes them from here, so no two places can disagree.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from engine.domain.report_tables import Lowering, Treatments

# Marks what came to the pages later: where it is empty, a page has the checksum that it had before.
LATER = {"later": True}


class Paper(StrEnum):
    """Sheet sizes."""

    A4 = "a4"
    LETTER = "letter"


class Sides(StrEnum):
    """Which sides of a report are wanted."""

    BOTH = "both"
    PATIENT = "patient"
    CLINICIAN = "clinician"


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text in one weight."""

    text: str
    strong: bool = False


Sentence = tuple[Run, ...]


class Bound(StrEnum):
    """How a count is to be read."""

    EXACT = "exact"
    BELOW = "below"  # fewer than ``shown``
    ABOVE = "above"  # more than ``shown``


@dataclass(frozen=True, slots=True)
class Count:
    """So many of so many people: ``shown`` is what icons and bars draw, ``text`` what is printed.

    With ``below`` the picture draws ``shown - 1`` (that is, none); with ``above`` it draws ``shown``.
    """

    shown: int
    out_of: int  # 100 or 1000
    bound: Bound
    text: str

    @property
    def drawn(self) -> int:
        """How many people a picture fills."""
        return self.shown - 1 if self.bound is Bound.BELOW else self.shown


@dataclass(frozen=True, slots=True)
class Headline:
    """The box on top: a number with its sentences, or the reason why there is none and the next step."""

    number: str | None
    number_words: str | None  # set small above the "of" line instead of a big number
    number_of: str | None
    lines: tuple[Sentence, ...]
    footnote: Sentence


class Mark(StrEnum):
    """What a person in the picture stands for."""

    HAPPENS = "happens"
    UNSURE = "unsure"
    SPARED = "spared"
    NOT = "not"


@dataclass(frozen=True, slots=True)
class LegendItem:
    """A mark and its words."""

    mark: Mark
    text: str


@dataclass(frozen=True, slots=True)
class Array:
    """One picture of ``out_of`` people: first ``black``, then ``unsure``, then ``striped``, the rest empty."""

    title: str
    out_of: int
    black: int
    striped: int
    alt: str  # what the picture says, for people who cannot see it
    unsure: int = field(default=0, metadata=LATER)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: ``black`` of ``full`` people; the rest of its length is striped."""

    label: str
    count: str
    black: int
    full: int
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """The picture row: one or two arrays and, beside them, bars or an explanation how to read the picture."""

    arrays: tuple[Array, ...]
    legend: tuple[LegendItem, ...]
    side_title: str
    bars: tuple[Bar, ...]
    reading: tuple[Sentence, ...]
    counts_note: str
    method_note: str


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that raises the number or keeps it down. ``dots`` 1-3 by size, 0: a tick (already good)."""

    text: str
    dots: int
    tick_words: str  # what the tick says to people who cannot see it


@dataclass(frozen=True, slots=True)
class ReasonGroup:
    """Reasons under one heading; ``note`` explains the marks beside it."""

    title: str
    note: str
    reasons: tuple[Reason, ...]
    empty: str  # what stands there when there are none


@dataclass(frozen=True, slots=True)
class Why:
    """Why the number is what it is."""

    title: str
    groups: tuple[ReasonGroup, ...]
    closing: str


@dataclass(frozen=True, slots=True)
class Strip:
    """A line from ``low`` to ``high`` with the goal zone and the person's value, all in one unit."""

    low: float
    high: float
    goal_low: float
    goal_high: float
    value: float


@dataclass(frozen=True, slots=True)
class GoalRow:
    """One value with its goal. ``at_goal`` None: cannot be told."""

    label: str
    value: str
    goal: str
    at_goal: bool | None
    at_goal_words: str
    strip: Strip | None


@dataclass(frozen=True, slots=True)
class Goals:
    """The values with their goals."""

    title: str
    heads: tuple[str, str, str, str]  # what, you, strip, goal
    rows: tuple[GoalRow, ...]
    units_note: str


@dataclass(frozen=True, slots=True)
class PlanArea:
    """Empty boxes and lines for the clinician's hand, and the next visit."""

    title: str
    lines: int
    alt: str
    next_visit: str
    next_visit_blank: bool  # a line to fill follows
    with_whom: str  # a line to fill follows
    bring: str


@dataclass(frozen=True, slots=True)
class HelpBox:
    """When to get help at once, and how."""

    title: str
    signs: tuple[str, ...]
    call: str
    call_blank: str | None  # what follows a line to fill when the number is not known


@dataclass(frozen=True, slots=True)
class PatientSheet:
    """The side for the patient."""

    clinic_line: str
    title: str
    person_name: str
    person_lines: tuple[str, ...]
    headline: Headline
    picture: Picture | None
    why: Why | None
    goals: Goals
    plan: PlanArea
    help: HelpBox
    own_words: str
    small_print: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class MoveRow:
    """How far one input moves the number, in percentage points; ``share`` of the longest bar, negative to the left."""

    label: str
    text: str
    share: float


@dataclass(frozen=True, slots=True)
class Moves:
    """What moves the number."""

    title: str
    heads: tuple[str, str, str]
    rows: tuple[MoveRow, ...]
    totals: tuple[tuple[str, str], ...]
    note: str


@dataclass(frozen=True, slots=True)
class InputRow:
    """One value that went in: item, value, unit, day, and where it came from."""

    label: str
    value: str
    unit: str
    on: str
    source: str


@dataclass(frozen=True, slots=True)
class Inputs:
    """The table of values."""

    title: str
    heads: tuple[str, str, str, str]
    rows: tuple[InputRow, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Remarks:
    """A titled list of sentences."""

    title: str
    items: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class ToolRow:
    """Another tool: its name, and its answer or why there is none."""

    name: str
    answer: Sentence


@dataclass(frozen=True, slots=True)
class Tools:
    """The other tools tried; ``chosen``: why the leading one leads, and which were not asked."""

    title: str
    rows: tuple[ToolRow, ...]
    chosen: tuple[Sentence, ...] = field(default=(), metadata=LATER)


@dataclass(frozen=True, slots=True)
class MedicineRow:
    """One medicine as written, with its dose and start."""

    name: str
    dose: str
    since: str


@dataclass(frozen=True, slots=True)
class Medicines:
    """The medicine list."""

    title: str
    heads: tuple[str, str, str]
    rows: tuple[MedicineRow, ...]
    note: str


@dataclass(frozen=True, slots=True)
class DecisionArea:
    """Where the clinician decides and signs; boxes and lines are drawn."""

    title: str
    agree: str
    changed: str
    talked: str
    teach_back: str
    notes: str
    signed: str
    on: str


@dataclass(frozen=True, slots=True)
class ClinicianPage:
    """The side for the clinician."""

    clinic_line: str
    title: str
    person_lines: tuple[str, ...]
    dot: str  # stands between the last of these lines and the page number
    page_of: str  # "page {page} of {pages}", still to be filled
    result: str | None
    result_lines: tuple[Sentence, ...]
    moves: Moves | None
    inputs: Inputs
    remarks: Remarks
    tools: Tools | None
    medicines: Medicines | None
    decision: DecisionArea
    small_print: tuple[Sentence, ...]
    lowering: Lowering | None = field(default=None, metadata=LATER)
    treatments: Treatments | None = field(default=None, metadata=LATER)


@dataclass(frozen=True, slots=True)
class Report:
    """Everything the pages of one person say.

    ``id`` has ten signs of an alphabet without look-alikes; ``checksum`` is the first 16 hex digits of the SHA-256
    over the canonical content. ``practice`` is what is printed over the pages of a practice clinic, or None.
    """

    id: str
    checksum: str
    language: str
    paper: Paper
    made_at: datetime
    document_title: str
    practice: str | None
    patient: PatientSheet
    clinician: ClinicianPage
    sides: Sides = field(default=Sides.BOTH, metadata=LATER)  # those that are set
