"""What models of other samples say beside a number: declared at an output, whatever the model is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stability:
    """The ends between which a share of models lies that were trained as this one was, on other samples of the people.

    ``low`` and ``high`` are outputs of the graph, one number a row, on the scale of the output they belong to. They
    tell how much a number is owed to who happened to be in the data (Riley RD, Collins GS. Biom J 2023;65:2200302,
    doi:10.1002/bimj.202200302); what missing inputs could make of it is another matter, and so is whether it is right.
    ``share``: 0-1, of ``models`` in all. ``source``: by which method.
    """

    low: str
    high: str
    share: float
    models: int
    source: str

    @property
    def tensors(self) -> tuple[str, str]:
        """The outputs of the graph that hold the ends."""
        return self.low, self.high


def stability_fits(stability: Stability | None, output: str, outputs: Collection[str]) -> bool:
    """Whether a declaration can be meant: a share of some models, two ends that are no output by themselves.

    Tables call the ends ``<output>_low`` and ``<output>_high``, so no output has such a name either.
    """
    if stability is None:
        return True
    ends = {*stability.tensors, f"{output}_low", f"{output}_high"}
    counted = 0 < stability.share < 1 and stability.models > 1
    return counted and stability.low != stability.high and not ends & {*outputs}
