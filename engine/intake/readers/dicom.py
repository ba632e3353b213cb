"""DICOM files (PS3.10): the header is read, pixels are not. Kept as they are but for the preamble, which becomes zeros.

The preamble may hold anything, also the beginning of a program, and no reader of DICOM looks at it.
"""

from __future__ import annotations

import warnings
import zlib
from datetime import date, datetime
from typing import TYPE_CHECKING

from engine.domain.attached import Fact, FileKind, LeftOut
from engine.intake.devices.raw import PersonHint, Trust
from engine.intake.files.found import FoundFile, file_digest, found_message
from engine.intake.readers.plugin import Answer, Format, Look
from engine.intake.tables import RejectedFile, RejectReason
from engine.workers.kinds import Report
from engine.workers.messages import Message

if TYPE_CHECKING:
    from pydicom import FileDataset

FORMAT = Format("dicom", Answer.FILE)
PREAMBLE = 128  # bytes
_MAGIC = b"DICM"
_DIRECTORY = "1.2.840.10008.1.3.10"
_DEFLATED = "1.2.840.10008.1.2.1.99"
_MOST_INFLATED = 256 << 20  # bytes
_SEXES = frozenset({"M", "F"})  # "O" is no statement that could be held against another
_TAGS = (
    *("SpecificCharacterSet", "PatientName", "PatientID", "PatientBirthDate", "PatientSex"),
    *("Modality", "StudyDate", "SeriesDate", "ContentDate", "StudyDescription", "SeriesDescription"),
    *("BodyPartExamined", "Rows", "Columns", "NumberOfFrames"),
)
_DAYS = ("StudyDate", "SeriesDate", "ContentDate")
_TOLD = {
    "modality": "Modality",
    "study": "StudyDescription",
    "series": "SeriesDescription",
    "body_part": "BodyPartExamined",
}


def recognises(look: Look) -> bool:
    """A file with the word behind the preamble."""
    return look.head[PREAMBLE : PREAMBLE + 4] == _MAGIC


def read(look: Look, report: Report) -> Message:
    """Read the header of a DICOM file."""
    return found_message(read_dicom(look, report))


def read_dicom(look: Look, report: Report) -> FoundFile:
    """Return what the header says.

    Raises:
        RejectedFile: a directory of other files, one that unpacks to too much, or damaged.
    """
    from pydicom.errors import InvalidDicomError  # noqa: PLC0415 - loaded for DICOM alone

    try:
        with warnings.catch_warnings():
            # Much that real devices write is odd and no harm; a header that ends in its middle is damaged.
            warnings.simplefilter("ignore")
            warnings.filterwarnings("error", "End of file reached")
            header = _header(look)
    except (InvalidDicomError, EOFError, OSError, ValueError, TypeError, AttributeError, UserWarning) as error:
        raise RejectedFile(RejectReason.DAMAGED_FILE, "damaged_dicom") from error
    except (RecursionError, NotImplementedError, LookupError, zlib.error) as error:
        raise RejectedFile(RejectReason.DAMAGED_FILE, "damaged_dicom") from error
    size, sha256 = file_digest(look.path, report)
    zeroed = any(look.head[:PREAMBLE])
    return FoundFile(
        kind=FileKind.DICOM,
        size=size,
        sha256=sha256,
        pieces=(bytes(PREAMBLE), (PREAMBLE, size)),
        facts=_facts(header),
        left_out=(LeftOut.PREAMBLE,) if zeroed else (),
        day=next(
            (day for tag in ("StudyDate", "SeriesDate", "ContentDate") if (day := _day(_text(header, tag)))), None
        ),
        hints=tuple(_hints(header)),
    )


def _header(look: Look) -> FileDataset:
    from pydicom import config, dcmread  # noqa: PLC0415 - as above
    from pydicom.filereader import read_file_meta_info  # noqa: PLC0415 - as above

    config.settings.reading_validation_mode = config.IGNORE  # real devices write much that is not quite right
    meta = read_file_meta_info(look.path)
    if str(meta.get("MediaStorageSOPClassUID", "")) == _DIRECTORY:
        raise RejectedFile(RejectReason.NOT_KEPT, "dicom_directory")
    if str(meta.get("TransferSyntaxUID", "")) == _DEFLATED:
        _check_inflates(look, int(meta.get("FileMetaInformationGroupLength", 0)))
    header = dcmread(look.path, stop_before_pixels=True, specific_tags=list(_TAGS))
    if not len(header) and not len(meta):
        raise EOFError
    return header


def _check_inflates(look: Look, meta_bytes: int) -> None:
    """Refuse a packed file that unpacks to more than any series does; the library unpacks it in one go."""
    start = PREAMBLE + len(_MAGIC) + 12 + meta_bytes  # the element that tells the length has twelve bytes
    unpacking, total = zlib.decompressobj(-zlib.MAX_WBITS), 0
    with look.path.open("rb") as file:
        file.seek(start)
        while chunk := file.read(1 << 16):
            while chunk:
                total += len(unpacking.decompress(chunk, 1 << 20))
                chunk = unpacking.unconsumed_tail
                if total > _MOST_INFLATED:
                    raise RejectedFile(RejectReason.UNSAFE_ARCHIVE, "dicom_too_large")
            if unpacking.eof:
                return


def _facts(header: FileDataset) -> dict[str, Fact]:
    facts: dict[str, Fact] = {name: text for name, tag in _TOLD.items() if (text := _text(header, tag))}
    for name, tag in (("width", "Columns"), ("height", "Rows"), ("frames", "NumberOfFrames")):
        if (text := _text(header, tag)).isdigit():
            facts[name] = int(text)
    return facts


def _hints(header: FileDataset) -> list[PersonHint]:
    """Return whom the header names: each way in which it writes the name, with the rest."""
    born, number = _day(_text(header, "PatientBirthDate")), _text(header, "PatientID") or None
    sex = said if (said := _text(header, "PatientSex")) in _SEXES else None
    names = _names(_text(header, "PatientName")) or [None]
    rest = (None if born is None else born.isoformat(), number, sex)
    if names == [None] and rest == (None, None, None):
        return []
    return [PersonHint("header", Trust.PATIENT, name, *rest) for name in names]


def _names(text: str) -> list[str | None]:
    """Return the ways of a name: groups of alphabetic, ideographic and phonetic signs, each of family^given^middle.

    Names of few signs are written in one as well, as clinics write 王建国.
    """
    found: dict[str | None, None] = {}
    for group in text.split("="):
        parts = [part.strip() for part in group.split("^")[:3] if part.strip()]
        if parts:
            found[" ".join(parts)] = None
    for name in list(found):
        if name is not None and not name.isascii() and " " in name:
            found[name.replace(" ", "")] = None
    return list(found)


def _text(header: FileDataset, tag: str) -> str:
    value = header.get(tag)
    return "" if value is None else str(value).strip("\0 ")


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text[:8], "%Y%m%d").date()
    except ValueError:
        return None
