"""What a field could be in a person of this age, sex and diabetes, where nobody measured it.

``values`` looks values up in a table of facts that ships (``resources/plausible``); ``strata`` makes such a table from
people, a clinic's own among them; ``making`` is the command that made the shipped one.
"""

from engine.risk.plausible.strata import LEVELS, Source, Stratum, strata_of
from engine.risk.plausible.values import PlausibleValues, Points, clinic_values, load_plausible_values

__all__ = [
    "LEVELS",
    "PlausibleValues",
    "Points",
    "Source",
    "Stratum",
    "clinic_values",
    "load_plausible_values",
    "strata_of",
]
