"""What cannot wait, whatever any number says: urgent readings, and single answers for which packs declare an alarm."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.domain.assessment import Assessment
from engine.domain.batch import Batch, BoolArray
from engine.expressions import evaluate, parse
from engine.fields import load_dictionary
from engine.fields.urgent import UrgentReading, find_urgent
from engine.packs.manifest import Alarm, Manifest, Words
from engine.wording import load_wording


def alarms(assessment: Assessment, manifests: Mapping[str, Manifest]) -> tuple[Words, ...]:
    """Return what cannot wait for a person: readings first, then the alarms of these packs.

    They are about the value, not about a number: no pack need have been asked, or it may have refused. What is unknown
    raises none, and neither does a reading that is too old to act on.
    """
    dictionary = load_dictionary()
    known = {used.field: used for used in assessment.inputs if used.field in dictionary}
    person = Batch(1, {name: np.array([dictionary[name].encode(used.value)]) for name, used in known.items()})
    days = {name: used.age_days for name, used in known.items()}
    readings = [_words(reading) for reading, _ in find_urgent(person, dictionary, days)]
    declared = (alarm for manifest in manifests.values() for alarm in manifest.alarms)
    return tuple(dict.fromkeys([*readings, *(alarm.reason for alarm in declared if _holds(alarm, person)[0])]))


def may_alarm(people: Batch, manifests: Mapping[str, Manifest]) -> BoolArray:
    """Return for which rows ``alarms`` can find something; for all others it finds nothing."""
    found = np.zeros(people.rows, dtype=np.bool_)
    for _, holds in find_urgent(people, load_dictionary()):
        found |= holds
    for manifest in manifests.values():
        for alarm in manifest.alarms:
            found |= _holds(alarm, people)
    return found


def _words(reading: UrgentReading) -> Words:
    said = {
        language: load_wording(language).say(f"urgent.{reading.id}", source=source)
        for language, source in reading.sources.items()
    }
    return Words(said["en"], said["zh"])


def _holds(alarm: Alarm, people: Batch) -> BoolArray:
    when, dictionary = parse(alarm.when), load_dictionary()
    if not when.names <= people.columns.keys():
        return np.zeros(people.rows, dtype=np.bool_)
    columns = {name: people.columns[name] for name in when.names}
    codes = {name: dictionary[name].category_codes for name in when.names if dictionary[name].category_codes}
    holds: BoolArray = evaluate(when, columns, people.rows, codes) == 1
    return holds
