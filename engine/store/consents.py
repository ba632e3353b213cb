"""What people agreed to. The answer that counts is the last one to its question; earlier ones stay."""

from __future__ import annotations

import json
from datetime import date, datetime

from engine.domain.consent import GUARDIAN_BELOW, Answer, Consent, ConsentKind, ConsentState, ConsentWay
from engine.domain.dates import PartialDate
from engine.errors import UsageError
from engine.store.database import Row
from engine.store.gate import inner, needs
from engine.store.groups import RecordGroups, select_in
from engine.store.people import load_patient, person_key
from engine.store.permissions import Permission
from engine.store.settings import actor_names
from engine.store.vault import Vault

_COLUMNS = "consent.id, kind, state, day, way, guardian, notice, note, moment, actor, consent.ended IS NULL"


@needs(Permission.PEOPLE_WRITE)
def record_consent(vault: Vault, person_id: str, answer: Answer, actor: str) -> str:
    """Record an answer and return its id; the one that counted until now ends.

    Raises:
        UsageError: ``person_unknown``; ``consent_guardian_needed`` where a child's consent names nobody;
            ``consent_not_given`` where there is nothing to withdraw; ``consent_day`` for one in the future,
            ``consent_before_birth`` for one before the person was born.
    """
    members = list(RecordGroups(vault).of(person_key(vault, person_id)))
    _check(vault, person_id, members, answer)
    with vault.change(actor, "consent.record", (person_id,)) as change:
        id_ = vault.random(16).hex()
        change.run(
            "UPDATE consent SET ended = ? WHERE kind = ? AND ended IS NULL"
            " AND patient IN (SELECT value FROM json_each(?))",
            (change.id, answer.kind.value, json.dumps(members)),
        )
        change.run(
            "INSERT INTO consent(id, patient, kind, state, day, way, guardian, notice, note, change)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                id_,
                members[0],
                answer.kind.value,
                answer.state.value,
                answer.day.isoformat(),
                answer.way.value,
                answer.guardian,
                answer.notice,
                answer.note,
                change.id,
            ),
        )
        change.note(consent=id_, kind=answer.kind.value, state=answer.state.value)
    return id_


@needs(Permission.PEOPLE_READ, person=True)
def consents_of(vault: Vault, person_id: str) -> tuple[Consent, ...]:
    """Return every answer a person ever gave, the first one first.

    Raises:
        UsageError: ``person_unknown``.
    """
    members = RecordGroups(vault).of(person_key(vault, person_id))
    sql = (
        f"SELECT consent.key, {_COLUMNS} FROM json_each(?) AS wanted"  # noqa: S608 - our own columns
        " CROSS JOIN consent ON consent.patient = wanted.value JOIN change ON change.key = consent.change"
    )
    name_of = actor_names(vault)
    rows = sorted(select_in(vault, sql, members))
    # Two records that were merged may each bring an answer that counted; then the later one does.
    last = {row[2]: row[0] for row in rows if row[11]}
    return tuple(_consent(row[1:], name_of(row[10]), counts=last.get(row[2]) == row[0]) for row in rows)


@needs(Permission.PEOPLE_READ)
def who_refused(vault: Vault, kind: ConsentKind) -> frozenset[str]:
    """Return the ids of the people whose answer to a question is no, or no longer yes."""
    root = RecordGroups(vault).root
    rows = vault.rows("SELECT patient, state FROM consent WHERE kind = ? AND ended IS NULL ORDER BY key", (kind.value,))
    last = {root(patient): state for patient, state in rows}  # of merged records the later answer counts
    no = [patient for patient, state in last.items() if state != ConsentState.GIVEN]
    sql = "SELECT patient.id FROM json_each(?) AS wanted CROSS JOIN patient ON patient.key = wanted.value"
    return frozenset(row[0] for row in select_in(vault, sql, no))


@inner
def _check(vault: Vault, person_id: str, members: list[int], answer: Answer) -> None:
    if answer.day > vault.clock.today():
        raise UsageError("consent_day")
    birth = load_patient(vault, person_id).birth_date
    if birth is not None and answer.day < birth.earliest:
        raise UsageError("consent_before_birth")
    if answer.state is ConsentState.WITHDRAWN:
        sql = (
            "SELECT 1 FROM consent WHERE kind = ? AND state = 'given' AND ended IS NULL"
            " AND patient IN (SELECT value FROM json_each(?))"
        )
        if vault.one(sql, (answer.kind.value, json.dumps(members))) is None:
            raise UsageError("consent_not_given")
    if answer.state is ConsentState.GIVEN and not answer.guardian and birth is not None and is_child(birth, answer.day):
        raise UsageError("consent_guardian_needed", age=GUARDIAN_BELOW)


def is_child(birth: PartialDate, day: date) -> bool:
    """Whether somebody is too young to consent for themselves; where only the year is known, whether they may be."""
    born = birth.latest
    return (day.year - born.year) - ((day.month, day.day) < (born.month, born.day)) < GUARDIAN_BELOW


def _consent(row: Row, recorder: str, *, counts: bool) -> Consent:
    id_, kind, state, day, way, guardian, notice, note, moment, *_ = row
    answer = Answer(
        kind=ConsentKind(kind),
        state=ConsentState(state),
        day=date.fromisoformat(day),
        way=ConsentWay(way),
        notice=notice,
        guardian=guardian,
        note=note,
    )
    return Consent(id_, answer, datetime.fromisoformat(moment), recorder, counts)
