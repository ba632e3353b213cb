"""One assessment as the page composers see it: who leads the page, and how values are named and shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from engine.domain.assessment import Assessment, Driver, Explanation, InputUsed
from engine.domain.choice import Choice
from engine.domain.dates import Precision, completed_years
from engine.domain.ranges import OutputSpread, RangeResult
from engine.domain.record import Medicine, Value
from engine.domain.report import Paper, Sides
from engine.domain.results import RiskResult, Status
from engine.errors import PackError
from engine.fields import load_dictionary
from engine.packs.manifest import Manifest, Output, OutputKind, PatientWords
from engine.packs.own_fields import dictionary_with
from engine.report.formats import Formats
from engine.report.goals import WORLD, load_goals
from engine.report.places import load_places
from engine.report.topics import place
from engine.report.values import Values
from engine.wording import Wording, load_wording

DIGEST_SHOWN = 8  # signs of the digest that name a pack on paper


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """How a report is to come out: language of ``engine.wording.LANGUAGES``, paper, and which sides of it.

    ``printed_by``: the roles of who prints it, as codes; told on the clinician's side, where there are any.
    """

    language: str = "en"
    paper: Paper = Paper.A4
    sides: Sides = Sides.BOTH
    printed_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Beside:
    """What a report tells that no assessment holds.

    ``choice``: how each tool of the leading topic stands, those among them that were not asked. ``withdrawn``: digests
    of packs that were withdrawn since, with the reason as it was given.
    """

    choice: Choice | None = None
    withdrawn: Mapping[str, str] = field(default_factory=dict)


NOTHING_BESIDE = Beside()


@dataclass(frozen=True, slots=True)
class Lead:
    """The pack whose number (or refusal) leads the pages."""

    manifest: Manifest
    result: RiskResult
    words: PatientWords
    output: Output
    risk: float | None  # fraction 0-1; None when there is no number
    explanation: Explanation | None

    @property
    def pack_words(self) -> Mapping[str, str]:
        """Exactly which pack made the number, as sentences name it."""
        pack = self.result.pack
        return {"pack": pack.id, "version": pack.version, "digest": pack.digest[:DIGEST_SHOWN]}

    @property
    def span_years(self) -> float:
        """The time span of the number, in years."""
        if self.output.horizon_years is not None:
            return self.output.horizon_years
        return self.manifest.horizon_years[0] if self.manifest.horizon_years else 0.0


@dataclass(frozen=True, slots=True)
class OpenRange:
    """What the first tool of the leading topic could say, if it knew what it lacks; ``spread`` is of its main risk."""

    manifest: Manifest
    found: RangeResult
    spread: OutputSpread


def output_value(result: RiskResult, name: str) -> float | str | None:
    """Return an output by name; None also where an older version of the pack had no such output."""
    return next((output.value for output in result.outputs if output.name == name), None)


class Case:
    """An assessment with the manifests, words and formats needed to put it on paper."""

    def __init__(
        self,
        assessment: Assessment,
        manifests: Mapping[str, Manifest],
        options: ReportOptions,
        beside: Beside = NOTHING_BESIDE,
    ) -> None:
        self.choice = beside.choice
        self.withdrawn = beside.withdrawn
        self.assessment = assessment
        self.manifests = manifests
        self.options = options
        places = load_places()
        self.country = str(assessment.clinic.settings.get("country_iso3", ""))
        self.wording: Wording = load_wording(options.language)
        self.formats = Formats(self.wording, month_first=self.country in places.month_first)
        own = [field for manifest in manifests.values() for field in manifest.fields]
        dictionary = dictionary_with(own, load_dictionary())
        self.values = Values(self.wording, self.formats, dictionary, places, self.country)
        self.emergency_number = places.emergency.get(self.country)
        self.inputs: Mapping[str, InputUsed] = {used.field: used for used in assessment.inputs}
        self.known: Mapping[str, Value] = {used.field: used.value for used in assessment.inputs}
        self.lead = self._lead()
        self.range = self._range()

    @property
    def language(self) -> str:
        """The language of the pages."""
        return self.options.language

    @property
    def day(self) -> date:
        """The day of the visit."""
        return self.assessment.visit_date

    @property
    def guideline_region(self) -> str:
        """Whose goals are printed: the clinic's setting, else the country's, else those of WHO."""
        setting = self.assessment.clinic.settings.get("guideline_region")
        return str(setting) if setting else load_goals().regions.get(self.country, WORLD)

    @property
    def age_years(self) -> int | None:
        """Completed years of age at the visit."""
        age = self.known.get("age")
        if isinstance(age, (int, float)):
            return int(age)
        birth = self.assessment.patient.birth_date
        return completed_years(birth.earliest, self.day) if birth else None

    @property
    def sex(self) -> str | None:
        """The code of the person's sex, when known."""
        sex = self.known.get("sex", self.assessment.patient.sex)
        return str(sex) if sex else None

    @property
    def age_is_rough(self) -> bool:
        """Whether only the year of birth is known."""
        birth = self.assessment.patient.birth_date
        return birth is not None and birth.precision is Precision.YEAR

    @property
    def medicines(self) -> tuple[Medicine, ...]:
        """The medicines taken on the day of the visit."""
        return tuple(
            medicine
            for medicine in self.assessment.medicines
            if (medicine.stop is None or medicine.stop.earliest > self.day)
            and (medicine.start is None or medicine.start.earliest <= self.day)
        )

    def manifest(self, pack_id: str) -> Manifest:
        """Return the manifest of a pack.

        Raises:
            PackError: ``report_pack_missing`` when it is not at hand.
        """
        found = self.manifests.get(pack_id)
        if found is None:
            raise PackError("report_pack_missing", pack=pack_id)
        return found

    def band(self, manifest: Manifest, result: RiskResult) -> str | None:
        """Return the words of the main band of a result; its code where this version of the pack has no such band."""
        scheme, code = manifest.scheme("main"), result.bands.get("main")
        if scheme is None or code is None:
            return code
        return next((band.label.get(self.language) for band in scheme.bands if band.code == code), code)

    def drivers(self) -> tuple[Driver, ...]:
        """Return what moves the leading number, the greatest effect first."""
        lead = self.lead
        if lead is None or lead.explanation is None:
            return ()
        value = lead.explanation.value
        return tuple(sorted(lead.explanation.drivers, key=lambda driver: (-abs(driver.effect(value)), driver.field)))

    def _lead(self) -> Lead | None:
        headline = self.assessment.headline_pack
        results = {result.pack.id: result for result in self.assessment.results}
        if headline is not None and headline in results:
            return self._as_lead(self.manifest(headline), results[headline])
        for_patients = [
            lead
            for result in self.assessment.results
            if result.pack.id in self.manifests
            and (lead := self._as_lead(self.manifests[result.pack.id], result)) is not None
        ]
        if not for_patients:
            return None
        # Every one refused: the best tool of the first topic says why, unless another of it has a range to tell.
        in_order = sorted(for_patients, key=lambda lead: place(lead.manifest, self.country))
        ranged = {each.pack.id for each in self.assessment.ranges}
        topic = in_order[0].manifest.topic
        first = (lead for lead in in_order if lead.manifest.topic == topic and lead.manifest.id in ranged)
        return next(first, in_order[0])

    def _range(self) -> OpenRange | None:
        """Return the range of the leading topic; None where it is of no risk or its tool is not at hand."""
        for found in self.assessment.ranges:
            manifest = self.manifests.get(found.pack.id)
            if manifest is None or self.lead is None or manifest.topic != self.lead.manifest.topic:
                continue
            spreads = {each.name: each for each in found.outputs}
            name = manifest.headline_output
            if name in spreads and manifest.output(name).kind is OutputKind.FRACTION:
                return OpenRange(manifest, found, spreads[name])
        return None

    def _as_lead(self, manifest: Manifest, result: RiskResult) -> Lead | None:
        if manifest.patient is None or manifest.headline_output is None:
            return None
        output = manifest.output(manifest.headline_output)
        if output.kind is not OutputKind.FRACTION:
            return None
        value = None if result.status is Status.REFUSED else output_value(result, output.name)
        explanations = (
            each for each in self.assessment.explanations if each.pack_id == manifest.id and each.output == output.name
        )
        return Lead(
            manifest=manifest,
            result=result,
            words=manifest.patient,
            output=output,
            risk=float(value) if isinstance(value, (int, float)) else None,
            explanation=next(explanations, None),
        )
