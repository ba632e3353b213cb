"""The card of a trained pack on paper."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from engine.domain.model_card import Approval, CardPart, CardTable, Line, ModelCard, Plot, Point, Tick
from engine.domain.report import Paper
from engine.packs import Manifest
from engine.packs.card_parts import Section
from engine.packs.trained_card import sections, verdict
from engine.packs.training import Benefit, Curve
from engine.report.axes import multiples, rounded_up, step, ticks
from engine.report.formats import Formats
from engine.report.glyphs import make_printable
from engine.report.seal import as_json
from engine.report.typeset import set_pages
from engine.wording import Wording, load_wording

_TEMPLATE = "model_card.typ"
_WIDTHS: Mapping[str, tuple[float, ...]] = {
    "built": (0.9, 3.1),
    "inputs": (2.4, 0.9, 1.8, 0.8, 0.8),
    "figures": (2.3, 2.1, 2.1, 1),
    "smaller": (2.4, 2, 2),
    "points": (2.4, 2.4, 0.8),
    "rivals": (2, 1.5, 2),
    "published": (1.9, 1.9, 1.9, 2),
    "groups": (2.4, 0.8, 0.8, 1.9, 1.9, 1.7),
    "bias": (1.3, 0.8, 2.6),
    "weights": (3, 1),
    "items": (0.5, 3.4, 2),
}
_HIGHEST_THRESHOLD = 0.9


def model_card(
    manifest: Manifest, digest: str, *, language: str, paper: Paper, made_at: datetime, program: str
) -> ModelCard:
    """Return the card of a trained pack; ValueError for any other."""
    told = manifest.training
    if told is None:
        raise ValueError("not a trained pack")
    words = load_wording(language)
    state, text = verdict(manifest, words)
    day = Formats(words, month_first=False).day(made_at.date())
    foot = {"pack": manifest.id, "version": manifest.version, "digest": digest[:16].upper(), "program": program}
    plots = [_curve(told.curve, words)] if told.curve is not None else []
    plots += [_benefit(told.benefit, words)] if told.benefit is not None else []
    card = ModelCard(
        language=language,
        paper=paper,
        made_at=made_at,
        document_title=f"{_say(words, 'kind')}: {manifest.title.get(language)}",
        kind=_say(words, "kind"),
        title=manifest.title.get(language),
        facts=(f"{manifest.id} · {manifest.version}", day),
        verdict_title=_say(words, "verdict"),
        verdict=state,
        verdict_text=text,
        parts=tuple(map(_part, sections(manifest, words))),
        plots=tuple(plots),
        approval=Approval(
            _say(words, "approved"),
            tuple(_say(words, name) for name in ("use", "with_care", "view_only", "do_not_use")),
            tuple(_say(words, name) for name in ("clinician", "date", "second", "date")),
        ),
        foot=_say(words, "foot", **foot),
    )
    return make_printable(card)[0]


def typeset_card(card: ModelCard) -> bytes:
    """Return the card as a PDF: tagged, PDF/UA-1 and PDF/A-2a; BugError ``report_not_set`` when it cannot be set."""
    return b"".join(set_pages(_TEMPLATE, as_json(card), card.made_at, "pdf"))


def card_images(card: ModelCard, ppi: float) -> list[bytes]:
    """Return one PNG per page, at ``ppi`` pixels per inch; raises as ``typeset_card``."""
    return set_pages(_TEMPLATE, as_json(card), card.made_at, "png", ppi)


def _part(section: Section) -> CardPart:
    widths = _WIDTHS.get(section.key, (1.0,) * len(section.head))
    table = CardTable(section.head, section.rows, widths) if section.rows else None
    return CardPart(section.key, section.title, section.points, table, section.notes)


def _curve(curve: Curve, words: Wording) -> Plot:
    most = min(1.0, rounded_up(max(*curve.told, *curve.observed, *(min(1.0, each) for each in curve.high))))

    def place(x: float, y: float) -> Point:
        return x / most, min(1.0, max(0.0, y / most))

    upper = [place(x, y) for x, y in zip(curve.told, curve.high, strict=True)]
    lower = [place(x, y) for x, y in zip(curve.told, curve.low, strict=True)]
    marks = ticks(0.0, most, 100)
    seen = tuple(place(x, y) for x, y in zip(curve.told, curve.observed, strict=True))
    pairs = ", ".join(
        f"{100 * x:.0f}: {100 * y:.0f}" for x, y in list(zip(curve.told, curve.observed, strict=True))[::5]
    )
    return Plot(
        title=words.say("card.title.curve"),
        lines=(Line(seen, dashed=False), Line(((0.0, 0.0), (1.0, 1.0)), dashed=True)),
        band=(*upper, *reversed(lower)),
        across=marks,
        up=marks,
        across_label=_say(words, "expected"),
        up_label=_say(words, "seen"),
        legend=_say(words, "perfect"),
        words=pairs,
    )


def _benefit(benefit: Benefit, words: Wording) -> Plot:
    kept = [place for place, each in enumerate(benefit.threshold) if each <= _HIGHEST_THRESHOLD]
    threshold, model, everybody = (
        [each[at] for at in kept] for each in (benefit.threshold, benefit.model, benefit.everybody)
    )
    most = max(1.0, *model, *everybody)
    least = -0.25 * most

    def place(x: float, y: float) -> Point:
        return x / _HIGHEST_THRESHOLD, (y - least) / (most - least)

    drawn = tuple(place(x, y) for x, y in zip(threshold, model, strict=True) if y >= least)
    treated = tuple(place(x, y) for x, y in zip(threshold, everybody, strict=True) if y >= least)
    apart = step(most / 100) * 100
    up = tuple(Tick(place(0, each)[1], f"{each:g}") for each in multiples(apart, most))
    return Plot(
        title=words.say("card.title.benefit"),
        lines=(
            Line(drawn, dashed=False),
            Line(treated, dashed=True),
            Line((place(0, 0), place(_HIGHEST_THRESHOLD, 0)), dashed=False),
        ),
        band=(),
        across=ticks(0.0, _HIGHEST_THRESHOLD, 100),
        up=up,
        across_label=_say(words, "threshold"),
        up_label=_say(words, "benefit_axis"),
        legend=" · ".join(_say(words, name) for name in ("use_it", "treat_all", "treat_none")),
        words=", ".join(f"{100 * x:.0f}: {y:.1f}" for x, y in list(zip(threshold, model, strict=True))[::5]),
    )


def _say(words: Wording, key: str, **values: object) -> str:
    return words.say(f"card.page.{key}", **values)
