"""The manifest of an equation pack, from the equation file, the facts beside it, and what the compiler made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.packs.manifest import (
    SCHEMA,
    Action,
    Band,
    BandScheme,
    Binding,
    Citation,
    Dtype,
    Exclusion,
    FileRef,
    Graph,
    Input,
    Licence,
    LicenceState,
    MadeBy,
    Manifest,
    Output,
    OutputKind,
    OutputRange,
    Outside,
    PackKind,
    Range,
    Verification,
    Words,
)
from engine.risk.equations.common_rules import common_exclusions
from engine.risk.equations.errors import EquationError
from engine.risk.equations.graph_file import COMPILER_VERSION, OPSET, PRODUCER
from engine.risk.equations.inputs import BoundInput
from engine.risk.equations.pack_facts import PackFacts
from engine.risk.equations.program import Program, ProgramOutput
from engine.risk.equations.source import Equation

_WRITTEN_LATER = FileRef("", "")  # file names and digests are filled in by the pack writer


def describe(equation: Equation, program: Program, facts: PackFacts) -> Manifest:
    """Return the manifest, without the digests of the files.

    Raises:
        EquationError: ``equation_key`` when the descriptive part of the file lacks something or has another shape.
    """
    try:
        return _manifest(equation, program, facts)
    except (KeyError, TypeError, ValueError) as error:
        raise EquationError("equation_key", f"{equation.id}: {error}") from error


def description(equation: Equation) -> str:
    """Return the line that the graph carries: which equation, version and publication."""
    doi = equation.document["citation"].get("doi")
    return f"{equation.id} {equation.document['version']}" + (f"; doi:{doi}" if doi else "")


def _manifest(equation: Equation, program: Program, facts: PackFacts) -> Manifest:
    document = equation.document
    entries = {entry["field"]: entry for entry in document["inputs"]}
    made = {output.name: output for output in program.outputs}
    return Manifest(
        schema=SCHEMA,
        id=equation.id,
        version=facts.version,
        source_version=document["version"],
        kind=PackKind(document["kind"]),
        title=facts.title or _words(document, "title"),
        outcome=facts.outcome or _words(document, "outcome"),
        topic=facts.topic,
        rank=facts.rank,
        audience=facts.audience,
        horizon_years=tuple(map(float, document["horizon_years"])),
        population=_words(document, "population"),
        citation=Citation(**document["citation"]),
        licence=_licence(document, facts),
        graph=Graph("", "", OPSET, _bindings(program), tuple(program.not_in_table)),
        inputs=tuple(_input(entries[each.source.field], each) for each in program.inputs),
        exclusions=(
            *(_exclusion(entry) for entry in document["exclusions"]),
            *common_exclusions(document, answers_in_pregnancy=facts.answers_in_pregnancy),
        ),
        outputs=tuple(_output(entry, made[entry["name"]]) for entry in document["outputs"]),
        bands=tuple(_scheme(entry, facts) for entry in document["bands"]),
        patient=facts.patient,
        headline_output=facts.headline_output,
        references=facts.references,
        card=_WRITTEN_LATER,
        reference_cases=_WRITTEN_LATER,
        made_by=MadeBy(PRODUCER, COMPILER_VERSION),
        limits_notes=facts.limits_notes,
        verification=Verification(document["verification"]["status"], tuple(document["verification"]["detail"])),
        use=facts.use,
        countries=facts.countries,
        alarms=facts.alarms,
        first_in=facts.first_in,
        allows_range=facts.allows_range,
    )


def _licence(document: Mapping[str, Any], facts: PackFacts) -> Licence:
    note = document["licence_note"].replace("  ", " ")
    return Licence(LicenceState(document["redistribution"]), note, facts.credit, facts.notice)


def _words(document: Mapping[str, Any], key: str) -> Words:
    return Words(document[f"{key}_en"], document[f"{key}_zh"])


def _bindings(program: Program) -> tuple[Binding, ...]:
    fields = [each.source.field for each in program.inputs]
    return tuple(Binding(field, Dtype.FLOAT64, (field,)) for field in fields)


def _input(entry: Mapping[str, Any], bound: BoundInput) -> Input:
    return Input(
        field=entry["field"],
        name=entry["as"],
        required=entry["required"],
        unit=entry["unit"],
        required_when=entry.get("required_when"),
        transform=entry.get("transform", "x"),
        map=entry.get("map"),
        default=entry.get("default"),
        default_note=entry.get("default_note"),
        allowed=tuple(entry.get("allowed", ())),
        categories=bound.categories,
        valid=_range(entry["valid"]) if entry.get("valid") else None,
        note=entry.get("note"),
    )


def _range(entry: Mapping[str, Any]) -> Range:
    return Range(
        outside=Outside(entry["outside"]),
        min=entry["min"],
        max=entry["max"],
        min_exclusive=entry.get("min_exclusive", False),
        max_exclusive=entry.get("max_exclusive", False),
        basis=entry["basis"],
        source=entry["source"],
        outputs=tuple(entry.get("outputs", ())),
    )


def _exclusion(entry: Mapping[str, Any]) -> Exclusion:
    return Exclusion(
        when=entry["when"],
        field=entry["field"],
        action=Action(entry["action"]),
        reason=_words(entry, "reason"),
        instead=entry.get("instead"),
    )


def _output(entry: Mapping[str, Any], made: ProgramOutput) -> Output:
    valid = entry.get("valid")
    return Output(
        name=entry["name"],
        kind=OutputKind(entry["kind"]),
        label=_words(entry, "label"),
        unit=entry["unit"],
        horizon_years=entry.get("horizon_years"),
        requires=tuple(entry.get("requires", ())),
        valid=None if valid is None else _output_range(valid),
        diagnostic=entry.get("diagnostic", False),
        display_decimals=entry.get("display_decimals"),
        categories=made.categories,
    )


def _output_range(entry: Mapping[str, Any]) -> OutputRange:
    return OutputRange(
        field=entry["field"],
        min=entry["min"],
        max=entry["max"],
        min_exclusive=entry.get("min_exclusive", False),
        max_exclusive=entry.get("max_exclusive", False),
        outside=Outside(entry["outside"]),
        source=entry["source"],
    )


def _scheme(entry: Mapping[str, Any], facts: PackFacts) -> BandScheme:
    source = entry["source"]
    return BandScheme(
        scheme=entry["scheme"],
        output=entry["output"],
        source=Words(source, facts.band_sources.get(entry["scheme"], source)),
        verified=entry["verified"],
        bands=tuple(Band(band["code"], _words(band, "label"), band["when"]) for band in entry["list"]),
    )
