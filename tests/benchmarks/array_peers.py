"""QRISK3 and eGFR by hand in NumPy, and what ``clincalc.batch`` takes: the peers of ``bench_arrays``.

Written from the papers' formulas as in ``scoring_peers``; the many coefficients of QRISK3 are read from its published
file and laid out as somebody would who wants it fast: one factor for each variable, and age multiplied in once.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from tests.benchmarks.scoring_peers import EQUATIONS, Column, Columns, People, by_sex

SMOKING = ("non_smoker", "ex_smoker", "light_1_9", "moderate_10_19", "heavy_20_plus")
FLAGS = (
    *("atrial_fibrillation", "atypical_antipsychotic", "corticosteroids", "erectile_dysfunction", "migraine"),
    *("rheumatoid_arthritis", "ckd_3_5", "severe_mental_illness", "sle", "treated_hypertension"),
    *("type1_diabetes", "type2_diabetes", "family_history_chd"),
)
_TERM = re.compile(r"(?:(age_[12]) \* )?\(?(?:smoking == '(\w+)'|([^)]*))\)?")


def ckdepi_2021_cr(people: People) -> Column:
    """CKD-EPI 2021 from creatinine, doi:10.1056/NEJMoa2102953."""

    def formula(c: Columns, sex: str) -> Column:
        kappa, alpha, factor = (0.9, -0.302, 1.0) if sex == "M" else (0.7, -0.241, 1.012)
        ratio = c["creatinine_umol_l"] / 88.4 / kappa
        low, high = np.minimum(ratio, 1) ** alpha, np.maximum(ratio, 1) ** -1.2
        egfr: Column = 142 * factor * low * high * 0.9938 ** c["age"]
        return egfr

    return by_sex(people.columns, people.male, formula)


def qrisk3_2017(people: People) -> Column:
    """QRISK3, doi:10.1136/bmj.j2099."""

    def formula(c: Columns, sex: str) -> Column:
        b = _qrisk3()[sex]
        years, body = np.floor(c["age"]) / 10, np.clip(c["bmi_kg_m2"], 20, 40) / 10
        age_1, age_2 = (years**-2, years) if sex == "F" else (1 / years, years**3)
        age_1, age_2 = age_1 - b["centre"]["age_1"], age_2 - b["centre"]["age_2"]
        square = body**-2
        smoking = c["smoking"]
        values = {
            "bmi_1": square - b["centre"]["bmi_1"],
            "bmi_2": square * np.log(body) - b["centre"]["bmi_2"],
            "chol_ratio_c": c["total_hdl_ratio"] - b["centre"]["chol_ratio_c"],
            "sbp_c": c["sbp_mmhg"] - b["centre"]["sbp_c"],
            "townsend_c": c["townsend_score"] - b["centre"]["townsend_c"],
            **{name: c[name] for name in FLAGS},
        }

        def part(name: str) -> Column:
            total: Column = b["smoking"][name][smoking]
            for variable, coefficient in b[name].items():
                total = total + coefficient * values[variable]
            return total

        lp = part("") + age_1 * part("age_1") + age_2 * part("age_2") + b["ethnicity"][c["ethnicity"]]
        risk: Column = 1 - b["s0"] ** np.exp(lp)
        return risk

    return by_sex(people.columns, people.male, formula)


@cache
def _qrisk3() -> Mapping[str, Mapping[str, Any]]:
    """Return sex -> coefficients: by age term ("" for none) of each variable, and of each smoking class."""
    text = (EQUATIONS / "qrisk3_2017" / "qrisk3_2017.json").read_text(encoding="utf-8")
    document = json.loads(text)
    branches = next(step["if"] for step in document["formula"]["steps"] if "if" in step)
    return {sex: _of_sex(branch["steps"], document["tables"], sex) for sex, branch in zip("FM", branches, strict=True)}


def _of_sex(steps: Any, tables: Any, sex: str) -> Mapping[str, Any]:
    found: dict[str, Any] = defaultdict(dict)
    smoking = {name: dict.fromkeys(SMOKING, 0.0) for name in ("", "age_1", "age_2")}
    smoking[""] |= tables["smoking"]["values"][sex]
    for step in steps:
        if "sum" not in step:
            found["centre"][step["set"]] = float(step["expr"].rpartition(" ")[2])
            continue
        for coefficient, term in step["sum"]:
            if term in ("age_1", "age_2"):
                found["alone"][term] = coefficient
            elif not term.startswith(("lookup", "sbp_sd")):
                age, smokes, variable = _TERM.fullmatch(term).groups()  # type: ignore[union-attr]  # else it is wrong
                if smokes:
                    smoking[age][smokes] = coefficient
                else:
                    found[age or ""][variable] = coefficient
    for age, coefficient in found["alone"].items():
        smoking[age] = {name: value + coefficient for name, value in smoking[age].items()}
    found["s0"] = found["centre"]["s0"]
    found["smoking"] = {age: np.array([row[name] for name in SMOKING]) for age, row in smoking.items()}
    found["ethnicity"] = np.array(list(tables["ethnicity"]["values"][sex].values()))
    return found
