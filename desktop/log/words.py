"""Entries of the log in words: when, who, what, and on whom or what. Details are ids, counts and names of fields."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from desktop.i18n import Texts
from engine.workflows.audit import AuditLine, Finding, Verification
from engine.workflows.reviews import anchor_sentence

COLUMNS = ("time", "who", "what", "on")
_SHORT_ID = 8
_MOST_NAMED = 2
# What of an entry's details people are told, in this order; the rest are digests and ids for the check.
_TOLD = (
    "people",
    "rows_new",
    "rows_updated",
    "rows_in_file",
    "rows",
    "assessments",
    "readings_removed",
    "fields_corrected",
    "fields",
    "settings",
    "packs",
    "pack",
    "name",
    "failed",
    "findings",
    "missing",
    "text",
    "reason",
    "minutes",
    "one_signature",
)
_COUNTS = frozenset({"rows_new", "rows_updated", "readings_removed", "fields_corrected", "findings", "missing"})


def head_words(texts: Texts) -> list[str]:
    """Return the heads of the columns of a file."""
    return [texts("security.log.number"), *(texts(f"security.log.{name}") for name in COLUMNS)]


def line_words(line: AuditLine, people: Mapping[str, str], now: datetime, texts: Texts) -> tuple[str, str, str, str]:
    """Return an entry as it is shown: time, who, what, on. ``people``: names by id, as far as they may be known."""
    return (
        time_words(line.moment, now, texts),
        who_words(line, texts),
        what_words(line, texts),
        _on(line, people, texts),
    )


def time_words(moment: datetime, now: datetime, texts: Texts) -> str:
    """Return a moment: of today only the time."""
    then = moment.astimezone()
    clock = texts.time(then)
    if then.date() == now.astimezone().date():
        return clock
    return texts("security.log.day_time", day=texts.date(then.date()), time=clock)


def who_words(line: AuditLine, texts: Texts) -> str:
    """Return who acted: their name, or how they signed in where it is nobody's."""
    if line.actor_id == "recovery":
        return texts("security.log.recovery")
    return line.actor or texts("top.nobody")


def what_words(line: AuditLine, texts: Texts) -> str:
    """Return what was done; an action that has no words yet stands as it is written."""
    key = f"audit.action.{line.action}"
    return texts.wording.say(key) if key in texts.wording else line.action


def _on(line: AuditLine, people: Mapping[str, str], texts: Texts) -> str:
    parts = [] if line.everybody else [_named(line.person_ids, people, texts)]
    details = _details(line.detail)
    parts += [people[each] for each in _users(details, line) if each in people]
    for name in _TOLD:
        value = details.get(name)
        if value is None or value == "" or (name in _COUNTS and value == 0):
            continue
        if name == "reason" and line.action == "emergency.open":
            parts.append(texts.wording.say(f"emergency.{value}"))
        elif name == "reason" and f"error.{value}" in texts.wording:
            parts.append(texts.wording.say(f"error.{value}").partition(". ")[0])
        elif f"security.log.detail.{name}" in texts:
            told = texts.number(value) if isinstance(value, int) else str(value)
            parts.append(texts(f"security.log.detail.{name}", value=told))
        else:
            parts.append(str(value))
    return " · ".join(part for part in parts if part)


def _named(person_ids: tuple[str, ...], people: Mapping[str, str], texts: Texts) -> str:
    """Return the names of people; of somebody whose name may not be known, the beginning of their id."""
    named = [people.get(each) or texts("security.log.person", id=each[:_SHORT_ID]) for each in person_ids[:_MOST_NAMED]]
    more = len(person_ids) - len(named)
    if more > 0:
        named.append(texts("security.log.more_people", count=more))
    return texts("security.comma").join(named)


def _details(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def users_of(lines: Iterable[AuditLine]) -> set[str]:
    """Return the ids of the users whom entries name beside who acted."""
    return {user for line in lines for user in _users(_details(line.detail), line)}


def _users(details: Mapping[str, Any], line: AuditLine) -> list[str]:
    """Return whom an entry is about, and who agreed to it."""
    found = [details[name] for name in ("user", "second") if isinstance(details.get(name), str)]
    return [each for each in found if each != line.actor_id]


def check_words(found: Verification, texts: Texts) -> tuple[str, str]:
    """Return what a check found in one or two sentences, and its tone."""
    entries = texts.number(found.entries)
    if found.sound:
        return texts("security.log.sound", entries=entries, changes=texts.number(found.changes)), "ok"
    wrong = [finding for finding in found.findings if finding.flaw.counts]
    parts = []
    if wrong or not found.unseen:
        parts = [texts("security.log.unsound", count=len(wrong), findings=len(wrong))]
    if found.first_bad is not None:
        parts.append(texts("security.log.first_bad", seq=found.first_bad))
    first = next(iter(found.findings), None)
    if first is not None:
        parts.append(_flaw(first, texts))
    for each in found.unseen:
        parts.append(anchor_sentence(each, texts.wording, lambda moment: texts.date(moment.astimezone().date())))
    if found.anchor.standing.wrong and not found.unseen:
        parts.append(texts.wording.say(f"audit.standing.{found.anchor.standing.value}", missing=found.anchor.missing))
    return " ".join(parts), "danger"


def _flaw(finding: Finding, texts: Texts) -> str:
    return texts.wording.say(
        f"audit.flaw.{finding.flaw.value}",
        seq=_or_none(finding.seq),
        change=_or_none(finding.change),
        table=_or_none(finding.table),
        person=_or_none(finding.person),
    )


def _or_none(value: object) -> str:
    return "-" if value is None else str(value)
