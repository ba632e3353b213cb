"""What a screen draws beside a form while it is filled: the facts of a number that a report holds only as words."""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain.choice import Standing
from engine.domain.report import Count


@dataclass(frozen=True, slots=True)
class LiveBand:
    """The main band of a number, placed among the bands of its scheme.

    ``labels`` are those of all bands and ``position`` is the place of this one among them, from 0. ``edges`` are the
    values of ``output`` (as the pack gives it: a fraction 0-1, points, ...) between the bands, one fewer than labels,
    rising; the labels then rise with them. None where the bands are no plain cuts of one output: there the labels stand
    in the order of the scheme. ``value`` is the person's value of that output.
    """

    code: str
    label: str
    source: str
    output: str
    value: float | None
    labels: tuple[str, ...]
    position: int
    edges: tuple[float, ...] | None


@dataclass(frozen=True, slots=True)
class LiveReason:
    """One reason why there is no number, and the field it is about; None where it is about none."""

    field: str | None
    sentence: str


@dataclass(frozen=True, slots=True)
class LiveGoal:
    """One goal of the page's table, in canonical units: the field (of a pair its first) and the goal's ends.

    ``second_limit`` is the upper end of the pair's other field. ``at_goal`` None: not known.
    """

    field: str
    least: float | None
    limit: float | None
    second_limit: float | None
    at_goal: bool | None


@dataclass(frozen=True, slots=True)
class LiveTest:
    """Something to find out: the field, how sentences call it, and the share of the range, 0-1, that it takes away."""

    field: str
    label: str
    removes: float


@dataclass(frozen=True, slots=True)
class LiveRange:
    """What the number of a tool could be, as fractions 0-1 and as people on paper, while something is missing.

    ``assumed``: a sentence for each missing input, with what was taken for it, for whom and by whose figures.
    ``tests``: what to find out, what helps most first. ``advice``: the same as one sentence. ``edges`` are the cuts
    between the main bands of the tool, as in ``LiveBand``, and ``bands_source`` who made them; None without plain cuts.
    """

    pack_id: str
    title: str
    low: float
    typical: float
    high: float
    low_count: Count
    high_count: Count
    assumed: tuple[str, ...]
    tests: tuple[LiveTest, ...]
    advice: str
    edges: tuple[float, ...] | None = None
    bands_source: str = ""


@dataclass(frozen=True, slots=True)
class LiveLead:
    """The tool that leads, with its number or its refusal.

    ``fraction`` is 0-1 and ``count`` the same as people, as on paper; both None without a number, and then ``reasons``
    say why. ``optional_missing``: the inputs of the tools in use that are not known, each once, those of the leading
    tool first. ``range``: what the number could be; beside a number it is that of a better tool which lacks something.
    ``moved_by``: the fields of each bar of what moves the number. ``stability``: what models of other samples say, in
    words; empty where the tool has none.
    """

    pack_id: str
    title: str
    version: str
    horizon_years: float
    outcome: str
    fraction: float | None
    count: Count | None
    band: LiveBand | None
    reasons: tuple[LiveReason, ...]
    optional_missing: tuple[str, ...]
    range: LiveRange | None = None
    moved_by: tuple[tuple[str, ...], ...] = ()
    stability: str = ""


@dataclass(frozen=True, slots=True)
class LiveChange:
    """Something a person can change, in words: what it is now and what it would be."""

    field: str
    label: str
    now: str
    target: str


@dataclass(frozen=True, slots=True)
class LiveTreatment:
    """What a treatment does by trials: the number with it as people, and the effect with its interval and source."""

    label: str
    count: Count
    effect: str
    source: str


@dataclass(frozen=True, slots=True)
class LiveWhatIf:
    """The words of ``Assessment.what_if``; which changes go together, and to what number, is asked of that.

    ``peer``: somebody of the same age and sex with every good value; None where that is not lower than today's number.
    """

    changes: tuple[LiveChange, ...]
    peer: Count | None
    treatments: tuple[LiveTreatment, ...]


@dataclass(frozen=True, slots=True)
class LiveTool:
    """One tool as it stands for the person, in words.

    ``answer``: its number or range, empty without one. ``notes``: why it gives none, or the remarks that go with it.
    ``missing``: the fields it lacks. ``differs``: how it is another tool than the one that leads. ``credit``: whose it
    is. ``ready``: it answers when it is asked.
    """

    pack_id: str
    title: str
    about: str
    standing: Standing
    answer: str
    notes: tuple[str, ...]
    missing: tuple[str, ...]
    differs: str
    credit: str
    ready: bool = False


@dataclass(frozen=True, slots=True)
class LiveTools:
    """The tools beside the one that leads.

    ``choice``: those of the leading topic, in the order in which they are asked. ``elsewhere``: the names of those made
    for other countries. ``on_demand``: those of other topics that answer only when somebody asks them.
    ``switched_off``: the names of those that this clinic switched off or withdrew.
    """

    choice: tuple[LiveTool, ...]
    elsewhere: tuple[str, ...]
    on_demand: tuple[LiveTool, ...]
    switched_off: tuple[str, ...] = ()
