"""Every reader there is. A new one is a new module and one line here."""

from __future__ import annotations

import importlib
from functools import cache
from typing import cast

from engine.intake.readers.packed import unpack
from engine.intake.readers.plugin import Answer, Look, Reader
from engine.intake.tables import RejectedFile, RejectReason

# The first that recognises a file reads it, so the particular stand before the general; a table is what is left.
READERS: tuple[str, ...] = (
    "engine.intake.readers.fhir",
    "engine.intake.readers.hl7",
    "engine.intake.readers.ccda",
    "engine.intake.readers.daily_pressures",
    "engine.intake.readers.omron_app",
    "engine.intake.readers.omron_connect",
    "engine.intake.readers.medisana",
    "engine.intake.readers.libreview",
    "engine.intake.readers.clarity",
    "engine.intake.readers.sibionics_clinic",
    "engine.intake.readers.sibionics_app",
    "engine.intake.readers.zepp",
    "engine.intake.readers.withings",
    "engine.intake.readers.apple_health",
    "engine.intake.readers.home_pressure_zh",
    "engine.intake.readers.table",
)
# What is kept with a person who is named. Without one these files are told to be no table, as any other.
FILES: tuple[str, ...] = (
    "engine.intake.readers.dicom",  # the bytes before its word may begin as a picture does
    "engine.intake.readers.pdf",
    "engine.intake.readers.picture",
    "engine.intake.readers.vcf",
    "engine.intake.readers.genotypes",
)
TABLE = "table"
FILE = Answer.FILE.value  # the word for a file of any of these kinds


def choose(look: Look, kind: str | None = None, *, keep: bool = False) -> tuple[Reader, Look]:
    """Return who reads a file, and what is read: the file, or the one that lies alone in an archive.

    It is the reader of the wanted kind, or else the first that recognises the file. ``keep``: a file that can only be
    kept with a person is wanted too; one in an archive is not, for what is kept is the file as it came.

    ``keep``: a file that can only be kept with a person is wanted too.

    Raises:
        RejectedFile: the file is damaged, made to harm, or not of the wanted kind; or an archive of several.
    """
    found = _reader(look, kind, keep=keep)
    if kind == FILE and found is None:
        raise RejectedFile(RejectReason.NOT_KEPT, "file_kind")
    if look.is_zip and not look.is_workbook and (found is None or found.FORMAT.kind == TABLE):
        look = unpack(look)  # what only the reader of tables would take, is an archive that a person packed
        found = _reader(look, kind, keep=False)
    if found is None:
        raise RejectedFile(RejectReason.NOT_A_TABLE, "other_format")
    return found, look


def _reader(look: Look, kind: str | None, *, keep: bool) -> Reader | None:
    if kind == FILE:
        asked = _loaded(FILES)
    elif kind is not None:
        asked = (_by_kind()[kind],)
    else:
        asked = (*(_loaded(FILES) if keep else ()), *readers())
    return next((reader for reader in asked if reader.recognises(look)), None)


def kinds() -> tuple[str, ...]:
    """Return the words for every kind of file."""
    return (*_by_kind(), FILE)


@cache
def readers() -> tuple[Reader, ...]:
    """Return the readers of what goes into records, in the order in which they are asked."""
    return _loaded(READERS)


@cache
def _loaded(names: tuple[str, ...]) -> tuple[Reader, ...]:
    return tuple(cast(Reader, importlib.import_module(name)) for name in names)


@cache
def _by_kind() -> dict[str, Reader]:
    return {reader.FORMAT.kind: reader for reader in (*_loaded(FILES), *readers())}
