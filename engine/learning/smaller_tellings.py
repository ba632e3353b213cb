"""What a pack keeps of a model that was made smaller, and of the published pack that it was held against."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from engine.domain.recalibration import Estimate
from engine.learning.columns import Column
from engine.learning.distil import FEW_VALUES
from engine.learning.judgement.figures import Figure
from engine.learning.judgement.published import Compared
from engine.learning.model import Trained
from engine.learning.parity import probes
from engine.learning.points import Item, Points
from engine.learning.smaller_check import Full
from engine.learning.table import Table
from engine.packs import training

_COMPARED = (Figure.AUROC, Figure.C_INDEX, Figure.BRIER, Figure.SLOPE, Figure.IN_THE_LARGE, Figure.LOG_LOSS)
NET_BENEFIT = "net_benefit"

Tell = Callable[[Mapping[Figure, Estimate]], tuple[training.Told, ...]]


def tell_smaller(
    full: Full, small: Trained, columns: Sequence[Column], table: Table, sizes: tuple[int, int], tell: Tell
) -> training.SmallerModel:
    """Return what is told of a smaller model.

    Args:
        full: what it was made of.
        small: the smaller one.
        columns: those that it takes.
        table: of all columns that the full one takes.
        sizes: bytes of the graph before and after.
        tell: how figures are kept.
    """
    raw = probes(table.raw())
    place = {name: at for at, name in enumerate(full.trained.design.inputs)}
    mine = raw[:, [place[name] for name in small.design.inputs]]
    moved = np.abs(small.risks(mine)[:, 0] - full.trained.risks(raw)[:, 0])
    points = small.fitted
    return training.SmallerModel(
        how=str(full.how),
        bytes_before=sizes[0],
        bytes_after=sizes[1],
        inputs_before=len(table.names),
        inputs_after=len(columns),
        before=tell({name: each for name, each in full.figures.items() if name in _COMPARED}),
        mean_change=round(full.mean_change, 6),
        largest_change=round(full.largest_change, 6),
        largest_difference=round(float(moved.max()), 6),
        points=_table(points, small, columns) if isinstance(points, Points) else None,
    )


def tell_published(compared: Compared, tell: Tell) -> training.Rival:
    """Return what is told of a published pack."""
    published, gained = compared.published, compared.benefit
    some = [{n: e for n, e in each.items() if n in _COMPARED} for each in (compared.ours, compared.theirs)]
    differences = tell({name: each for name, each in compared.differences.items() if name in _COMPARED})
    if gained is not None:
        differences += (
            training.Told(NET_BENEFIT, *(round(each, 4) for each in (gained.value, gained.low, gained.high))),
        )
    about = training.PublishedRival(
        version=published.version,
        title=published.title,
        people=compared.people,
        events=compared.events,
        ours=tell(some[0]),
        theirs=tell(some[1]),
        horizon_years=published.horizon_years,
    )
    return training.Rival(published.pack, differences, about)


def _table(points: Points, trained: Trained, columns: Sequence[Column]) -> training.PointTable:
    named = {each.name: each for each in columns}
    bands: list[training.PointBand] = []
    for item in points.items:
        column = named[trained.design.inputs[item.column]]
        bands += _levels(item, column) if item.levels else _bands(item, column)
        if column.missing.any():
            bands.append(training.PointBand(column.name, item.missing, missing=True))
    return training.PointTable(tuple(bands), tuple(float(each) for each in points.risks[:, 0]))


def _bands(item: Item, column: Column) -> Iterator[training.PointBand]:
    values = np.unique(column.values[~column.missing])
    if len(values) <= FEW_VALUES and (values % 1 == 0).all():  # told by name: "1, 2" and not "below 3"
        place = np.searchsorted(np.array(item.cuts), values, side="right")
        for band, points in enumerate(item.points):
            yield training.PointBand(
                column.name, points, level=", ".join(f"{each:g}" for each in values[place == band])
            )
        return
    shown = [float(f"{cut:.6g}") for cut in item.cuts]
    for low, high, points in zip([None, *shown], [*shown, None], item.points, strict=True):
        yield training.PointBand(column.name, points, low, high)


def _levels(item: Item, column: Column) -> Iterator[training.PointBand]:
    for level, points in zip(item.levels, item.points, strict=False):
        yield training.PointBand(column.name, points, level=column.levels[int(level)])
    others = len(column.levels) - len(item.levels)
    if others == 1:
        other = next(name for place, name in enumerate(column.levels) if float(place) not in item.levels)
        yield training.PointBand(column.name, item.points[-1], level=other)
    elif others:
        yield training.PointBand(column.name, item.points[-1], other=True)
