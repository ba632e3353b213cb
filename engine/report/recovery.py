"""The recovery sheet: one page, in the words of one language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time

from engine.domain.recovery import Holders, RecoverySheet, Steps
from engine.domain.report import Paper, Sentence
from engine.report.formats import Formats
from engine.report.glyphs import make_printable
from engine.report.places import load_places
from engine.report.sentences import say
from engine.report.typeset import set_pages
from engine.wording import Wording, load_wording

_TEMPLATE = "recovery.typ"
_HOLDER_LINES = 3


def recovery_sheet(
    clinic_name: str,
    rows: Sequence[tuple[str, str, str]],
    *,
    made_on: date,
    language: str,
    paper: Paper,
    program_version: str,
    country: str = "",
    practice: bool = False,
) -> RecoverySheet:
    """Return what the sheet says.

    Args:
        clinic_name: as the clinic is called; what cannot be printed in it becomes a box.
        rows: of the key: two groups of four signs and the row check.
        made_on: the day it is printed.
        language: of ``engine.wording.LANGUAGES``.
        paper: to print on.
        program_version: of the program that makes it.
        country: ISO 3166 alpha-3; only decides how the date is written.
        practice: whether it is that of a practice clinic, and says so across the page.
    """
    wording = load_wording(language)
    formats = Formats(wording, month_first=country in load_places().month_first)
    sheet = RecoverySheet(
        language=language,
        paper=paper,
        made_on=made_on,
        document_title=wording.say("recovery_sheet.document_title"),
        practice=wording.say("report.practice") if practice else None,
        clinic_name=clinic_name,
        title=wording.say("recovery_sheet.title"),
        copies=_three(wording, "copies", "copy", "first", "second"),
        printed=wording.say("recovery_sheet.printed", day=formats.day(made_on)),
        warning=say(wording, "recovery_sheet.warning"),
        key_title=wording.say("recovery_sheet.key.title"),
        key_heads=_three(wording, "key", "row", "type", "check"),
        rows=tuple(rows),
        key_note=say(wording, "recovery_sheet.key.note"),
        when=_steps(wording, "when", ("forgotten", "copied")),
        how=_steps(wording, "how", ("start", "type", "passphrase", "back")),
        now=_steps(wording, "now", ("type", "fold", "envelope", "here", "elsewhere"), note=True),
        holders=_holders(wording),
        small_print=_small_print(wording, program_version),
    )
    return make_printable(sheet)[0]


def typeset_recovery(sheet: RecoverySheet) -> bytes:
    """Return the sheet as a PDF of one page: tagged, PDF/UA-1 and PDF/A-2a. It holds the key: mind where it goes.

    Raises:
        BugError: ``report_not_set`` when the typesetter refuses.
    """
    return b"".join(set_pages(_TEMPLATE, sheet, _moment(sheet), "pdf"))


def recovery_images(sheet: RecoverySheet, ppi: float) -> list[bytes]:
    """Return the one page as PNG, at ``ppi`` pixels per inch: for the screen, and for a printer without a file.

    Raises:
        BugError: ``report_not_set``.
    """
    return set_pages(_TEMPLATE, sheet, _moment(sheet), "png", ppi)


def _moment(sheet: RecoverySheet) -> datetime:
    return datetime.combine(sheet.made_on, time(), UTC)


def _three(wording: Wording, part: str, *names: str) -> tuple[str, str, str]:
    first, second, third = (wording.say(f"recovery_sheet.{part}.{name}") for name in names)
    return first, second, third


def _steps(wording: Wording, part: str, names: Sequence[str], *, note: bool = False) -> Steps:
    return Steps(
        title=wording.say(f"recovery_sheet.{part}.title"),
        items=tuple(say(wording, f"recovery_sheet.{part}.{name}") for name in names),
        note=say(wording, f"recovery_sheet.{part}.note") if note else (),
    )


def _holders(wording: Wording) -> Holders:
    place, name, on = _three(wording, "holders", "place", "name", "on")
    heads = (place, name, on, wording.say("recovery_sheet.holders.signature"))
    return Holders(wording.say("recovery_sheet.holders.title"), heads, _HOLDER_LINES)


def _small_print(wording: Wording, program_version: str) -> tuple[Sentence, ...]:
    return (
        say(wording, "recovery_sheet.small.lost"),
        say(wording, "recovery_sheet.small.both_lost"),
        say(wording, "recovery_sheet.small.seen"),
        say(wording, "recovery_sheet.small.made_by", version=program_version),
    )
