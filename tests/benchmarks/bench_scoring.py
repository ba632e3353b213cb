"""Scoring arrays: rows per second with limits and reasons, against hand-vectorised NumPy without them."""

from __future__ import annotations

import numpy as np

from engine.domain.batch import Batch
from engine.fields import load_dictionary
from engine.packs import PackLibrary
from engine.risk.predictors import Predictors
from tests.benchmarks.rows import Row, at_least, seconds_side_by_side
from tests.benchmarks.scoring_peers import PEERS, REGION_FIELDS, People

ROWS = 1_000_000
BAR = 0.5


def make_batch(pack_id: str, rows: int) -> Batch:
    """Return made-up people: nearly all can be scored, a few are out of range, excluded, invalid or incomplete."""
    dictionary = load_dictionary()
    random = np.random.default_rng(2019)
    columns = {
        "sex": random.integers(0, 2, rows),
        "age": np.floor(random.uniform(41, 69, rows)),
        "sbp_mmhg": np.round(np.clip(random.normal(138, 18, rows), 95, 230)),
        "total_cholesterol_mmol_l": np.round(np.clip(random.normal(5.3, 1, rows), 2, 10), 2),
        "hdl_mmol_l": np.round(np.clip(random.normal(1.35, 0.3, rows), 0.5, 3), 2),
        "smoker": random.integers(0, 3, rows),
        "diabetes": (random.random(rows) < 0.1) & (pack_id != "score2"),
        "on_bp_treatment": random.random(rows) < 0.3,
        "cvd_history": random.random(rows) < 0.02,
    }
    batch = Batch(rows, {name: column.astype(np.float64) for name, column in columns.items()})
    batch.columns["age"][::97] = 95.0
    batch.columns["sbp_mmhg"][::101] = 999.0
    batch.columns["total_cholesterol_mmol_l"][::103] = np.nan
    if (region := REGION_FIELDS.get(pack_id)) is not None:
        codes = len(dictionary[region].category_codes)
        batch = batch.with_columns({region: random.integers(0, codes, rows).astype(np.float64)})
    return batch


def as_people(pack_id: str, batch: Batch) -> People:
    """Return the same people as the plain columns that a NumPy user would hold."""
    dictionary = load_dictionary()
    numbers = ("age", "sbp_mmhg", "total_cholesterol_mmol_l", "hdl_mmol_l")
    columns = {name: batch.columns[name] for name in numbers}
    columns |= {name: batch.columns[name] == 1 for name in ("diabetes", "on_bp_treatment")}
    columns["current"] = batch.columns["smoker"] == 0
    region = REGION_FIELDS.get(pack_id)
    if region is not None:
        columns["region"] = batch.columns[region].astype(np.intp)
    regions = dictionary[region].category_codes if region is not None else ()
    return People(columns, batch.columns["sex"] == dictionary["sex"].encode("M"), regions)


def run() -> list[Row]:
    """Return one row for each equation."""
    predictors = Predictors(PackLibrary.shipped(), load_dictionary())
    return [_measure(predictors, pack_id) for pack_id in PEERS]


def _measure(predictors: Predictors, pack_id: str) -> Row:
    predictor, peer = predictors.get(pack_id), PEERS[pack_id]
    batch = make_batch(pack_id, ROWS)
    people = as_people(pack_id, batch)
    results = predictor.predict(batch)
    scored = ~results.refused
    if not 0.9 < scored.mean() < 0.99:
        raise SystemExit(f"{pack_id}: {scored.mean():.1%} scored; the benchmark's people are wrong")
    np.testing.assert_allclose(results.outputs["risk_10y"][scored], peer(people)[scored], rtol=1e-9)
    ours, theirs = seconds_side_by_side(lambda: predictor.predict(batch), lambda: peer(people))
    return at_least(f"score arrays, {pack_id}", ROWS / ours / 1e6, ROWS / theirs / 1e6, BAR, "million rows/s")
