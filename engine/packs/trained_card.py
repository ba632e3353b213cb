"""What the card of a trained pack says, part by part, in one language: for the card file and for the printed page.

The items are those of TRIPOD+AI (Collins GS, Moons KGM, Dhiman P, et al. BMJ 2024;385:e078378,
doi:10.1136/bmj-2023-078378), the self-assessment follows the domains of PROBAST+AI (Moons KGM, Damen JAA, Kaul T, et
al. BMJ 2025;388:e082505, doi:10.1136/bmj-2024-082505). What only people can answer is said to be open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from engine.fields import load_dictionary
from engine.packs.card_parts import Section, number, span, with_interval
from engine.packs.manifest import Input, Manifest, Training
from engine.packs.probast import concerns
from engine.packs.small_card import paper_table, published_part, smaller_part, totals
from engine.packs.training import Calibrated, Group
from engine.packs.tripod import items
from engine.packs.usual import citation_of, licence_note_of
from engine.wording import Wording

_LEADING = ("auroc", "c_index", "average_precision", "brier", "log_loss", "in_the_large", "slope", "observed_expected")
_AT_THRESHOLD = ("accuracy", "recall", "precision", "f1")
_OF_THE_FIT = ("in_the_large", "observed_expected")  # right on the people trained on, whatever the model is
_MOST_WEIGHTS = 40


def sections(manifest: Manifest, words: Wording) -> tuple[Section, ...]:
    """Return the parts of the card in their order; ValueError for a pack that was not trained."""
    told = manifest.training
    if told is None:
        raise ValueError("not a trained pack")
    card = _Card(manifest, told, words)
    return tuple(part for part in card.parts() if part.points or part.rows or part.notes)


def verdict(manifest: Manifest, words: Wording) -> tuple[str, str]:
    """Return what may be done with the pack, in a word and in sentences."""
    told = manifest.training
    if told is None:
        raise ValueError("not a trained pack")
    gate = told.gate
    enough = gate.answer == "train"
    needed = {"people": gate.people, "needed": gate.needed or 0}
    size = (
        words.say("card.size_unknown") if gate.needed is None else words.say(f"learning.gate.{gate.answer}", **needed)
    )
    state = "draft" if enough else "look"
    return words.say(f"card.verdict.{state}"), f"{words.say(f'card.verdict.{state}_text')} {size}"


class _Card:
    def __init__(self, manifest: Manifest, told: Training, words: Wording) -> None:
        self._manifest, self._told, self._words = manifest, told, words
        self._language = words.language

    def parts(self) -> Iterator[Section]:
        made: tuple[tuple[str, Callable[[str], Section]], ...] = (
            ("made_for", self._made_for),
            ("not_for", self._not_for),
            ("built", self._built),
            ("inputs", self._inputs),
            ("figures", self._figures),
            ("smaller", self._smaller),
            ("points", self._points),
            ("totals", self._totals),
            ("rivals", self._rivals),
            ("published", self._published),
            ("groups", self._groups),
            ("findings", self._findings),
            ("bias", self._bias),
            ("limits", self._limits),
            ("refuses", self._refuses),
            ("weights", self._weights),
            ("items", self._items),
        )
        for key, make in made:
            yield make(key)

    def _say(self, key: str, **values: object) -> str:
        return self._words.say(f"card.{key}", **values)

    def _section(self, key: str, **content: tuple[object, ...]) -> Section:
        return Section(key, self._say(f"title.{key}"), **content)  # type: ignore[arg-type]  # by their names

    def _head(self, *names: str) -> tuple[str, ...]:
        return tuple(self._say(f"head.{name}") for name in names)

    def _made_for(self, key: str) -> Section:
        manifest = self._manifest
        horizon = manifest.horizon_years
        when = self._say("within", years=f"{horizon[0]:g}") if horizon else self._say("now")
        lines = (
            manifest.population.get(self._language),
            self._say("outcome", outcome=manifest.outcome.get(self._language)),
        )
        return self._section(key, points=(*lines, when, self._say("clinicians")))

    def _not_for(self, key: str) -> Section:
        return self._section(key, points=(self._say("not_others"), self._say("not_alone")))

    def _built(self, key: str) -> Section:
        told, people = self._told, self._told.people
        form = self._words.say(f"learning.model.{told.kind}")
        settings = ", ".join(f"{name} {value}" for name, value in told.settings.items() if value != "-")
        versions = ", ".join(f"{name} {value}" for name, value in told.versions.items())
        rows = [
            ("data", self._say("data", people=people.people, events=people.events, rows=people.rows)),
            ("table", f"SHA-256 {people.table_sha256[:16]}"),
            ("outcome", self._outcome()),
            ("form", f"{form} ({settings})"),
            ("missing", self._say("missing_text")),
            ("checked", self._say("checked", folds=told.folds, repeats=told.repeats, bootstraps=told.bootstraps)),
            ("seed", str(told.seed)),
            ("versions", f"{self._manifest.made_by.program} {self._manifest.made_by.compiler_version}, {versions}"),
            *([("signed", self._say("signed_local"))] if self._manifest.made_by.signed else []),
            ("file", self._say("parity", difference=f"{told.parity:.0e}" if told.parity else "0")),
            ("rights", licence_note_of(self._manifest, self._words)),
            ("source", citation_of(self._manifest, self._words)),
        ]
        if told.calibration is not None:
            rows.insert(4, ("calibration", self._calibration(told.calibration)))
        if people.median_followed_years is not None:
            rows.insert(1, ("followed", self._say("followed_text", years=number(people.median_followed_years))))
        return self._section(key, rows=tuple((self._say(f"built.{name}"), text) for name, text in rows), head=("", ""))

    def _outcome(self) -> str:
        """Return the column and cell of a table; of a record, whose columns training made up, what it is in words."""
        told = self._told
        if told.record_outcome is not None:
            return self._manifest.outcome.get(self._language)
        return told.outcome if told.positive is None else f"{told.outcome} = {told.positive}"

    def _calibration(self, found: Calibrated) -> str:
        values: dict[str, object] = {"points": found.points or 0}
        if found.slope is not None and found.intercept is not None:
            values |= {"slope": number(found.slope), "intercept": number(found.intercept)}
        text = self._words.say(f"learning.calibration.{found.how}", **values)
        before = {each.name: with_interval(each) for each in found.before if each.name in ("slope", "in_the_large")}
        return f"{text} {self._say('before', **before)}" if len(before) == len(("slope", "in_the_large")) else text

    def _inputs(self, key: str) -> Section:
        own = {each.name: each for each in self._manifest.fields}
        rows = []
        seen = set()
        for each in self._manifest.inputs:
            field = own.get(each.field)
            column = each.field if field is None else field.column
            if column in seen:  # a text has many places
                continue
            seen.add(column)
            known = load_dictionary()[each.field] if field is None else None
            label = each.field if known is None else known.label(self._language)
            label = label if field is None else field.label.get(self._language)
            unit = self._unit(field.unit if field else known.unit if known else None)
            share = self._told.people.missing.get(column, 0.0)
            needed = self._say("yes") if each.required else self._say("no")
            rows.append((label, unit, _range(each), f"{100 * share:.0f} %", needed))
        return self._section(key, head=self._head("input", "unit", "range", "missing", "needed"), rows=tuple(rows))

    def _unit(self, unit: str | None) -> str:
        """Return a unit as people write it; one that has no such form stands as it is."""
        key = f"report.unit.{unit}"
        return self._words.say(key) if key in self._words else unit or ""

    def _figures(self, key: str) -> Section:
        corrected = {each.name: each for each in self._told.corrected if each.name not in _OF_THE_FIT}
        rows = []
        for name in (*_LEADING, *_AT_THRESHOLD):
            figure = self._told.figure(name)
            if figure is None:
                continue
            also = corrected.get(name)
            other = "" if also is None else f"{number(also.value)} ({span(also.low, also.high)})"
            seen = "" if also is None else number(also.apparent)
            label = self._words.say(f"learning.figure.{name}")
            rows.append((label, with_interval(figure), other, seen))
        notes = [self._say("figures_note", threshold=f"{100 * self._told.threshold:.0f}")]
        if self._told.mean_change is not None:
            notes.append(self._say("spread", points=f"{100 * self._told.mean_change:.1f}"))
        notes.append(self._stability())
        if self._told.settings.get("preset") == "textbook":
            notes.append(textbook_sentences(self._told, self._words))
        head = self._head("figure", "unseen", "corrected", "apparent")
        return self._section(key, head=head, rows=tuple(rows), notes=tuple(notes))

    def _stability(self) -> str:
        """Return what goes with each person's number, or that nothing does."""
        found = next((each.stability for each in self._manifest.outputs if each.stability is not None), None)
        if found is None:
            return self._say("no_stability")
        ends = {"models": found.models, "share": f"{100 * found.share:g}", "source": found.source}
        return self._say("stability", **ends)

    def _rivals(self, key: str) -> Section:
        rows = []
        for rival in self._told.rivals:
            if rival.published is not None:
                continue
            name = self._say(f"rival.{rival.name}")
            told = {each.name: each for each in rival.differences}
            for figure in ("auroc", "c_index", "brier"):
                if figure in told:
                    rows.append((name, self._words.say(f"learning.figure.{figure}"), with_interval(told[figure])))
        return self._section(key, head=self._head("rival", "figure", "difference"), rows=tuple(rows))

    def _smaller(self, key: str) -> Section:
        return self._section(key, **smaller_part(self._told, self._words))

    def _points(self, key: str) -> Section:
        return self._section(key, **paper_table(self._told, self._labels(), self._words))

    def _totals(self, key: str) -> Section:
        return self._section(key, **totals(self._told, self._words))

    def _published(self, key: str) -> Section:
        return self._section(key, **published_part(self._told, self._words))

    def _labels(self) -> Mapping[str, str]:
        """Return what each column is called in the language of the card."""
        known = load_dictionary()
        found = {
            each.field: known[each.field].label(self._language) for each in self._manifest.inputs if each.field in known
        }
        return found | {each.column: each.label.get(self._language) for each in self._manifest.fields}

    def _groups(self, key: str) -> Section:
        rows = tuple(self._group(each) for each in self._told.groups)
        head = self._head("group", "people", "events", "seen_expected", "ranks", "reading")
        return self._section(key, head=head, rows=rows, notes=(self._say("groups_note"),) if rows else ())

    def _group(self, group: Group) -> tuple[str, ...]:
        told = {each.name: each for each in group.figures}
        seen, ranks = told.get("observed_expected"), told.get("auroc")
        level = group.level or self._say("not_recorded")
        reading = self._say("too_few") if group.grey else ""
        if seen is not None and not group.grey:
            reading = self._say("off" if seen.low > 1 or seen.high < 1 else "no_sign")
        cells = ("" if each is None else with_interval(each) for each in (seen, ranks))
        return f"{group.column}: {level}", str(group.people), str(group.events), *cells, reading

    def _findings(self, key: str) -> Section:
        points = []
        for each in self._told.findings:
            sentence = self._words.say(f"learning.finding.{each.code}", column=each.column, **_plain(each.details))
            points.append(f"{self._words.say(f'learning.weight.{each.weight}')}: {sentence}")
        return self._section(key, points=tuple(points))

    def _bias(self, key: str) -> Section:
        rows = tuple(
            (self._say(f"domain.{each.domain}"), self._say(f"concern.{each.concern}"), self._say(f"why.{each.why}"))
            for each in concerns(self._told)
        )
        return self._section(
            key, head=self._head("domain", "concern", "why"), rows=rows, notes=(self._say("bias_note"),)
        )

    def _limits(self, key: str) -> Section:
        return self._section(key, points=tuple(each.get(self._language) for each in self._manifest.limits_notes))

    def _refuses(self, key: str) -> Section:
        needed = [each.name for each in self._manifest.inputs if each.required]
        points = [*(each.reason.get(self._language) for each in self._manifest.exclusions), self._say("refuse_value")]
        if needed:
            points.insert(0, self._say("refuse_missing", names=", ".join(needed)))
        return self._section(key, points=(*points, self._say("held")))

    def _weights(self, key: str) -> Section:
        strongest = sorted(self._told.weights, key=lambda each: -abs(each.value))
        rows = tuple((each.name, f"{each.value:+.3f}") for each in strongest[:_MOST_WEIGHTS])
        more = len(strongest) - len(rows)
        notes = (self._say("weights_note"), *([self._say("weights_more", more=more)] if more > 0 else []))
        return self._section(key, head=self._head("term", "weight"), rows=rows, notes=notes if rows else ())

    def _items(self, key: str) -> Section:
        rows = tuple(
            (each.number, self._say(f"item.{each.key}"), self._say(f"item_state.{each.state}"))
            for each in items(self._manifest)
        )
        return self._section(key, head=self._head("item", "topic", "where"), rows=rows)


def textbook_sentences(told: Training, words: Wording) -> str:
    """Return whether the textbook's 85 % were reached by cross-validation, and what the accuracy is worth.

    Below 85 % it is said whether the interval leaves room for chance. Beside it stands what saying the same of
    everybody would reach, where the network is not shown to be better, and what a plain logistic model reached.
    """
    accuracy = told.figure("accuracy")
    if accuracy is None:
        return ""
    state = "reached" if accuracy.value >= TEXTBOOK_ACCURACY else "not_reached"
    if state == "not_reached" and accuracy.high >= TEXTBOOK_ACCURACY:
        state = "perhaps"
    if state == "reached" and accuracy.low < TEXTBOOK_ACCURACY:
        state = "reached_here"
    values = {name: _percent(getattr(accuracy, name)) for name in ("low", "high")}
    said = [words.say(f"learning.textbook.{state}", accuracy=_percent(accuracy.value), **values)]
    share = told.people.events / told.people.people
    most = max(share, 1 - share)
    if most >= accuracy.low:
        said.append(words.say("learning.textbook.same_of_all", share=_percent(most)))
    plain = next((each for each in told.rivals if each.name == "logistic"), None)
    less = None if plain is None else next((each for each in plain.differences if each.name == "accuracy"), None)
    if less is not None:
        state = "plain_worse" if less.low > 0 else "plain_better" if less.high < 0 else "plain_alike"
        said.append(words.say(f"learning.textbook.{state}", accuracy=_percent(accuracy.value - less.value)))
    return ("" if words.language == "zh" else " ").join(said)


def _percent(share: float) -> str:
    return f"{100 * share:.1f}".removesuffix(".0")


TEXTBOOK_ACCURACY = 0.85


def _range(each: Input) -> str:
    if each.valid is not None and each.valid.min is not None and each.valid.max is not None:
        return f"{each.valid.min:g}–{each.valid.max:g}"
    return ", ".join(each.categories[:8]) + (" …" if len(each.categories) > 8 else "")


def _plain(details: Mapping[str, str | float]) -> Mapping[str, str | float]:
    return {key: int(v) if isinstance(v, float) and v.is_integer() else v for key, v in details.items()}
