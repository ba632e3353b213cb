"""The bands that a range reaches over."""

from __future__ import annotations

from engine.domain.ranges import OutputSpread
from engine.domain.report import Sentence
from engine.packs.manifest import Manifest
from engine.report.case import Case
from engine.report.lead import cuts
from engine.report.sentences import say


def band_between(case: Case, manifest: Manifest, spread: OutputSpread) -> Sentence:
    """Return the bands of both ends of a range; nothing where bands are more than cuts of this very output."""
    scheme = manifest.scheme("main")
    edges, falling = cuts(scheme) if scheme is not None else (None, False)
    if scheme is None or edges is None or scheme.output != spread.name:
        return ()
    bands = scheme.bands[::-1] if falling else scheme.bands
    ends = [bands[sum(value >= edge for edge in edges)].label.get(case.language) for value in (spread.low, spread.high)]
    key = "band_surely" if ends[0] == ends[1] else "band_unsure"
    source = scheme.source.get(case.language)
    return say(case.wording, f"report.clinician.{key}", low=ends[0], high=ends[1], source=source)
