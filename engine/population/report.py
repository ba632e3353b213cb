"""What a de-identified file cost and how well people are hidden in it; no small count is shown or given away.

Counts of people from 1 to 10 become "1-10" (CMS cell size suppression policy). Where the people left out are so few,
their share and the number of all people are not shown either: the difference to those in the file would tell.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.population.classes import Loss
from engine.population.deidentify import Deidentified

_EDGES = (1, 11, 21, 51, 101, 501, 1001)


def shown(count: int, small_cell: int) -> int | str:
    """Return a count of people as it may be shown."""
    return f"1-{small_cell}" if 1 <= count <= small_cell else count


def report_document(found: Deidentified, refused: int = 0) -> dict[str, Any]:
    """Return the report as plain JSON.

    Args:
        found: what goes out.
        refused: people who are not in it because they do not want to be.
    """
    rules, taken = found.rules, found.taken
    least = rules.small_cell
    kept = taken.sizes[taken.sizes >= rules.k]
    open_total = not isinstance(shown(taken.left_out, least), str)
    smallest = int(kept.min()) if len(kept) else 0
    return {
        "schema": "lantern-deidentified-report/1",
        "k": rules.k,
        "people": shown(int(kept.sum()), least),
        "people_in_all": shown(taken.people, least) if open_total else None,
        "people_left_out": shown(taken.left_out, least),
        "share_left_out": _share(taken) if open_total else None,
        "people_who_refused": shown(refused, least),
        "known_to_others": list(found.known),
        "age_years": taken.step.age_years,
        "visit_years": taken.step.visit_years,
        "classes": len(kept),
        "smallest_class": shown(smallest, least),
        "highest_risk": round(1 / smallest, 4) if smallest > least else None,
        "class_sizes": _buckets(kept, least),
        "steps": [_step(loss, found, open_total=open_total) for loss in found.tried],
        "columns": [column.name for column in found.columns],
        "fields_left_out": [{"field": each.field, "why": each.why.value} for each in found.left_out_columns],
    }


def _share(loss: Loss) -> float:
    return round(loss.left_out / loss.people, 4) if loss.people else 0.0


def _step(loss: Loss, found: Deidentified, *, open_total: bool) -> dict[str, Any]:
    least = found.rules.small_cell
    left_out = shown(loss.left_out, least)
    return {
        "age_years": loss.step.age_years,
        "visit_years": loss.step.visit_years,
        "without": list(loss.step.without),
        "classes": len(loss.sizes),
        "smallest_class": shown(loss.smallest, least),
        "people_below_k": left_out,
        "share_below_k": _share(loss) if open_total and not isinstance(left_out, str) else None,
        "taken": loss is found.taken,
    }


def _buckets(kept: np.ndarray[Any, Any], least: int) -> list[dict[str, Any]]:
    found = []
    for start, after in zip(_EDGES, (*_EDGES[1:], None), strict=True):
        inside = kept[(kept >= start) & (kept < (after or np.inf))]
        if len(inside):
            line: dict[str, Any] = {"from": start, "to": None if after is None else after - 1, "classes": len(inside)}
            found.append(line | {"people": shown(int(inside.sum()), least)})
    return found
