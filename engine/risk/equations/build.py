"""From an equation file to the parts of a pack."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from engine.fields import Dictionary
from engine.packs import PackParts
from engine.risk.equations.card import CardSources, write_card
from engine.risk.equations.cases import case_sources
from engine.risk.equations.describe import describe, description
from engine.risk.equations.graph_file import write_graph
from engine.risk.equations.pack_facts import PackFacts
from engine.risk.equations.program import lower_equation
from engine.risk.equations.source import Equation


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
