"""The log as the screens show it; its words are those of the command (``engine.workflows.audit_words``)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from desktop.i18n import Texts
from engine.workflows.audit import AuditLine, Finding, Verification
from engine.workflows.audit_words import about_words, action_words, who_words
from engine.workflows.reviews import anchor_sentence

COLUMNS = ("time", "who", "what", "on")


def head_words(texts: Texts) -> list[str]:
    """Return the heads of the columns of a file."""
    return [texts("security.log.number"), *(texts(f"security.log.{name}") for name in COLUMNS)]


def line_words(line: AuditLine, names: Mapping[str, str], now: datetime, texts: Texts) -> tuple[str, str, str, str]:
    """Return an entry as it is shown: time, who, what, on. ``names``: by id, as far as they may be known."""
    words = texts.wording
    return (
        time_words(line.moment, now, texts),
        who_words(line, words),
        action_words(line.action, words),
        about_words(line, names, words, texts.number),
    )


def time_words(moment: datetime, now: datetime, texts: Texts) -> str:
    """Return a moment: of today only the time."""
    then = moment.astimezone()
    clock = texts.time(then)
    if then.date() == now.astimezone().date():
        return clock
    return texts("security.log.day_time", day=texts.date(then.date()), time=clock)


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
