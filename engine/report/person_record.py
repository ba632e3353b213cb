"""Everything held of one person, for people to read: GDPR art. 15 and 20, PIPL art. 45, HIPAA 45 CFR 164.524."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from engine.codes import load_codes
from engine.domain.assessment import Assessment
from engine.domain.consent import Consent
from engine.domain.document import Document, Part, Table
from engine.domain.record import Origin, Record
from engine.domain.report import Paper
from engine.domain.results import OutputValue, PackRef, RiskResult
from engine.fields import load_dictionary
from engine.packs import Manifest
from engine.packs.manifest import Output, OutputKind
from engine.report.formats import Formats
from engine.report.places import load_places
from engine.report.sentences import say
from engine.report.stability import behind
from engine.report.values import Values
from engine.wording import Wording, load_wording

_IDENTITY = ("patient_id", "name", "birth_date", "sex", "phone", "address", "village", "room")
# What an entry is called, and where it came from: told apart from its details.
_NAMING = frozenset({"id", "code", "text", "substance", "relation", "condition", "question", "origin"})
_TWO, _FOUR = (1.0, 1.6), (1.5, 1.2, 0.9, 1.8)


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """What is held. ``reports``: day, kind and number of each; ``seen``: who saw the record, as rows of a table."""

    clinic_name: str
    country: str
    made_at: datetime
    program: str
    practice: bool
    record: Record
    consents: tuple[Consent, ...]
    assessments: tuple[Assessment, ...]
    manifests: Mapping[str, Manifest]
    reports: tuple[tuple[str, str, str], ...]
    seen: Table


def record_document(facts: RecordFacts, language: str, paper: Paper, attachment: str) -> Document:
    """Return the pages; ``attachment``: the name of the file inside that says the same for machines, and more."""
    made = _Pages(facts, load_wording(language))
    words = made.words
    return Document(
        language=language,
        paper=paper,
        made_at=facts.made_at,
        document_title=words.say("persons.record.document_title"),
        practice=words.say("report.practice") if facts.practice else None,
        clinic_name=facts.clinic_name,
        title=words.say("persons.record.title"),
        facts=(words.say("persons.record.made", day=made.formats.day(facts.made_at.date())),),
        parts=(
            Part("", sentences=(say(words, "persons.record.intro", file=attachment),)),
            *(part for part in made.parts() if part is not None),
        ),
        foot=words.say("persons.record.foot", program=facts.program),
    )


class _Pages:
    """The parts, in the words of one language."""

    def __init__(self, facts: RecordFacts, words: Wording) -> None:
        self.words = words
        self.formats = Formats(words, month_first=facts.country in load_places().month_first)
        self._facts = facts
        self._values = Values(words, self.formats, load_dictionary(), load_places(), facts.country)
        self._codes = load_codes()

    def parts(self) -> Iterable[Part | None]:
        """Yield each part; None for a list with nothing in it."""
        yield self._part("identity", ("what", "value"), self._identity(), _TWO)
        yield self._part("consent", ("what", "answer", "day", "by"), self._consents(), (1.4, 0.8, 0.8, 1.2))
        yield from self._lists()
        for visit in self._facts.record.visits:
            rows = [
                (
                    self._values.label(one.field),
                    *self._shown(one.field, one.value, one.qualifier),
                    self._source(one.origin),
                )
                for one in visit.measurements
            ]
            title = self.words.say("persons.record.part.visit", day=self.formats.day(visit.visit_date))
            yield self._part(title, ("what", "value", "unit", "source"), rows, _FOUR, named=True)
        yield self._part("assessments", ("day", "tool", "what", "value"), self._assessments(), (0.8, 1.6, 1.6, 0.8))
        yield self._part("reports", ("day", "kind", "number"), self._facts.reports, (1, 1, 1))
        yield Part(self._title("seen"), table=self._facts.seen)

    def _title(self, name: str) -> str:
        return self.words.say(f"persons.record.part.{name}")

    def _part(
        self,
        title: str,
        heads: Sequence[str],
        rows: Iterable[tuple[str, ...]],
        widths: tuple[float, ...],
        *,
        named: bool = False,
    ) -> Part | None:
        held = tuple(rows)
        if not held:
            return None
        names = tuple(self.words.say(f"persons.record.head.{head}") for head in heads)
        return Part(title if named else self._title(title), table=Table(names, held, widths))

    def _identity(self) -> Iterable[tuple[str, ...]]:
        patient = self._facts.record.patient
        for name in _IDENTITY:
            value = getattr(patient, name)
            if value is not None:
                yield self._values.label(name), self._shown(name, str(value), None)[0]

    def _consents(self) -> Iterable[tuple[str, ...]]:
        for each in self._facts.consents:
            answer = each.answer
            state = self.words.say(f"persons.consent.state.{answer.state.value}")
            way = self.words.say(f"persons.consent.way.{answer.way.value}")
            kind = self.words.say(f"persons.consent.kind.{answer.kind.value}")
            by = " · ".join(part for part in (answer.guardian, each.recorded_by) if part)
            yield kind, f"{state} ({way})", answer.day.isoformat(), by

    def _lists(self) -> Iterable[Part | None]:
        record, codes, language = self._facts.record, self._codes, self.words.language

        def named(table: Mapping[str, object], code: str) -> str:
            found = table.get(code)
            label = getattr(found, "label", None)
            return str(label(language)) if label else code

        yield self._list("conditions", record.conditions, lambda item: named(codes.conditions, item.code))
        yield self._list("medicines", record.medicines, lambda item: str(item.text))
        yield self._list("allergies", record.allergies, lambda item: str(item.substance))
        yield self._list(
            "relatives",
            record.relatives,
            lambda item: f"{named(codes.relatives, item.relation)}: {named(codes.conditions, item.condition)}",
        )
        yield self._list("checks", record.checks, lambda item: named(codes.checks, item.code))
        yield self._list("answers", record.answers, lambda item: self._values.label(item.question))

    def _list(self, title: str, items: Sequence[Any], named: Callable[[Any], str]) -> Part | None:
        rows = [(named(item), self._details(item), self._source(item.origin)) for item in items]
        return self._part(title, ("what", "details", "source"), rows, (1.4, 1.6, 1.6))

    def _details(self, item: Any) -> str:
        """Return what an entry says beside its name, each with its own value as it is stored."""
        said = []
        for each in fields(item):
            value = getattr(item, each.name)
            if each.name in _NAMING or value in (None, (), "", False):
                continue
            text = " + ".join(value) if isinstance(value, tuple) else str(value)
            key = f"persons.record.word.{text}"
            shown = self.words.say(key) if key in self.words else text
            said.append(self.words.say(f"persons.record.detail.{each.name}", value=shown))
        return " · ".join(said)

    def _assessments(self) -> Iterable[tuple[str, ...]]:
        for one in self._facts.assessments:
            day = one.visit_date.isoformat()
            for spread in one.ranges:
                tool, outputs = self._tool(spread.pack)
                for each in spread.outputs:
                    label, output = self._output(each.name, outputs)
                    low, high = (self._result(end, output) for end in (each.low, each.high))
                    yield day, tool, label, f"{low} – {high}"
            ranged = {spread.pack for spread in one.ranges}
            for result in one.results:
                tool, outputs = self._tool(result.pack)
                told = [each for each in result.outputs if each.value is not None]
                for given in told:
                    label, output = self._output(given.name, outputs)
                    yield day, tool, label, self._with_ends(result, given, output)
                if not told and result.pack not in ranged:
                    yield day, tool, self.words.say("persons.record.no_result"), ""

    def _tool(self, pack: PackRef) -> tuple[str, Mapping[str, Output]]:
        """Return what a tool is called, and its outputs by name; its code and none where it is no longer here."""
        manifest = self._facts.manifests.get(pack.id)
        if manifest is None:
            return f"{pack.id} {pack.version}", {}
        title = manifest.title.get(self.words.language)
        return f"{title} {pack.version}", {each.name: each for each in manifest.outputs}

    def _output(self, name: str, outputs: Mapping[str, Output]) -> tuple[str, Output | None]:
        output = outputs.get(name)
        return (name if output is None else output.label.get(self.words.language)), output

    def _with_ends(self, result: RiskResult, given: OutputValue, output: Output | None) -> str:
        """Return a result, with what models of other samples said beside it."""
        text = self._result(given.value, output)
        return text if output is None else text + behind(result, output, self.formats, self.words)

    def _result(self, value: float | bool | str | None, output: Output | None) -> str:
        """Return a result as a person reads it; the attached file has every digit."""
        if not isinstance(value, float):
            return str(value)
        if output is None:
            return str(value)
        if output.kind is OutputKind.FRACTION:
            return self.formats.percent(value)
        unit = self.formats.unit(output.unit) if output.unit not in (None, "1") else ""
        return f"{self.formats.number(value, 1)} {unit}".rstrip()

    def _shown(self, field: str, value: float | bool | str | None, qualifier: str | None) -> tuple[str, str]:
        if value is None:
            return qualifier or "", ""
        shown = self._values.exact(field, value)
        return f"{qualifier or ''}{shown.text}", shown.unit

    def _source(self, origin: Origin) -> str:
        kind = self.words.say(f"persons.record.source.{origin.kind.value}")
        place = [part for part in (origin.file_name, origin.sheet) if part]
        if origin.row is not None and place:
            place.append(self.words.say("persons.record.source.row", row=origin.row))
        written = [f"“{origin.text}”"] if origin.text else []
        by = [origin.actor] if origin.actor else []
        return " · ".join([kind, *by, *place, *written, origin.recorded_at.date().isoformat()])
