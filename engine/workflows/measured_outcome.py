"""An outcome that is a measurement with a limit: its words, and where the records of a clinic reach it."""

from __future__ import annotations

from engine.domain.batch import FloatArray
from engine.domain.observations import Observations
from engine.fields import Dictionary, Kind
from engine.report.formats import Formats
from engine.risk.cohort.predictors import Knowing
from engine.risk.derivation import FullDerivation
from engine.risk.recalibration.outcomes import Limit, Outcome, limit_of
from engine.wording import LANGUAGES, Wording, load_wording
from engine.workflows.clinics import OpenClinic


def measured_outcome(name: str, dictionary: Dictionary) -> Outcome | None:
    """Return the outcome of a name such as ``hba1c_percent>=6.5``; None: it is none, or of no measurement here."""
    limit = limit_of(name)
    if limit is None or limit.field not in dictionary or dictionary[limit.field].kind is not Kind.NUMBER:
        return None
    labels = {language: limit_words(limit, dictionary, load_wording(language)) for language in LANGUAGES}
    return Outcome(limit.name, labels, frozenset(), frozenset(), (), "", limit)


def limit_words(limit: Limit, dictionary: Dictionary, words: Wording) -> str:
    """Return a measurement with its limit and unit, as people say it."""
    field = dictionary[limit.field]
    unit = Formats(words, month_first=False).unit(field.unit)
    way = "falls_to" if limit.at_least is None else "reaches"
    return words.say(f"studio.{way}", field=field.label(words.language), limit=f"{limit.value:g} {unit}".rstrip())


def reached_at(clinic: OpenClinic, observations: Observations, outcome: Outcome) -> FloatArray | None:
    """Return where visits reach the limit of an outcome (``Limit.reached``); None: it has none."""
    if outcome.limit is None:
        return None
    derivation = FullDerivation(clinic.dictionary, clinic.predictors.find)
    knowing = Knowing(observations, clinic.clinic.settings, clinic.dictionary, derivation)
    return outcome.limit.reached(knowing.measured(outcome.limit.field))
