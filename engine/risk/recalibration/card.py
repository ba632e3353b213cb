"""The card of a recalibrated pack: what was changed by which records, then the card of the model it was made from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.domain.recalibration import Recalibration, Scale
from engine.packs import Pack
from engine.packs.manifest import Manifest
from engine.risk.recalibration import telling
from engine.risk.recalibration.outcomes import Outcome
from engine.risk.recalibration.rules import Rules
from engine.wording import LANGUAGES, Wording, load_wording

_HEADING = re.compile(r"^(#+ )", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class CardSources:
    """What the card tells of. ``outcome``: None where a table stated the outcome itself."""

    parent: Pack
    found: Recalibration
    outcome: Outcome | None
    rules: Rules


def write_card(manifest: Manifest, sources: CardSources) -> str:
    """Return the card as Markdown, English first, then Chinese."""
    lines = [f"# {manifest.title.en} / {manifest.title.zh}", ""]
    for language in LANGUAGES:
        wording = load_wording(language)
        lines += [f"## {_say(wording, 'facts')}", "", _say(wording, "intended"), ""]
        for key, part in _parts(manifest, sources, wording):
            lines += [f"### {_say(wording, key)}", "", *part, ""]
    titles = [_say(load_wording(language), "original") for language in LANGUAGES]
    lines += [f"## {' / '.join(titles)}", ""]
    return "\n".join(lines) + "\n" + _HEADING.sub(r"##\1", sources.parent.read_card())


def _parts(manifest: Manifest, sources: CardSources, wording: Wording) -> Iterator[tuple[str, list[str]]]:
    found = sources.found
    citation, ref = sources.parent.manifest.citation, sources.parent.ref
    key = "parent_doi" if citation.doi else "parent"
    made_from = {"pack": ref.id, "version": ref.version, "digest": ref.digest}
    origin = _say(wording, key, **made_from, citation=citation.text, doi=citation.doi)
    yield "result", [origin, "", telling.verdict(found, wording), "", telling.formula(found, wording)]
    yield "records", [f"- {line}" for line in [*_outcome(sources, wording), *telling.facts(found, wording)[:-1]]]
    yield "picture", _picture(found, wording)
    yield "method", _method(sources, wording)
    yield "limits", [f"- {note.get(wording.language)}" for note in manifest.limits_notes]
    yield "carried", [_say(wording, "carried_text")]


def _outcome(sources: CardSources, wording: Wording) -> list[str]:
    if sources.outcome is None:
        return []
    return [wording.say("recalibration.fact.outcome", outcome=sources.outcome.labels[wording.language])]


def _picture(found: Recalibration, wording: Wording) -> list[str]:
    head, rows = telling.table(found, wording)
    lines = [_cells(head), _cells(["---"] * len(head)), *map(_cells, rows)]
    read_at = telling.read_at(found, wording)
    return lines if read_at is None else [*lines, "", read_at]


def _cells(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _method(sources: CardSources, wording: Wording) -> list[str]:
    rules = sources.rules
    lines = [
        _say(wording, "method_hazard" if sources.found.scale is Scale.HAZARD else "method_odds"),
        _say(wording, "method_decision", level=rules.intercept_events, spread=rules.slope_events, folds=rules.folds),
    ]
    if sources.outcome is not None:
        lines.append(_say(wording, "method_outcome", source=sources.outcome.source))
    return [f"- {line}" for line in lines]


def _say(wording: Wording, key: str, **values: object) -> str:
    return wording.say(f"recalibration.card.{key}", **values)
