"""Published equations by hand in NumPy over whole columns: the peers of the scoring benchmarks.

Written from the papers' formulas, apart from packs and compiler, the way somebody would who wants them fast: no
limits, no reasons, one pass for men and one for women with plain constants.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.float64]
Columns = Mapping[str, Any]  # numbers; truths and texts as boolean and code columns
EQUATIONS = Path(__file__).resolve().parents[2] / "resources" / "equations"


def by_sex(columns: Columns, male: NDArray[np.bool_], formula: Callable[[Columns, str], Column]) -> Column:
    """Return a formula evaluated for men and women apart, back in order."""
    result = np.empty(len(male))
    with np.errstate(all="ignore"):  # impossible people are among them, and nobody checks here
        for sex, rows in (("M", np.flatnonzero(male)), ("F", np.flatnonzero(~male))):
            result[rows] = formula({name: column[rows] for name, column in columns.items()}, sex)
    return result


@dataclass(frozen=True, slots=True)
class People:
    """People as plain columns: numbers, boolean arrays, and region codes as positions in ``regions``."""

    columns: Columns
    male: NDArray[np.bool_]
    regions: tuple[str, ...]


def framingham_2008_lab(people: People) -> Column:
    """General cardiovascular risk, D'Agostino 2008, doi:10.1161/CIRCULATIONAHA.107.699579."""

    def formula(c: Columns, sex: str) -> Column:
        b = _FRAMINGHAM[sex]
        ln_sbp = np.log(c["sbp_mmhg"])
        lp = (
            b["age"] * np.log(c["age"])
            + b["tc"] * np.log(c["total_cholesterol_mmol_l"] * 38.67)
            + b["hdl"] * np.log(c["hdl_mmol_l"] * 38.67)
            + np.where(c["on_bp_treatment"], b["sbp_treated"], b["sbp"]) * ln_sbp
            + b["smoker"] * c["current"]
            + b["diabetes"] * c["diabetes"]
        )
        risk: Column = 1 - b["s0"] ** np.exp(lp - b["mean"])
        return risk

    return by_sex(people.columns, people.male, formula)


def score2(people: People) -> Column:
    """SCORE2, doi:10.1093/eurheartj/ehab309."""
    scales = _scales("score2", "scales", people.regions)

    def formula(c: Columns, sex: str) -> Column:
        b = _SCORE2[sex]
        age, sbp = (c["age"] - 60) / 5, (c["sbp_mmhg"] - 120) / 20
        tc, hdl, smoker = c["total_cholesterol_mmol_l"] - 6, (c["hdl_mmol_l"] - 1.3) / 0.5, c["current"]
        lp = (
            b[0] * age + b[1] * smoker + b[2] * sbp + b[3] * tc + b[4] * hdl
            + age * (b[5] * smoker + b[6] * sbp + b[7] * tc + b[8] * hdl)
        )  # fmt: skip
        uncalibrated = 1 - b[9] ** np.exp(lp)
        scale1, scale2 = scales[sex]["scale1"][c["region"]], scales[sex]["scale2"][c["region"]]
        risk: Column = 1 - np.exp(-np.exp(scale1 + scale2 * np.log(-np.log(1 - uncalibrated))))
        return risk

    return by_sex(people.columns, people.male, formula)


def who_cvd_2019_lab(people: People) -> Column:
    """WHO cardiovascular risk, laboratory version, doi:10.1016/S2214-109X(19)30318-3."""
    recalibration = _scales("who_cvd_2019_lab", "recalibration", people.regions)

    def formula(c: Columns, sex: str) -> Column:
        age, tc, sbp = c["age"] - 60, c["total_cholesterol_mmol_l"] - 6, c["sbp_mmhg"] - 120
        smoker, diabetes = c["current"], c["diabetes"]
        free = np.ones(len(age))
        for disease in ("chd", "stroke"):
            b = _WHO[sex][disease]
            lp = (
                b[0] * age + b[1] * tc + b[2] * sbp + b[3] * smoker + b[7] * diabetes
                + age * (b[4] * tc + b[5] * sbp + b[6] * smoker + b[8] * diabetes)
            )  # fmt: skip
            y = np.log(-np.log(b[9])) + lp
            intercept = recalibration[sex][f"{disease}_intercept"][c["region"]]
            slope = recalibration[sex][f"{disease}_slope"][c["region"]]
            free = free * np.exp(-np.exp(intercept + slope * y))
        risk: Column = 1 - free
        return risk

    return by_sex(people.columns, people.male, formula)


def _scales(equation: str, table: str, regions: tuple[str, ...]) -> Mapping[str, Mapping[str, Column]]:
    """Return sex -> constant -> its value by region position, from the published table."""
    document = json.loads((EQUATIONS / f"{equation}.json").read_text(encoding="utf-8"))
    values = document["tables"][table]["values"]
    names = list(next(iter(next(iter(values.values())).values())))
    return {
        sex: {name: np.array([values[region][sex][name] for region in regions]) for name in names} for sex in ("M", "F")
    }


_FRAMINGHAM = {
    "M": {"age": 3.06117, "tc": 1.1237, "hdl": -0.93263, "sbp": 1.93303, "sbp_treated": 1.99881, "smoker": 0.65451,
          "diabetes": 0.57367, "mean": 23.9802, "s0": 0.88936},
    "F": {"age": 2.32888, "tc": 1.20904, "hdl": -0.70833, "sbp": 2.76157, "sbp_treated": 2.82263, "smoker": 0.52873,
          "diabetes": 0.69154, "mean": 26.1931, "s0": 0.95012},
}  # fmt: skip
# age, smoking, pressure, cholesterol, HDL, then their products with age; baseline survival last
_SCORE2 = {
    "M": (0.3742, 0.6012, 0.2777, 0.1458, -0.2698, -0.0755, -0.0255, -0.0281, 0.0426, 0.9605),
    "F": (0.4648, 0.7744, 0.3131, 0.1002, -0.2606, -0.1088, -0.0277, -0.0226, 0.0613, 0.9776),
}
# age, cholesterol, pressure, smoking, age x cholesterol, age x pressure, age x smoking, diabetes, age x diabetes, s0
_WHO = {
    "M": {
        "chd": (0.0719227, 0.2284944, 0.0132183, 0.5638109, -0.0045806, -0.0001576, -0.0182545, 0.6410114, -0.0124966,
                0.9540108),
        "stroke": (0.0986578, 0.029526, 0.0222629, 0.4981217, 0.00142, -0.0004147, -0.0150561, 0.6268712, -0.026302,
                   0.9849257),
    },
    "F": {
        "chd": (0.1020713, 0.2050377, 0.015823, 1.053223, -0.0051932, -0.0001378, -0.0332666, 1.070358, -0.0234174,
                0.9894159),
        "stroke": (0.1056632, 0.0257782, 0.0206278, 0.7443627, -0.0021387, -0.0004897, -0.0200822, 0.8581998,
                   -0.0209826, 0.9890569),
    },
}  # fmt: skip
PEERS: Mapping[str, Callable[[People], Column]] = {
    "who_cvd_2019_lab": who_cvd_2019_lab,
    "score2": score2,
    "framingham_2008_lab": framingham_2008_lab,
}
REGION_FIELDS = {"who_cvd_2019_lab": "gbd_region", "score2": "score2_region"}
