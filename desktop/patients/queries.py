"""What the list can be asked for: the filters, and the orders with their codes."""

from __future__ import annotations

from engine.workflows.panel import SortKey
from engine.workflows.panel_list import HIGH_RISK, ListFilter

__all__ = [
    "HIGH_RISK_OF_HUNDRED",
    "ORDERS",
    "RESULTS",
    "RESULT_FILTERS",
    "ListFilter",
    "Order",
    "SortKey",
    "order_code",
]

Order = tuple[SortKey, bool]  # by what, and whether from the highest down
HIGH_RISK_OF_HUNDRED = round(100 * HIGH_RISK)
ORDERS: tuple[Order, ...] = (
    (SortKey.RISK, True),
    (SortKey.NEXT_VISIT, False),
    (SortKey.LAST_VISIT, True),
    (SortKey.LAST_VISIT, False),
    (SortKey.PRESSURE, True),
    (SortKey.NAME, False),
    (SortKey.AGE, True),
    (SortKey.VILLAGE, False),
    (SortKey.RISK, False),
    (SortKey.NEXT_VISIT, True),
    (SortKey.PRESSURE, False),
    (SortKey.NAME, True),
    (SortKey.AGE, False),
    (SortKey.VILLAGE, True),
)

# What says something of results: not offered to who may not see them.
RESULTS = frozenset({SortKey.RISK, SortKey.PRESSURE})
RESULT_FILTERS = frozenset({ListFilter.HIGH_RISK, ListFilter.MISSING, ListFilter.NOT_ASSESSED})


def order_code(key: SortKey, descending: bool) -> str:
    """Return the code of an order, as its words are named."""
    return f"{key}_{'down' if descending else 'up'}"
