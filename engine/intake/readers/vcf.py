"""Variant calls (VCF 4.0 to 4.5), plain or packed with gzip. Recognised and kept; what they mean is not worked out."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from engine.domain.attached import Fact, FileKind
from engine.intake.files.found import FoundFile, found_message, whole
from engine.intake.readers.genotype_lines import Streamed, build_of, head_text, lines
from engine.intake.readers.plugin import Answer, Format, Look
from engine.intake.tables import RejectedFile, RejectReason
from engine.workers.kinds import Report
from engine.workers.messages import Message

FORMAT = Format("vcf", Answer.FILE)
MOST_HEADER_LINES = 100_000
MOST_SAMPLES = 1_000
_FIXED = 9  # columns before the first sample
_TOLD = ("##reference", "##contig", "##assembly")


def recognises(look: Look) -> bool:
    """A file whose first line names the format."""
    return head_text(look).startswith("##fileformat=VCF")


def read(look: Look, report: Report) -> Message:
    """Read a VCF."""
    return found_message(read_vcf(look, report))


def read_vcf(look: Look, report: Report) -> FoundFile:
    """Return what the header of a VCF says, and how many variants follow.

    Raises:
        RejectedFile: without a line of columns, with more header, samples or text than any real one, or damaged.
    """
    seen, facts = Streamed(), dict[str, Fact]()
    try:
        rows = lines(look, report, seen)
        samples = _header(rows, facts)[_FIXED:]
        variants = sum(1 for line in rows if line.strip())
    except zlib.error as error:
        raise RejectedFile(RejectReason.DAMAGED_FILE, "damaged_genotypes") from error
    if len(samples) > MOST_SAMPLES:
        raise RejectedFile(RejectReason.NOT_KEPT, "genotypes_too_large")
    facts |= {"samples": len(samples), "variants": variants}
    if samples:
        facts["sample"] = samples[0]
    return FoundFile(FileKind.VCF, seen.size, seen.digest.hexdigest(), whole(seen.size), facts)


def _header(rows: Iterator[bytes], facts: dict[str, Fact]) -> list[str]:
    """Return the names of the columns, and take what the lines before them say."""
    for number, line in enumerate(rows):
        if number > MOST_HEADER_LINES:
            raise RejectedFile(RejectReason.NOT_KEPT, "genotypes_too_large")
        text = line.decode("utf-8", "replace")
        if text.startswith("#CHROM"):
            return text.split()
        if text.startswith("##"):
            _take(text, facts)
        elif text.strip():
            break
    raise RejectedFile(RejectReason.DAMAGED_FILE, "damaged_genotypes")


def _take(text: str, facts: dict[str, Fact]) -> None:
    name, _, value = text.partition("=")
    if name == "##fileformat":
        facts["version"] = value.strip()
    elif name in _TOLD and "build" not in facts and (build := build_of(text)):
        facts["build"] = build
