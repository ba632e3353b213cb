"""The privacy notice of a clinic and the form on which a person agrees, in one document.

What it has to say: GDPR and UK GDPR art. 13 (who, why, on what ground, for whom, how long, rights, complaint), art. 15,
17 and 20 (copy, erasure, portability), art. 22 (estimates that decide nothing); PIPL (China, 2021) art. 14 (informed,
voluntary, explicit), 17 (content of the notice), 24 (automated decisions), 28-31 (sensitive information, separate
consent, children under 14), 44-50 (rights, 47: erasure); HIPAA Privacy Rule 45 CFR 164.520(b)(1) (content, header).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from engine.domain.consent import GUARDIAN_BELOW, ConsentKind, ConsentState
from engine.domain.document import Choice, Document, Part
from engine.domain.report import Paper, Sentence
from engine.domain.retention import Keep
from engine.report.formats import Formats
from engine.report.places import load_places
from engine.report.sentences import literal, plain, say
from engine.resources import resources_folder
from engine.wording import Wording, load_wording

VERSION = "2026-1"  # of the text; a consent names the one that was read
_GENERAL = "general"
_KEEP = ("identity", "health", "results", "trail")
_WHY = ("care", "risk", "research", "sharing")
_WHERE = ("place", "seen", "others")
_RIGHTS = ("copy", "correct", "erase", "withdraw", "seen", "complain")


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """What the notice is about. ``person``: name and number, where it is printed for somebody.

    ``answers``: what they answered already.
    """

    clinic_name: str
    country: str
    made_at: datetime
    program: str
    practice: bool = False
    keep: Keep | None = None
    contact: str = ""
    person: str = ""
    answers: Mapping[ConsentKind, ConsentState] = field(default_factory=dict)


def privacy_notice(facts: NoticeFacts, language: str, paper: Paper) -> Document:
    """Return the notice and the consent form in one language."""
    words = load_wording(language)
    formats = Formats(words, month_first=facts.country in load_places().month_first)
    law = _laws().get(facts.country, _GENERAL)
    about = [words.say("persons.notice.for", name=facts.person)] if facts.person else []
    printed = words.say("persons.notice.printed", day=formats.day(facts.made_at.date()))
    return Document(
        language=language,
        paper=paper,
        made_at=facts.made_at,
        document_title=words.say("persons.notice.document_title"),
        practice=words.say("report.practice") if facts.practice else None,
        clinic_name=facts.clinic_name,
        title=words.say("persons.notice.title"),
        facts=(*about, f"{words.say('persons.notice.version', version=VERSION)} · {printed}"),
        parts=(*_notice(words, facts, law), *_form(words, facts)),
        foot=words.say("persons.notice.foot", version=VERSION, program=facts.program),
    )


@cache
def _laws() -> Mapping[str, str]:
    found = json.loads((resources_folder() / "persons" / "laws.json").read_text(encoding="utf-8"))
    return {country: law for law, countries in found.items() if isinstance(countries, list) for country in countries}


def _notice(words: Wording, facts: NoticeFacts, law: str) -> tuple[Part, ...]:
    def title(name: str) -> str:
        return words.say(f"persons.notice.part.{name}")

    def points(part: str, names: tuple[str, ...]) -> tuple[Sentence, ...]:
        return tuple(say(words, f"persons.notice.{part}.{name}") for name in names)

    intro = say(words, "persons.notice.intro.general", clinic=facts.clinic_name)
    first = (say(words, "persons.notice.intro.hipaa"), intro) if law == "hipaa" else (intro,)
    return (
        Part("", sentences=first),
        Part(title("keep"), points=points("keep", _KEEP)),
        Part(title("why"), points=points("why", _WHY), sentences=(say(words, f"persons.notice.law.{law}"),)),
        Part(title("where"), points=points("where", _WHERE)),
        Part(title("long"), sentences=(_how_long(words, facts.keep),)),
        Part(title("risk"), sentences=(say(words, "persons.notice.risk.what"),)),
        Part(title("rights"), points=points("rights", _RIGHTS)),
        Part(title("children"), sentences=(say(words, "persons.notice.children.guardian", age=GUARDIAN_BELOW),)),
        _whom_to_ask(words, facts.contact, law),
        Part(
            title("receipt"),
            sentences=(say(words, "persons.notice.receipt.text"),),
            lines=_lines(words, "name", "signature", "day"),
        ),
    )


def _how_long(words: Wording, keep: Keep | None) -> Sentence:
    language = words.language
    if keep is None:
        return say(words, "persons.notice.long.unknown")
    if keep.source is None:
        said = [plain(words, "persons.notice.long.clinic", years=keep.years)]
    else:
        kind = "death" if keep.from_death else "last_visit"
        said = [plain(words, f"persons.notice.long.{kind}", years=keep.years, source=keep.source[language])]
    if keep.minor_until is not None:
        said.append(plain(words, "persons.notice.long.minor", age=keep.minor_until))
    said.append(plain(words, "persons.notice.long.after"))
    return literal(("" if language == "zh" else " ").join(said))


def _whom_to_ask(words: Wording, contact: str, law: str) -> Part:
    authority = say(words, f"persons.notice.authority.{law}")
    title = words.say("persons.notice.part.ask")
    if contact:
        return Part(title, sentences=(literal(contact, strong=True), authority))
    return Part(title, sentences=(authority,), lines=_lines(words, "person", "contact"))


def _form(words: Wording, facts: NoticeFacts) -> tuple[Part, ...]:
    answers = (words.say("persons.consent.yes"), words.say("persons.consent.no"))
    choices = tuple(
        Choice(say(words, f"persons.consent.ask.{kind.value}"), answers, _ticked(facts.answers.get(kind)))
        for kind in ConsentKind
    )
    return (
        Part(
            title=words.say("persons.consent.title"),
            sentences=(say(words, "persons.consent.intro"),),
            choices=choices,
            lines=_lines(words, "name", "signature", "guardian", "day"),
        ),
    )


def _ticked(state: ConsentState | None) -> int | None:
    return None if state is None else int(state is not ConsentState.GIVEN)


def _lines(words: Wording, *names: str) -> tuple[str, ...]:
    return tuple(words.say(f"persons.notice.line.{name}") for name in names)
