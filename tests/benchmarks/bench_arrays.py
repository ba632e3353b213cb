"""Whole columns of 100,000 people: rows per second beside hand-vectorised NumPy and beside ``clincalc.batch``.

Ours checks limits and tells reasons, the peers do not. All take the time of the processor, so a busy machine favours
nobody. ``clincalc`` is no dependency of anything here: where it is
installed (``pip install clincalc``) it is measured, elsewhere its best rate seen stands for it. It has no Framingham
equation; the faster of its two others stands for that.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from engine.domain.batch import Batch
from engine.fields import load_dictionary
from engine.packs import PackLibrary
from engine.risk.predictors import Predictors
from tests.benchmarks.array_peers import FLAGS, ckdepi_2021_cr, qrisk3_2017
from tests.benchmarks.rows import Row, at_least, seconds_side_by_side
from tests.benchmarks.scoring_peers import Column, People, framingham_2008_lab

ROWS, PEER_ROWS = 100_000, 10_000
NUMPY_BAR, CLINCALC_BAR = 0.5, 50.0
CLINCALC_SEEN = 38_000.0  # rows per second, the most that was seen of it
OUTPUTS = {"qrisk3_2017": "risk_10y", "ckdepi_2021_cr": "egfr", "framingham_2008_lab": "risk_10y"}
_PEERS: Mapping[str, Callable[[People], Column]] = {
    "qrisk3_2017": qrisk3_2017,
    "ckdepi_2021_cr": ckdepi_2021_cr,
    "framingham_2008_lab": framingham_2008_lab,
}
# Ours -> the words of the published formula.
_FLAG_FIELDS = {"treated_hypertension": "on_bp_treatment", "family_history_chd": "family_history_premature_chd"}


def make_people(rows: int) -> Batch:
    """Return made-up people without disease whom all three equations score."""
    random = np.random.default_rng(2017)
    columns = {
        "sex": random.integers(0, 2, rows),
        "age": np.floor(random.uniform(31, 74, rows)),
        "sbp_mmhg": np.round(np.clip(random.normal(135, 18, rows), 95, 200)),
        "bmi_kg_m2": np.round(np.clip(random.normal(27, 5, rows), 17, 45), 1),
        "total_cholesterol_mmol_l": np.round(np.clip(random.normal(5.3, 1, rows), 3, 10), 2),
        "hdl_mmol_l": np.round(np.clip(random.normal(1.35, 0.3, rows), 0.9, 2.5), 2),
        "creatinine_umol_l": np.round(random.normal(82, 18, rows).clip(40, 200)),
        "smoker": random.integers(0, 3, rows),
        "cigarettes_per_day": random.integers(1, 35, rows),
        "townsend_score": np.round(random.uniform(-6, 10, rows), 2),
        "ethnicity_uk": random.integers(0, 9, rows),
        "diabetes": random.random(rows) < 0.1,
        "diabetes_type": random.integers(0, 2, rows),
        "cvd_history": np.zeros(rows),
    }
    for name in FLAGS:
        if not name.startswith("type"):
            columns[_FLAG_FIELDS.get(name, name)] = random.random(rows) < 0.08
    codes = load_dictionary()["smoker"].category_codes
    columns["cigarettes_per_day"] = np.where(
        columns["smoker"] == codes.index("current"), columns["cigarettes_per_day"], np.nan
    )
    columns["diabetes_type"] = np.where(columns["diabetes"], columns["diabetes_type"], np.nan)
    columns["total_hdl_ratio"] = columns["total_cholesterol_mmol_l"] / columns["hdl_mmol_l"]
    return Batch(rows, {name: column.astype(np.float64) for name, column in columns.items()})


def as_arrays(batch: Batch) -> People:
    """Return the same people as the plain columns that a NumPy user would hold."""
    dictionary, given = load_dictionary(), batch.columns
    smoker = [dictionary["smoker"].category_codes[int(code)] for code in given["smoker"]]
    classes = np.select([given["cigarettes_per_day"] < 10, given["cigarettes_per_day"] < 20], [2, 3], 4)
    type1 = given["diabetes_type"] == dictionary["diabetes_type"].encode("type1")
    columns = {
        **given,
        "current": np.array([code == "current" for code in smoker]),
        "on_bp_treatment": given["on_bp_treatment"] == 1,
        "smoking": np.where(
            [code == "never" for code in smoker], 0, np.where([code == "former" for code in smoker], 1, classes)
        ),
        "ethnicity": given["ethnicity_uk"].astype(np.intp),
        **{name: given[_FLAG_FIELDS.get(name, name)] for name in FLAGS if not name.startswith("type")},
        "type1_diabetes": given["diabetes"] * type1,
        "type2_diabetes": given["diabetes"] * ~type1,
    }
    return People(columns, given["sex"] == dictionary["sex"].encode("M"), ())


def run() -> list[Row]:
    """Return for each equation a row beside NumPy and one beside clincalc."""
    predictors = Predictors(PackLibrary.shipped(), load_dictionary())
    batch = make_people(ROWS)
    people = as_arrays(batch)
    peer_rates, measured = _clincalc_rates(people)
    rows = []
    for pack_id, peer in _PEERS.items():
        predictor, output = predictors.get(pack_id), OUTPUTS[pack_id]
        results = predictor.predict(batch)
        if results.refused.mean() > 0.01:
            raise SystemExit(f"{pack_id}: the benchmark's people are wrong")
        scored = ~results.refused
        np.testing.assert_allclose(results.outputs[output][scored], peer(people)[scored], rtol=1e-9)
        ours, theirs = seconds_side_by_side(
            partial(predictor.predict, batch), partial(peer, people), clock=time.process_time
        )
        mine = ROWS / ours
        rows += [
            at_least(f"100,000 rows, {pack_id}, NumPy", mine / 1e6, ROWS / theirs / 1e6, NUMPY_BAR, "million rows/s"),
            at_least(
                f"100,000 rows, {pack_id}, clincalc.batch ({measured})",
                mine / 1e6,
                peer_rates.get(pack_id, max(peer_rates.values())) / 1e6,
                CLINCALC_BAR,
                "million rows/s",
            ),
        ]
    return rows


def _clincalc_rates(people: People) -> tuple[Mapping[str, float], str]:
    """Return rows per second by pack, and whether they were measured here."""
    if importlib.util.find_spec("clincalc") is None:
        return {"qrisk3_2017": CLINCALC_SEEN, "ckdepi_2021_cr": CLINCALC_SEEN}, "best rate seen"
    import pandas  # only beside the peer

    columns = {name: column[:PEER_ROWS] for name, column in people.columns.items()}
    sex = np.where(people.male[:PEER_ROWS], "male", "female")
    smoking = ("non_smoker", "ex_smoker", "light_smoker", "moderate_smoker", "heavy_smoker")
    ethnicity = (
        *("white_or_not_stated", "indian", "pakistani", "bangladeshi", "other_asian"),
        *("black_caribbean", "black_african", "chinese", "other_ethnic_group"),
    )
    other_words = {"corticosteroids": "regular_steroids", "ckd_3_5": "ckd_stage_3_5"}
    frames = {
        "qrisk3_2017": {
            "age": columns["age"].astype(int),
            "sex": sex,
            "ethnicity": np.array(ethnicity)[columns["ethnicity"]],
            "smoking": np.array(smoking)[columns["smoking"]],
            "cholesterol_hdl_ratio": columns["total_hdl_ratio"],
            "systolic_bp": columns["sbp_mmhg"],
            "systolic_bp_sd": np.zeros(PEER_ROWS),
            "townsend": columns["townsend_score"],
            "height_cm": np.full(PEER_ROWS, 170.0),
            "weight_kg": columns["bmi_kg_m2"] * 1.7**2,
            **{other_words.get(name, name): columns[name] == 1 for name in FLAGS},
        },
        "ckdepi_2021_cr": {
            "age": columns["age"].astype(int),
            "sex": sex,
            "creatinine": columns["creatinine_umol_l"],
            "creatinine_unit": np.full(PEER_ROWS, "umol/L"),
        },
    }
    names = {"qrisk3_2017": "qrisk3", "ckdepi_2021_cr": "egfr"}
    return {pack: _rate(names[pack], pandas.DataFrame(frame)) for pack, frame in frames.items()}, "measured here"


def _rate(calculator: str, frame: object) -> float:
    """Return the best of three."""
    from clincalc import pandas as clincalc  # type: ignore[import-not-found,unused-ignore]  # may be absent

    taken = []
    for _ in range(3):
        start = time.process_time()
        clincalc.batch(calculator, frame)
        taken.append(time.process_time() - start)
    return PEER_ROWS / min(taken)
