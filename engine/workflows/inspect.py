"""What stands behind one number of a person: every reading of a field, an entry of a list, a series, a file, a risk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.domain.assessment import Assessment, InputUsed
from engine.domain.attached import AttachedFile
from engine.domain.inspection import InspectedEntry, InspectedSeries, InspectedState, InspectedValue, Listed
from engine.domain.record import Allergy, Condition, Medicine, Relative
from engine.domain.results import StabilityEnds
from engine.domain.series import SeriesHeld
from engine.errors import InputError
from engine.fields import load_dictionary
from engine.packs.manifest import Manifest
from engine.packs.stability import Stability
from engine.store import attached_files, latest_assessments
from engine.store.inspection import inspect_entries, inspect_field, inspect_series
from engine.store.series import series_held
from engine.workflows.audit import note_record
from engine.workflows.clinics import OpenClinic

__all__ = [
    "DEVICES",
    "FILES",
    "LISTS",
    "RISK",
    "SUBJECTS",
    "Found",
    "InspectedDevices",
    "InspectedFiles",
    "InspectedList",
    "InspectedRisk",
    "InspectedState",
    "InspectedValue",
    "Inspection",
    "home_readings",
    "inspect",
    "inspect_subject",
    "risk_of",
]
LISTS: Mapping[str, type[Listed]] = {
    "conditions": Condition,
    "medicines": Medicine,
    "allergies": Allergy,
    "family": Relative,
}
DEVICES, FILES, RISK = "home_readings", "files", "risk"
SUBJECTS = (*LISTS, DEVICES, FILES, RISK)  # beside the fields of the dictionary


@dataclass(frozen=True, slots=True)
class Inspection:
    """A field of a person: its readings, the latest visit first; ``parts`` are those of the fields it follows from."""

    field: str
    values: tuple[InspectedValue, ...]
    derived_from: tuple[str, ...] = ()
    parts: tuple[Inspection, ...] = ()


@dataclass(frozen=True, slots=True)
class InspectedList:
    """Entries of a list of a person."""

    name: str
    entries: tuple[InspectedEntry, ...]


@dataclass(frozen=True, slots=True)
class InspectedDevices:
    """What devices of a person saw, by measure and file."""

    series: tuple[InspectedSeries, ...]


@dataclass(frozen=True, slots=True)
class InspectedFiles:
    """Files kept for a person."""

    files: tuple[AttachedFile, ...]


@dataclass(frozen=True, slots=True)
class InspectedRisk:
    """The number that leads an assessment, and what went into it; no assessment where none was made.

    ``manifest``: of the tool that leads, or that would, or that is asked about; None where it is not here any more.
    ``saved``: whether it stands in the record, or is worked out from a form that is not stored yet. ``answer``: the
    number in words, of a tool that answered beside the assessment.
    """

    assessment: Assessment | None
    manifest: Manifest | None = None
    saved: bool = True
    answer: str = ""

    @property
    def inputs(self) -> tuple[InputUsed, ...]:
        """What the leading tool took, in its order, each followed by what it follows from."""
        if self.assessment is None or self.manifest is None:
            return ()
        known = {used.field: used for used in self.assessment.inputs}
        wanted: list[str] = []
        for each in self.manifest.inputs:
            if each.field in known:
                wanted += [each.field, *known[each.field].derived_from]
        return tuple(known[field] for field in dict.fromkeys(wanted) if field in known)

    @property
    def declared(self) -> Stability | None:
        """What the tool declares of models of other samples beside its main number; None where it carries none."""
        manifest = self.manifest
        if manifest is None or manifest.headline_output is None:
            return None
        return manifest.output(manifest.headline_output).stability

    @property
    def stability(self) -> StabilityEnds | None:
        """What models of other samples said beside the main number of the assessment."""
        manifest = self.manifest
        if self.assessment is None or manifest is None or manifest.headline_output is None:
            return None
        results = (each for each in self.assessment.results if each.pack.id == manifest.id)
        found = next(results, None)
        return None if found is None else found.stability(manifest.headline_output)


Found = Inspection | InspectedList | InspectedDevices | InspectedFiles | InspectedRisk


def inspect(clinic: OpenClinic, person_id: str, field: str) -> Inspection:
    """Return where the values of a field came from, what was done to them, and what they follow from.

    Raises:
        UsageError: ``person_unknown``. InputError: ``field_unknown``.
    """
    dictionary = load_dictionary()
    if field not in dictionary:
        raise InputError("field_unknown", field=field)
    rule = dictionary[field].derivation
    sources = () if rule is None else tuple(name for name in rule.sources if name in dictionary)
    parts = tuple(Inspection(name, inspect_field(clinic.vault, person_id, name)) for name in sources)
    return Inspection(field, inspect_field(clinic.vault, person_id, field), sources, parts)


def inspect_subject(
    clinic: OpenClinic, person_id: str, subject: str, one: str | None = None, *, note: bool = False
) -> Found:
    """Return what stands behind a field, or behind one of ``SUBJECTS``.

    Args:
        clinic: the open clinic.
        person_id: whose.
        subject: a field of the dictionary, a list, ``home_readings``, ``files`` or ``risk``.
        one: of a field the id of a visit, of a list or of files the id of one, of home readings their measure; None
            for all.
        note: whether the audit is to have that the record was looked at.

    Raises:
        UsageError: ``person_unknown``. InputError: ``field_unknown``.
    """
    if subject not in SUBJECTS and subject not in load_dictionary():
        raise InputError("field_unknown", field=subject)
    if note:
        note_record(clinic, person_id)
    if subject in LISTS:
        entries = inspect_entries(clinic.vault, person_id, LISTS[subject])
        return InspectedList(subject, tuple(entry for entry in entries if one in (None, entry.id)))
    if subject == DEVICES:
        series = inspect_series(clinic.vault, person_id)
        return InspectedDevices(tuple(each for each in series if one in (None, each.measure)))
    if subject == FILES:
        files = attached_files(clinic.vault, person_id)
        return InspectedFiles(tuple(file for file in files if one in (None, file.id)))
    if subject == RISK:
        return risk_of(clinic, next(iter(latest_assessments(clinic.vault, [person_id])), None))
    return _of_visit(inspect(clinic, person_id, subject), one)


def _of_visit(found: Inspection, visit_id: str | None) -> Inspection:
    """Return only what was found at a visit, and what is said of the person."""
    if visit_id is None:
        return found
    values = tuple(value for value in found.values if value.visit_id in (None, visit_id))
    return replace(found, values=values, parts=tuple(_of_visit(part, visit_id) for part in found.parts))


def risk_of(
    clinic: OpenClinic, assessment: Assessment | None, tool: str | None = None, *, saved: bool = True, answer: str = ""
) -> InspectedRisk:
    """Return what stands behind the number of an assessment; the store is not touched.

    ``tool``: the id of the one that is asked about; None: the one that leads. ``answer``: see :class:`InspectedRisk`.
    """
    if assessment is None:
        return InspectedRisk(None)
    asked = tool or assessment.headline_pack
    if asked is None and assessment.ranges:
        asked = assessment.ranges[0].pack.id
    manifests = {pack.manifest.id: pack.manifest for pack in clinic.library.all()}
    return InspectedRisk(assessment, manifests.get(asked or ""), saved, answer)


def home_readings(clinic: OpenClinic, person_id: str) -> tuple[SeriesHeld, ...]:
    """Return what there is of a person's home readings, by measure and device.

    Raises:
        UsageError: ``person_unknown``.
    """
    return series_held(clinic.vault, person_id)
