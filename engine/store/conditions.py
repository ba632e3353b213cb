"""Hands the conditions of everybody over: what a clinic recorded of events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from engine.domain.record import Condition
from engine.store.gate import needs
from engine.store.groups import RecordGroups
from engine.store.lists import load_items
from engine.store.origins import Origins
from engine.store.people import person_keys
from engine.store.permissions import Permission
from engine.store.vault import Vault


@needs(Permission.RECORD_READ)
def load_conditions(vault: Vault, person_ids: Sequence[str] | None = None) -> Mapping[str, tuple[Condition, ...]]:
    """Return the present conditions of these people, or of everybody, who have any, by the id of the person.

    Raises:
        UsageError: ``person_unknown``.
    """
    groups = RecordGroups(vault)
    if person_ids is None:
        owners = [row[0] for row in vault.rows("SELECT DISTINCT patient FROM condition WHERE ended IS NULL")]
        names: dict[int, str] = dict(vault.rows("SELECT key, id FROM patient WHERE root = key AND ended IS NULL"))
    else:
        keys = person_keys(vault, person_ids)
        owners, names = groups.whole(keys), dict(zip(keys, person_ids, strict=True))
    found: defaultdict[str, list[Condition]] = defaultdict(list)
    for member, condition in load_items(vault, Condition, owners, Origins(vault)):
        root = groups.root(member)
        if root in names:
            found[names[root]].append(condition)
    return {person: tuple(conditions) for person, conditions in found.items()}
