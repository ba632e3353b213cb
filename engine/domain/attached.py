"""Files attached to a person: what they are, what was left out before they were kept, whose they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

Fact = str | int
Chunks = Callable[[], Iterator[bytes]]  # the content of a file from its beginning, as often as it is asked for


class FileKind(StrEnum):
    """What an attached file is. The words stand in the store and on the command line."""

    PDF = "pdf"
    JPEG = "jpeg"
    PNG = "png"
    DICOM = "dicom"
    VCF = "vcf"
    GENOTYPES = "genotypes"  # the text of a consumer test

    @property
    def suffix(self) -> str:
        """What the name of a copy ends in."""
        return {"jpeg": ".jpg", "dicom": ".dcm", "genotypes": ".txt"}.get(self.value, f".{self.value}")

    @property
    def shown(self) -> bool:
        """Whether its pages can be looked at inside the program."""
        return self in (FileKind.PDF, FileKind.JPEG, FileKind.PNG)


class LeftOut(StrEnum):
    """What a file held and is not kept of it."""

    CAMERA = "camera"  # EXIF: device, moment, settings
    PLACE = "place"  # where a picture was taken
    TEXTS = "texts"  # comments, XMP, IPTC
    PREVIEW = "preview"  # a small picture of the picture
    TRAILING = "trailing"  # what follows the end of the picture
    OTHER = "other"  # parts of programs
    PREAMBLE = "preamble"  # the first 128 bytes of a DICOM file


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file as it is to be kept.

    ``size`` in bytes and ``sha256`` are those of what is kept; ``came_sha256`` is that of the file as it came. ``day``:
    of the picture or study; None where the file does not say.
    """

    name: str
    kind: FileKind
    size: int
    sha256: str
    came_sha256: str
    chunks: Chunks
    day: date | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict)
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file that is kept for a person. ``day``: of the picture or study, else the day it was attached."""

    id: str
    name: str
    kind: FileKind
    size: int
    day: date
    facts: Mapping[str, Fact]
    left_out: tuple[LeftOut, ...]
    added_at: datetime
    added_by: str
