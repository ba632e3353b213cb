"""A study becomes a pack: graph, manifest, card and reference cases; the same study gives the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from engine.errors import InputError
from engine.fields import Dictionary
from engine.learning.cases import write_cases
from engine.learning.graph import INPUT, write_graph
from engine.learning.graph_stability import write_stable_graph
from engine.learning.inputs import as_table
from engine.learning.judgement.people import People
from engine.learning.pack_fields import Labels, pack_fields
from engine.learning.parity import Run, check_same
from engine.learning.plan import Plan
from engine.learning.rows import Asked, Rows
from engine.learning.smaller import Smaller
from engine.learning.smaller_check import Full
from engine.learning.smaller_tellings import tell_smaller
from engine.learning.stability import SHARE, SOURCE, Resampled, end_names
from engine.learning.study import Study, age_of
from engine.learning.tellings import tell, told
from engine.packs import SCHEMA, PackParts
from engine.packs.kinds import Audience, Dtype, LicenceState, OutputKind, PackKind, Use
from engine.packs.manifest import (
    Binding,
    Citation,
    Exclusion,
    FileRef,
    Graph,
    Licence,
    MadeBy,
    Manifest,
    Output,
    Verification,
    Words,
)
from engine.packs.stability import Stability
from engine.packs.trained_card import sections, verdict
from engine.packs.training import SmallerModel
from engine.wording import LANGUAGES, load_wording

_OPSET = 17
_LATER = FileRef("", "")  # file names and digests are filled in by the pack writer
_RANK = 1_000
MAKER, MAKER_VERSION = "lantern", "learning 1.0.0"
LOCAL = "local"  # trained where it is used: no key of a maker stands for it


# Gives what runs the graph of a manifest.
RunGraph = Callable[[Manifest, bytes], Run]


@dataclass(frozen=True, slots=True)
class About:
    """What only people know of a model; what is None is said as far as the table shows it."""

    title: Words | None = None
    outcome: Words | None = None
    population: Words | None = None
    topic: str | None = None
    citation: Citation | None = None
    licence: Licence | None = None
    exclusions: tuple[Exclusion, ...] = ()
    limits: tuple[Words, ...] = ()
    labels: Labels = field(default_factory=lambda: Labels({}, {}))
    signed: str | None = LOCAL


@dataclass(frozen=True, slots=True)
class Made:
    """What a pack is made of, beside the study. ``cells``: the table as it was read; ``table_sha256``: of its file."""

    pack: str
    rows: Rows
    asked: Asked
    plan: Plan
    about: About
    cells: Mapping[str, Sequence[str]]
    table_rows: int
    table_sha256: str


def make_pack(study: Study, made: Made, run_graph: RunGraph, dictionary: Dictionary) -> PackParts:
    """Return the parts of the pack, its file held against the trained model.

    ``run_graph``: gives what runs a graph for a manifest; this room runs none.

    Raises:
        PackError: ``learning_not_the_same`` when the file does not give the numbers of the model.
        InputError: ``learning_smaller_not`` when a smaller model has no smaller file.
    """
    manifest = _manifest(study, made, dictionary)
    description, others = f"{manifest.id}; table sha256:{made.table_sha256}", study.resampled
    if others is None:
        graph = write_graph(study.trained, manifest.id, description)
    else:
        graph = write_stable_graph(others, manifest.id, description)
    parity = check_same(study.trained, run_graph(manifest, graph), study.table.raw(), others)
    training = tell(study, made.rows, made.asked, made.plan, (made.table_rows, made.table_sha256), parity)
    if study.full is not None:
        training = replace(training, smaller=_smaller(study.full, study, made, graph))
    limits = [*_limits(training.gate.answer, manifest), *made.about.limits]
    whole = replace(manifest, training=training, limits_notes=tuple(limits))
    cases = write_cases(study.trained, study.table, whole.inputs, dictionary, others)
    return PackParts(whole, graph, write_card(whole), cases)


def _smaller(full: Full, study: Study, made: Made, graph: bytes) -> SmallerModel:
    before = len(write_graph(full.trained, made.pack, f"{made.pack}; table sha256:{made.table_sha256}"))
    if len(graph) >= before and full.how is not Smaller.POINTS:  # points are for paper, whatever their file weighs
        raise InputError("learning_smaller_not", before=before, after=len(graph))
    table = as_table(made.rows.columns)
    return tell_smaller(full, study.trained, study.columns, table, (before, len(graph)), told)


def write_card(manifest: Manifest) -> str:
    """Return the card as Markdown, English first, then Chinese."""
    lines = [f"# {manifest.title.en} / {manifest.title.zh}", ""]
    for language in LANGUAGES:
        words = load_wording(language)
        lines += ["**{}** {}".format(*verdict(manifest, words)), ""]
        for part in sections(manifest, words):
            lines += [f"## {part.title}", "", *(f"- {point}" for point in part.points)]
            if part.rows:
                lines += [_cells(part.head), _cells(["---"] * len(part.head)), *map(_cells, part.rows)]
            lines += ["", *(line for note in part.notes for line in (note, ""))]
    return "\n".join(lines).rstrip() + "\n"


def _cells(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _manifest(study: Study, made: Made, dictionary: Dictionary) -> Manifest:
    about, plan = made.about, made.plan
    fields = pack_fields(made.pack, study.columns, made.cells, dictionary, about.labels)
    horizon = () if plan.horizon_years is None else (float(plan.horizon_years),)
    outcome = about.outcome or _words("about.outcome", outcome=_outcome_name(made.asked))
    output = study.trained.outputs[0]
    graph = Graph("", "", _OPSET, (Binding(INPUT, Dtype.FLOAT32, tuple(each.field for each in fields.inputs)),))
    return Manifest(
        schema=SCHEMA,
        id=made.pack,
        version="1.0.0",
        source_version="1.0.0",
        kind=PackKind.SURVIVAL_RISK if horizon else PackKind.PROBABILITY,
        title=about.title or _words("about.title", outcome=made.asked.outcome),
        outcome=outcome,
        topic=about.topic or made.pack,
        rank=_RANK,
        audience=Audience.CLINICIAN,
        horizon_years=horizon,
        population=about.population or _population(study, made),
        citation=about.citation
        or Citation(load_wording("en").say("card.about.citation", sha256=made.table_sha256[:16])),
        licence=about.licence or Licence(LicenceState.FREE, load_wording("en").say("card.about.licence")),
        graph=graph,
        inputs=fields.inputs,
        exclusions=about.exclusions,
        outputs=_outputs(study, outcome, horizon),
        bands=(),
        patient=None,
        headline_output=output,
        references={},
        card=_LATER,
        reference_cases=_LATER,
        made_by=MadeBy(MAKER, MAKER_VERSION, about.signed),
        limits_notes=(),
        verification=Verification("file held against the trained model; see the card"),
        use=Use.ON_DEMAND,
        fields=fields.own,
    )


def _outputs(study: Study, outcome: Words, horizon: tuple[float, ...]) -> tuple[Output, ...]:
    risk, *others = study.trained.outputs
    years = horizon[0] if horizon else None
    points = [
        Output(each, OutputKind.POINTS, _words("about.points"), unit="{score}", display_decimals=0) for each in others
    ]
    stable = _stability(study.resampled, risk)
    return Output(risk, OutputKind.FRACTION, outcome, unit="1", horizon_years=years, stability=stable), *points


def _stability(resampled: Resampled | None, output: str) -> Stability | None:
    if resampled is None:
        return None
    return Stability(*end_names(output), SHARE, len(resampled.others), SOURCE)


def _outcome_name(asked: Asked) -> str:
    return asked.outcome if asked.positive is None else f"{asked.outcome} = {asked.positive}"


def _population(study: Study, made: Made) -> Words:
    age = age_of(made.rows.columns)
    people: People = study.people
    if age is None:
        return _words("about.population", people=people.count)
    known = age.values[~np.isnan(age.values)]
    return _words("about.population_age", people=people.count, low=f"{known.min():g}", high=f"{known.max():g}")


def _limits(answer: str, manifest: Manifest) -> tuple[Words, ...]:
    limits = [_words("about.limit_place")]
    if answer != "train":
        limits.insert(0, _words("about.limit_few"))
    if any(each.hashed is not None for each in manifest.fields):
        limits.append(_words("about.limit_text"))
    return tuple(limits)


def _words(key: str, **values: object) -> Words:
    return Words(*(load_wording(language).say(f"card.{key}", **values) for language in LANGUAGES))
