"""The proof that one person was erased, on one page: for the person, and for whoever asks the clinic later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from engine.domain.document import Document, Part, Table
from engine.domain.report import Paper
from engine.report.formats import Formats
from engine.report.places import load_places
from engine.report.sentences import say
from engine.wording import Wording, load_wording

_MOST_BACKUPS = 7  # named on the page; the file for machines names all


class NamedBackup(NamedTuple):
    """A backup that may hold the person: where it was made to, in words, and from which month it is kept no more."""

    name: str
    made: date
    place: str
    until: date


@dataclass(frozen=True, slots=True)
class ProofFacts:
    """What is proven. ``agreed``: who else agreed, empty for one signature."""

    clinic_name: str
    country: str
    practice: bool
    program: str
    at: datetime
    id: str
    persons: tuple[str, ...]
    by: str
    roles: str
    agreed: str
    reason: str
    retention: str
    basis: str | None
    counts: Mapping[str, int]
    digest: str
    checkpoint: str
    backups: tuple[NamedBackup, ...]


def told_counts(rows: Mapping[str, int], words: Wording) -> list[tuple[str, int]]:
    """Return what tables hold, in words, and how many rows; what people take for one thing is counted as one."""
    told: dict[str, int] = {}
    for table, count in rows.items():
        what = words.say(f"persons.table.{table}")
        told[what] = told.get(what, 0) + count
    return list(told.items())


def proof_document(facts: ProofFacts, language: str, paper: Paper) -> Document:
    """Return the page."""
    words = load_wording(language)
    formats = Formats(words, month_first=facts.country in load_places().month_first)
    agreed = facts.agreed or words.say("persons.proof.one_signature")
    rows = [
        ("id", facts.id),
        ("persons", " ".join(facts.persons)),
        ("at", f"{facts.at:%Y-%m-%d %H:%M:%S} UTC"),
        ("by", f"{facts.by} ({facts.roles})"),
        ("agreed", agreed),
        ("reason", facts.reason),
        ("retention", facts.retention),
        ("basis", words.say(f"persons.basis.{facts.basis}") if facts.basis else words.say("persons.proof.no_basis")),
        ("checkpoint", facts.checkpoint),
        ("digest", facts.digest),
    ]
    told = tuple((words.say(f"persons.proof.fact.{name}"), value) for name, value in rows if value)
    counted = " · ".join(
        words.say("persons.proof.count", what=what, rows=count) for what, count in told_counts(facts.counts, words)
    )
    heads = tuple(words.say(f"persons.proof.backup.{name}") for name in ("name", "made", "place", "until"))
    named = facts.backups[:_MOST_BACKUPS]
    backups = tuple((each.name, formats.day(each.made), each.place, formats.day(each.until)) for each in named)
    more = len(facts.backups) - len(named)
    held = [say(words, f"persons.proof.held.{'some' if backups else 'none'}")]
    held += [say(words, "persons.proof.held.more", count=more)] if more else []
    return Document(
        language=language,
        paper=paper,
        made_at=facts.at,
        document_title=words.say("persons.proof.document_title"),
        practice=words.say("report.practice") if facts.practice else None,
        clinic_name=facts.clinic_name,
        title=words.say("persons.proof.title"),
        facts=(formats.day(facts.at.date()),),
        parts=(
            Part(
                "",
                sentences=(say(words, "persons.proof.text"),),
                table=Table((words.say("persons.record.head.what"), ""), told, (1, 2.6)),
            ),
            Part(words.say("persons.proof.removed"), sentences=(say(words, "persons.proof.rows", rows=counted),)),
            Part(
                words.say("persons.proof.backups"),
                sentences=(*held, say(words, "persons.proof.again")),
                table=Table(heads, backups, (1.7, 0.9, 1.6, 1)) if backups else None,
            ),
            Part("", lines=tuple(words.say(f"persons.notice.line.{name}") for name in ("name", "signature", "day"))),
        ),
        foot=words.say("persons.record.foot", program=facts.program),
    )
