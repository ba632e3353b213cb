"""A new pack is only kept when its graph gives the numbers that were worked out for it another way."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from engine.errors import PackError
from engine.fields import Dictionary
from engine.packs import PackLibrary, write_pack
from engine.packs.cases import read_cases
from engine.risk.predictors import Predictors
from engine.workflows.clinic_packs import PackParts


def check_new_pack(parts: PackParts, dictionary: Dictionary) -> None:
    """Run the reference cases of a pack that is not in place yet.

    Raises:
        PackError: ``recalibrate_not_reproduced``; the parts make no valid pack (``write_pack``).
    """
    pack_id = parts.manifest.id
    with tempfile.TemporaryDirectory(prefix="lantern-pack-") as folder:
        place = Path(folder)
        pack = write_pack(place, parts.manifest, parts.graph, parts.card, parts.reference_cases, parts.texts)
        cases = read_cases(pack, dictionary)
        results = Predictors(PackLibrary([place]), dictionary).get(pack_id).predict(cases.people)
    for output, expected in cases.numbers.items():
        near = np.abs(results.outputs[output] - expected) <= cases.tolerance
        if not near.all():
            raise PackError("recalibrate_not_reproduced", pack=pack_id)
