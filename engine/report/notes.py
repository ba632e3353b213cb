"""Why a tool gave no number, or gave it with a remark: codes of the risk engine as sentences for clinicians."""

from __future__ import annotations

from engine.domain.ranges import RangeResult
from engine.domain.report import Sentence
from engine.domain.results import Code, Note, RiskResult
from engine.packs.manifest import Input, Manifest, Outside
from engine.report.case import Case
from engine.report.formats import within_sentence
from engine.report.sentences import plain, say


def refusal(case: Case, manifest: Manifest, result: RiskResult) -> tuple[Sentence, ...]:
    """Return every reason of a refusal, one sentence each; what is missing comes as one list."""
    found: list[Sentence] = []
    for note in result.notes:
        sentence = None if note.code is Code.MISSING else _refusal(case, manifest, note)
        if sentence is not None and sentence not in found:
            found.append(sentence)
    if missing := missing_fields(result):
        fields = case.formats.listed(tuple(within_sentence(case.values.label(field)) for field in missing))
        found.append(say(case.wording, "report.refused.missing", fields=fields))
    return tuple(found)


def refusal_of(case: Case, manifest: Manifest, note: Note) -> str:
    """Return one reason of a refusal as a sentence of its own."""
    if note.code is Code.MISSING:
        return case.wording.say("live.not_known", field=case.values.label(note.subject))
    return "".join(run.text for run in _refusal(case, manifest, note) or ())


def missing_fields(result: RiskResult) -> tuple[str, ...]:
    """Return the fields whose absence refused a prediction, in the order told."""
    return tuple(dict.fromkeys(note.subject for note in result.notes if note.code is Code.MISSING))


def remarks(case: Case, manifest: Manifest, result: RiskResult | RangeResult) -> tuple[Sentence, ...]:
    """Return what goes with a number or a range: values counted at a limit, unusual values, outputs left out."""
    keys = {Code.CLAMPED: "clamped", Code.WARN: "warn", Code.WITHHELD: "withheld"}
    found: list[Sentence] = []
    for note in result.notes:
        reason = _exclusion_reason(case, manifest, note)
        if reason is not None:
            found.append(say(case.wording, "report.remark.rule", reason=reason))
        elif note.code is Code.WITHHELD:
            found.append(
                say(case.wording, "report.remark.withheld", output=_output_label(case, manifest, note.subject))
            )
        elif note.code in keys:
            found.append(say(case.wording, f"report.remark.{keys[note.code]}", value=_named_value(case, note.subject)))
    return tuple(dict.fromkeys(found))


def _refusal(case: Case, manifest: Manifest, note: Note) -> Sentence | None:
    label = case.values.label(note.subject)
    if note.code is Code.EXCLUDED:
        reason = _exclusion_reason(case, manifest, note) or label
        return say(case.wording, "report.refused.excluded", reason=reason)
    if note.code is Code.OUT_OF_RANGE:
        limits = limits_of(case, manifest, note.subject)
        key = "report.refused.out_of_range" if limits else "report.refused.out_of_range_unnamed"
        return say(case.wording, key, value=_named_value(case, note.subject), limits=limits)
    if note.code is Code.INVALID:
        contradiction = _exclusion_reason(case, manifest, note)
        if contradiction is not None:
            return say(case.wording, "report.refused.contradiction", reason=contradiction)
        return say(case.wording, "report.refused.invalid", field=label)
    return say(case.wording, "report.refused.not_in_table", value=_named_value(case, note.subject))


def limits_of(case: Case, manifest: Manifest, field: str) -> str:
    """Return the range of an input in words, or nothing when it cannot be written in the field's own unit."""
    found = _input(manifest, field)
    shown = case.values.shown_unit(field)
    if found is None or found.valid is None or shown is None or found.transform not in ("x", "floor(x)"):
        return ""
    valid = found.valid
    parts = []
    for end, excluded, key in ((valid.min, valid.min_exclusive, "low"), (valid.max, valid.max_exclusive, "high")):
        if end is not None:
            number = case.formats.number(case.values.converted(field, end), max(shown.decimals, 2))
            parts.append((f"{key}_excluded" if excluded else key, number))
    if len(parts) == 2 and {key for key, _ in parts} == {"low", "high"}:
        words = case.wording.say("report.limits.between", low=parts[0][1], high=parts[1][1])
    else:
        words = case.formats.listed(tuple(case.wording.say(f"report.limits.{key}", end=end) for key, end in parts))
    return f"{words} {case.formats.unit(shown.unit)}".strip() if words else ""


def ages_of(case: Case, manifest: Manifest) -> str:
    """Return the ages that a tool is built for in words, or nothing when it refuses none."""
    age = _input(manifest, "age")
    valid = age.valid if age else None
    if valid is None or valid.outside is not Outside.REFUSE or valid.min is None:
        return ""
    if valid.max is None:
        return plain(case.wording, "report.small.from_age", low=case.formats.number(valid.min, 1))
    low, high = case.formats.number(valid.min, 1), case.formats.number(valid.max, 1)
    return plain(case.wording, "report.small.ages", low=low, high=high)


def _exclusion_reason(case: Case, manifest: Manifest, note: Note) -> str | None:
    """Return the reason without a full stop of its own, which the sentence about it brings."""
    found = _reason_of(case, manifest, note)
    return None if found is None else found.rstrip(".。")


def _reason_of(case: Case, manifest: Manifest, note: Note) -> str | None:
    if note.rule is not None and 0 <= note.rule < len(manifest.exclusions):
        return manifest.exclusions[note.rule].reason.get(case.language)
    if note.code is Code.EXCLUDED:
        matching = (each for each in manifest.exclusions if each.field == note.subject)
        return next((each.reason.get(case.language) for each in matching), None)
    return None


def _named_value(case: Case, field: str) -> str:
    label = case.values.label(field)
    value = case.known.get(field)
    return label if value is None else f"{label} {case.values.exact(field, value)}"


def _output_label(case: Case, manifest: Manifest, name: str) -> str:
    found = next((output for output in manifest.outputs if output.name == name), None)
    return found.label.get(case.language) if found else name


def _input(manifest: Manifest, field: str) -> Input | None:
    return next((each for each in manifest.inputs if each.field == field), None)
