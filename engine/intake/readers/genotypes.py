"""Texts of consumer genotype tests (23andMe, AncestryDNA, MyHeritage, FamilyTreeDNA and many like them).

One line for each marker: its name, chromosome, position, and one column of two letters or two columns of one. They are
recognised by those columns, whoever made them, and kept; what they mean is not worked out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.domain.attached import Fact, FileKind
from engine.intake.files.found import FoundFile, found_message, whole
from engine.intake.readers.genotype_lines import Streamed, build_of, head_text, lines
from engine.intake.readers.plugin import Answer, Format, Look
from engine.intake.tables import RejectedFile, RejectReason
from engine.workers.kinds import Report
from engine.workers.messages import Message

FORMAT = Format("genotypes", Answer.FILE)
_HEADER_LINES = 200
_MARKER = re.compile(r"rsid|snp[ ._]?name|marker ?name|snp", re.IGNORECASE)
_CHROMOSOME = re.compile(r"chromosome|chrom|chr", re.IGNORECASE)
_POSITION = re.compile(r"position|pos|mapinfo|build.*position", re.IGNORECASE)
_GENOTYPE = re.compile(r"genotype|result|gt|allele[ ._]?1.*", re.IGNORECASE)
_SAMPLE = re.compile(r"sample[ ._]?name|sample[ ._]?id", re.IGNORECASE)
_MAKERS = (
    ("23andMe", re.compile("23andme", re.IGNORECASE)),
    ("AncestryDNA", re.compile("ancestry ?dna", re.IGNORECASE)),
    ("MyHeritage", re.compile("myheritage", re.IGNORECASE)),
    ("FamilyTreeDNA", re.compile("family ?tree ?dna|ftdna", re.IGNORECASE)),
    ("DNA.Land", re.compile(r"dna\.land", re.IGNORECASE)),
    ("SelfDecode", re.compile("selfdecode", re.IGNORECASE)),
    ("LivingDNA", re.compile("living ?dna", re.IGNORECASE)),
    ("CircleDNA", re.compile(r"\bcircle", re.IGNORECASE)),
    ("SANO", re.compile(r"\bsano\b", re.IGNORECASE)),
    ("23Mofang", re.compile("23 ?mofang|23魔方", re.IGNORECASE)),
)
_PLACES = re.compile(r"(?:chr)?(?:[1-9]|1\d|2[0-6]|X|Y|XY|MT?|PAR)", re.IGNORECASE)
_SPLIT = re.compile(r"[\t,;]|\s{2,}")


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where a line has its parts."""

    chromosome: int
    position: int
    sample: int | None

    def fits(self, cells: list[str]) -> bool:
        """Whether a line is that of a marker."""
        most = max(self.chromosome, self.position)
        if len(cells) <= most or not cells[self.position].isdigit():
            return False
        return cells[self.chromosome] == "0" or _PLACES.fullmatch(cells[self.chromosome]) is not None


def recognises(look: Look) -> bool:
    """A text with a line of such columns, and a line of a marker after it."""
    return not look.is_zip and _find(head_text(look).splitlines()[:_HEADER_LINES]) is not None


def read(look: Look, report: Report) -> Message:
    """Read a text of genotypes."""
    return found_message(read_genotypes(look, report))


def read_genotypes(look: Look, report: Report) -> FoundFile:
    """Return what the text says of itself, and how many markers it has.

    Raises:
        RejectedFile: damaged, or with a line longer than any real one.
    """
    head = head_text(look).splitlines()[:_HEADER_LINES]
    found = _find(head)
    if found is None:
        raise RejectedFile(RejectReason.DAMAGED_FILE, "damaged_genotypes")
    columns, row = found
    facts = _facts(head[: row + 1])
    seen, markers, odd = Streamed(), 0, 0
    for number, line in enumerate(lines(look, report, seen)):
        if number <= row or not line.strip() or line.startswith(b"#"):
            continue
        cells = _cells(line.decode("utf-8", "replace"))
        if columns.fits(cells):
            markers += 1
            if markers == 1 and columns.sample is not None and cells[columns.sample].strip("0"):
                facts["sample"] = cells[columns.sample]
        else:
            odd += 1
    if odd > markers:
        raise RejectedFile(RejectReason.DAMAGED_FILE, "damaged_genotypes")
    facts["markers"] = markers
    return FoundFile(FileKind.GENOTYPES, seen.size, seen.digest.hexdigest(), whole(seen.size), facts)


def _find(head: list[str]) -> tuple[_Columns, int] | None:
    """Return where the columns are and the number of their line; None where there is no such line."""
    for row, line in enumerate(head):
        cells = _cells(line.lstrip("# \ufeff"))
        columns = _columns(cells)
        if columns is None:
            continue
        following = [_cells(text) for text in head[row + 1 :] if text.strip() and not text.startswith("#")]
        if following and columns.fits(following[0]):
            return columns, row
    return None


def _columns(names: list[str]) -> _Columns | None:
    def place(words: re.Pattern[str]) -> int | None:
        return next((at for at, name in enumerate(names) if words.fullmatch(name)), None)

    marker, chromosome, position, genotype = (place(words) for words in (_MARKER, _CHROMOSOME, _POSITION, _GENOTYPE))
    if marker is None or chromosome is None or position is None or genotype is None:
        return None
    return _Columns(chromosome, position, place(_SAMPLE))


def _cells(line: str) -> list[str]:
    cells = [cell.strip().strip('"') for cell in _SPLIT.split(line.strip("\r\n"))]
    return cells if len(cells) > 3 else line.split()


def _facts(head: list[str]) -> dict[str, Fact]:
    text = "\n".join(head)
    facts: dict[str, Fact] = {}
    maker = next((name for name, words in _MAKERS if words.search(text)), None)
    if maker is None and head[-1].upper().startswith("RSID,CHROMOSOME,POSITION,RESULT"):
        maker = "FamilyTreeDNA"
    if maker is not None:
        facts["maker"] = maker
    if build := build_of(text):
        facts["build"] = build
    return facts
