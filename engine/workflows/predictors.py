"""The predictors of everything that ships, opened before anybody waits for them."""

from __future__ import annotations

from engine.errors import PackError
from engine.fields import load_dictionary
from engine.packs import PackLibrary
from engine.risk.predictors import Predictors

__all__ = ["Predictors", "shipped_predictors"]


def shipped_predictors() -> Predictors:
    """Return the predictors of all shipped packs with every graph opened.

    A pack that cannot be opened is left for who uses it: it is refused there, in a sentence, and the others work.
    """
    predictors = Predictors(PackLibrary.shipped(), load_dictionary())
    for pack in predictors.library.all():
        try:
            predictors.get(pack.manifest.id)
        except PackError:
            continue
    return predictors
