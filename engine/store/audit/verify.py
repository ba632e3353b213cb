"""Checks everything there is to check of a store: the file, the chain, the seals, every row, and the anchor.

In a log that is there, nobody without the signing key of somebody else can write an entry in their name: keys count
only as far as earlier entries gave them. What it cannot find, because everybody with a passphrase has the data key: a
log written anew from its very beginning, with keys of one's own that are handed over to the real ones at its end, and
both anchor files put right. Only a checkpoint on paper, on a stick or in a backup tells then; so does it where the
database and both anchor files were put back together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import StoreError
from engine.store.assessment_heads import is_whole
from engine.store.audit.anchor import AnchorState
from engine.store.audit.chain import Chain, Finding, Flaw
from engine.store.audit.checkpoint import Checkpoint, CheckpointAnswer, answer, checkpoint_of
from engine.store.audit.entries import entries
from engine.store.audit.ledger import genesis_of
from engine.store.audit.seals import NO_STATE, Difference, differences, states
from engine.store.audit.units import PERSON_OF, Owner
from engine.store.blobs import faulty_files
from engine.store.known_slots import unknown_slots, users_lost
from engine.store.series_blocks import is_whole_block

if TYPE_CHECKING:
    from engine.store.database import Database
    from engine.store.review_items import Review
    from engine.store.slots import Slot

MOST_FINDINGS = 1_000  # told; a store in which more is wrong needs a backup, not a longer list
_ENTRIES_READ = 500  # at once: between two parts the check can be stopped
MOST_REMARKS = 100  # told of what is not wrong, such as a clock that was put right; the check goes on all the same


@dataclass(frozen=True, slots=True)
class Verification:
    """What a check found. ``first_bad``: the number of the first entry with which something is wrong.

    ``unseen``: how the anchor was found at earlier openings, as long as nobody has looked at it.
    """

    entries: int
    signed: int
    changes: int
    anchor: AnchorState
    checkpoint: Checkpoint
    answer: CheckpointAnswer | None
    findings: tuple[Finding, ...] = field(default=())
    unseen: tuple[Review, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong that matters."""
        wrong = any(finding.flaw.counts for finding in self.findings)
        beside = self.anchor.standing.wrong or bool(self.unseen)
        return not wrong and not beside and self.answer in (None, CheckpointAnswer.KEPT)

    @property
    def first_bad(self) -> int | None:
        """The number of the first entry with which something is wrong."""
        found = [finding.seq for finding in self.findings if finding.seq is not None and finding.flaw.counts]
        return min(found, default=None)


def verify(
    database: Database,
    anchor: AnchorState,
    keys: Mapping[str, str],
    checkpoint: Checkpoint | None = None,
    heed: Callable[[int], None] | None = None,
    slots: Sequence[Slot] = (),
    folder: Path | None = None,
) -> Verification:
    """Check a store. Reads every page, every entry and every row, and writes nothing.

    Args:
        database: the open store.
        anchor: how it stands to its anchor.
        keys: who has a key slot, by id, and their public key in hex; empty where the slot has none yet.
        checkpoint: one that was noted earlier.
        heed: hears how many rows were read since last time; what it raises ends the check.
        slots: the key slots, to be held against the users that the store knows.
        folder: of the clinic, whose sealed files are looked at too; None for a database alone.
    """
    if heed is not None:
        database = database.heeded(heed)
    chain = Chain(genesis_of(database))
    files = () if folder is None else _of_files(database, chain, folder, heed)
    parts = (_findings(database, chain, keys, slots), files)
    findings = list(_limited(finding for part in parts for finding in part))
    return Verification(
        entries=chain.count,
        signed=chain.signed,
        changes=len(chain.changes),
        anchor=anchor,
        checkpoint=checkpoint_of(database),
        answer=None if checkpoint is None else answer(database, checkpoint),
        findings=tuple(sorted(findings, key=lambda finding: (finding.seq is None, finding.seq or 0))),
    )


def _limited(findings: Iterator[Finding]) -> Iterator[Finding]:
    """Yield as many findings as are told; only those that count end the check."""
    wrong = remarks = 0
    for finding in findings:
        if finding.flaw.counts:
            wrong += 1
            yield finding
            if wrong == MOST_FINDINGS:
                return
        elif remarks < MOST_REMARKS:
            remarks += 1
            yield finding


def _findings(database: Database, chain: Chain, keys: Mapping[str, str], slots: Sequence[Slot]) -> Iterator[Finding]:
    if database.damage():
        yield Finding(Flaw.FILE_DAMAGED)
    try:
        for entry in entries(database, size=_ENTRIES_READ):
            yield from chain.look_at(entry)
        yield from chain.compare_keys(keys)
        yield from (Finding(Flaw.SLOT_UNKNOWN) for _ in unknown_slots(database, slots))
        if slots:
            yield from (Finding(Flaw.SLOT_MISSING) for _ in users_lost(database, slots))
        yield from _of_changes(database, chain)
        yield from _of_seals(database, chain)
        yield from _of_rows(database, chain)
        yield from _of_contents(database, chain)
    except StoreError:
        yield Finding(Flaw.FILE_UNREADABLE)


def _of_changes(database: Database, chain: Chain) -> Iterator[Finding]:
    """Compare each change with its entry."""
    left = set(chain.changes)
    for some in database.stream("SELECT key, moment, actor, action FROM change ORDER BY key", size=10_000):
        for key, *said in some:
            told = chain.changes.get(key)
            left.discard(key)
            if told is None:
                yield Finding(Flaw.CHANGE_UNTOLD, change=key)
            elif tuple(said) != (told.moment, told.actor, told.action):
                yield Finding(Flaw.CHANGE_OTHER, seq=told.seq, change=key)
    for key in sorted(left):
        yield Finding(Flaw.CHANGE_MISSING, seq=chain.changes[key].seq, change=key)


def _of_seals(database: Database, chain: Chain) -> Iterator[Finding]:
    """Compare the state that each seal gives with the one that was signed."""
    left = {change for change, told in chain.changes.items() if told.state != NO_STATE}
    for change, state in states(database):
        told = chain.changes.get(change)
        left.discard(change)
        if told is None or told.state != state:
            yield Finding(Flaw.SEAL_OTHER, seq=None if told is None else told.seq, change=change)
    for change in sorted(left):
        yield Finding(Flaw.SEAL_MISSING, seq=chain.changes[change].seq, change=change)
    for change in _emptied_by_nobody(database):
        told = chain.changes.get(change)
        yield Finding(Flaw.SEAL_OTHER, seq=None if told is None else told.seq, change=change)


def _emptied_by_nobody(database: Database) -> list[int]:
    """Return the changes whose seals lost leaves without an erasure that says so, or hold leaves all the same."""
    sql = (
        "SELECT DISTINCT change FROM seal WHERE digest IS NOT NULL AND (length(leaves) > 0 OR key NOT IN"
        " (SELECT named.value FROM erasure, json_each(erasure.seals) AS named)) ORDER BY change"
    )
    return [int(row[0]) for row in database.rows(sql)]


def _of_rows(database: Database, chain: Chain) -> Iterator[Finding]:
    for difference in differences(database):
        change = difference.change
        told = None if change is None else chain.changes.get(change)
        yield Finding(
            flaw=_row_flaw(difference),
            seq=None if told is None else told.seq,
            change=change,
            table=difference.unit.table,
            owner=difference.owner,
            person=person_of(database, difference.unit.owner, difference.owner),
        )


def _row_flaw(difference: Difference) -> Flaw:
    if difference.change is None:
        return Flaw.ROWS_ADDED
    return Flaw.ROWS_MISSING if difference.gone else Flaw.ROWS_ALTERED


def _of_contents(database: Database, chain: Chain) -> Iterator[Finding]:
    """Compare the content of each assessment and each block of readings with its digest, which is sealed."""
    for table, owner, whole in (
        ("assessment", Owner.ASSESSMENT, is_whole),
        ("series_block", Owner.SERIES, is_whole_block),
    ):
        sql = f"SELECT key, change, sha256, content FROM {table} ORDER BY key"  # noqa: S608 - names of ours
        for some in database.stream(sql, size=200):
            for key, change, sha256, content in some:
                if not whole(sha256, content):
                    told = chain.changes.get(change)
                    yield Finding(
                        flaw=Flaw.ROWS_ALTERED,
                        seq=None if told is None else told.seq,
                        change=change,
                        table=table,
                        owner=key,
                        person=person_of(database, owner, key),
                    )


_HOLDERS = (
    "SELECT attached.patient, attached.change FROM attached JOIN blob ON blob.key = attached.blob WHERE blob.name = ?"
    " ORDER BY attached.key"
)


def _of_files(database: Database, chain: Chain, folder: Path, heed: Callable[[int], None] | None) -> Iterator[Finding]:
    """Compare each sealed file beside the database with its digest, which is sealed; once for each who holds it."""
    with suppress(StoreError):  # a database that cannot be read was told of before
        for sealed, gone in faulty_files(database, folder, heed):
            for patient, change in database.rows(_HOLDERS, (sealed.name,)):
                told = chain.changes.get(change)
                yield Finding(
                    flaw=Flaw.ATTACHED_MISSING if gone else Flaw.ATTACHED_ALTERED,
                    seq=None if told is None else told.seq,
                    change=change,
                    table="attached",
                    owner=patient,
                    person=person_of(database, Owner.PATIENT, patient),
                )


def person_of(database: Database, kind: Owner, owner: int) -> str | None:
    """Return the id of the person to whom a leaf belongs; None where it is nobody's or they are gone."""
    if kind is Owner.NOBODY:
        return None
    rows = database.rows(PERSON_OF[kind], (owner,))
    return str(rows[0][0]) if rows else None
