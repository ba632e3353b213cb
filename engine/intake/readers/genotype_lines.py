"""What files of genotypes share: they are read line by line, plain or packed, and never held whole."""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.intake.readers.plugin import Look
from engine.intake.tables import RejectedFile, RejectReason
from engine.workers.kinds import Report

GZIP = b"\x1f\x8b"
LONGEST_LINE = 1 << 20  # bytes; a line of a thousand samples has some ten thousand
MOST_RATIO = 100  # unpacked to packed; real files reach about twenty
RATIO_COUNTS_FROM = 1 << 22
_CHUNK = 1 << 18
_BUILDS = (
    ("GRCh38", re.compile(r"grch38|hg38|\bb38\b|build ?38", re.IGNORECASE)),
    ("GRCh37", re.compile(r"grch37|hg19|\bb37\b|hs37|[_.]v37|build ?37", re.IGNORECASE)),
    ("GRCh36", re.compile(r"ncbi36|grch36|hg18|\bb36\b|build ?36", re.IGNORECASE)),
)
# The length of chromosome 1 tells the build where no word does.
_LENGTHS = {"248956422": "GRCh38", "249250621": "GRCh37", "247249719": "GRCh36"}
_FIRST = re.compile(r"ID=(?:chr)?1,.*?length=(\d+)")


@dataclass
class Streamed:
    """A file while it is read: what is known of it is whole once the last line was taken."""

    size: int = 0
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)


def lines(look: Look, report: Report, seen: Streamed) -> Iterator[bytes]:
    """Yield the lines of a file, unpacked where it is packed.

    Raises:
        RejectedFile: a line longer than any real one, signs that no text has, one that unpacks to far more than it is,
            or cut short.
    """
    rest = b""
    for chunk in _chunks(look, report, seen):
        if b"\0" in chunk:
            raise RejectedFile(RejectReason.DAMAGED_FILE, "damaged_genotypes")
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
        if len(rest) > LONGEST_LINE:
            raise RejectedFile(RejectReason.NOT_KEPT, "genotypes_too_large")
    if rest:
        yield rest


def _chunks(look: Look, report: Report, seen: Streamed) -> Iterator[bytes]:
    packed, total = look.head.startswith(GZIP), look.path.stat().st_size
    unpacking, unpacked, within = zlib.decompressobj(31), 0, False
    with look.path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            seen.size += len(chunk)
            seen.digest.update(chunk)
            report(seen.size, max(total, seen.size))
            if not packed:
                yield chunk
                continue
            while chunk:
                plain = unpacking.decompress(chunk, _CHUNK)
                unpacked += len(plain)
                if unpacked > max(RATIO_COUNTS_FROM, MOST_RATIO * seen.size):
                    raise RejectedFile(RejectReason.UNSAFE_ARCHIVE, "genotypes_too_large")
                yield plain
                chunk, within = unpacking.unconsumed_tail, not unpacking.eof
                if unpacking.eof:  # block after block, as bgzip packs
                    chunk, unpacking = unpacking.unused_data, zlib.decompressobj(31)
    if within:  # the last block does not end
        raise RejectedFile(RejectReason.DAMAGED_FILE, "damaged_genotypes")


def head_text(look: Look) -> str:
    """Return the beginning of a file as text, unpacked where it is packed; empty where it cannot be."""
    head = look.head
    if head.startswith(GZIP):
        try:
            head = zlib.decompressobj(31).decompress(head, 1 << 16)
        except zlib.error:
            return ""
    return head.decode("utf-8-sig", "replace")


def build_of(text: str) -> str | None:
    """Return the reference that a line of a header names; None where it names none."""
    if found := _FIRST.search(text):
        return _LENGTHS.get(found[1])
    return next((build for build, words in _BUILDS if words.search(text)), None)
