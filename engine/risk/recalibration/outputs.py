"""Which numbers of a pack can be held against outcomes."""

from __future__ import annotations

from engine.errors import PackError, UsageError
from engine.packs.manifest import Manifest, Output, OutputKind


def choose_output(manifest: Manifest, name: str | None = None) -> Output:
    """Return the risk of this name; None: the main one, else the first.

    A risk is a fraction over a time of its own, or, in a pack that knows no time at all, a probability of today.

    Raises:
        PackError: ``recalibrate_no_risk`` when the pack has none; ``recalibrate_made_before`` when it was recalibrated.
        UsageError: ``recalibrate_output`` when none is named so.
    """
    if manifest.parent is not None:
        raise PackError("recalibrate_made_before", pack=manifest.id, parent=manifest.parent.id)
    risks = {each.name: each for each in manifest.outputs if _is_risk(each, manifest)}
    if not risks:
        raise PackError("recalibrate_no_risk", pack=manifest.id)
    if name is None:
        return risks.get(manifest.headline_output or "", next(iter(risks.values())))
    if name not in risks:
        raise UsageError("recalibrate_output", pack=manifest.id, output=name, allowed=", ".join(risks))
    return risks[name]


def _is_risk(output: Output, manifest: Manifest) -> bool:
    over_time = output.horizon_years is not None or not manifest.horizon_years
    return output.kind is OutputKind.FRACTION and not output.diagnostic and over_time
