"""The verdict on a trained model, on one page: for two people to read, talk about and sign."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.domain.model_card import CardTable, Line, Plot, Spot
from engine.domain.models import KeptModel, ModelLook, ModelStage, ModelVerdict
from engine.domain.recalibration import CalibrationGroup, Estimate, Recalibration
from engine.domain.report import Paper
from engine.domain.verdict_sheet import HeadedTable, Listed, Signing, VerdictSheet
from engine.report.axes import rounded_up, ticks
from engine.report.formats import Formats
from engine.report.glyphs import make_printable
from engine.report.places import load_places
from engine.report.seal import as_json
from engine.report.typeset import set_pages
from engine.wording import Wording, load_wording

_TEMPLATE = "verdict.typ"
_LOOKED_AT, _FIGURES, _GROUPS = (1, 2.4), (1.75, 1.5, 1, 1.9), (0.75, 1.95, 0.75, 0.95)
_BOXES = {
    ModelStage.SHADOW: ("approve", "go_on", "retire"),
    ModelStage.APPROVED: ("stay", "retire"),
    ModelStage.DRAFT: ("begin", "stay_retired"),
    ModelStage.RETIRED: ("begin", "stay_retired"),
}


@dataclass(frozen=True, slots=True)
class VerdictFacts:
    """What the page is made of.

    ``tells``: the name of the risk. ``outcome``: that of the records it is held against; None: none is named.
    ``why``, ``next`` and ``left_out``: finished sentences. ``ready``: whether it
    may be approved by its time in shadow; ``days`` and ``people``: how long and for how many it answered, of
    ``least_days`` and ``least_people``.
    """

    clinic_name: str
    country: str
    practice: bool
    program: str
    at: datetime
    title: str
    tells: str
    outcome: str | None
    model: KeptModel
    look: ModelLook
    why: tuple[str, ...]
    next: tuple[str, ...]
    left_out: str
    ready: bool
    days: int
    people: int
    least_days: int
    least_people: int


def verdict_sheet(facts: VerdictFacts, language: str, paper: Paper) -> VerdictSheet:
    """Return the page; what no shipped font can print becomes a box."""
    page = _Page(facts, load_wording(language))
    figures = facts.look.figures
    sheet = VerdictSheet(
        language=language,
        paper=paper,
        made_at=facts.at,
        document_title=page.say("document_title", **page.named),
        practice=page.words.say("report.practice") if facts.practice else None,
        kind=page.say("kind", clinic=facts.clinic_name),
        title=facts.title,
        facts=(f"{facts.model.ref.id} · {facts.model.ref.version}", page.say("judged", day=page.day(facts.at))),
        verdict=page.say(f"verdict.{facts.look.verdict}"),
        meaning=page.say(f"meaning.{facts.look.verdict}"),
        why=Listed(page.say("why"), facts.why),
        next=Listed(page.say("next"), facts.next),
        looked_at=HeadedTable(page.say("looked_at"), CardTable((), tuple(page.looked_at()), _LOOKED_AT)),
        figures=None if figures is None or figures.before is None else page.figures(figures),
        groups=page.groups(figures) if figures is not None and figures.groups else None,
        plot=page.plot(figures.groups) if figures is not None and figures.groups else None,
        signing=page.signing(),
        foot=page.say("foot", digest=facts.model.ref.digest[:16].upper(), program=facts.program, **page.named),
    )
    return make_printable(sheet)[0]


def typeset_verdict(sheet: VerdictSheet) -> bytes:
    """Return the page as a PDF: tagged, PDF/UA-1 and PDF/A-2a; BugError ``report_not_set`` when it cannot be set."""
    return b"".join(set_pages(_TEMPLATE, as_json(sheet), sheet.made_at, "pdf"))


def verdict_images(sheet: VerdictSheet, ppi: float) -> list[bytes]:
    """Return the page as PNG, at ``ppi`` pixels per inch; raises as ``typeset_verdict``."""
    return set_pages(_TEMPLATE, as_json(sheet), sheet.made_at, "png", ppi)


class _Page:
    def __init__(self, facts: VerdictFacts, words: Wording) -> None:
        self.facts, self.words, self.look = facts, words, facts.look
        self.named = {"model": facts.model.ref.id, "version": facts.model.ref.version}
        self.formats = Formats(words, month_first=facts.country in load_places().month_first)

    def say(self, key: str, **values: object) -> str:
        return self.words.say(f"verdict_sheet.{key}", **values)

    def day(self, at: datetime) -> str:
        return self.formats.day(at.astimezone().date())

    def looked_at(self) -> Iterator[tuple[str, str]]:
        facts, look, began = self.facts, self.look, self.facts.model.began
        state = facts.model.state
        yield self.say("row.stands"), self.say(f"stage.{state.stage}", day=self.day(state.since))
        yield self.say("row.tells"), facts.tells
        yield self.say("row.outcome"), facts.outcome or self.say("row.no_outcome")
        if began is not None:
            yield self.say("row.silent"), self.say("row.silent_days", day=self.day(began), days=facts.days)
        answered = self.say("row.answered_text", predicted=look.predicted, refused=look.refused)
        yield self.say("row.answered"), answered
        if look.figures is not None:
            yield from self._followed(look.figures)
        if facts.model.threshold is not None:
            share = self.formats.number(100 * facts.model.threshold, 1)
            yield self.say("row.threshold"), self.say("row.threshold_text", threshold=share)

    def _followed(self, figures: Recalibration) -> Iterator[tuple[str, str]]:
        yield self.say("row.people"), self.say("row.people_text", people=figures.people, events=figures.events)
        if figures.person_years is not None and figures.median_followed_years is not None:
            years = {"person_years": f"{figures.person_years:.0f}", "median": f"{figures.median_followed_years:.1f}"}
            yield self.say("row.followed"), self.say("row.followed_text", **years)
        if figures.first_day is not None and figures.last_day is not None:
            days = {"first": figures.first_day.isoformat(), "last": figures.last_day.isoformat()}
            yield self.say("row.days"), self.words.say("recalibration.when", **days)
        if self.facts.left_out:
            yield self.say("row.left_out"), self.facts.left_out

    def figures(self, found: Recalibration) -> HeadedTable:
        heads = tuple(self.say(f"head.{name}") for name in ("measure", "here", "right", "reading"))
        notes = [self.say("note.intervals")]
        if found.compared_at_years is not None:
            notes.append(self.say("note.read_at", years=f"{found.compared_at_years:.1f}"))
        return HeadedTable(self.say("figures"), CardTable(heads, tuple(self._figures(found)), _FIGURES), tuple(notes))

    def _figures(self, found: Recalibration) -> Iterator[tuple[str, ...]]:
        enough = "enough" if found.events >= found.events_needed else "too_few"
        needed = self.say("right.events", needed=found.events_needed)
        yield self.say("measure.events"), str(found.events), needed, self.say(f"reading.{enough}")
        if found.before is None:
            return
        told = ("ratio_below", "ratio_above", "ratio_fits")
        yield self._row("ratio", found.before.observed_to_expected, 1, told)
        yield self._row("slope", found.before.slope, 1, ("slope_wide", "slope_close", "slope_fits"))
        score = self.look.brier
        if score is not None:
            base = self.say("right.brier", base=f"{score.base:.4f}")
            yield self.say("measure.brier"), f"{score.model:.4f}", base, ""
            yield self._row("gain", score.gain, 0, ("gain_no", "gain_yes", "gain_open"))

    def _row(self, measure: str, found: Estimate | None, right: float, told: tuple[str, str, str]) -> tuple[str, ...]:
        aim = self.say("right.one" if right else "right.gain")
        if found is None:
            return self.say(f"measure.{measure}"), "–", aim, self.say("reading.unknown")
        below, above, fits = told
        reading = below if found.high < right else above if found.low > right else fits
        return (
            self.say(f"measure.{measure}"),
            self._interval(found, 1, 2 if right else 4),
            aim,
            self.say(f"reading.{reading}"),
        )

    def _interval(self, found: Estimate, times: float, decimals: int) -> str:
        ends = {name: self.formats.fixed(times * getattr(found, name), decimals) for name in ("value", "low", "high")}
        return self.say("interval", **ends)

    def groups(self, found: Recalibration) -> HeadedTable:
        heads = tuple(self.say(f"head.{name}") for name in ("told", "seen", "people", "events"))
        rows = tuple(
            (
                self.formats.fixed(100 * each.before, 1),
                "–" if each.observed is None else self._interval(each.observed, 100, 1),
                str(each.people),
                str(each.events),
            )
            for each in found.groups
        )
        return HeadedTable(self.say("groups"), CardTable(heads, rows, _GROUPS))

    def plot(self, groups: Sequence[CalibrationGroup]) -> Plot | None:
        seen = [(each.before, each.observed) for each in groups if each.observed is not None]
        if not seen:
            return None
        most = min(1.0, rounded_up(max(max(told, observed.high) for told, observed in seen)))

        def place(value: float) -> float:
            return min(1.0, max(0.0, value / most))

        marks = ticks(0.0, most, 100)
        return Plot(
            title=self.say("plot"),
            lines=(Line(((0.0, 0.0), (1.0, 1.0)), dashed=True),),
            band=(),
            across=marks,
            up=marks,
            across_label=self.say("axis.told"),
            up_label=self.say("axis.seen"),
            legend=self.say("axis.legend"),
            words=", ".join(f"{100 * told:.1f}: {100 * observed.value:.1f}" for told, observed in seen),
            spots=tuple(
                Spot((place(told), place(observed.value)), place(observed.low), place(observed.high))
                for told, observed in seen
            ),
        )

    def signing(self) -> Signing:
        stage, verdict = self.facts.model.stage, self.look.verdict
        against = verdict is ModelVerdict.DO_NOT_USE
        closed = {"approve", "stay"} if against else set() if self.facts.ready else {"approve"}
        boxes = [name for name in _BOXES[stage] if name not in closed]
        people = ("first", "second") if "approve" in boxes else ("one",)
        return Signing(
            title=self.say("signing"),
            rules=tuple(self._rules(stage, verdict)),
            boxes=tuple(self.say(f"box.{name}") for name in boxes),
            reason=self.say("reason"),
            people=tuple(self.say(f"person.{name}") for name in people),
            fields=(self.say("person.signature"), self.say("person.date")),
        )

    def _rules(self, stage: ModelStage, verdict: ModelVerdict) -> Iterator[str]:
        facts = self.facts
        if verdict is ModelVerdict.DO_NOT_USE:
            yield self.say("sign.nobody")
        elif stage is ModelStage.APPROVED:
            yield self.say("sign.in_use")
        elif stage is not ModelStage.SHADOW:
            yield self.say("sign.silent")
        elif not facts.ready:
            least = {"least_days": facts.least_days, "least_people": facts.least_people}
            yield self.say("sign.too_soon", days=facts.days, people=facts.people, **least)
        else:
            yield self.say("sign.two")
            if verdict is ModelVerdict.UNCLEAR:
                yield self.say("sign.reason")
