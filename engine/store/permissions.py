"""Who may do what: the one table of roles and permissions, and the permission that each audited action needs.

What stands in no table is refused. The store asks here before it reads or writes (``engine.store.gate``); windows and
commands never decide, they only ask what to offer.

The roles are set apart as separated system, security and audit administrators are (GB/T 22239-2019, level 3): who
manages users sees no patient, and who reads the audit changes nothing. A small clinic gives one person several.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from engine.store.roles import EVERY_ROLE, Role


class Permission(StrEnum):
    """What may be allowed."""

    CLINIC_READ = "clinic.read"  # its name, settings and users' names: what every page shows
    OWN_ACCESS = "own.access"  # one's own passphrase and slot
    PEOPLE_READ = "people.read"  # who people are and when they come
    PEOPLE_WRITE = "people.write"
    RECORD_READ = "record.read"  # results, risks, notes
    RECORD_WRITE = "record.write"
    REPORT = "report"  # print or export
    PERSON_EXPORT = "person.export"  # hand one person everything that is held of them
    DEIDENTIFIED_ASK = "deidentified.ask"
    DEIDENTIFIED_APPROVE = "deidentified.approve"
    EMERGENCY = "emergency"  # see one record without the role for it, with a reason
    REVIEW = "review"  # close what an emergency or a single signature left open
    USERS = "users"
    CLINIC_CHANGE = "clinic.change"  # settings and packs
    BACKUP = "backup"  # make one; nobody opens one but administrators and the recovery key
    RESTORE = "restore"
    ERASE = "erase"
    AUDIT_OWN = "audit.own"
    AUDIT_PERSON = "audit.person"  # who saw one person's record
    AUDIT_SUMMARY = "audit.summary"
    AUDIT_ALL = "audit.all"


_P, _R = Permission, Role

_HOLDERS: dict[Permission, frozenset[Role]] = {
    _P.CLINIC_READ: EVERY_ROLE,
    _P.OWN_ACCESS: EVERY_ROLE,
    _P.PEOPLE_READ: frozenset({_R.CLINICIAN, _R.FRONT_DESK}),
    _P.PEOPLE_WRITE: frozenset({_R.CLINICIAN, _R.FRONT_DESK}),
    _P.RECORD_READ: frozenset({_R.CLINICIAN}),
    _P.RECORD_WRITE: frozenset({_R.CLINICIAN}),
    _P.REPORT: frozenset({_R.CLINICIAN}),
    _P.PERSON_EXPORT: frozenset({_R.CLINICIAN}),
    _P.DEIDENTIFIED_ASK: frozenset({_R.CLINICIAN}),
    _P.DEIDENTIFIED_APPROVE: frozenset({_R.ADMINISTRATOR}),
    _P.EMERGENCY: frozenset({_R.ADMINISTRATOR, _R.FRONT_DESK}),
    _P.REVIEW: frozenset({_R.ADMINISTRATOR, _R.CLINICIAN, _R.AUDITOR}),
    _P.USERS: frozenset({_R.ADMINISTRATOR}),
    _P.CLINIC_CHANGE: frozenset({_R.ADMINISTRATOR}),
    _P.BACKUP: EVERY_ROLE,  # the daily one is made whoever is signed in
    _P.RESTORE: frozenset({_R.ADMINISTRATOR}),
    _P.ERASE: frozenset({_R.ADMINISTRATOR}),
    _P.AUDIT_OWN: EVERY_ROLE,
    _P.AUDIT_PERSON: frozenset({_R.CLINICIAN, _R.AUDITOR}),
    _P.AUDIT_SUMMARY: frozenset({_R.ADMINISTRATOR, _R.AUDITOR}),
    _P.AUDIT_ALL: frozenset({_R.AUDITOR}),
}

_LISTS = ("condition", "medicine", "allergy", "relative", "health_check", "answer")

_ACTIONS: dict[str, Permission] = {
    "session.open": _P.CLINIC_READ,
    "session.close": _P.CLINIC_READ,
    "anchor.found": _P.CLINIC_READ,
    "list.view": _P.PEOPLE_READ,
    "record.view": _P.PEOPLE_READ,
    "export.visits": _P.REPORT,
    "export.fhir": _P.REPORT,
    "audit.read": _P.AUDIT_OWN,
    "audit.person": _P.AUDIT_PERSON,
    "audit.verify": _P.AUDIT_OWN,
    "audit.go_on": _P.RESTORE,
    "store.create": _P.CLINIC_CHANGE,
    "slot.renew": _P.OWN_ACCESS,
    "slot.begin": _P.OWN_ACCESS,
    "slot.settle": _P.OWN_ACCESS,
    "passphrase.change": _P.OWN_ACCESS,
    "unlock.failed_tries": _P.OWN_ACCESS,
    "person.typed": _P.PEOPLE_WRITE,
    "person.edit": _P.PEOPLE_WRITE,
    "person.export": _P.PERSON_EXPORT,
    "person.erase": _P.ERASE,
    "person.erase_again": _P.RESTORE,  # after an older backup was restored
    "consent.record": _P.PEOPLE_WRITE,
    "notice.print": _P.PEOPLE_READ,
    "person.merge": _P.RECORD_WRITE,  # moves results from one person to another
    "person.unmerge": _P.RECORD_WRITE,
    "entry.typed": _P.RECORD_WRITE,
    "entry.import": _P.RECORD_WRITE,
    "entry.records": _P.RECORD_WRITE,
    "series.import": _P.RECORD_WRITE,
    "file.problem": _P.RECORD_WRITE,
    "import.undo": _P.RECORD_WRITE,
    "import.map": _P.RECORD_WRITE,
    "file.attach": _P.RECORD_WRITE,
    "file.view": _P.RECORD_READ,
    "file.export": _P.REPORT,
    "file.remove": _P.RECORD_WRITE,
    "parked.rejected": _P.RECORD_WRITE,
    "parked.stored": _P.RECORD_WRITE,
    "list.confirm": _P.RECORD_WRITE,
    **{f"{name}.{step}": _P.RECORD_WRITE for name in _LISTS for step in ("add", "edit", "end")},
    "visit.move": _P.RECORD_WRITE,
    "visit.remove": _P.RECORD_WRITE,
    "value.remove": _P.RECORD_WRITE,
    "assessment.save": _P.RECORD_WRITE,
    "clinic.count_people": _P.RECORD_WRITE,
    "report.save": _P.REPORT,
    "report.print": _P.REPORT,
    "clinic.rename": _P.CLINIC_CHANGE,
    "clinic.settings": _P.CLINIC_CHANGE,
    "clinic.accept_packs": _P.CLINIC_CHANGE,
    "clinic.trust_keys": _P.CLINIC_CHANGE,
    **{f"pack.{step}": _P.CLINIC_CHANGE for step in ("add", "on", "off", "withdrawn")},
    **{f"model.{step}": _P.CLINIC_CHANGE for step in ("draft", "sign", "shadow", "approve", "retire")},
    "model.predict": _P.RECORD_WRITE,  # with the results of a visit, and as silent as they are not
    "model.verdict": _P.RECORD_WRITE,
    "model.drift": _P.RECORD_WRITE,
    "user.add": _P.USERS,
    "user.remove": _P.USERS,
    "user.rename": _P.USERS,
    "user.roles": _P.USERS,
    "user.passphrase": _P.USERS,
    "recovery.renew": _P.USERS,
    "key.turn": _P.USERS,
    "key.turned": _P.USERS,
    **{
        f"backup.{step}": _P.BACKUP
        for step in ("start", "packs", "failed", "verified", "drill", "drill_read", "drill_failed")
    },
    "backup.folder": _P.CLINIC_CHANGE,
    "backup.restore": _P.RESTORE,
    "studio.read": _P.RECORD_READ,
    "deidentified.look": _P.DEIDENTIFIED_ASK,
    "deidentified.export": _P.DEIDENTIFIED_ASK,
    "emergency.open": _P.EMERGENCY,
    "emergency.review": _P.REVIEW,
    "review.close": _P.REVIEW,
}

# All that is allowed before a passphrase is changed that somebody else has chosen.
BEFORE_CHANGE = frozenset({Permission.CLINIC_READ, Permission.OWN_ACCESS})


def permits(roles: Iterable[Role], permission: Permission) -> bool:
    """Whether one of the roles holds a permission."""
    return not _HOLDERS[permission].isdisjoint(roles)


def holders(permission: Permission) -> frozenset[Role]:
    """Return the roles that hold a permission."""
    return _HOLDERS[permission]


def permission_of(action: str) -> Permission | None:
    """Return what an audited action needs; None for one that is in no table, and is refused."""
    return _ACTIONS.get(action)


def actions() -> tuple[str, ...]:
    """Return every action there is."""
    return tuple(_ACTIONS)
