"""When a person comes again: the appointment that was made at the latest of their visits with one."""

from __future__ import annotations

from datetime import date

from engine.store.gate import needs
from engine.store.groups import RecordGroups
from engine.store.identity import NEXT_VISIT
from engine.store.people import person_key
from engine.store.permissions import Permission
from engine.store.values import FIELD_SHIFT, VISIT_SHIFT
from engine.store.vault import Vault


@needs(Permission.PEOPLE_READ, person=True)
def next_appointment(vault: Vault, person_id: str) -> date | None:
    """Return the day on which a person is to come again; None where none was made.

    Raises:
        UsageError: ``person_unknown``.
    """
    members = RecordGroups(vault).of(person_key(vault, person_id))
    field = vault.field_keys().get(NEXT_VISIT)
    if field is None:
        return None
    marks = ", ".join("?" * len(members))
    rows = vault.rows(
        f"SELECT visit.day, value.text FROM visit CROSS JOIN measurement AS value"  # noqa: S608 - numbers and marks of ours
        f" ON value.key >= (visit.key << {VISIT_SHIFT}) + {field << FIELD_SHIFT}"
        f" AND value.key < (visit.key << {VISIT_SHIFT}) + {(field + 1) << FIELD_SHIFT}"
        f" WHERE visit.patient IN ({marks}) AND visit.ended IS NULL AND value.text IS NOT NULL ORDER BY visit.day",
        tuple(members),
    )
    return date.fromisoformat(str(rows[-1][1])) if rows else None
