"""Erase one person: what the law asks to keep first, then two signatures, then a proof on paper and for machines."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from engine.domain.dates import PartialDate
from engine.domain.report import Paper
from engine.domain.retention import Keep
from engine.errors import EngineError, InputError, UsageError
from engine.report import typeset_document
from engine.report.erasure_proof import NamedBackup, ProofFacts, proof_document, told_counts
from engine.store import Role
from engine.store.backup.make import backups_made
from engine.store.backup.own import own_backups
from engine.store.backup.rotation import kept_at_most_until
from engine.store.erasure.erase import (
    Erased,
    Order,
    PastErasure,
    erase_person,
    erasures,
    last_seen,
    sign_proof,
    would_erase,
)
from engine.store.erasure.scope import erasable_people
from engine.store.settings import actor_names, load_setting
from engine.store.two_people import Second, agreed_by_two, given_reason
from engine.wording import Wording, load_wording
from engine.workflows.audit import role_words
from engine.workflows.clinics import OpenClinic, program_version
from engine.workflows.files import make_folder, whole_file
from engine.workflows.retention import rule_of, rule_words
from engine.workflows.settings import COUNTRY_FIELD
from engine.workflows.unlock import counting

__all__ = [
    "Basis",
    "Done",
    "HeldBackup",
    "PastErasure",
    "Plan",
    "Request",
    "erase",
    "past",
    "people_numbered",
    "plan",
    "told_counts",
]

_FOLDER = "erasures"
_BACKUP_FOLDER = "backup.folder"
# The clinic's folder is open to whoever has the disk: no words of people, and no key to try guessed rows on.
_NOT_IN_THE_CLEAR = ("reason", "salt")


class Basis(StrEnum):
    """Why a record may go although the law asks to keep records of its kind (GDPR art. 17(1) and 17(3), PIPL art. 47).

    MISTAKE: it was entered for the wrong person, or to try the program. UNLAWFUL: it should never have been kept.
    ORDER: a law or a court asks for it. MOVED: another keeper has the whole record and keeps it as long as it has to.
    """

    MISTAKE = "mistake"
    UNLAWFUL = "unlawful"
    ORDER = "order"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class HeldBackup:
    """A backup that held the person when it was made. ``until``: the month from which no backup made monthly keeps it.

    ``there``: it lies in its folder now. Else it lies on a stick that is not plugged in, or was removed since.
    """

    name: str
    folder: Path
    made_at: datetime
    until: date
    there: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What an erasure would do. ``until``: the day until which the law asks to keep; None with a rule: after death.

    ``allowed``: it may go without a basis. ``rows``: of each table.
    """

    person_id: str
    rows: Mapping[str, int]
    rule: Keep | None
    until: date | None
    allowed: bool
    backups: tuple[HeldBackup, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for.

    ``proof``: the folder for the proof; None: one in the clinic's own folder, and what lies there has neither the
    reason nor the key of the digest (``salt``), for it is not encrypted.
    """

    reason: str
    basis: Basis | None = None
    second: Second | None = field(default=None, repr=False)
    proof: Path | None = None
    language: str = "en"
    paper: Paper = Paper.A4


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, where the proof lies, and which backups hold the person.

    ``proof`` and ``page``: None where it could not be written. ``unwritten``: the whole proof as text, where it could
    not be written where it was asked for; ``proof`` lies in the clinic's folder then, if anywhere, without the reason
    and the key of the digest.
    """

    erased: Erased
    proof: Path | None
    page: Path | None
    backups: tuple[HeldBackup, ...]
    unwritten: str | None = field(default=None, repr=False)


def people_numbered(clinic: OpenClinic, patient_id: str) -> tuple[str, ...]:
    """Return the ids of the people with this clinic number, for an administrator, who sees nothing else of them."""
    return erasable_people(clinic.vault, patient_id)


def past(clinic: OpenClinic) -> tuple[PastErasure, ...]:
    """Return all erasures, the first one first."""
    return erasures(clinic.vault)


def plan(clinic: OpenClinic, person_id: str) -> Plan:
    """Return what an erasure would remove, and whether the law allows it now. Writes nothing.

    Raises:
        AccessError: ``access_denied``. UsageError: ``person_unknown``.
    """
    day, birth = last_seen(clinic.vault, person_id)
    rule = rule_of(clinic)
    last = None if day is None else date.fromordinal(day)
    until = None if rule is None else rule.until(last, None if birth is None else PartialDate.parse(birth))
    return Plan(
        person_id=person_id,
        rows=would_erase(clinic.vault, person_id),
        rule=rule,
        until=until,
        allowed=until is not None and until <= clinic.clock.today(),
        backups=_backups(clinic),
    )


def erase(clinic: OpenClinic, passphrase: str, person_id: str, request: Request) -> Done:
    """Erase one person; ``passphrase`` is that of the administrator, typed again.

    That the proof cannot be written is found out before, as far as it can be. What goes wrong with it afterwards is
    told in what is returned: the person is gone then.

    Raises:
        UsageError: ``retention_runs``, ``retention_death``, ``retention_unknown`` without a basis; ``person_unknown``,
            ``reason_needed``, ``erase_reason_names``.
        AccessError: ``access_denied``; ``access_two_people``.
        PassphraseError: ``passphrase_wrong``, ``passphrase_wait``.
        InputError: ``output_unwritable``, ``output_in_clinic`` for the proof: looked at before anything is removed.
        StoreError: it cannot be written; nothing was removed then.
    """
    found = plan(clinic, person_id)
    if request.basis is None:
        _check_retention(found, request.language)
    folder = request.proof or clinic.vault.folder / _FOLDER
    make_folder(folder, in_clinic=request.proof is None)
    _check_writable(folder)
    with counting(clinic, request.second.who if request.second else None):
        agreed = agreed_by_two(clinic.vault, passphrase, Role.ADMINISTRATOR, request.second, request.reason)
        order = Order(
            given_reason(request.reason), rule_words(found.rule, load_wording(request.language)), request.basis, agreed
        )
        erased = erase_person(clinic.vault, person_id, order, passphrase)
    return _proven(clinic, found, request, agreed, erased, folder)


def _check_retention(found: Plan, language: str) -> None:
    rule = found.rule
    if rule is None:
        raise UsageError("retention_unknown")
    if rule.from_death:
        raise UsageError("retention_death", years=rule.years, rule=_source(rule, language))
    if not found.allowed and found.until is not None:
        raise UsageError("retention_runs", until=found.until.isoformat(), rule=_source(rule, language))


def _source(rule: Keep, language: str) -> str:
    return rule.source[language] if rule.source else load_wording(language).say("persons.retention.own")


def _check_writable(folder: Path) -> None:
    trial = folder / ".trial"
    try:
        trial.write_bytes(b"")
        trial.unlink()
    except OSError as error:
        raise InputError("output_unwritable") from error


def _proven(
    clinic: OpenClinic,
    found: Plan,
    request: Request,
    agreed: Mapping[str, str | int],
    erased: Erased,
    folder: Path,
) -> Done:
    """Write the proof, of which nothing may keep the one who erased from hearing that it is done."""
    vault, notice = clinic.vault, erased.notice
    facts = _facts(clinic, found, request, str(agreed.get("second", "")), erased)
    whole = _for_machines(clinic, found, request, str(agreed.get("second", "")), erased)
    kept = {name: value for name, value in whole.items() if name not in _NOT_IN_THE_CLEAR}
    inside, name = request.proof is None, f"erasure-{notice.at:%Y%m%d}-{notice.id[:8]}"
    proof = _written(folder / f"{name}.json", lambda: sign_proof(vault, kept if inside else whole), in_clinic=inside)
    unwritten = None
    if proof is None:
        unwritten = sign_proof(vault, whole).decode("ascii")
        proof = _written(vault.folder / _FOLDER / f"{name}.json", lambda: sign_proof(vault, kept), in_clinic=True)
    shown = replace(facts, reason="") if inside else facts
    page = _written(
        folder / f"{name}.pdf",
        lambda: typeset_document(proof_document(shown, request.language, request.paper)),
        in_clinic=inside,
    )
    return Done(erased, proof, page, found.backups, unwritten)


def _written(path: Path, make: Callable[[], bytes], *, in_clinic: bool) -> Path | None:
    """Return where a file was written; None where it could not be made or written."""
    try:
        content = make()
        make_folder(path.parent, in_clinic=in_clinic)
        with whole_file(path, in_clinic=in_clinic) as file:
            file.write(content)
    except (EngineError, OSError):
        return None
    return path


def _for_machines(clinic: OpenClinic, found: Plan, request: Request, second: str, erased: Erased) -> dict[str, Any]:
    user = clinic.vault.user
    return {
        "clinic": {"id": clinic.clinic.id, "name": clinic.clinic.name},
        "notice": json.loads(erased.notice.text),
        "by": {"id": user.id, "name": user.name, "roles": user.roles_text},
        "agreed": second or None,
        "reason": given_reason(request.reason),
        "retention": rule_words(found.rule, load_wording(request.language)),
        "kept_until": None if found.until is None else found.until.isoformat(),
        "basis": request.basis,
        "removed": dict(erased.counts),
        "digest": erased.digest,
        "salt": erased.salt,
        "checkpoint": erased.checkpoint,
        "backups": [
            {
                "name": each.name,
                "folder": str(each.folder),
                "made_at": each.made_at.isoformat(),
                "until": each.until.isoformat(),
                "there": each.there,
            }
            for each in found.backups
        ],
        "program": program_version(),
    }


def _facts(clinic: OpenClinic, found: Plan, request: Request, second: str, erased: Erased) -> ProofFacts:
    vault, notice, words = clinic.vault, erased.notice, load_wording(request.language)
    return ProofFacts(
        clinic_name=clinic.clinic.name,
        country=str(clinic.clinic.settings.get(COUNTRY_FIELD, "")),
        practice=clinic.clinic.practice,
        program=program_version(),
        at=notice.at,
        id=notice.id,
        persons=notice.persons,
        by=vault.user.name or vault.user.id,
        roles=role_words(vault.user.roles_text, words),
        agreed=actor_names(vault)(second) if second else "",
        reason=given_reason(request.reason),
        retention=rule_words(found.rule, words),
        basis=request.basis,
        counts=erased.counts,
        digest=erased.digest,
        checkpoint=erased.checkpoint,
        backups=tuple(_on_page(each, words) for each in found.backups),
    )


def _on_page(each: HeldBackup, words: Wording) -> NamedBackup:
    key = "there" if each.there else "elsewhere"
    place = words.say(f"persons.proof.place.{key}", folder=str(each.folder))
    return NamedBackup(each.name, each.made_at.date(), place, each.until)


def _backups(clinic: OpenClinic) -> tuple[HeldBackup, ...]:
    """Return all backups that the clinic remembers or that lie in a folder it knows, the newest first.

    One that is not there now is told too: sticks are changed, and which of them was removed nobody can know.
    """
    made, chosen = backups_made(clinic.vault), load_setting(clinic.vault, _BACKUP_FOLDER)
    folders = dict.fromkeys([*(each.folder for each in made), *([chosen] if chosen else [])])
    found = {
        (each.name, each.folder): HeldBackup(
            each.name, Path(each.folder), each.made_at, kept_at_most_until(each.made_at), there=False
        )
        for each in made
    }
    for folder in folders:
        for backup in own_backups(clinic.vault, Path(folder)):
            name, made_at = backup.manifest.name, backup.manifest.made_at
            there = HeldBackup(name, Path(folder), made_at, kept_at_most_until(made_at), there=True)
            found[(name, folder)] = there
    return tuple(sorted(found.values(), key=lambda each: (each.made_at, each.name), reverse=True))
