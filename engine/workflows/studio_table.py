"""A table from outside as the studio asks about it: which of its columns could be an outcome, and what means yes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engine.errors import InputError
from engine.fields.plain_cells import number, plain
from engine.intake.text_table import TextTable, read_text_table
from engine.learning.rows import FEWEST_ROWS, Asked, outcome_of
from engine.packs.manifest import Words
from engine.workflows.train_wish import TrainWish

MOST_ROWS = 200_000
_TIME_WORDS = ("time", "days", "months", "years", "follow", "survival", "天", "月", "年", "随访", "生存")
_NO_SIGN = re.compile(r"[^a-z0-9]+")
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class TwoValued:
    """A column of two values. ``yes``: the one that plainly means that the outcome is there; None: not plain."""

    name: str
    values: tuple[str, str]
    yes: str | None


@dataclass(frozen=True, slots=True)
class StudioTable:
    """A table that was read. ``outcomes``: its columns of two values; ``times``: numbers above 0, the likeliest first.

    ``columns`` and ``cells`` are what training takes.
    """

    file: str
    rows: int
    columns: tuple[str, ...]
    cells: Mapping[str, Sequence[str]]
    sha256: str
    outcomes: tuple[TwoValued, ...]
    times: tuple[str, ...]


def read_studio_table(path: Path) -> StudioTable:
    """Read a CSV file and look at its columns.

    Raises:
        InputError: as ``read_text_table``.
    """
    table: TextTable = read_text_table(path, MOST_ROWS)
    found = (_two_valued(name, cells) for name, cells in table.columns.items())
    times = [name for name, cells in table.columns.items() if _is_time(cells)]
    return StudioTable(
        path.name,
        table.rows,
        tuple(table.columns),
        table.columns,
        table.sha256,
        tuple(each for each in found if each is not None),
        tuple(sorted(times, key=lambda name: not any(word in name.casefold() for word in _TIME_WORDS))),
    )


def model_id(*parts: str) -> str:
    """Return an id for a model of what these texts say: letters, digits and underscores, the same for the same texts.

    What has no such letters, such as Chinese, goes in as a digest, so that two outcomes never share a name.
    """
    whole = "_".join(parts)
    plainly = _NO_SIGN.sub("_", whole.casefold()).strip("_")
    if not plainly or not whole.isascii():
        plainly = f"{plainly}_{hashlib.sha256(whole.encode()).hexdigest()[:8]}".strip("_")
    return f"own_{plainly}"[:_LONGEST_NAME].rstrip("_")


def titled(wish: TrainWish, title: str) -> TrainWish:
    """Return a wish whose model is called so; an empty title leaves it as it is."""
    if not title.strip():
        return wish
    return replace(wish, about=replace(wish.about, title=Words(title.strip(), title.strip())))


def _two_valued(name: str, cells: Sequence[str]) -> TwoValued | None:
    values: dict[str, str] = {}
    for cell in cells:
        text = plain(cell)
        if text and text.casefold() not in values:
            values[text.casefold()] = text
            if len(values) > 2:
                return None
    if len(values) != 2:
        return None
    first, second = sorted(values.values())
    try:
        _, event = outcome_of({name: [first, second] * FEWEST_ROWS}, Asked(name))
    except InputError:
        return TwoValued(name, (first, second), None)
    return TwoValued(name, (first, second), first if event[0] else second)


def _is_time(cells: Sequence[str]) -> bool:
    """Whether a column holds numbers above 0 alone, and more than two of them."""
    seen = {plain(cell) for cell in cells} - {""}
    if len(seen) < 3:
        return False
    return all(number(text) > 0 for text in seen)
