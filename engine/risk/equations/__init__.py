"""Compiles published equations to ONNX packs. Needed to make a pack, never to run one.

``read_equation`` reads a file of the schema ``risk-equation/1``; ``build_pack`` makes the graph, the manifest and the
card of it. The command is ``python -m engine.risk.equations``.
"""

from engine.risk.equations.build import build_pack
from engine.risk.equations.errors import EquationError
from engine.risk.equations.pack_facts import PackFacts, plain_facts, read_facts
from engine.risk.equations.source import Equation, read_equation

__all__ = [
    "Equation",
    "EquationError",
    "PackFacts",
    "build_pack",
    "plain_facts",
    "read_equation",
    "read_facts",
]
