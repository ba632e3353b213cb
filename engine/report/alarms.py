"""What cannot wait, whatever any number says: conditions that packs declare on single values, true of this person."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.domain.assessment import Assessment
from engine.domain.record import Value
from engine.expressions import evaluate, parse
from engine.fields import load_dictionary
from engine.packs.manifest import Alarm, Manifest, Words


def alarms(assessment: Assessment, manifests: Mapping[str, Manifest]) -> tuple[Words, ...]:
    """Return the alarms of these packs that hold for a person; what is unknown raises none.

    They are about the value, not about the pack's number: a pack need not have been asked, or may have refused.
    """
    known = {used.field: used.value for used in assessment.inputs}
    declared = (alarm for manifest in manifests.values() for alarm in manifest.alarms)
    return tuple(dict.fromkeys(alarm.reason for alarm in declared if _holds(alarm, known)))


def _holds(alarm: Alarm, known: Mapping[str, Value]) -> bool:
    when, dictionary = parse(alarm.when), load_dictionary()
    if not when.names <= known.keys():
        return False
    columns = {name: np.array([dictionary[name].encode(known[name])]) for name in when.names}
    codes = {name: dictionary[name].category_codes for name in when.names if dictionary[name].category_codes}
    return bool(evaluate(when, columns, 1, codes)[0] == 1)
