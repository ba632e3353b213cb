"""Finds people: who is known, who is meant, and the present state of who they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from engine.domain.dates import PartialDate
from engine.domain.entries import KnownPerson
from engine.domain.record import Patient
from engine.errors import UsageError
from engine.store.gate import inner, needs
from engine.store.groups import select_in
from engine.store.identity import IDENTITY_FIELDS, LIST_DATES, fold
from engine.store.permissions import Permission
from engine.store.vault import Vault

_PATIENT = f"SELECT patient.key, patient.root, patient.id, {', '.join(IDENTITY_FIELDS)} FROM"


@needs(Permission.PEOPLE_READ)
def known_people(vault: Vault) -> tuple[KnownPerson, ...]:
    """Return what import needs to recognise people.

    A record that was merged into another is listed too, under its own id: what arrives under its number is shown
    with the whole person, and goes with it when the two are taken apart again.
    """
    rows = vault.rows(
        "SELECT one.id, one.patient_id, one.name, one.birth_date, one.sex, one.phone, root.id FROM patient AS one"
        " LEFT JOIN patient AS root ON root.key = one.root WHERE one.ended IS NULL ORDER BY one.key"
    )
    return tuple(KnownPerson(*row) for row in rows)


@needs(Permission.PEOPLE_READ)
def find_patients(vault: Vault, query: str = "", limit: int | None = None) -> tuple[Patient, ...]:
    """Return the people whose number, name or phone holds every word of ``query``, best match first.

    Case, accents and width do not matter; a Chinese name is found by any of its characters or parts, by pinyin and by
    initials. Without a query
    everyone is returned, in the order in which they were stored. A merged record is found as the one it went into.
    """
    words = fold(query).split()
    found = [*("instr(search, ?) > 0" for _ in words), "ended IS NULL"]
    # ``search`` has a line for the number, then one for each way to find: first the number itself, then what begins so.
    rank = "instr(search, ? || char(10)) <> 1, instr(search, char(10) || ?) = 0, name, " if words else ""
    merged = vault.one("SELECT count(*) FROM patient WHERE root <> key")
    rows = vault.rows(
        f"SELECT root FROM patient WHERE {' AND '.join(found)} ORDER BY {rank}key LIMIT ?",  # noqa: S608 - as many marks as words
        [*words, *(words[:1] * 2), -1 if limit is None or merged is None else limit + merged[0]],
    )
    return _load_patients(vault, list(dict.fromkeys(row[0] for row in rows))[:limit])


@needs(Permission.CLINIC_READ)
def count_people(vault: Vault) -> int:
    """Return how many people there are; merged records count once."""
    found = vault.one("SELECT count(*) FROM patient WHERE root = key AND ended IS NULL")
    return int(found[0]) if found else 0


@needs(Permission.PEOPLE_READ)
def people_numbered(vault: Vault, patient_id: str) -> tuple[str, ...]:
    """Return the ids of the people who have this clinic number: none, one, or by mistake several."""
    rows = vault.rows(
        "SELECT DISTINCT root.id FROM patient JOIN patient AS root ON root.key = patient.root"
        " WHERE patient.patient_id = ? AND patient.ended IS NULL ORDER BY root.key",
        (patient_id.strip(),),
    )
    return tuple(row[0] for row in rows)


@needs(Permission.PEOPLE_READ, person=True)
def load_patient(vault: Vault, person_id: str) -> Patient:
    """Return who a person is now. The id of a merged record gives the person it was merged into.

    Raises:
        UsageError: ``person_unknown``.
    """
    return _load_patients(vault, [person_key(vault, person_id)])[0]


@needs(Permission.PEOPLE_READ, person=True)
def load_patients(vault: Vault, person_ids: Iterable[str]) -> tuple[Patient, ...]:
    """Return who these people are now, in the order asked for.

    Raises:
        UsageError: ``person_unknown``.
    """
    return _load_patients(vault, person_keys(vault, person_ids))


@needs(Permission.PEOPLE_READ)
def names_of_people(vault: Vault, person_ids: Iterable[str]) -> dict[str, str]:
    """Return the name of each of these people, or the number of who has none; who is not known is left out."""
    sql = (
        "SELECT patient.id, coalesce(patient.name, patient.patient_id) FROM json_each(?) AS wanted"
        " CROSS JOIN patient ON patient.id = wanted.value"
    )
    return {row[0]: row[1] for row in select_in(vault, sql, dict.fromkeys(person_ids)) if row[1]}


@needs(Permission.PEOPLE_READ)
def numbers_of_people(vault: Vault, person_ids: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return clinic number and name of each of these people, empty where there is none; of those who are known."""
    sql = (
        "SELECT patient.id, patient.patient_id, patient.name FROM json_each(?) AS wanted"
        " CROSS JOIN patient ON patient.id = wanted.value"
    )
    return {row[0]: (row[1] or "", row[2] or "") for row in select_in(vault, sql, dict.fromkeys(person_ids))}


@inner
def person_key(vault: Vault, person_id: str) -> int:
    """Return the key under which a person is shown.

    Raises:
        UsageError: ``person_unknown``.
    """
    found = vault.one("SELECT root FROM patient WHERE id = ? AND ended IS NULL", (person_id,))
    if found is None:
        raise UsageError("person_unknown")
    return int(found[0])


@inner
def person_keys(vault: Vault, person_ids: Iterable[str]) -> list[int]:
    """Return the keys under which people are shown, in the order asked for.

    Raises:
        UsageError: ``person_unknown``.
    """
    wanted = list(person_ids)
    sql = (
        "SELECT patient.id, patient.root FROM json_each(?) AS wanted CROSS JOIN patient ON patient.id = wanted.value"
        " WHERE patient.ended IS NULL"
    )
    found: dict[str, int] = dict(select_in(vault, sql, dict.fromkeys(wanted)))
    try:
        return [found[person_id] for person_id in wanted]
    except KeyError:
        raise UsageError("person_unknown") from None


def _load_patients(vault: Vault, keys: Sequence[int]) -> tuple[Patient, ...]:
    """Return the patients of root keys; what a root lacks is filled in from the records merged into it."""
    wanted = f"{_PATIENT} json_each(?) AS wanted CROSS JOIN patient ON patient.key = wanted.value"
    identities = {row[0]: list(row) for row in select_in(vault, wanted, keys)}
    for row in vault.rows(f"{_PATIENT} patient WHERE root <> key"):
        whole = identities.get(row[1])
        if whole is not None:
            whole[3:] = [own if own is not None else other for own, other in zip(whole[3:], row[3:], strict=True)]
    return tuple(_patient(identities[key]) for key in keys)


def _patient(row: Sequence[str | None]) -> Patient:
    return patient_of(str(row[2]), dict(zip(IDENTITY_FIELDS, row[3:], strict=True)))


def patient_of(person_id: str, identity: Mapping[str, str | None]) -> Patient:
    """Return the patient that patient-level fields, as texts, describe; a field that is not there is not known."""
    birth, consent = identity.get("birth_date"), identity.get("consent_date")
    confirmed = {name: identity.get(field) for name, field in LIST_DATES.items()}
    return Patient(
        id=person_id,
        patient_id=identity.get("patient_id"),
        name=identity.get("name"),
        birth_date=PartialDate.parse(birth) if birth else None,
        sex=identity.get("sex"),
        phone=identity.get("phone"),
        address=identity.get("address"),
        village=identity.get("village"),
        room=identity.get("room"),
        consent_date=date.fromisoformat(consent) if consent else None,
        lists_confirmed={name: date.fromisoformat(day) for name, day in confirmed.items() if day},
    )


def identity_of(patient: Patient) -> dict[str, str | None]:
    """Return the patient-level fields of a person as texts, all of them; None where not known."""
    confirmed = {field: patient.lists_confirmed.get(name) for name, field in LIST_DATES.items()}
    known = {field: confirmed[field] if field in confirmed else getattr(patient, field) for field in IDENTITY_FIELDS}
    return {field: None if value is None else str(value) for field, value in known.items()}
