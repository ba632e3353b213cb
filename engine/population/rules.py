"""What may leave a clinic about a person, field by field (``resources/population/deidentification.json``).

A field that stands in no line there does not go out. The file names the source of each number.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import Any

from engine.errors import UsageError
from engine.resources import resources_folder

LEAST_K = 2


class Treatment(StrEnum):
    """What becomes of a field."""

    DROP = "drop"
    AGE = "age"  # whole years or bands of them, the oldest as one group
    YEAR = "year"  # of a date, the year alone or a band of years
    AGE_AT = "age_at"  # an age at some event: the oldest as one group
    YEARS_SINCE = "years_since"  # of an event: not of the oldest, whose age it would tell
    NUMBER = "number"
    CODE = "code"  # yes/no or a code of the dictionary


@dataclass(frozen=True, slots=True)
class Step:
    """How finely is told what others may know of a person; in years, 0: not at all. ``without``: fields left out."""

    age_years: int
    visit_years: int
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rules:
    """The declared rules.

    ``small_cell``: no count of people from 1 to this is shown. ``oldest_age``: who is older is in one group.
    ``left_out``: the share of people that may be left out before a coarser step is taken. ``known_to_others``: fields
    by which somebody who knows a person could find them. ``steps``: from fine to coarse.
    """

    k: int
    small_cell: int
    oldest_age: int
    left_out: float
    known_to_others: tuple[str, ...]
    steps: tuple[Step, ...]
    treatments: Mapping[str, Treatment]
    reasons: Mapping[str, str]

    def treatment(self, field: str) -> Treatment:
        """Return what becomes of a field; one that no line names is dropped."""
        return self.treatments.get(field, Treatment.DROP)


@cache
def load_rules() -> Rules:
    """Return the rules that ship with the program."""
    path = resources_folder() / "population" / "deidentification.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    return Rules(
        k=document["k"]["value"],
        small_cell=document["small_cell"]["value"],
        oldest_age=document["oldest_age"]["value"],
        left_out=document["left_out"]["value"],
        known_to_others=tuple(document["known_to_others"]),
        steps=tuple(
            Step(step["age_years"], step["visit_years"], tuple(step.get("without", ()))) for step in document["steps"]
        ),
        treatments={name: Treatment(line["treatment"]) for name, line in document["fields"].items()},
        reasons={name: line["reason"] for name, line in document["fields"].items()},
    )


def tightened(rules: Rules, k: int | None = None, policy: Mapping[str, Any] | None = None) -> Rules:
    """Return rules with another k and a clinic's own policy, which can only leave more out.

    ``policy``: ``{"drop": [field, ...], "known_to_others": [field, ...]}``; what is named in the second goes into the
    classes too and must be a yes/no or a code.

    Raises:
        UsageError: ``deidentify_k``; ``deidentify_policy`` with the word that is not understood.
    """
    if k is not None and k < LEAST_K:
        raise UsageError("deidentify_k", least=LEAST_K)
    treatments, known = dict(rules.treatments), list(rules.known_to_others)
    for word, names in (policy or {}).items():
        if word not in ("drop", "known_to_others") or not isinstance(names, list):
            raise UsageError("deidentify_policy", word=word)
        for name in names:
            if not isinstance(name, str) or name not in treatments:
                raise UsageError("deidentify_policy", word=str(name))
            if word == "drop":
                treatments[name] = Treatment.DROP
            elif treatments[name] is not Treatment.DROP and name not in known:
                if treatments[name] is not Treatment.CODE:
                    raise UsageError("deidentify_policy", word=name)
                known.append(name)
    return replace(rules, k=k or rules.k, treatments=treatments, known_to_others=tuple(known))
