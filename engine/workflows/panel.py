"""The list of patients: everybody at once for searching and sorting, and the first few before that."""

from __future__ import annotations

from collections.abc import Iterable

from engine.domain.ports import CancelToken, Progress, no_progress
from engine.packs.manifest import OutputKind
from engine.store.panel import Leads, latest_people, load_panel_columns
from engine.store.pinyin import spell
from engine.workflows.audit import note_list
from engine.workflows.clinics import OpenClinic
from engine.workflows.packs import active_packs
from engine.workflows.panel_snapshot import Panel, PanelFilter, PanelRow, SortKey

__all__ = [
    "Panel",
    "PanelFilter",
    "PanelRow",
    "SortKey",
    "first_people",
    "load_panel",
    "load_panel_rows",
    "load_spelling",
]


def first_people(clinic: OpenClinic, limit: int = 60) -> tuple[PanelRow, ...]:
    """Return what the list can show before the panel is there: who came last, the latest visit first.

    People who never came follow, as long as there is room.
    """
    return load_panel_rows(clinic, latest_people(clinic.vault, limit))


def load_spelling() -> None:
    """Load what spells Chinese names, so that the first list with one need not: it takes a quarter of a second."""
    spell("王")


def load_panel(clinic: OpenClinic, progress: Progress = no_progress, cancel: CancelToken | None = None) -> Panel:
    """Return everybody. Records shown as one person are one line. That the list was shown is in the audit.

    Raises:
        Cancelled: stopped. StoreError: the store cannot be read. PackError: a pack is damaged.
    """
    panel = Panel(load_panel_columns(clinic.vault, _leads(clinic), progress=progress, cancel=cancel))
    note_list(clinic, len(panel))
    return panel


def load_panel_rows(clinic: OpenClinic, person_ids: Iterable[str]) -> tuple[PanelRow, ...]:
    """Return the lines of these people as they are now, in the order asked for, each person once.

    The id of a record that is shown as another gives the line of that one.

    Raises:
        UsageError: ``person_unknown``.
    """
    panel = Panel(load_panel_columns(clinic.vault, _leads(clinic), person_ids))
    return tuple(panel.row(position) for position in range(len(panel)))


def _leads(clinic: OpenClinic) -> Leads:
    """Say which packs may lead pages here (see ``engine.workflows.assess``), and which main numbers are risks."""
    told = [pack.manifest for pack in active_packs(clinic.library, clinic.clinic) if pack.manifest.patient is not None]
    fractions = {
        (pack.manifest.id, output.name)
        for pack in clinic.library.all()
        for output in pack.manifest.outputs
        if output.kind is OutputKind.FRACTION
    }
    leading = [one for one in told if one.topic == told[0].topic]
    main = {(one.id, one.headline_output) for one in leading if one.headline_output is not None}
    return Leads(tuple(one.id for one in leading), frozenset(fractions), frozenset(main & fractions))
