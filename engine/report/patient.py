"""The patient's side: headline, picture, reasons, values, room for a plan, help, small print."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

from engine.domain.report import (
    Count,
    HelpBox,
    PatientSheet,
    Picture,
    PlanArea,
    Sentence,
)
from engine.packs.manifest import Action
from engine.report.case import Case, Lead
from engine.report.counts import count, denominator
from engine.report.formats import within_sentence
from engine.report.goal_table import goal_sources, goal_table
from engine.report.headline import headline
from engine.report.lowering import change_label, good_count
from engine.report.notes import ages_of
from engine.report.picture import picture, range_picture
from engine.report.ranges import patient_range, tried
from engine.report.sentences import joined, plain, say
from engine.report.why import why
from engine.resources import resources_folder

PLAN_LINES = 4
_ELSEWHERE = "other"  # a region that names no place


def patient_sheet(case: Case) -> PatientSheet:
    """Return what the patient's side says; the seal is added later."""
    lead = case.lead
    given = patient_range(case)
    today = count(lead.risk, denominator(lead.risk), case.wording) if lead and lead.risk is not None else None
    good = good_count(case, lead, today) if lead and today else None
    return PatientSheet(
        clinic_line=_clinic_line(case),
        title=lead.words.title.get(case.language) if lead else case.wording.say("report.patient.title"),
        person_name=_name(case),
        person_lines=_person_lines(case),
        headline=headline(case),
        picture=_picture(case, today),
        why=why(case, lead, today, good) if lead and today else None,
        goals=goal_table(case),
        plan=_plan(case),
        help=_help(case),
        own_words=case.wording.say("report.own_words.chance" if today or given else "report.own_words.plan"),
        small_print=_small_print(case, bars=good is not None),
    )


def _picture(case: Case, today: Count | None) -> Picture | None:
    lead, given = case.lead, patient_range(case)
    if lead is not None and today is not None:
        return picture(case, lead, today)
    return range_picture(case, lead, given) if lead is not None and given is not None else None


def _clinic_line(case: Case) -> str:
    """Return the clinic with its number for the person: two people of one name do not get each other's sheet."""
    patient = case.assessment.patient
    number_there = patient.patient_id if patient.name else None
    return case.wording.say("report.dot").join(part for part in (case.assessment.clinic.name, number_there) if part)


def _name(case: Case) -> str:
    patient = case.assessment.patient
    return patient.name or patient.patient_id or case.wording.say("report.patient.unnamed")


def _person_lines(case: Case) -> tuple[str, ...]:
    day = case.formats.day(case.day)
    if case.age_years is None:
        return (day,)
    rough = "about_" if case.age_is_rough else ""
    sex = {"F": "woman", "M": "man"}.get(case.sex or "", "person")
    return (plain(case.wording, f"report.patient.{rough}{sex}", age=case.age_years), day)


def _plan(case: Case) -> PlanArea:
    visit = case.assessment.next_visit
    say_ = case.wording.say
    return PlanArea(
        title=say_("report.plan.title"),
        lines=PLAN_LINES,
        alt=say_("report.plan.alt"),
        next_visit=say_("report.plan.next_visit", day=case.formats.weekday(visit) if visit else "").rstrip(),
        next_visit_blank=visit is None,
        with_whom=say_("report.plan.with_whom"),
        bring=say_("report.plan.bring"),
    )


@dataclass(frozen=True, slots=True)
class _Sign:
    """One sign of the help box; ``classes``: only for people who take one of these."""

    key: str
    classes: frozenset[str]


@cache
def _signs() -> tuple[int, tuple[_Sign, ...]]:
    document = json.loads((resources_folder() / "report" / "help_signs.json").read_text(encoding="utf-8"))
    signs = tuple(_Sign(entry["sign"], frozenset(entry.get("with", ()))) for entry in document["signs"])
    return document["most"], signs


def _help(case: Case) -> HelpBox:
    most, signs = _signs()
    taken = {code for medicine in case.medicines for code in medicine.classes}
    special = [sign for sign in signs if sign.classes & taken]
    usual = [sign for sign in signs if not sign.classes][: most - len(special)]
    known = case.emergency_number
    return HelpBox(
        title=case.wording.say("report.help.title"),
        signs=tuple(case.wording.say(f"report.help.{sign.key}") for sign in (*usual, *special)),
        call=case.wording.say("report.help.call", number=known)
        if known
        else case.wording.say("report.help.call_blank"),
        call_blank=None if known else case.wording.say("report.help.after_blank"),
    )


def _small_print(case: Case, bars: bool) -> tuple[Sentence, ...]:
    sources = []
    if case.lead is not None:
        sources.append(
            say(case.wording, "report.small.score", name=_tool_name(case, case.lead), **case.lead.pack_words)
        )
    if case.lead is not None and case.lead.risk is None and (given := patient_range(case)) is not None:
        sources.append(say(case.wording, "report.small.range", tried=tried(case, given)))
    if goals := goal_sources(case):
        names = case.wording.say("report.list.semicolon").join(goals)
        sources.append(say(case.wording, "report.small.goals", names=names))
    if bars and case.lead is not None:
        sources.append(say(case.wording, "report.small.good_values", values=_good_values(case)))
    gap = case.wording.say("report.sentence_gap")
    for_whom = say(case.wording, "report.small.not_a_diagnosis")
    if case.lead is not None:
        for_whom = joined(say(case.wording, "report.small.for_whom", people=_people(case, case.lead)), for_whom, by=gap)
    return (
        joined(say(case.wording, "report.small.for_whom_head"), for_whom, by=gap),
        joined(say(case.wording, "report.small.sources_head"), *sources, by=gap),
    )


def _tool_name(case: Case, lead: Lead) -> str:
    title = lead.manifest.title.get(case.language)
    regions = (each.field for each in lead.manifest.inputs if each.field.endswith("_region"))
    region = next((field for field in regions if case.known.get(field, _ELSEWHERE) != _ELSEWHERE), None)
    if region is None:
        return title
    return case.wording.say("report.small.in_region", name=title, region=case.values.exact(region, case.known[region]))


def _good_values(case: Case) -> str:
    """Return every good value of the score that people can reach, in words: also of inputs that already are good."""
    references = case.lead.manifest.references if case.lead else {}
    known = (
        (field, reference.value)
        for field, reference in references.items()
        if reference.changeable and field in case.known
    )
    labels = (within_sentence(change_label(case, field, value)) for field, value in known)
    return case.wording.say("report.list.comma").join(labels)


def _people(case: Case, lead: Lead) -> str:
    """Return for whom the score was built: ages and what must not be there, else the pack's own words."""
    manifest = lead.manifest
    parts = []
    if ages := ages_of(case, manifest):
        parts.append(ages)
    for exclusion in manifest.exclusions:
        key = f"report.without.{exclusion.field}"
        if exclusion.action is Action.REFUSE and exclusion.when == exclusion.field and key in case.wording:
            parts.append(case.wording.say(key))
    if not parts:
        return manifest.population.get(case.language)
    return case.wording.say("report.list.comma").join(parts)
