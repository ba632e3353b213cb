"""From an equation file to the parts of a pack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from engine.fields import Dictionary
from engine.packs import Manifest, pack_files, write_pack
from engine.risk.equations.card import CardSources, write_card
from engine.risk.equations.cases import case_sources
from engine.risk.equations.describe import describe, description
from engine.risk.equations.graph_file import write_graph
from engine.risk.equations.pack_facts import PackFacts
from engine.risk.equations.program import lower_equation
from engine.risk.equations.source import Equation


@dataclass(frozen=True, slots=True)
class PackParts:
    """Everything that makes a pack folder; the manifest still lacks the digests of the files."""

    manifest: Manifest
    graph: bytes
    card: str
    reference_cases: str
    texts: Mapping[str, str] = field(default_factory=dict)

    def files(self) -> Mapping[str, bytes]:
        """Return file name -> bytes of the finished folder."""
        return pack_files(self.manifest, self.graph, self.card, self.reference_cases, self.texts)

    def write(self, parent: Path) -> None:
        """Write the folder ``parent/<id>``; raises PackError as ``engine.packs.write_pack``."""
        write_pack(parent, self.manifest, self.graph, self.card, self.reference_cases, self.texts)


def build_pack(
    equation: Equation,
    facts: PackFacts,
    reference_cases: str,
    dictionary: Dictionary,
    texts: Mapping[str, str] = MappingProxyType({}),
) -> PackParts:
    """Return the parts of the pack of an equation.

    Args:
        equation: the published equation.
        facts: topic, rank, words for patients, good values.
        reference_cases: CSV as in ``engine.packs.cases``.
        dictionary: the fields that the equation takes.
        texts: licence texts that lie in the pack, by file name.

    Raises:
        EquationError: the equation cannot be compiled.
    """
    program = lower_equation(equation, dictionary)
    manifest = describe(equation, program, facts)
    return PackParts(
        manifest=manifest,
        graph=write_graph(program, equation.id, description(equation)),
        card=write_card(manifest, CardSources(equation, dictionary, case_sources(reference_cases), tuple(texts))),
        reference_cases=reference_cases,
        texts=texts,
    )
