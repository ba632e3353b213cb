"""Each tool as it stands for a person, in words for a screen of clinicians: its number, or why it gives none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from engine.domain.assessment import Assessment
from engine.domain.choice import Candidate, Standing
from engine.domain.live import LiveTool
from engine.domain.report import Sentence
from engine.domain.results import REFUSALS, Code, Note, OutputValue, PackRef, RiskResult, Status
from engine.fields import Scope
from engine.packs.difference import asks_only, years_of
from engine.packs.manifest import Manifest, Output
from engine.packs.usual import citation_of
from engine.report.case import Case, ReportOptions
from engine.report.formats import within_sentence
from engine.report.notes import refusal, remarks
from engine.report.tools import output_text, owed_to

_MOST_NAMED = 3


class ToolWords:
    """Tells of tools beside one assessment."""

    def __init__(self, assessment: Assessment, manifests: Mapping[str, Manifest], language: str) -> None:
        """``manifests``: of every tool that is told about, and of the leading one."""
        self._case = Case(assessment, manifests, ReportOptions(language))
        self._results = {each.pack.id: each for each in assessment.results}
        self._lead = None if self._case.lead is None else self._case.lead.manifest

    def of_choice(self, found: Candidate) -> LiveTool:
        """Return a tool of the leading topic as it stands."""
        manifest = self._case.manifests[found.pack_id]
        result = self._results.get(found.pack_id)
        if found.standing is Standing.RANGE:
            return self._tool(manifest, found.standing, self._range(manifest), self._reasons(manifest, found.notes))
        if result is not None and result.status is not Status.REFUSED:
            return self.answered(manifest, found.standing, result)
        return self._tool(manifest, found.standing, "", self._reasons(manifest, found.notes))

    def answered(self, manifest: Manifest, standing: Standing, result: RiskResult) -> LiveTool:
        """Return a tool with what it answered; one that refused says why."""
        if result.status is Status.REFUSED:
            return self._tool(manifest, standing, "", self._reasons(manifest, result.notes))
        case = self._case
        parts = [
            case.wording.say("live.tool.output", output=output.label.get(case.language), value=text)
            for output in manifest.outputs
            if (text := self._output(result, output))
        ]
        if (band := case.band(manifest, result)) is not None:
            parts.append(case.wording.say("live.tool.band", band=band))
        notes = tuple(_text(each) for each in remarks(case, manifest, result))
        told = self._tool(manifest, standing, case.wording.say("report.list.comma").join(parts), notes)
        return replace(told, ready=True)

    def waiting(self, manifest: Manifest, notes: Sequence[Note]) -> LiveTool:
        """Return a tool that nobody asked yet; ``notes``: why it would refuse, none where it would answer."""
        refusing = [note for note in notes if note.code in REFUSALS]
        made = self._tool(manifest, Standing.ON_DEMAND, "", self._reasons(manifest, refusing))
        missing = tuple(dict.fromkeys(note.subject for note in refusing if self._can_be_typed(note)))
        return replace(made, missing=missing, ready=not refusing)

    def _can_be_typed(self, note: Note) -> bool:
        """Whether a value of the person is missing; one of the clinic's settings has no box in a form."""
        field = self._case.values.field(note.subject)
        return note.code is Code.MISSING and field is not None and field.scope is not Scope.SETTING

    def _output(self, result: RiskResult, output: Output) -> str:
        """Return an output in words: a class by its name where we have one."""
        text = output_text(self._case, result, output)
        key = f"live.class.{text}"
        return self._case.wording.say(key) if output.categories and key in self._case.wording else text

    def _tool(self, manifest: Manifest, standing: Standing, answer: str, notes: tuple[str, ...]) -> LiveTool:
        case = self._case
        beside = standing in (Standing.ALSO, Standing.RANGE, Standing.ON_DEMAND)
        return LiveTool(
            pack_id=manifest.id,
            title=manifest.title.get(case.language),
            about=manifest.outcome.get(case.language),
            standing=standing,
            answer=answer,
            notes=notes,
            missing=(),
            differs=self._differs(manifest) if beside and answer else "",
            credit=self._credit(manifest) if answer else "",
        )

    def _reasons(self, manifest: Manifest, notes: Sequence[Note]) -> tuple[str, ...]:
        refusing = tuple(note for note in notes if note.code in REFUSALS)
        if not refusing:
            return ()
        ref = PackRef(manifest.id, manifest.version, manifest.digest)
        nothing = tuple(OutputValue(each.name, None) for each in manifest.outputs)
        missing = tuple(dict.fromkeys(note.subject for note in refusing if note.code is Code.MISSING))
        others = tuple(note for note in refusing if note.code is not Code.MISSING)
        refused = RiskResult(ref, Status.REFUSED, nothing, {}, others) if others else None
        told = () if refused is None else tuple(_text(each) for each in refusal(self._case, manifest, refused))
        if not missing:
            return told
        return *told, self._case.wording.say("live.tool.missing", fields=self._named(missing))

    def _named(self, fields: Sequence[str]) -> str:
        """Return fields in words; of many the first few, and how many more there are."""
        case = self._case
        shown = fields if len(fields) <= _MOST_NAMED + 1 else fields[:_MOST_NAMED]
        labels = [within_sentence(case.values.label(field)) for field in shown]
        if len(shown) < len(fields):
            labels.append(case.wording.say("live.tool.more", count=len(fields) - len(shown)))
        return case.formats.listed(tuple(labels))

    def _range(self, manifest: Manifest) -> str:
        case = self._case
        given = next(each for each in case.assessment.ranges if each.pack.id == manifest.id)
        names = [each.name for each in given.outputs]
        name = manifest.headline_output if manifest.headline_output in names else names[0]
        spread = given.output(name)
        low, high = case.formats.percent(spread.low), case.formats.percent(spread.high)
        label = manifest.output(name).label.get(case.language)
        return case.wording.say("live.tool.range", output=label, low=low, high=high)

    def _differs(self, manifest: Manifest) -> str:
        """Return in one line how a tool of the leading topic is another than the one that leads."""
        case, lead = self._case, self._lead
        if lead is None or lead.id == manifest.id or lead.topic != manifest.topic:
            return ""
        told = []
        if manifest.outcome != lead.outcome:
            outcome = within_sentence(manifest.outcome.get(case.language))
            told.append(case.wording.say("live.tool.foretells", outcome=outcome))
        years = years_of(manifest, manifest.headline_output)
        if years is not None and years != years_of(lead, lead.headline_output):
            told.append(case.wording.say("live.tool.over", span=case.formats.years(years)))
        for key, fields in (("asks_also", asks_only(manifest, lead)), ("does_not_ask", asks_only(lead, manifest))):
            if fields:
                told.append(case.wording.say(f"live.tool.{key}", fields=self._named(fields)))
        if not told:
            return case.wording.say("live.tool.other_people", people=manifest.population.get(case.language))
        return case.wording.say("live.tool.differs", what=case.wording.say("live.tool.gap").join(told))

    def _credit(self, manifest: Manifest) -> str:
        """Return the publication and whoever must be named."""
        case = self._case
        owed = owed_to(case, manifest)
        cited = citation_of(manifest, case.wording)
        return cited if not owed or owed == cited else case.wording.say("live.tool.credit", cited=cited, owed=owed)


def _text(sentence: Sentence) -> str:
    return "".join(run.text for run in sentence)
