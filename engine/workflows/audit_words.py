"""Entries of the audit in words: who did what, and to whom or with what. The window and the command say the same.

Details are ids, counts, codes and names of fields. Ids become names as far as who asks may know them: of users always,
of patients their number and name for who may see people, of an imported file its name for who may read records. They
are looked up and not kept, so whoever was erased is told by the beginning of a random id alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from engine.fields import load_dictionary
from engine.store.audit_log import AuditLine
from engine.store.imports import names_of_imports
from engine.store.people import numbers_of_people
from engine.store.permissions import Permission
from engine.store.users import RECOVERY_ID
from engine.wording import Wording
from engine.workflows.audit import action_words, role_words, users_called
from engine.workflows.clinics import OpenClinic

__all__ = ["about_words", "action_words", "names_of", "who_words"]

_SHORT_ID = 8
_MOST_NAMED = 2
# What of an entry's details people are told, in this order; the rest are digests and ids for the check.
_COUNTS = (
    "people",
    "rows_new",
    "rows_updated",
    "rows_repeated",
    "rows_parked",
    "rows_rejected",
    "rows_in_file",
    "rows",
    "k",
    "assessments",
    "readings_removed",
    "fields_corrected",
    "failed",
    "findings",
    "missing",
    "minutes",
)
_ALSO_NONE = frozenset({"people", "rows_in_file"})  # of these nought is told as well
_FIELDS = ("fields", "settings", "field")
_TEXTS = ("packs", "pack", "version", "name", "text")
_WORDED = {  # codes, and where their words stand
    "kind": "persons.consent.kind",
    "state": "persons.consent.state",
    "basis": "persons.basis",
    "standing": "audit.standing",
}
_IMPORTS = frozenset({"entry.import", "entry.records", "series.import"})
_ABOUT_ROLES = frozenset({"user.add", "user.remove", "user.roles"})
_USERS = ("user", "second", "approved_by", "begun_by")


def names_of(clinic: OpenClinic, lines: Iterable[AuditLine]) -> dict[str, str]:
    """Return what may be known by name of all that entries mention, by id; an import by ``import:`` and its change."""
    held = list(lines)
    names = users_called(clinic, {user for line in held for user in _users(_details(line.detail))})
    if clinic.vault.may(Permission.PEOPLE_READ):
        people = {person for line in held for person in line.person_ids[:_MOST_NAMED]}
        for person, (number, name) in numbers_of_people(clinic.vault, people).items():
            names[person] = " ".join(filter(None, (number, name)))
    if clinic.vault.may(Permission.RECORD_READ):
        changes = [line.change for line in held if line.action in _IMPORTS and line.change is not None]
        files = names_of_imports(clinic.vault, changes)
        names |= {f"import:{change}": file for change, file in files.items()}
    return names


def who_words(line: AuditLine, words: Wording) -> str:
    """Return who acted: their name, or how they signed in where it is nobody's."""
    if line.actor_id == RECOVERY_ID:
        return words.say("audit.told.recovery")
    return words.say("audit.told.nobody") if line.actor in ("", line.actor_id) else line.actor


def about_words(line: AuditLine, names: Mapping[str, str], words: Wording, number: Callable[[int], str] = str) -> str:
    """Return to whom or with what it was done, in parts; empty where what was done says all."""
    details = _details(line.detail)
    parts = [words.say("audit.said.everybody")] if line.everybody else [_named(line.person_ids, names, words)]
    if line.action in ("slot.begin", "slot.settle"):
        begun = str(details.get("action") or details.get("begun") or "")
        parts.append(action_words(begun, words))
    told = [_whom(details, line, names, words)]
    agreed = details.get("second") or details.get("approved_by")
    if isinstance(agreed, str):
        told.append(words.say("audit.told.agreed", who=names.get(agreed) or agreed[:_SHORT_ID]))
    told.append(names.get(f"import:{line.change}", ""))
    parts += [*told, *_counted(details, words, number), *_worded(details, line, words)]
    return " · ".join(part for part in parts if part)


def _named(person_ids: tuple[str, ...], names: Mapping[str, str], words: Wording) -> str:
    """Return who people are; of somebody who may not be known, the beginning of their id."""
    named = [
        names.get(each) or words.say("audit.told.person", id=each[:_SHORT_ID]) for each in person_ids[:_MOST_NAMED]
    ]
    more = len(person_ids) - len(named)
    if more > 0:
        named.append(words.say("audit.told.more_people", count=more))
    return words.say("audit.told.comma").join(named)


def _whom(details: Mapping[str, Any], line: AuditLine, names: Mapping[str, str], words: Wording) -> str:
    """Return the user whom it is about, with the roles that they had and have; nobody where they did it themselves."""
    user = details.get("user")
    if not isinstance(user, str) or line.action in ("store.create", "audit.begin"):
        return ""
    whom = "" if user == line.actor_id else names.get(user) or words.say("audit.told.user", id=user[:_SHORT_ID])
    action = details.get("action") or details.get("begun") or line.action
    if action not in _ABOUT_ROLES:
        return whom
    now, was = _roles(details.get("roles", ""), words), _roles(details.get("was", ""), words)
    change = words.say("audit.told.roles", before=was, after=now) if was else now
    return words.say("audit.told.with_roles", whom=whom, roles=change) if whom else change


def _roles(text: object, words: Wording) -> str:
    return role_words(str(text), words)


def _counted(details: Mapping[str, Any], words: Wording, number: Callable[[int], str]) -> Iterable[str]:
    for name in _COUNTS:
        value = details.get(name)
        if isinstance(value, int) and (value or name in _ALSO_NONE):
            yield words.say(f"audit.told.detail.{name}", value=number(value))


def _worded(details: Mapping[str, Any], line: AuditLine, words: Wording) -> Iterable[str]:
    for name in _FIELDS:
        if isinstance(details.get(name), str):
            yield words.say("audit.told.comma").join(_field(each, words) for each in details[name].split())
    for name, room in _WORDED.items():
        key = f"{room}.{details.get(name)}"
        if name in details and key in words:
            yield words.say(key, missing=details.get("missing", 0)) if name == "standing" else words.say(key)
    yield from (str(details[name]) for name in _TEXTS if details.get(name))
    reason = details.get("reason")
    if reason:
        yield _reason(str(reason), line, words)
    if details.get("one_signature"):
        yield words.say("audit.told.one_signature")


def _reason(reason: str, line: AuditLine, words: Wording) -> str:
    if line.action == "emergency.open" and f"emergency.{reason}" in words:
        return words.say(f"emergency.{reason}")
    if f"error.{reason}" in words:
        return words.say(f"error.{reason}").partition(". ")[0].partition("。")[0]
    if f"audit.told.reason.{reason}" in words:
        return words.say(f"audit.told.reason.{reason}")
    return words.say("audit.told.because", reason=reason)


def _field(name: str, words: Wording) -> str:
    """Return the label of a field, or of a setting; one that has none stands as it is written."""
    field = name.removeprefix("field.")
    dictionary = load_dictionary()
    if field in dictionary:
        return dictionary[field].labels[words.language]
    key = f"audit.told.setting.{name}"
    return words.say(key) if key in words else name


def _details(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    if isinstance(found.get("said"), str):  # what was meant to happen stands within what announced it
        return {**_details(found["said"]), **found}
    return found


def _users(details: Mapping[str, Any]) -> list[str]:
    """Return whom an entry is about, and who agreed to it."""
    return [details[name] for name in _USERS if isinstance(details.get(name), str)]
