"""What the parts of taking an import back share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from engine.domain.undo import Conflict, ConflictKind, UndoCounts
from engine.store.gate import inner
from engine.store.groups import select_in
from engine.store.vault import Change, Vault

ACTION = "import.undo"


@dataclass(slots=True)
class Work:
    """One import on its way out.

    ``key``, ``at``: the import and the change it was; ``taken``: the changes of imports that count no longer, this one
    included; ``files``: the changes that were files; ``undos``: those that took one back.
    """

    vault: Vault
    change: Change
    key: int
    at: int
    taken: frozenset[int]
    files: frozenset[int]
    undos: frozenset[int]
    counts: UndoCounts = field(default_factory=UndoCounts)
    conflicts: list[Conflict] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)  # records of which the file says something
    row_visits: frozenset[int] = frozenset()  # visits to which rows of files lead that count

    def by_hand(self, change: int) -> bool:
        """Whether a change was neither a file nor the taking back of one."""
        return change not in self.files and change not in self.undos

    def live_file(self, change: int) -> bool:
        """Whether a change was a file that still counts."""
        return change in self.files and change not in self.taken


@inner
def begin_work(vault: Vault, change: Change, key: int, at: int) -> Work:
    """Return the work of taking an import back."""
    files: dict[int, int | None] = dict(vault.rows("SELECT change, ended FROM import WHERE kind = 'imported'"))
    taken = {one for one, ended in files.items() if ended is not None}
    undos = {row[0] for row in vault.rows("SELECT key FROM change WHERE action = ?", (ACTION,))}
    return Work(vault, change, key, at, frozenset(taken | {at}), frozenset(files), frozenset(undos))


@inner
def tell_conflicts(work: Work, found: Iterable[tuple[ConflictKind, int, int | None, str | None, str | None]]) -> None:
    """Note what stays: kind, key of the record, day of the visit, field, subject."""
    listed = list(dict.fromkeys(found))
    sql = (
        "SELECT patient.key, root.id, root.patient_id FROM json_each(?) AS wanted CROSS JOIN patient"
        " ON patient.key = wanted.value JOIN patient AS root ON root.key = patient.root"
    )
    found_people = select_in(work.vault, sql, dict.fromkeys(row[1] for row in listed))
    people = {key: (id_, number) for key, id_, number in found_people}
    for kind, patient, day, name, subject in listed:
        id_, number = people[patient]
        on = None if day is None else date.fromordinal(day)
        work.conflicts.append(Conflict(kind, id_, number, on, name, subject))
