"""What one step of the schema is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Migration:
    """The statements that lead from schema ``version - 1`` to ``version``. Released steps are never edited."""

    version: int
    name: str
    statements: tuple[str, ...]
