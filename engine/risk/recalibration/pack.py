"""A pack out of a pack: the parent's graph with the change behind it, under a name of its own.

Everything that says for whom and how holds on: inputs, ranges, exclusions, bands, good values, licence, credit and
notice. What is not the recalibrated output is left out: nobody compared it with outcomes. The same outcomes give the
same bytes.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from engine.domain.recalibration import Recalibration, Scale
from engine.fields import Dictionary
from engine.packs import Pack, PackParts
from engine.packs.cases import read_cases
from engine.packs.manifest import (
    BandScheme,
    FileRef,
    Input,
    MadeBy,
    Manifest,
    Output,
    Outside,
    Parent,
    Verification,
    Words,
)
from engine.packs.own_fields import dictionary_with
from engine.risk.graph_ends import NOT_IN_TABLE
from engine.risk.predictor import Predictor
from engine.risk.recalibration import telling
from engine.risk.recalibration.card import CardSources, write_card
from engine.risk.recalibration.fit import Parameters, recalibrated
from engine.risk.recalibration.graph import Change, change_graph
from engine.risk.recalibration.outcomes import Outcome
from engine.risk.recalibration.rules import Rules
from engine.wording import LANGUAGES, load_wording

PRODUCER = "lantern"
_MAKER_VERSION = "recalibration 1.0.0"
_TOLERANCE = "1e-09"
_WRITTEN_LATER = FileRef("", "")  # file names and digests are filled in by the pack writer
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NO_NAME = re.compile(r"[^a-z0-9]+")
# The end of a citation, "Lancet Glob Health 2019;7:...": the journal names the publication without anybody's mark.
_PUBLICATION = re.compile(r"(?:^|\. )([^.;:]+ (?:19|20)\d\d);")


def make_pack(
    predictor: Predictor,
    found: Recalibration,
    outcome: Outcome | None,
    rules: Rules,
    dictionary: Dictionary,
    version: str = "1.0.0",
) -> PackParts:
    """Return the parts of the recalibrated pack.

    Args:
        predictor: of the parent.
        found: the verdict; it asks for a change.
        outcome: which records were the outcome; None where a table said so itself.
        rules: by which it was decided.
        dictionary: the fields.
        version: of the new pack.

    Raises:
        PackError: ``recalibrate_graph``; the parent's files are gone or altered.
    """
    if not found.changed:
        raise ValueError("nothing is changed")
    parent = predictor.pack
    output = parent.manifest.output(found.output)
    manifest = _manifest(parent, found, version)
    parameters = Parameters(found.intercept, found.slope)
    change = Change(
        output=found.output,
        tensor=output.tensor or output.name,
        column=output.column,
        scale=found.scale,
        parameters=parameters,
        keep=[NOT_IN_TABLE + field for field in manifest.graph.not_in_table],
        name=manifest.id,
        description=f"{manifest.id}; made from {parent.manifest.id} sha256:{parent.digest}",
    )
    return PackParts(
        manifest=manifest,
        graph=change_graph(parent.read_graph(), parent.manifest.id, change),
        card=write_card(manifest, CardSources(parent, found, outcome, rules)),
        reference_cases=_cases(predictor, found, dictionary),
        texts={each.file: parent.read_licence_text(each.file) for each in parent.manifest.licence.files},
    )


def new_id(parent: Manifest, output: str) -> str:
    """Return the id of what is made from an output of a pack: by its topic, never by the name of the original."""
    mark = hashlib.sha256(f"{parent.id}.{output}".encode()).hexdigest()[:8]
    return f"recalibrated_{_NO_NAME.sub('_', parent.topic.lower())[:60]}_{mark}"


def _manifest(parent: Pack, found: Recalibration, version: str) -> Manifest:
    manifest, output = parent.manifest, parent.manifest.output(found.output)
    dropped = {each.name for each in manifest.outputs} - {found.output}
    main = found.output == manifest.headline_output
    return replace(
        manifest,
        id=new_id(manifest, found.output),
        version=version,
        title=_title(manifest, output),
        horizon_years=manifest.horizon_years if output.horizon_years is None else (output.horizon_years,),
        graph=replace(manifest.graph, file="", sha256=""),
        inputs=tuple(_input(each, dropped) for each in manifest.inputs),
        outputs=(replace(output, tensor=None, column=None, stability=None),),
        bands=tuple(each for each in manifest.bands if _stays(each, found.output, dropped)),
        patient=manifest.patient if main else None,
        headline_output=found.output,
        card=_WRITTEN_LATER,
        reference_cases=_WRITTEN_LATER,
        made_by=MadeBy(PRODUCER, _MAKER_VERSION),
        limits_notes=(*_limits(found), *manifest.limits_notes),
        verification=Verification("recalibrated to recorded outcomes; see the card", ()),
        parent=Parent(manifest.id, manifest.version, parent.digest),
    )


def _title(manifest: Manifest, output: Output) -> Words:
    """Return a title that names the risk and its publication: the usual name may be somebody's mark."""
    published = _PUBLICATION.search(manifest.citation.text)
    key = "recalibration.title" if published is None else "recalibration.title_after"
    publication = "" if published is None else published[1]

    def say(language: str) -> str:
        return load_wording(language).say(key, label=output.label.get(language), publication=publication)

    return Words(say("en"), say("zh"))


def _input(each: Input, dropped: set[str]) -> Input:
    """Return an input without limits that only withhold outputs which are gone."""
    valid = each.valid
    if valid is None or valid.outside is not Outside.WITHHOLD or not valid.outputs:
        return each
    left = tuple(name for name in valid.outputs if name not in dropped)
    return replace(each, valid=replace(valid, outputs=left) if left else None)


def _stays(scheme: BandScheme, output: str, dropped: set[str]) -> bool:
    named = {word for band in scheme.bands for word in _WORD.findall(band.when)}
    return scheme.output == output and not named & dropped


def _limits(found: Recalibration) -> Sequence[Words]:
    def words(key: str, **values: object) -> Words:
        return Words(*(load_wording(each).say(f"recalibration.{key}", **values) for each in LANGUAGES))

    days = [telling.when(found, load_wording(each)) for each in LANGUAGES]
    limits = [
        Words(
            *(
                load_wording(each).say("recalibration.limit", people=found.people, events=found.events, when=when)
                for each, when in zip(LANGUAGES, days, strict=True)
            )
        )
    ]
    if found.scale is Scale.ODDS or found.median_followed_years is None or found.horizon_years is None:
        return limits
    years = {"years": f"{found.median_followed_years:.1f}", "horizon": f"{found.horizon_years:g}"}
    return [*limits, words("limit_even", **years), words("limit_competing"), words("limit_visits")]


def _cases(predictor: Predictor, found: Recalibration, dictionary: Dictionary) -> str:
    """Return the parent's people with their changed risks, by NumPy from what the parent's graph gives."""
    pack = predictor.pack
    rows = list(csv.DictReader(io.StringIO(pack.read_case_table().decode("utf-8-sig"), newline="")))
    told = predictor.predict(read_cases(pack, dictionary).people).outputs[found.output]
    changed = recalibrated(told, found.scale, Parameters(found.intercept, found.slope))
    known = dictionary_with(pack.manifest.fields, dictionary)
    fields = [name for name in rows[0] if name in known] if rows else []
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow([*fields, f"expected_{found.output}", "tolerance", "source"])
    for row, risk in zip(rows, changed, strict=True):
        if np.isfinite(risk):
            writer.writerow([*(row[name] for name in fields), repr(float(risk)), _TOLERANCE, row["source"]])
    return written.getvalue()
