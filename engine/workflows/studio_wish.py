"""What training is asked for by a question to the record, in words that the card will carry."""

from __future__ import annotations

from collections.abc import Sequence

from engine.domain.studio import FollowUp, OutcomeSource, StudioQuestion
from engine.fields import Dictionary
from engine.packs import PackLibrary
from engine.packs.manifest import Words
from engine.report.formats import Formats
from engine.risk.cohort.outcome import AskedOutcome
from engine.risk.recalibration.outcomes import outcome_of
from engine.risk.recalibration.outputs import choose_output
from engine.wording import LANGUAGES, load_wording
from engine.workflows.clinics import OpenClinic
from engine.workflows.recalibrate import packs_to_look_at
from engine.workflows.train_wish import About, ModelKind, TrainWish

EVENT, YEARS = "outcome_event", "outcome_years"
YES, NO = "yes", "no"


def wish_of(
    clinic: OpenClinic,
    question: StudioQuestion,
    outcome: AskedOutcome,
    split_by: Sequence[str],
    follow_up: FollowUp,
) -> TrainWish:
    """Return the wish that goes with the rows of a question.

    Args:
        clinic: the open clinic.
        question: what is asked.
        outcome: which records are its outcome.
        split_by: columns of the table that are no predictors, only figures are split by them.
        follow_up: who the rows are of.
    """
    over_time = question.horizon_years is not None
    return TrainWish(
        outcome=EVENT,
        positive=YES,
        horizon_years=question.horizon_years,
        time=YEARS if over_time else None,
        time_unit="years" if over_time else None,
        exclude=tuple(split_by),
        keep=question.put_back,
        by=question.by,
        kind=ModelKind(question.kind),
        textbook=question.textbook,
        threshold=question.threshold,
        existing=_published(clinic, outcome) if over_time else None,
        record_outcome=None if outcome.source is OutcomeSource.MEASUREMENT else outcome.name,
        of_record=True,
        people_a_month=follow_up.people_a_month,
        about=_about(question, outcome, follow_up, clinic),
    )


def outcome_words(outcome: AskedOutcome, horizon_years: float | None, dictionary: Dictionary) -> Words:
    """Return what the outcome is, with its limit and time, in every language."""
    found = []
    for language in LANGUAGES:
        words = load_wording(language)
        name = outcome.labels[language]
        if outcome.measure is not None:
            unit = Formats(words, month_first=False).unit(dictionary[outcome.measure].unit)
            name = words.say("studio.reaches", field=name, limit=f"{outcome.at_least:g} {unit}".rstrip())
        key = "studio.at_visit" if horizon_years is None else "studio.within"
        found.append(words.say(key, outcome=name, years="" if horizon_years is None else f"{horizon_years:g}"))
    return Words(*found)


def _about(question: StudioQuestion, outcome: AskedOutcome, follow_up: FollowUp, clinic: OpenClinic) -> About:
    told = outcome_words(outcome, question.horizon_years, clinic.dictionary)
    days = {"first": str(follow_up.first_day), "last": str(follow_up.last_day)}
    key = "studio.population_visit" if question.horizon_years is None else "studio.population_time"
    population = Words(*(load_wording(language).say(key, clinic=clinic.clinic.name, **days) for language in LANGUAGES))
    title = Words(question.title, question.title) if question.title else None
    titles = Words(
        *(load_wording(language).say("card.about.title", outcome=told.get(language)) for language in LANGUAGES)
    )
    return About(title=title or titles, outcome=told, population=population)


def _published(clinic: OpenClinic, outcome: AskedOutcome) -> str | None:
    """Return a shipped pack of the same outcome that speaks here, which could be fitted to too few people instead."""
    if outcome.source is not OutcomeSource.DECLARED:
        return None
    for pack_id in packs_to_look_at(clinic):
        pack = clinic.library.get(pack_id)
        found = outcome_of(pack.manifest, choose_output(pack.manifest).name)
        if found is not None and found.id == outcome.name and pack_id in PackLibrary.shipped():
            return pack_id
    return None
