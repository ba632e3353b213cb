"""The model card of an equation pack (``CARD.md``): the items of TRIPOD+AI that apply to a published equation.

Collins GS et al., BMJ 2024;385:e078378, doi:10.1136/bmj-2023-078378. English first, then Chinese; what the equation
file says in English only (traps, checks, sources, licence note) stands in the English part alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engine.fields import Dictionary
from engine.packs.manifest import BandScheme, Exclusion, Input, Manifest, Outside, Range, Use, Words
from engine.risk.equations.source import Equation
from engine.wording import LANGUAGES, Wording, load_wording


@dataclass(frozen=True, slots=True)
class CardSources:
    """What a card tells beyond the manifest. ``cases``: the source of every reference case; ``texts``: file names."""

    equation: Equation
    dictionary: Dictionary
    cases: tuple[str, ...]
    texts: tuple[str, ...] = ()


def write_card(manifest: Manifest, sources: CardSources) -> str:
    """Return the card of a pack as Markdown; the digests of the manifest are not needed."""
    lines = [f"# {manifest.title.en} / {manifest.title.zh}", ""]
    for language in LANGUAGES:
        card = _Card(manifest, sources, language)
        lines += [f"## {card.say('facts')}", "", card.say("intended"), ""]
        for title, part in card.parts():
            lines += [f"### {card.say(title)}", "", *part, ""]
    return "\n".join(lines).rstrip("\n") + "\n"


class _Card:
    """One card in one language."""

    def __init__(self, manifest: Manifest, sources: CardSources, language: str) -> None:
        self._manifest = manifest
        self._sources = sources
        self._language = language
        self._in_english = language == "en"
        self._wording: Wording = load_wording(language)

    def say(self, key: str, **values: object) -> str:
        return self._wording.say(f"equations.card.{key}", **values)

    def parts(self) -> Iterator[tuple[str, list[str]]]:
        yield "what", self._what()
        yield "whom", self._whom()
        yield "inputs", self._inputs()
        yield "numbers", self._numbers()
        yield "bands", self._bands()
        if self._manifest.references:
            yield "good_values", self._good_values()
        yield "limits", self._limits()
        yield "checked", self._checked()
        yield "source", self._source()
        yield "licence", self._licence()

    def _words(self, words: Words) -> str:
        return words.get(self._language)

    def _field(self, field: str) -> str:
        return f"{self._sources.dictionary[field].label(self._language)} (`{field}`)"

    def _what(self) -> list[str]:
        manifest = self._manifest
        years = ", ".join(_number(year) for year in manifest.horizon_years)
        rows = [
            self.say(
                "output_row",
                name=output.name,
                label=self._words(output.label),
                diagnostic=self.say("diagnostic") if output.diagnostic else "",
                unit=output.unit or "-",
            )
            for output in manifest.outputs
        ]
        return [
            f"- {self.say('outcome', outcome=self._words(manifest.outcome).rstrip('。.'))}",
            f"- {self.say(f'kind_{manifest.kind}')}",
            f"- {self.say('horizon', years=years) if years else self.say('no_horizon')}",
            f"- {self.say(f'audience_{manifest.audience}')}",
            f"- {self._use()}",
            "",
            self.say("outputs_head"),
            "| --- | --- | --- |",
            *rows,
        ]

    def _use(self) -> str:
        manifest = self._manifest
        if manifest.use is Use.ON_DEMAND or not manifest.countries:
            return self.say(f"use_{manifest.use}")
        return self.say("use_countries", countries=", ".join(manifest.countries))

    def _whom(self) -> list[str]:
        lines = [self.say("population", population=self._words(self._manifest.population).rstrip("。.")), ""]
        if not self._manifest.exclusions:
            return [*lines, self.say("nobody_excluded")]
        return [*lines, self.say("not_for"), "", *(self._exclusion(rule) for rule in self._manifest.exclusions)]

    def _exclusion(self, rule: Exclusion) -> str:
        return self.say(
            "exclusion_row",
            reason=self._words(rule.reason),
            when=rule.when,
            action=self.say(f"action_{rule.action}"),
            instead=self.say("instead", pack=rule.instead) if rule.instead else "",
        )

    def _inputs(self) -> list[str]:
        inputs = self._manifest.inputs
        notes = [self.say("note_row", field=self._field(each.field), note=each.note) for each in inputs if each.note]
        notes += [
            self.say(
                "allowed_row", field=self._field(each.field), values=", ".join(f"`{value}`" for value in each.allowed)
            )
            for each in inputs
            if each.allowed
        ]
        table = [self.say("inputs_head"), "| --- | --- | --- | --- | --- | --- |", *map(self._input, inputs)]
        return [*table, "", *([*notes, ""] if notes else []), self.say("ages")]

    def _input(self, each: Input) -> str:
        cells = [
            self._field(each.field),
            f"`{each.name}`" if each.transform == "x" else f"`{each.name}` = `{each.transform}`",
            each.unit or "-",
            self._needed(each),
            self._range(each.valid),
            self._outside(each.valid),
        ]
        return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"

    def _needed(self, each: Input) -> str:
        if each.default is not None:
            return self.say("needed_default", value=_plain(each.default), note=each.default_note or "-")
        if each.required_when is not None:
            return self.say("needed_when", condition=each.required_when)
        return self.say("needed_yes" if each.required else "needed_no")

    def _range(self, valid: Range | None) -> str:
        if valid is None or (valid.min is None and valid.max is None):
            return self.say("range_none")
        low = "" if valid.min is None else _number(valid.min) + (self.say("exclusive") if valid.min_exclusive else "")
        high = "" if valid.max is None else _number(valid.max) + (self.say("exclusive") if valid.max_exclusive else "")
        key = "range_both" if low and high else ("range_low" if low else "range_high")
        return self.say(key, low=low, high=high)

    def _outside(self, valid: Range | None) -> str:
        if valid is None:
            return "-"
        names = _listed(valid.outputs) if valid.outside is Outside.WITHHOLD else ""
        return self.say(
            "outside_row",
            outside=self.say(f"outside_{valid.outside}", outputs=names),
            basis=self.say(f"basis_{valid.basis}"),
            source=valid.source,
        )

    def _numbers(self) -> list[str]:
        manifest = self._manifest
        lines = [self.say("computed", version=manifest.source_version, opset=manifest.graph.opset)]
        if manifest.graph.not_in_table:
            fields = ", ".join(map(self._field, manifest.graph.not_in_table))
            lines.append(self.say("not_in_table", fields=fields))
        return [*lines, "", self.say("performance")]

    def _bands(self) -> list[str]:
        lines: list[str] = []
        for scheme in self._manifest.bands:
            lines += [self._scheme(scheme), "", *self._rows(scheme), ""]
        return lines[:-1] or [self.say("bands_none")]

    def _scheme(self, scheme: BandScheme) -> str:
        state = str(scheme.verified).lower()
        return self.say(
            "band_scheme",
            scheme=scheme.scheme,
            output=scheme.output,
            source=self._words(scheme.source),
            verified=self.say(f"verified_{state}"),
        )

    def _rows(self, scheme: BandScheme) -> list[str]:
        return [
            self.say("band_else", label=self._words(band.label), code=band.code)
            if band.when == "true"
            else self.say("band_row", label=self._words(band.label), code=band.code, when=band.when)
            for band in scheme.bands
        ]

    def _good_values(self) -> list[str]:
        return [
            self.say("good_value_row", field=self._field(field), value=_plain(reference.value), source=reference.source)
            for field, reference in self._manifest.references.items()
        ]

    def _limits(self) -> list[str]:
        notes = [self._words(note) for note in self._manifest.limits_notes]
        if self._in_english:
            notes += self._sources.equation.document.get("traps", ())
        return [f"- {note}" for note in notes] or ["-"]

    def _checked(self) -> list[str]:
        verification = self._manifest.verification
        counted = Counter(self._sources.cases)
        lines = [self.say("cases", rows=len(self._sources.cases))]
        if not self._in_english:
            return lines
        return [
            self.say("verification", status=verification.status),
            "",
            *(f"- {line}" for line in verification.detail),
            "",
            *lines,
            "",
            *(self.say("case_row", source=source, rows=rows) for source, rows in sorted(counted.items())),
        ]

    def _source(self) -> list[str]:
        citation = self._manifest.citation
        key = "citation" if citation.doi else "citation_plain"
        lines = [self.say(key, text=citation.text, doi=citation.doi)]
        if citation.also:
            lines += ["", self.say("also", also=citation.also)]
        return [*lines, "", *self._source_details()] if self._in_english else lines

    def _source_details(self) -> list[str]:
        return [f"- {line}" for line in self._sources.equation.document.get("sources", ())]

    def _licence(self) -> list[str]:
        manifest = self._manifest
        return [
            self.say(f"licence_{manifest.licence.state}"),
            "",
            *([manifest.licence.note, ""] if self._in_english else []),
            *([self.say("credit", credit=self._words(credit)), ""] if (credit := manifest.licence.credit) else []),
            *([self.say("notice", notice=self._words(notice)), ""] if (notice := manifest.licence.notice) else []),
            *([self.say("texts", files=_listed(sorted(self._sources.texts))), ""] if self._sources.texts else []),
            self.say(
                "made_by",
                program=manifest.made_by.program,
                version=manifest.made_by.compiler_version,
                pack=manifest.id,
                pack_version=manifest.version,
            ),
        ]


def _listed(values: Iterable[object]) -> str:
    return ", ".join(f"`{value}`" for value in values)


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def _plain(value: float | bool | str) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else _number(value)
