"""What a trained model must say of itself before anybody may rely on it; whether it is right is asked apart."""

from __future__ import annotations

from engine.packs.kinds import OutputKind, PackKind
from engine.packs.manifest import Manifest, Words

POPULATION, OUTCOME, HORIZON, CALIBRATION = "population", "outcome", "horizon", "calibration"
_CALIBRATION = ("slope", "observed_expected")
_NOTHING = frozenset({"", "-", "?"})


def lacking(manifest: Manifest) -> tuple[str, ...]:
    """Return what is not said: of whom it was made, what it foretells, within how many years, how its risks fit.

    A risk of today needs no years; one that people were followed for does. The sentence is
    ``error.model_lacks_<what>``.
    """
    told = manifest.training
    followed = manifest.kind is PackKind.SURVIVAL_RISK or (told is not None and told.time is not None)
    risks = [each for each in manifest.outputs if each.kind is OutputKind.FRACTION]
    within = next((each.horizon_years for each in risks if each.name == manifest.headline_output), None)
    said = {
        POPULATION: _said(manifest.population) and told is not None and told.people.people > 0,
        OUTCOME: _said(manifest.outcome) and told is not None and bool(told.outcome.strip()),
        HORIZON: not followed or (bool(manifest.horizon_years) and within in (None, *manifest.horizon_years)),
        CALIBRATION: told is not None and all(told.figure(name) is not None for name in _CALIBRATION),
    }
    return tuple(what for what, there in said.items() if not there)


def _said(words: Words) -> bool:
    return words.en.strip() not in _NOTHING and words.zh.strip() not in _NOTHING
