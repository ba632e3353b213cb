"""The one table that a zip archive holds."""

from __future__ import annotations

import zipfile
from pathlib import PurePosixPath

from engine.intake.readers.archive import DAMAGE
from engine.intake.readers.plugin import Look
from engine.intake.tables import RejectedFile, RejectReason

# What systems put beside the files that a person packed.
_BESIDE = frozenset({"__macosx", ".ds_store", "thumbs.db", "desktop.ini"})
_TABLES = frozenset({".csv", ".tsv", ".tab", ".txt", ".xls", ".xlsx", ".xlsm", ".xlsb", ".ods", ".html", ".htm"})
_ARCHIVES = frozenset({".zip", ".gz", ".7z", ".rar", ".tar", ".bz2", ".xz"})


def unpack(look: Look) -> Look:
    """Look at the one file in an archive instead of at the archive.

    Raises:
        RejectedFile: ``unsafe_archive``, ``password_required``, ``damaged_file``; ``not_a_table`` when it holds no
            file, several tables, or archives again.
    """
    look.check_archive(allow_document_type=True)  # whoever reads what is inside refuses what harms
    name = _one_table(_files(look.members))
    try:
        with look.contents.open() as file, zipfile.ZipFile(file) as archive:
            data = archive.read(name)
    except (*DAMAGE, RuntimeError) as error:
        raise RejectedFile(RejectReason.DAMAGED_FILE) from error
    inside = Look(look.path, look.sheet, data)
    if inside.is_zip and not inside.is_workbook:
        raise RejectedFile(RejectReason.NOT_A_TABLE, "packed_archive")
    return inside


def _files(names: tuple[str, ...]) -> list[str]:
    """Return what a person packed: no folders, nothing that systems add."""
    files = [name for name in names if not name.endswith("/")]
    return [name for name in files if not _BESIDE & {part.casefold() for part in PurePosixPath(name).parts}]


def _one_table(files: list[str]) -> str:
    """Return the only file, or the only one that is named as tables are."""
    tables = [name for name in files if PurePosixPath(name).suffix.casefold() in _TABLES]
    found = tables if len(files) > 1 else files
    if len(found) == 1:
        return found[0]
    if len(found) > 1:
        raise RejectedFile(RejectReason.NOT_A_TABLE, "several_tables")
    packed = any(PurePosixPath(name).suffix.casefold() in _ARCHIVES for name in files)
    raise RejectedFile(RejectReason.NOT_A_TABLE, "packed_archive" if packed else "compressed")
