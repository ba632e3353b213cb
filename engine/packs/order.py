"""Which pack of a topic is asked first, by what the manifests declare."""

from __future__ import annotations

from engine.packs.manifest import Manifest

Place = tuple[int, int, int, str]
_HERE, _ANYWHERE, _ELSEWHERE = range(3)


def precedence(manifest: Manifest, country: str) -> Place:
    """Return the place of a pack among those of its topic in this country (ISO 3166 alpha-3); the lowest is first.

    What is declared first here; then what was made for this country, what for any, what for others; then by rank.
    """
    home = _ANYWHERE if not manifest.countries else _HERE if country in manifest.countries else _ELSEWHERE
    return int(country not in manifest.first_in), home, manifest.rank, manifest.id


def is_for(manifest: Manifest, country: str) -> bool:
    """Return whether a pack was made for this country, or for any."""
    return not manifest.countries or country in manifest.countries
