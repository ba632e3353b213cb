"""Count what a clinic's own people say of fields that no survey holds: percentiles of groups, kept in the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.domain.batch import Batch
from engine.domain.plain import to_plain
from engine.fields import Dictionary, Kind, Scope
from engine.packs.manifest import Manifest
from engine.risk.plausible import clinic_values, load_plausible_values
from engine.store.settings import keep_counted, load_counted
from engine.workflows.clinics import OpenClinic
from engine.workflows.packs import active_packs
from engine.workflows.plausible_values import CLINIC, COUNTED_AS

_COUNTABLE = frozenset({Kind.NUMBER, Kind.BOOLEAN, Kind.CATEGORY})
_KNOWN_ANYHOW = frozenset({"age", "sex"})
# Counted anew when so many more people have a value: new percentiles make every saved range look outdated.
_GROWTH = 1.1


def count_people(clinic: OpenClinic, people: Batch) -> None:
    """Count what the clinic's people say of the fields that no survey holds; it counts from the next opening on.

    Args:
        clinic: the open clinic.
        people: everybody, as they were assessed.
    """
    shipped = load_plausible_values(clinic.dictionary)
    manifests = [pack.manifest for pack in active_packs(clinic.library, clinic.clinic)]
    wanted = [name for name in _inputs(manifests, clinic.dictionary) if name not in shipped]
    found = clinic_values(people, wanted, clinic.dictionary, CLINIC)
    counted = {name: [to_plain(each) for each in found.strata(name)] for name in sorted(found.fields)}
    if _have_grown(load_counted(clinic.vault, COUNTED_AS) or {}, counted):
        keep_counted(clinic.vault, COUNTED_AS, counted, clinic.actor)


def _inputs(manifests: Sequence[Manifest], dictionary: Dictionary) -> list[str]:
    """Return what packs that give ranges read and that is a person's, not the clinic's."""
    fields = dict.fromkeys(each.field for manifest in manifests if manifest.gives_ranges for each in manifest.inputs)
    return [
        name
        for name in fields
        if name not in _KNOWN_ANYHOW
        and dictionary[name].kind in _COUNTABLE
        and dictionary[name].scope is not Scope.SETTING
    ]


def _have_grown(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    return any(name not in before or _people(groups) >= _GROWTH * _people(before[name]) for name, groups in now.items())


def _people(groups: Sequence[Mapping[str, Any]]) -> int:
    return max((int(each["n"]) for each in groups), default=0)
