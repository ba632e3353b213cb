"""How two packs are different tools: what they foretell, over how many years, and what only one of them asks."""

from __future__ import annotations

from engine.packs.manifest import Manifest


def asks_only(manifest: Manifest, other: Manifest) -> tuple[str, ...]:
    """Return the fields that a pack asks for and another does not, in the order of the pack."""
    asked = {each.field for each in other.inputs}
    return tuple(each.field for each in manifest.inputs if each.field not in asked)


def years_of(manifest: Manifest, output: str | None) -> float | None:
    """Return over how many years an output looks ahead; None where the pack does not say."""
    years = None if output is None else manifest.output(output).horizon_years
    return years if years is not None or not manifest.horizon_years else manifest.horizon_years[0]
