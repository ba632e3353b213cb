"""Equivalence classes: how many people share what others may know of them.

k-anonymity: Sweeney L, Int J Uncertain Fuzz 2002;10:557-570, doi:10.1142/S0218488502001648. An empty cell is a value of
its own, so that leaving something open never makes a class look larger.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.domain.batch import BoolArray, IntArray
from engine.population.columns import Column
from engine.population.rules import Step


@dataclass(frozen=True, slots=True)
class Loss:
    """What one step would cost: ``sizes`` is the size of each class, ``left_out`` how many people are in small ones."""

    step: Step
    sizes: IntArray
    left_out: int

    @property
    def people(self) -> int:
        """How many people there are in all."""
        return int(self.sizes.sum())

    @property
    def smallest(self) -> int:
        """The size of the smallest class; 0 where there is none."""
        return int(self.sizes.min()) if len(self.sizes) else 0


def class_of(columns: Sequence[Column], people: int) -> IntArray:
    """Return the number of each person's class."""
    numbers = np.zeros(people, dtype=np.int64)
    for column in columns:
        # Made small after each column, so that no number grows beyond people times texts.
        _, numbers = np.unique(numbers * (len(column.texts) + 1) + column.codes + 1, return_inverse=True)
    return numbers


def loss_of(step: Step, columns: Sequence[Column], people: int, k: int) -> tuple[Loss, BoolArray]:
    """Return what a step costs, and who stays."""
    numbers = class_of(columns, people)
    sizes = np.bincount(numbers) if people else np.zeros(0, dtype=np.int64)
    stays: BoolArray = sizes[numbers] >= k
    return Loss(step, sizes.astype(np.int64), int(people - stays.sum())), stays
