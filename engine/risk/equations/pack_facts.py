"""What a pack needs to say that no equation file says: topic, rank, words for patients, good values, limits.

Kept as data in ``packs.json`` beside the equation files, in both languages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.errors import PackError
from engine.packs import strict
from engine.packs.manifest import Alarm, Audience, PatientWords, Reference, Use, Words
from engine.risk.equations.errors import EquationError

FACTS_FILE = "packs.json"
_SCHEMA = "lantern-pack-facts/1"


@dataclass(frozen=True, slots=True)
class PackFacts:
    """Facts of one pack; the fields are those of the manifest.

    ``band_sources``: scheme -> where its bands come from, in Chinese; the equation file says it in English only.
    ``title`` and ``outcome`` stand instead of those of the equation file: where its title is somebody's mark, the
    publication is named; where it lists several outcomes, that of the headline is. ``bundled``: False for a pack that
    anybody may make for themselves but that never comes with the program. ``answers_in_pregnancy``: it was tried in
    pregnant women. ``without_references``: why no good values are declared, in English, for the table of packs.
    """

    version: str
    topic: str
    rank: int
    audience: Audience
    patient: PatientWords | None
    headline_output: str | None
    references: Mapping[str, Reference]
    band_sources: Mapping[str, str]
    limits_notes: tuple[Words, ...]
    use: Use = Use.ROUTINE
    countries: tuple[str, ...] = ()
    first_in: tuple[str, ...] = ()
    allows_range: bool | None = None
    title: Words | None = None
    outcome: Words | None = None
    credit: Words | None = None
    notice: Words | None = None
    alarms: tuple[Alarm, ...] = ()
    bundled: bool = True
    answers_in_pregnancy: bool = False
    without_references: str | None = None


@dataclass(frozen=True, slots=True)
class _FactsFile:
    schema: str
    packs: Mapping[str, PackFacts]


def read_facts(folder: Path) -> Mapping[str, PackFacts]:
    """Return equation id -> facts, from the file in this folder.

    Raises:
        EquationError: ``equation_unreadable`` when there is no such file or it has another schema.
        PackError: a key is missing, unknown, or of another type; ``where`` names it.
    """
    try:
        document = strict.parse_json((folder / FACTS_FILE).read_bytes())
    except (OSError, PackError) as error:
        raise EquationError("equation_unreadable", FACTS_FILE) from error
    facts = strict.read(_FactsFile, document)
    if facts.schema != _SCHEMA:
        raise EquationError("equation_unreadable", FACTS_FILE)
    return facts.packs


def plain_facts() -> PackFacts:
    """Return facts that promise nothing: for an equation that nobody has described yet."""
    return PackFacts(
        version="1.0.0",
        topic="other",
        rank=1000,
        audience=Audience.CLINICIAN,
        patient=None,
        headline_output=None,
        references={},
        band_sources={},
        limits_notes=(),
    )
