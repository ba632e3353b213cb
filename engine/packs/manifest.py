"""What a pack says of itself (``manifest.json``): inputs with their limits, exclusions, outputs, bands, licence.

The dataclasses below are the schema ``lantern-pack/1``: their fields are the keys of the document, a field with a
default may be left out. Units are the canonical ones of ``engine.fields`` unless a field says "equation unit".
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from engine.errors import PackError
from engine.packs import strict
from engine.packs.input_summary import InputSummary, summaries_fit
from engine.packs.kinds import Action, Audience, Dtype, LicenceState, OutputKind, Outside, PackKind, Use
from engine.packs.origin import Citation, FileRef, Licence, MadeBy, Parent, Verification, Words
from engine.packs.own_fields import OwnField, OwnKind, own_fields_fit
from engine.packs.stability import Stability, stability_fits
from engine.packs.training import Training

__all__ = [
    "SCHEMA",
    "Action",
    "Alarm",
    "Audience",
    "Band",
    "BandScheme",
    "Binding",
    "Citation",
    "Dtype",
    "Exclusion",
    "FileRef",
    "Graph",
    "Input",
    "Licence",
    "LicenceState",
    "MadeBy",
    "Manifest",
    "Output",
    "OutputKind",
    "OutputRange",
    "Outside",
    "OwnField",
    "OwnKind",
    "PackKind",
    "Parent",
    "PatientWords",
    "Range",
    "Reference",
    "Scalar",
    "Training",
    "Use",
    "Verification",
    "Words",
]

SCHEMA = "lantern-pack/1"
# Names stand in formulas and column heads, codes in cells: neither ever needs quoting.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,79}", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{3}", re.ASCII)
_CODE = re.compile(r"[A-Za-z0-9_.+-]{1,80}", re.ASCII)
Scalar = float | bool | str  # a canonical value: a number, true/false, or the code of a category


@dataclass(frozen=True, slots=True)
class Binding:
    """One input tensor of the graph: ``[rows]`` of one field, or ``[rows, k]`` of k fields in this order."""

    tensor: str
    dtype: Dtype
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """The graph file and how fields reach it.

    ``not_in_table`` lists the fields f for which the graph has an output ``not_in_table.f`` of bool[rows].
    ``transformed``: the graph takes each input as ``transform`` or ``map`` give it, not in the canonical unit.
    """

    file: str
    sha256: str
    opset: int
    inputs: tuple[Binding, ...]
    not_in_table: tuple[str, ...] = ()
    transformed: bool = False


@dataclass(frozen=True, slots=True)
class Range:
    """Limits of an input in the equation's unit, ends included unless said otherwise."""

    outside: Outside
    min: float | None = None
    max: float | None = None
    min_exclusive: bool = False
    max_exclusive: bool = False
    basis: str | None = None
    source: str | None = None
    outputs: tuple[str, ...] = ()  # with withhold: the outputs left out


@dataclass(frozen=True, slots=True)
class Input:
    """One input: a field of the dictionary and how the model takes it.

    ``name`` (key ``as``) is its name in formulas. ``transform`` is an expression in ``x``, ``map`` a table from code
    to value; they stand here for ranges and rules, and the graph does both itself unless it is ``transformed``.
    ``categories`` is the order in which the graph numbers the codes of a category field.
    """

    field: str
    name: str = dataclasses.field(metadata={"key": "as"})
    required: bool
    unit: str | None = None
    required_when: str | None = None
    transform: str = "x"
    map: Mapping[str, Scalar] | None = None
    default: Scalar | None = None
    default_note: str | None = None
    allowed: tuple[Scalar, ...] = ()
    categories: tuple[str, ...] = ()
    valid: Range | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Who the model is not for: ``when`` is an expression over canonical fields, ``field`` the one to name."""

    when: str
    field: str
    action: Action
    reason: Words
    instead: str | None = None


@dataclass(frozen=True, slots=True)
class Alarm:
    """What cannot wait: ``when`` is an expression over canonical fields; ``reason`` says what and what to do."""

    when: str
    reason: Words


@dataclass(frozen=True, slots=True)
class OutputRange:
    """An output exists only while a field lies within limits (canonical unit, ends included unless said otherwise)."""

    field: str
    min: float | None = None
    max: float | None = None
    min_exclusive: bool = False
    max_exclusive: bool = False
    outside: Outside = Outside.WITHHOLD
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """One output. ``requires`` are fields without which it is withheld; ``diagnostic`` ones stay off patient pages.

    ``tensor`` is the output of the graph that holds it (None: the one of its name), ``column`` its place among several
    numbers a row, from 0: of the probabilities of two classes the second is column 1. ``stability``: of a number only.
    """

    name: str
    kind: OutputKind
    label: Words
    unit: str | None = None
    horizon_years: float | None = None
    requires: tuple[str, ...] = ()
    valid: OutputRange | None = None
    diagnostic: bool = False
    display_decimals: int | None = None
    categories: tuple[str, ...] = ()
    tensor: str | None = None
    column: int | None = None
    stability: Stability | None = None


@dataclass(frozen=True, slots=True)
class Band:
    """One band: the first of its scheme whose ``when`` holds gives ``code``."""

    code: str
    label: Words
    when: str


@dataclass(frozen=True, slots=True)
class BandScheme:
    """A way to cut an output into bands. ``verified``: true, false or "knowledge" (known, not read again)."""

    scheme: str
    output: str
    source: Words
    verified: bool | str
    bands: tuple[Band, ...] = dataclasses.field(metadata={"key": "list"})

    def band(self, code: str) -> Band:
        """Return the band of this code; KeyError when the scheme has none."""
        for band in self.bands:
            if band.code == code:
                return band
        raise KeyError(code)


@dataclass(frozen=True, slots=True)
class PatientWords:
    """How the headline is named to a patient: page title, and the event in "... in 10 years you may ..."."""

    title: Words
    event: Words


@dataclass(frozen=True, slots=True)
class Reference:
    """The good value of an input, in the canonical unit, with where it comes from.

    ``changeable`` tells whether a person can get there: nobody can undo diabetes. What cannot be changed explains a
    number, but is no part of what good values would bring.
    """

    value: Scalar
    source: str
    changeable: bool = True


@dataclass(frozen=True)
class Manifest:
    """All a pack says of itself; see the module's text for the schema.

    ``countries`` (ISO 3166 alpha-3) are those the model was made for; none means any. A clinic elsewhere does not ask
    it in every assessment.

    ``first_in`` are the countries where the pack is asked before all others of its topic. ``allows_range`` tells
    whether plausible values may stand in for what is missing; None: in packs for patients only, since an acute, organ
    or bleeding score is about a person's own measurement and nothing else.

    ``parent`` is the pack that this one replaces where a clinic keeps and uses it; its name is another.

    ``fields`` are those that the pack brings itself (``<id>.<name>``); ``training`` tells how it was trained.
    ``input_summaries`` tell how values lay among the people that a trained model comes from.
    """

    schema: str
    id: str
    version: str
    source_version: str
    kind: PackKind
    title: Words
    outcome: Words
    topic: str
    rank: int
    audience: Audience
    horizon_years: tuple[float, ...]
    population: Words
    citation: Citation
    licence: Licence
    graph: Graph
    inputs: tuple[Input, ...]
    exclusions: tuple[Exclusion, ...]
    outputs: tuple[Output, ...]
    bands: tuple[BandScheme, ...]
    patient: PatientWords | None
    headline_output: str | None
    references: Mapping[str, Reference]
    card: FileRef
    reference_cases: FileRef
    made_by: MadeBy
    limits_notes: tuple[Words, ...]
    verification: Verification
    use: Use = Use.ROUTINE
    countries: tuple[str, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    first_in: tuple[str, ...] = ()
    allows_range: bool | None = None
    parent: Parent | None = None
    fields: tuple[OwnField, ...] = ()
    training: Training | None = None
    input_summaries: tuple[InputSummary, ...] = ()

    @classmethod
    def from_json(cls, document: object) -> Manifest:
        """Return the manifest in a parsed JSON document.

        Raises:
            PackError: ``pack_manifest_key_missing``, ``pack_manifest_key_unknown``, ``pack_manifest_value_wrong`` (with
                the path as ``where``), ``pack_schema_unknown``, or ``pack_manifest_contradiction`` when one part names
                another that is not there.
        """
        if isinstance(document, dict) and document.get("schema", SCHEMA) != SCHEMA:
            raise PackError("pack_schema_unknown")
        manifest = strict.read(cls, document)
        for where, holds in _promises(manifest):
            if not holds:
                raise PackError("pack_manifest_contradiction", where=where)
        return manifest

    @classmethod
    def faults(cls, document: object) -> list[PackError]:
        """Return all that ``from_json`` would refuse, where it stops at the first."""
        if isinstance(document, dict) and document.get("schema", SCHEMA) != SCHEMA:
            return [PackError("pack_schema_unknown")]
        if found := strict.faults(cls, document):
            return found
        promises = _promises(strict.read(cls, document))
        return [PackError("pack_manifest_contradiction", where=where) for where, holds in promises if not holds]

    @classmethod
    def parse(cls, data: bytes) -> Manifest:
        """Return the manifest in the bytes of a file; raises as ``from_json``, or ``pack_manifest_unreadable``."""
        return cls.from_json(strict.parse_json(data))

    def to_json(self) -> Mapping[str, object]:
        """Return the JSON document; ``from_json`` of it gives an equal manifest."""
        document: Mapping[str, object] = strict.write(self)
        return document

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) over the canonical JSON; since it names every file by digest, it stands for the whole pack."""
        return hashlib.sha256(strict.canonical_json(self.to_json())).hexdigest()

    @property
    def gives_ranges(self) -> bool:
        """Whether a range may be given where inputs are missing."""
        return self.audience is Audience.PATIENT if self.allows_range is None else self.allows_range

    def input(self, canonical_field: str) -> Input:
        """Return the input of a field; KeyError when the model does not take it."""
        for each in self.inputs:
            if each.field == canonical_field:
                return each
        raise KeyError(canonical_field)

    def output(self, name: str) -> Output:
        """Return an output by name; KeyError when there is none."""
        for each in self.outputs:
            if each.name == name:
                return each
        raise KeyError(name)

    def scheme(self, name: str = "main") -> BandScheme | None:
        """Return a band scheme by name, or None."""
        return next((scheme for scheme in self.bands if scheme.scheme == name), None)


def _promises(manifest: Manifest) -> list[tuple[str, bool]]:
    """Return (path, whether it holds) of what one part of a manifest says of another."""
    fields = [each.field for each in manifest.inputs]
    names = [each.name for each in manifest.inputs]
    outputs = [each.name for each in manifest.outputs]
    schemes = [each.scheme for each in manifest.bands]
    bound = [name for binding in manifest.graph.inputs for name in binding.fields]
    withheld = [name for each in manifest.inputs if each.valid for name in each.valid.outputs]
    codes = [band.code for scheme in manifest.bands for band in scheme.bands]
    codes += [code for output in manifest.outputs for code in output.categories]
    return [
        ("id", _NAME.fullmatch(manifest.id) is not None),
        ("inputs.as", all(_NAME.fullmatch(name) for name in names)),
        ("outputs.name", all(_NAME.fullmatch(name) for name in outputs)),
        ("code", all(_CODE.fullmatch(code) for code in codes + schemes)),
        ("inputs", bool(fields) and _all_different(fields) and _all_different(names)),
        ("outputs", bool(outputs) and _all_different(outputs)),
        ("outputs.column", all(each.column is None or each.column >= 0 for each in manifest.outputs)),
        ("bands", _all_different(schemes) and all(scheme.output in outputs for scheme in manifest.bands)),
        ("bands.list", all(s.bands and _all_different([band.code for band in s.bands]) for s in manifest.bands)),
        ("graph.inputs", set(bound) == set(fields) and all(binding.fields for binding in manifest.graph.inputs)),
        ("inputs.valid.outputs", all(name in outputs for name in withheld)),
        ("headline_output", manifest.headline_output is None or manifest.headline_output in outputs),
        ("references", all(name in fields for name in manifest.references)),
        ("outputs.categories", all((o.kind is OutputKind.CATEGORY) == bool(o.categories) for o in manifest.outputs)),
        (
            "outputs.stability",
            all(stability_fits(o.stability, o.name, outputs) for o in manifest.outputs),
        ),
        ("patient", manifest.patient is None or _for_patients(manifest)),
        ("countries", all(_COUNTRY.fullmatch(country) for country in (*manifest.countries, *manifest.first_in))),
        ("input_summaries", summaries_fit(manifest.input_summaries, fields)),
        ("parent", manifest.parent is None or manifest.parent.id != manifest.id),
        ("fields", own_fields_fit([manifest.id, *([manifest.parent.id] if manifest.parent else [])], manifest.fields)),
        ("licence.notice", manifest.licence.notice is None or manifest.patient is None),
    ]


def _for_patients(manifest: Manifest) -> bool:
    """Whether a pack with words for patients has a number for them: one that no audience or mark forbids."""
    headline = next((each for each in manifest.outputs if each.name == manifest.headline_output), None)
    return manifest.audience is Audience.PATIENT and headline is not None and not headline.diagnostic


def _all_different(names: list[str]) -> bool:
    return len(set(names)) == len(names)
