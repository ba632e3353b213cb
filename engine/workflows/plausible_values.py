"""What fields could be where nobody measured them: the surveys that ship, and beside them the clinic's own people.

A clinic speaks only for fields that no survey holds, and only where enough of its people have them
(``ENOUGH_IN_CLINIC``). What it says is a table of percentiles, counted when everybody is assessed (``count_people``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.domain.plain import from_plain
from engine.fields import Dictionary
from engine.risk.plausible import PlausibleValues, Source, Stratum, load_plausible_values
from engine.store.settings import load_counted
from engine.store.vault import Vault

CLINIC = Source("clinic", "clinic", {})  # without words: pages name the clinic itself
COUNTED_AS = "plausible_values"


def plausible_values(vault: Vault, dictionary: Dictionary) -> PlausibleValues:
    """Return the values that ship, and beside them those that were counted in this clinic."""
    shipped = load_plausible_values(dictionary)
    kept: Mapping[str, Any] = load_counted(vault, COUNTED_AS) or {}
    if not kept:
        return shipped
    strata = {
        name: [from_plain(Stratum, each) for each in groups] for name, groups in kept.items() if name in dictionary
    }
    return shipped.beside(PlausibleValues({CLINIC.id: CLINIC}, strata, dictionary))
