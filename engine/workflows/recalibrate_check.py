"""A new pack is only kept when its graph gives the numbers that were worked out for it another way."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from engine.errors import PackError
from engine.packs import PackParts
from engine.packs.cases import read_cases
from engine.risk.derivation import FullDerivation
from engine.risk.predictor import Predictor
from engine.risk.predictors import Predictors
from engine.risk.reproduce import differences


def check_new_pack(parts: PackParts, predictors: Predictors, *, trusted: bool) -> None:
    """Run the reference cases of a pack that is not in place yet.

    Args:
        parts: of the pack.
        predictors: of the packs that derive fields for it.
        trusted: whether its graph may run in this process.

    Raises:
        PackError: ``recalibrate_not_reproduced``; the parts make no valid pack (``write_pack``) or it cannot be run.
    """
    dictionary = predictors.dictionary
    pack_id = parts.manifest.id
    with tempfile.TemporaryDirectory(prefix="lantern-pack-") as folder:
        pack = parts.write(Path(folder))
        cases = read_cases(pack, dictionary)
        derivation = FullDerivation(dictionary, predictors.find)
        made = Predictor(replace(pack, trusted=trusted), dictionary, derivation=derivation)
        results = made.predict(cases.people, stability=True)
    if any(differences(cases, results)):
        raise PackError("recalibrate_not_reproduced", pack=pack_id)
