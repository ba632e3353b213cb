"""What one step of the schema is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.store.database import Database


@dataclass(frozen=True, slots=True)
class Migration:
    """The statements that lead from schema ``version - 1`` to ``version``. Released steps are never edited.

    ``fill`` runs after them, in the same transaction, for what SQL alone cannot work out from rows that are there.
    """

    version: int
    name: str
    statements: tuple[str, ...]
    fill: Callable[[Database], None] | None = None
