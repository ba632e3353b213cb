"""Reads the public files of NHANES (US National Center for Health Statistics) into canonical columns.

Public domain; NCHS is named as the source and nobody tries to find out who took part. What needs care in these files:
ages are top-coded (80 or 85 and over); the survey of 2017 holds only people who were not told that they have diabetes;
that of 2003 holds people from 40 on and no blood tests; NHANES I (1971-1975) is left out, its cholesterol is that of
another time. Values beyond the limits of a field are left out. Weights are not used: the shares and percentiles are
those of the people examined.
"""

from __future__ import annotations

import csv
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.domain.batch import Batch
from engine.fields import Dictionary
from engine.risk.plausible.strata import ADULT, Source

_MG_PER_MMOL = 38.67  # cholesterol
# Three tenths of the rows are set aside: what the table promises is measured on them.
_TENTHS_SET_ASIDE = 3

Read = Callable[[str], float | bool | str]


@dataclass(frozen=True, slots=True)
class Survey:
    """One file and how its columns become fields; ``diabetes``: what it says of everybody, None when it has a column.

    ``only_without_diabetes`` are fields that diabetes itself moves: a survey without it says nothing of people with it.
    """

    source: Source
    file: str
    youngest: int
    diabetes: bool | None
    columns: Mapping[str, tuple[str, Read]]
    only_without_diabetes: frozenset[str] = frozenset()


def _cholesterol(cell: str) -> float:
    return float(cell) / _MG_PER_MMOL


def _sex(cell: str) -> str:
    return {"Male": "M", "Female": "F"}[cell]


def _truth(cell: str) -> bool:
    return float(cell) != 0


_BODY: Mapping[str, tuple[str, Read]] = {
    "age": ("age", float),
    "sex": ("sex", _sex),
    "sbp_mmhg": ("sbp", float),
    "dbp_mmhg": ("dbp", float),
    "pulse_bpm": ("pulse", float),
    "bmi_kg_m2": ("bmi", float),
    "waist_cm": ("waist_cm", float),
    "smoker": ("smoking", str.lower),
}

# In the order in which they speak where several know as much of a person.
SURVEYS = (
    Survey(
        source=Source(
            "nhanes_2003",
            "survey",
            {
                "en": "NHANES 2003-2006 (US National Center for Health Statistics), people aged 40 and over",
                "zh": "美国国家健康与营养调查（NHANES）2003-2006 年，40 岁及以上者（美国国家卫生统计中心）",
            },
        ),
        file="nhanes_mortality_2003/train.csv",
        youngest=40,
        diabetes=None,
        columns={**_BODY, "diabetes": ("diabetes", _truth)},
    ),
    Survey(
        source=Source(
            "nhanes_2017",
            "survey",
            {
                "en": "NHANES 2017-2018 (US National Center for Health Statistics), adults not told they have diabetes",
                "zh": "美国国家健康与营养调查（NHANES）2017-2018 年，未被告知患糖尿病的成人（美国国家卫生统计中心）",
            },
        ),
        file="nhanes_diabetes_2017/train.csv",
        youngest=ADULT,
        diabetes=False,
        columns={
            **_BODY,
            "height_cm": ("height_cm", float),
            "weight_kg": ("weight_kg", float),
            "total_cholesterol_mmol_l": ("total_chol", _cholesterol),
            "hdl_mmol_l": ("hdl", _cholesterol),
            "hba1c_percent": ("hba1c", float),
        },
        only_without_diabetes=frozenset({"hba1c_percent"}),
    ),
)


def read_survey(folder: Path, survey: Survey, dictionary: Dictionary) -> tuple[Batch, tuple[str, ...]]:
    """Return the people of a survey in canonical columns, and the key of each row.

    Raises:
        OSError: the file cannot be read.
        KeyError, ValueError: it is not the file that the survey describes.
    """
    with (folder / survey.file).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = {
        field: np.array([_encoded(row[column], read, field, dictionary) for row in rows], dtype=np.float64)
        for field, (column, read) in survey.columns.items()
    }
    if survey.diabetes is not None:
        columns["diabetes"] = np.full(len(rows), float(survey.diabetes))
    if {"total_cholesterol_mmol_l", "hdl_mmol_l"} <= columns.keys():
        columns["total_hdl_ratio"] = columns["total_cholesterol_mmol_l"] / columns["hdl_mmol_l"]
    return Batch(len(rows), columns), tuple(row["row_id"] for row in rows)


def is_set_aside(row_ids: Sequence[str]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return which rows no table is made from; the same rows always."""
    return np.array([zlib.crc32(row_id.encode()) % 10 < _TENTHS_SET_ASIDE for row_id in row_ids], dtype=np.bool_)


def _encoded(cell: str, read: Read, field: str, dictionary: Dictionary) -> float:
    return dictionary[field].encode(read(cell)) if cell else np.nan
