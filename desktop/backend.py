"""The engine, loaded behind the window.

Importing it takes most of a second on an old laptop; the unlock page is painted before. The functions here import what
they need when they are first called, on a lane and not on the window's thread.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.workflows.predictors import Predictors


@cache
def load_predictors() -> Predictors:
    """Return the predictors of all shipped packs, each graph opened and its first answer given."""
    from engine.workflows.predictors import shipped_predictors

    return shipped_predictors()


def warm_up(language: str = "en") -> None:
    """Load everything that opening a clinic will need, so that nobody waits for it later.

    How Chinese names are spelled takes much memory: it is loaded ahead only where the window speaks Chinese.
    """
    import engine.workflows.live
    import engine.workflows.unlock  # noqa: F401 - loaded, not used
    from engine.workflows.panel import load_spelling

    load_predictors()
    if language == "zh":
        load_spelling()
