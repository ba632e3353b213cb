"""Who saw one person's record, in plain words: a person has a right to ask (GDPR art. 15, PIPL art. 45)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from pathlib import Path

from engine.domain.document import Document, Part, Table
from engine.domain.report import Paper
from engine.report import typeset_document
from engine.report.formats import Formats
from engine.report.places import load_places
from engine.report.sentences import say
from engine.store.audit_log import AuditLine
from engine.wording import Wording, load_wording
from engine.workflows.audit import action_words, role_words, who_saw_record
from engine.workflows.clinics import OpenClinic, program_version
from engine.workflows.files import whole_file
from engine.workflows.settings import COUNTRY_FIELD

_EMERGENCY = "emergency.open"


@dataclass(frozen=True, slots=True)
class Access:
    """One line: who did what, and when. ``times``: how often that day, of what concerned everybody at once.

    ``moment`` is the first of them, in UTC; ``roles`` are those that they had then.
    """

    moment: datetime
    name: str
    roles: str
    action: str
    everybody: bool
    times: int
    reason: str | None = None


def accesses(clinic: OpenClinic, person_id: str) -> tuple[Access, ...]:
    """Return who saw, changed, printed or handed out a person's record, the first one first.

    Lists of everybody and exports of all visits are told once for each day and user.

    Raises:
        AccessError: ``access_denied``. UsageError: ``person_unknown``.
    """
    return lines_of(who_saw_record(clinic, person_id))


def lines_of(lines: Sequence[AuditLine]) -> tuple[Access, ...]:
    """Return entries as lines, those of everybody gathered by day."""
    found: list[tuple[int, Access]] = [(line.seq, _access(line, 1)) for line in lines if not line.everybody]
    every = sorted((line for line in lines if line.everybody), key=_same)
    for _, same in groupby(every, key=_same):
        held = list(same)
        found.append((held[0].seq, _access(held[0], len(held))))
    return tuple(access for _, access in sorted(found, key=lambda each: each[0]))


def _same(line: AuditLine) -> tuple[date, str, str, str]:
    return line.moment.date(), line.actor_id, line.roles, line.action


def _access(line: AuditLine, times: int) -> Access:
    reason = json.loads(line.detail).get("reason") if line.action == _EMERGENCY else None
    return Access(line.moment, line.actor or line.actor_id, line.roles, line.action, line.everybody, times, reason)


def access_table(found: Sequence[Access], words: Wording) -> Table:
    """Return the lines as a table; times are those of the computer's clock."""
    heads = tuple(words.say(f"persons.seen.head.{head}") for head in ("when", "who", "roles", "what"))
    rows = tuple(
        (f"{each.moment.astimezone():%Y-%m-%d %H:%M}", each.name, role_words(each.roles, words), said(each, words))
        for each in found
    )
    return Table(heads, rows, (1.1, 1.1, 1.3, 1.9))


def said(each: Access, words: Wording) -> str:
    """Return what was done, in words."""
    what = action_words(each.action, words)
    if each.reason is not None:
        what = words.say("persons.seen.because", what=what, reason=words.say(f"emergency.{each.reason}"))
    if each.everybody:
        what = words.say("persons.seen.everybody", what=what, times=each.times)
    return what


def seen_document(clinic: OpenClinic, found: Sequence[Access], language: str, paper: Paper, number: str) -> Document:
    """Return the list as pages; ``number``: that of the person in the clinic, which alone names them there."""
    words, now = load_wording(language), clinic.clock.now()
    country = str(clinic.clinic.settings.get(COUNTRY_FIELD, ""))
    day = Formats(words, month_first=country in load_places().month_first).day(now.date())
    return Document(
        language=language,
        paper=paper,
        made_at=now,
        document_title=words.say("persons.seen.document_title"),
        practice=words.say("report.practice") if clinic.clinic.practice else None,
        clinic_name=clinic.clinic.name,
        title=words.say("persons.seen.title"),
        facts=(words.say("persons.seen.of", number=number), words.say("persons.notice.printed", day=day)),
        parts=(Part("", sentences=(say(words, "persons.seen.intro"),)), Part("", table=access_table(found, words))),
        foot=words.say("persons.record.foot", program=program_version()),
    )


def write_seen(document: Document, path: Path) -> None:
    """Write the list as a PDF. Raises InputError ``output_unwritable``."""
    with whole_file(path) as file:
        file.write(typeset_document(document))
