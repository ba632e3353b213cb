"""What training is asked for by a question to the record, in words that the card will carry."""

from __future__ import annotations

from collections.abc import Sequence

from engine.domain.studio import FollowUp, OutcomeSource, StudioQuestion
from engine.fields import Dictionary
from engine.packs import PackLibrary
from engine.packs.manifest import Action, Exclusion, Words
from engine.risk.cohort.outcome import AskedOutcome
from engine.risk.recalibration.outcomes import Limit, outcome_of
from engine.risk.recalibration.outputs import choose_output
from engine.wording import LANGUAGES, Wording, load_wording
from engine.workflows.clinics import OpenClinic
from engine.workflows.measured_outcome import limit_words
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
        record_outcome=outcome.kept_name,
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
        if outcome.limit is not None:
            name = limit_words(outcome.limit, dictionary, words)
        key = "studio.at_visit" if horizon_years is None else "studio.within"
        found.append(words.say(key, outcome=name, years="" if horizon_years is None else f"{horizon_years:g}"))
    return Words(*found)


def _about(question: StudioQuestion, outcome: AskedOutcome, follow_up: FollowUp, clinic: OpenClinic) -> About:
    told = outcome_words(outcome, question.horizon_years, clinic.dictionary)
    over_time = question.horizon_years is not None
    days = {"first": str(follow_up.first_day), "last": str(follow_up.last_day)}
    key = "studio.population_time" if over_time else "studio.population_visit"
    population = Words(*(load_wording(language).say(key, clinic=clinic.clinic.name, **days) for language in LANGUAGES))
    title = Words(question.title, question.title) if question.title else None
    titles = Words(
        *(load_wording(language).say("card.about.title", outcome=told.get(language)) for language in LANGUAGES)
    )
    has_it = _has_it(outcome, clinic.dictionary) if over_time else ()
    return About(title=title or titles, outcome=told, population=population, exclusions=has_it)


def _has_it(outcome: AskedOutcome, dictionary: Dictionary) -> tuple[Exclusion, ...]:
    """Return who gives no number: people who have the outcome, of whom there was none in the training.

    By what a visit says: a yes/no field that tells of it, or the measurement at its limit. Where only a list of
    conditions tells of it, no field of a pack does.
    """
    whens = {name: name for name in outcome.fields}
    limit = outcome.limit
    if limit is not None:
        whens[limit.field] = f"{limit.field} {limit.sign} {limit.value!r}"
    found = []
    for name, when in whens.items():
        labels = (_reason(outcome, limit, dictionary, load_wording(language)) for language in LANGUAGES)
        found.append(Exclusion(when, name, Action.REFUSE, Words(*labels)))
    return tuple(found)


def _reason(outcome: AskedOutcome, limit: Limit | None, dictionary: Dictionary, words: Wording) -> str:
    name = outcome.labels[words.language] if limit is None else limit_words(limit, dictionary, words)
    return words.say("studio.has_it", outcome=name)


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
