"""The words that a manifest may use where only certain words are possible."""

from __future__ import annotations

from enum import StrEnum


class PackKind(StrEnum):
    """What the numbers of a pack are."""

    SURVIVAL_RISK = "survival_risk"
    PROBABILITY = "probability"
    POINTS = "points"
    INDEX = "index"


class OutputKind(StrEnum):
    """How one output reads: a fraction 0-1, points, a number with a unit, or a code."""

    FRACTION = "fraction"
    POINTS = "points"
    INDEX = "index"
    CATEGORY = "category"


class Outside(StrEnum):
    """What happens to a value outside the range of an input."""

    REFUSE = "refuse"
    CLAMP = "clamp"  # the graph uses the limit; a note says so
    WARN = "warn"
    WITHHOLD = "withhold"  # some outputs are left out


class Action(StrEnum):
    """What an exclusion does; a contradiction refuses too, as a value that cannot be right."""

    REFUSE = "refuse"
    WARN = "warn"
    CONTRADICTION = "contradiction"


class Audience(StrEnum):
    """Who is meant to see the numbers."""

    PATIENT = "patient"
    CLINICIAN = "clinician"


class Use(StrEnum):
    """When a pack is asked."""

    ROUTINE = "routine"  # in every assessment of a clinic
    ON_DEMAND = "on_demand"  # only when somebody asks for it: acute scores, questionnaires, second opinions


class LicenceState(StrEnum):
    """What may be done with the pack; the states of the reference equations."""

    FREE = "free"
    ATTRIBUTION = "attribution"
    UNCLEAR = "unclear"  # off in a clinic until accepted
    LGPL = "lgpl"
    RESTRICTED_OPTIONAL = "restricted-optional"  # never bundled


class Dtype(StrEnum):
    """Number type of a graph input."""

    FLOAT64 = "float64"
    FLOAT32 = "float32"
