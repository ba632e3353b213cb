"""The clinician's side: the number, what moves it, every input with its source, other tools, medicines, signature."""

from __future__ import annotations

from engine.domain.report import (
    ClinicianPage,
    DecisionArea,
    Inputs,
    MedicineRow,
    Medicines,
    Sentence,
)
from engine.report.case import Case, Lead, OpenRange
from engine.report.findings import findings
from engine.report.formats import within_sentence
from engine.report.lowering_table import lowering, treatments
from engine.report.moves import moves
from engine.report.notes import refusal
from engine.report.range_bands import band_between
from engine.report.ranges import missing
from engine.report.sentences import joined, literal, plain, say
from engine.report.sources import input_notes, input_rows
from engine.report.stability import page_line
from engine.report.tools import credits_and_notices, other_tools, output_text, owed_to
from engine.report.withdrawn import withdrawn_line


def clinician_page(case: Case) -> ClinicianPage:
    """Return what the clinician's side says; the seal is added later."""
    lead = case.lead
    return ClinicianPage(
        clinic_line=case.wording.say("report.clinician.clinic", clinic=case.assessment.clinic.name),
        title=_title(case),
        person_lines=_person_lines(case),
        dot=case.wording.say("report.dot"),
        page_of=case.wording.say("report.clinician.page_of", page="{page}", pages="{pages}"),
        result=_result(case),
        result_lines=_result_lines(case),
        moves=moves(case, lead) if lead else None,
        inputs=Inputs(
            title=case.wording.say("report.inputs.title"),
            heads=_four_heads(case, "report.inputs", ("item", "value", "date", "source")),
            rows=input_rows(case),
            notes=input_notes(case),
        ),
        remarks=findings(case),
        tools=other_tools(case),
        medicines=_medicines(case),
        decision=_decision(case),
        small_print=_small_print(case),
        lowering=lowering(case, lead) if lead else None,
        treatments=treatments(case, lead) if lead else None,
    )


def _result(case: Case) -> str | None:
    lead, given = case.lead, case.range
    if lead is not None and lead.risk is not None:
        return case.formats.percent(lead.risk)
    if lead is None or given is None or given.manifest.id != lead.manifest.id:
        return None
    low = case.formats.fixed(given.spread.low * 100, 1)
    return case.wording.say("report.clinician.range_result", low=low, high=case.formats.percent(given.spread.high))


def _four_heads(case: Case, prefix: str, keys: tuple[str, str, str, str]) -> tuple[str, str, str, str]:
    """Return the four column heads of a table."""
    first, second, third, fourth = (case.wording.say(f"{prefix}.{key}") for key in keys)
    return first, second, third, fourth


def _title(case: Case) -> str:
    patient = case.assessment.patient
    name = patient.name or patient.patient_id or case.wording.say("report.patient.unnamed")
    if case.lead is None:
        return name
    topic = f"report.topic.{case.lead.manifest.topic}"
    if topic not in case.wording:
        topic = "report.topic.any"
    return plain(case.wording, "report.clinician.title", name=name, topic=case.wording.say(topic))


def _person_lines(case: Case) -> tuple[str, ...]:
    patient = case.assessment.patient
    birth = str(patient.birth_date) if patient.birth_date else ""
    if case.age_years is not None:
        years = case.wording.say("report.patient.person", age=case.age_years)
        birth = f"{birth} ({case.age_years})" if birth else years
    sex = {"F": "report.clinician.woman", "M": "report.clinician.man"}.get(case.sex or "")
    parts = (patient.patient_id or "", case.wording.say(sex) if sex else "", birth)
    visit = case.wording.say("report.clinician.visit", day=case.day.isoformat())
    return (case.wording.say("report.dot").join(part for part in parts if part), visit)


def _result_lines(case: Case) -> tuple[Sentence, ...]:
    lead = case.lead
    if lead is None:
        return (say(case.wording, "report.clinician.no_tool"),)
    title = lead.manifest.title.get(case.language)
    flag = withdrawn_line(case, lead.result.pack)
    if lead.risk is None and case.range is not None and case.range.manifest.id == lead.manifest.id:
        return tuple(line for line in (flag, *_range_lines(case, lead, case.range)) if line)
    if lead.risk is None:
        reasons = refusal(case, lead.manifest, lead.result)
        head = say(case.wording, "report.clinician.no_number", name=title)
        instead = _instead(case, lead)
        return (head, *reasons, *instead)
    span = case.formats.years(lead.span_years)
    outcome = lead.manifest.outcome.get(case.language)
    gap = case.wording.say("report.sentence_gap")
    facts = joined(_band(case, lead), page_line(case, lead), _parts(case, lead), _at_reference(case, lead), by=gap)
    head = say(case.wording, "report.clinician.result", span=span, name=title, outcome=outcome)
    return tuple(line for line in (flag, head, facts) if line)


def _range_lines(case: Case, lead: Lead, given: OpenRange) -> tuple[Sentence, ...]:
    """Return whose range it is and without what, then what it means."""
    fields = tuple(within_sentence(case.values.label(field)) for field in missing(given))
    head = say(
        case.wording,
        "report.clinician.range",
        span=case.formats.years(lead.span_years),
        name=lead.manifest.title.get(case.language),
        fields=case.formats.listed(fields),
        outcome=lead.manifest.outcome.get(case.language),
    )
    typical = say(case.wording, "report.clinician.typical", typical=case.formats.percent(given.spread.typical))
    bands = band_between(case, lead.manifest, given.spread)
    coverage = say(case.wording, "report.clinician.coverage")
    gap = case.wording.say("report.sentence_gap")
    return head, joined(typical, bands, coverage, by=gap)


def _instead(case: Case, lead: Lead) -> tuple[Sentence, ...]:
    rules = {note.rule for note in lead.result.notes if note.rule is not None}
    names = [
        _tool_title(case, each.instead)
        for position, each in enumerate(lead.manifest.exclusions)
        if position in rules and each.instead
    ]
    if not names:
        return ()
    return (say(case.wording, "report.clinician.instead", names=case.formats.listed(tuple(names))),)


def _tool_title(case: Case, pack_id: str) -> str:
    manifest = case.manifests.get(pack_id)
    return manifest.title.get(case.language) if manifest else pack_id


def _band(case: Case, lead: Lead) -> Sentence:
    band, scheme = case.band(lead.manifest, lead.result), lead.manifest.scheme("main")
    if band is None or scheme is None:
        return ()
    return say(case.wording, "report.clinician.band", band=band, source=scheme.source.get(case.language))


def _parts(case: Case, lead: Lead) -> Sentence:
    parts = [
        f"{output.label.get(case.language)} {value}"
        for output in lead.manifest.outputs
        if output.name != lead.output.name and (value := output_text(case, lead.result, output))
    ]
    if not parts:
        return ()
    return say(case.wording, "report.clinician.parts", parts=case.wording.say("report.list.comma").join(parts))


def _at_reference(case: Case, lead: Lead) -> Sentence:
    explanation = lead.explanation
    if explanation is None or explanation.all_reference is None or lowering(case, lead) is not None:
        return ()  # the table of other values tells it
    value = case.formats.percent(explanation.all_reference)
    return say(case.wording, "report.clinician.at_reference", value=value)


def _medicines(case: Case) -> Medicines | None:
    if not case.medicines:
        return None
    confirmed = case.assessment.patient.lists_confirmed.get("medicines")
    key = "confirmed" if confirmed else "not_confirmed"
    return Medicines(
        title=case.wording.say("report.medicines.title", count=len(case.medicines)),
        heads=(
            case.wording.say("report.medicines.medicine"),
            case.wording.say("report.medicines.dose"),
            case.wording.say("report.medicines.since"),
        ),
        rows=tuple(
            MedicineRow(each.text, each.dose_text or "", str(each.start) if each.start else "")
            for each in case.medicines
        ),
        note=case.wording.say(f"report.medicines.{key}", day=confirmed.isoformat() if confirmed else ""),
    )


def _decision(case: Case) -> DecisionArea:
    names = ("title", "agree", "changed", "talked", "teach_back", "notes", "signed", "on")
    return DecisionArea(**{name: case.wording.say(f"report.decision.{name}") for name in names})


def _small_print(case: Case) -> tuple[Sentence, ...]:
    use = say(case.wording, "report.clinician.intended_use")
    owed, gap = credits_and_notices(case), case.wording.say("report.sentence_gap")
    if case.lead is None:
        return (use, owed) if owed else (use,)
    citation = case.lead.manifest.citation
    doi = case.wording.say("report.clinician.doi", doi=citation.doi) if citation.doi else ""
    pack = say(case.wording, "report.clinician.pack", **case.lead.pack_words)
    cited = literal(" ".join(filter(None, (citation.text, doi, owed_to(case, case.lead.manifest)))))
    told = joined(use, pack, cited, by=gap)
    return (told, owed) if owed else (told,)
