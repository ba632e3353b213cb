"""Tables to train on, made of chance with a seed."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

HEADS = ("age", "sex", "pressure", "village", "complaint", "ill")
WORDS = ("chest pain", "cough", "headache", "back pain", "fever")


def write(path: Path, heads: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([heads, *rows])
    return path


def people(count: int, seed: int = 1) -> list[list[object]]:
    """Age and pressure raise the odds, as does pain; a tenth of the pressures is missing."""
    random = np.random.default_rng(seed)
    rows: list[list[object]] = []
    for number in range(count):
        age, pressure = round(random.uniform(20, 85), 1), round(random.normal(135, 18))
        complaint = f"{WORDS[random.integers(len(WORDS))]} since {random.integers(1, 40)} days"
        odds = 0.09 * (age - 55) + 0.03 * (pressure - 135) + 1.2 * ("pain" in complaint)
        ill = int(random.random() < 1 / (1 + np.exp(-odds)))
        shown: object = "NA" if random.random() < 0.1 else pressure
        village = ("north", "south", "east gate")[random.integers(3)]
        rows.append([age, ("Female", "Male")[number % 2], shown, village, complaint, ill])
    return rows


def table(folder: Path, count: int, seed: int = 1, name: str = "people.csv") -> Path:
    return write(folder / name, HEADS, people(count, seed))


def three(folder: Path, count: int, noise: float, seed: int = 1) -> Path:
    """Three numbers and a class that hangs on them: the shape of the textbook."""
    random = np.random.default_rng(seed)
    values = random.normal(size=(count, 3))
    above = values @ [1.0, 1.2, -0.5] + noise * random.normal(size=count) > 0
    rows = [[*map(repr, row.tolist()), int(each)] for row, each in zip(values, above, strict=True)]
    return write(folder / "three.csv", ("a", "b", "c", "class"), rows)


def followed(folder: Path, count: int, seed: int = 1) -> Path:
    """People followed for up to eight years; the hazard rises with age and nodes."""
    random = np.random.default_rng(seed)
    age, nodes = random.uniform(30, 80, count), random.poisson(3, count)
    hazard = 0.06 * np.exp(0.03 * (age - 55) + 0.15 * nodes)
    until, seen = random.exponential(1 / hazard), random.uniform(0.5, 8, count)
    rows = [
        [round(a, 1), int(n), int(u <= s), round(365.25 * min(u, s)) + 1]
        for a, n, u, s in zip(age, nodes, until, seen, strict=True)
    ]
    return write(folder / "followed.csv", ("age", "nodes", "event", "days"), rows)
