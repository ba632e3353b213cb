"""Who opened the store."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class User:
    """A person with a key slot. ``id`` stands in every change they make."""

    id: str
    name: str
    role: str
