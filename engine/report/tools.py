"""The other tools on the clinician's side: what each says or why it says nothing, and what is owed to their owners."""

from __future__ import annotations

from engine.domain.ranges import RangeResult
from engine.domain.report import Sentence, ToolRow, Tools
from engine.domain.results import RiskResult, Status
from engine.packs.manifest import Manifest, Output, OutputKind
from engine.report.case import Case, output_value
from engine.report.choice import choice_lines
from engine.report.formats import within_sentence
from engine.report.notes import refusal
from engine.report.notes import remarks as result_remarks
from engine.report.sentences import joined, literal, say
from engine.report.stability import behind
from engine.report.withdrawn import withdrawn_line


def other_tools(case: Case) -> Tools | None:
    """Return the answers of the tools beside the leading one.

    Every number and every range is told. A refusal is told where it bears on the page: of a tool of the leading topic,
    and of one that lacks a single value for a question that no other tool answered.
    """
    rows = [_tool_row(case, result) for result in _others(case) if _is_told(case, result)]
    chosen = choice_lines(case)
    return Tools(case.wording.say("report.tools.title"), tuple(rows), chosen) if rows or chosen else None


def _tool_row(case: Case, result: RiskResult) -> ToolRow:
    manifest = case.manifests.get(result.pack.id)
    if manifest is None:
        return ToolRow(result.pack.id, say(case.wording, "report.tools.not_at_hand"))
    gap = case.wording.say("report.sentence_gap")
    ranged = _range_of(case, result)
    if ranged is not None and (told := _range(case, manifest, ranged)):
        answer = joined(told, *result_remarks(case, manifest, ranged), by=gap)
    elif result.status is Status.REFUSED:
        answer = joined(say(case.wording, "report.tools.refused"), *refusal(case, manifest, result), by=gap)
    else:
        ended = joined(_tool_answer(case, manifest, result), literal(case.wording.say("report.sentence_end")), by="")
        answer = joined(ended, *result_remarks(case, manifest, result), by=gap)
    answer = joined(withdrawn_line(case, result.pack), answer, by=gap)
    return ToolRow(manifest.title.get(case.language), answer)


def _range_of(case: Case, result: RiskResult) -> RangeResult | None:
    return next((each for each in case.assessment.ranges if each.pack.id == result.pack.id), None)


def _range(case: Case, manifest: Manifest, found: RangeResult) -> Sentence:
    """Return what a tool could say if it knew what it lacks; nothing where that is no risk."""
    spread = next((each for each in found.outputs if each.name == manifest.headline_output), None)
    if spread is None or manifest.output(spread.name).kind is not OutputKind.FRACTION:
        return ()
    lacking = dict.fromkeys(each.field for each in found.assumptions)
    return say(
        case.wording,
        "report.tools.range",
        low=case.formats.fixed(spread.low * 100, 1),
        high=case.formats.percent(spread.high),
        typical=case.formats.percent(spread.typical),
        fields=case.formats.listed(tuple(within_sentence(case.values.label(field)) for field in lacking)),
    )


def _tool_answer(case: Case, manifest: Manifest, result: RiskResult) -> Sentence:
    found: list[Sentence] = []
    for output in manifest.outputs:
        if text := _number_text(case, result, output):
            key = "report.tools.first" if not found else "report.tools.more"
            said = say(case.wording, key, output=output.label.get(case.language), value=text)
            ends = behind(result, output, case.formats, case.wording)
            found.append(joined(said, literal(ends), by="") if ends else said)
    band = case.band(manifest, result)
    if band is not None:
        found.append(say(case.wording, "report.tools.band", band=band))
    return joined(*found, by=case.wording.say("report.list.comma"))


def _others(case: Case) -> list[RiskResult]:
    lead = case.lead.manifest.id if case.lead else None
    return [result for result in case.assessment.results if result.pack.id != lead]


def _is_told(case: Case, result: RiskResult) -> bool:
    manifest = case.manifests.get(result.pack.id)
    if manifest is None or result.status is not Status.REFUSED:
        return True
    if _range_of(case, result) is not None:
        return True
    leading = case.lead.manifest.topic if case.lead else None
    return manifest.topic == leading or (result.lacks_one and manifest.topic not in _answered(case))


def _answered(case: Case) -> frozenset[str]:
    """Return the topics on which some tool gave a number."""
    return frozenset(
        manifest.topic
        for result in case.assessment.results
        if result.status is not Status.REFUSED and (manifest := case.manifests.get(result.pack.id)) is not None
    )


def credits_and_notices(case: Case) -> Sentence:
    """Return what must stand on a page that shows numbers of the other tools: credit to owners, and their notices.

    Tools of one owner say it once, and not again where the leading tool has said it.
    """
    found: dict[str, Sentence] = {owed_to(case, case.lead.manifest): ()} if case.lead else {}
    for result in _others(case):
        manifest = case.manifests.get(result.pack.id)
        if manifest is not None and result.status is not Status.REFUSED and (text := owed_to(case, manifest)):
            name = manifest.title.get(case.language)
            found.setdefault(text, say(case.wording, "report.clinician.owed", name=name, words=text))
    return joined(*found.values(), by=case.wording.say("report.sentence_gap"))


def owed_to(case: Case, manifest: Manifest) -> str:
    """Return the credit and the notice of a tool, or nothing."""
    parts = (manifest.licence.credit, manifest.licence.notice)
    said = [words.get(case.language) for words in parts if words is not None]
    return case.wording.say("report.sentence_gap").join(said)


def output_text(case: Case, result: RiskResult, output: Output) -> str:
    """Return one output as clinicians read it, with what models of other samples say where there are any.

    Nothing when it was withheld or is for checking only.
    """
    text = _number_text(case, result, output)
    return text + behind(result, output, case.formats, case.wording) if text else ""


def _number_text(case: Case, result: RiskResult, output: Output) -> str:
    value = output_value(result, output.name)
    if value is None or output.diagnostic:
        return ""
    if isinstance(value, str):
        return value
    if output.kind is OutputKind.FRACTION:
        return case.formats.percent(value)
    decimals = output.display_decimals if output.display_decimals is not None else 1
    return f"{case.formats.number(value, decimals)} {case.formats.unit(output.unit)}".rstrip()
