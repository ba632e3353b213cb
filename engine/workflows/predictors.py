"""The predictors of everything that ships; what every clinic asks is opened before anybody waits for it."""

from __future__ import annotations

from engine.errors import PackError
from engine.fields import load_dictionary
from engine.packs import PackLibrary
from engine.packs.manifest import Use
from engine.risk.predictors import Predictors

__all__ = ["Predictors", "shipped_predictors"]


def shipped_predictors() -> Predictors:
    """Return the predictors of all shipped packs, with the graphs opened that every clinic asks in every assessment.

    The others, of one country or asked only on demand, are opened when they are first used.

    A pack that cannot be opened is left for who uses it: it is refused there, in a sentence, and the others work.
    """
    predictors = Predictors(PackLibrary.shipped(), load_dictionary())
    for pack in predictors.library.all():
        if pack.manifest.use is not Use.ROUTINE or pack.manifest.countries:
            continue
        try:
            predictors.get(pack.manifest.id)
        except PackError:
            continue
    return predictors
