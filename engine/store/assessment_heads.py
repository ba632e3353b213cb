"""What a list of people shows of an assessment, kept beside it; and how the assessment itself is written."""

from __future__ import annotations

import hashlib
import json
import zlib

from engine.domain.assessment import Assessment
from engine.domain.plain import canonical_json, from_plain, to_plain
from engine.domain.results import Code, RiskResult
from engine.errors import StoreError
from engine.store.database import Cell

INSERT_HEAD = (
    "INSERT INTO assessment_head(assessment, patient, visit, day, pack, output, number, band, missing)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)

INSERT_RANGE = "INSERT INTO assessment_range(assessment, pack, output, low, typical, high) VALUES (?, ?, ?, ?, ?, ?)"


def encode(assessment: Assessment) -> tuple[str, bytes]:
    """Return an assessment as it is stored: the digest of its content, and the content, compressed."""
    content = canonical_json(to_plain(assessment))
    return hashlib.sha256(content).hexdigest(), zlib.compress(content, 1)


def decode(sha256: str, content: bytes) -> Assessment:
    """Return a stored assessment.

    Raises:
        StoreError: ``store_damaged`` when the content is not what was saved.
    """
    try:
        plain = zlib.decompress(content)
        if hashlib.sha256(plain).hexdigest() != sha256:
            raise StoreError("store_damaged")
        return from_plain(Assessment, json.loads(plain))
    except (ValueError, zlib.error) as error:
        raise StoreError("store_damaged") from error


def is_whole(sha256: str, content: bytes) -> bool:
    """Whether a stored content is the one that was saved."""
    try:
        return hashlib.sha256(zlib.decompress(content)).hexdigest() == sha256
    except zlib.error:
        return False


def head_of(assessment: Assessment) -> tuple[Cell, ...]:
    """Return the pack that leads, its main output, its number and band; and what each pack lacked."""
    lead = next((one for one in assessment.results if one.pack.id == assessment.headline_pack), None)
    if lead is None:
        return None, None, None, None, _missing(assessment)
    output = _main_output(assessment, lead)
    value = lead.output(output) if output is not None else None
    return lead.pack.id, output, None if isinstance(value, str) else value, lead.bands.get("main"), _missing(assessment)


def head_of_content(sha256: str, content: bytes) -> tuple[Cell, ...]:
    """Return :func:`head_of` a stored assessment; nothing of one that is damaged, which says so when it is opened."""
    try:
        return head_of(decode(sha256, content))
    except StoreError:
        return None, None, None, None, None


def ranges_of(assessment: Assessment) -> list[tuple[Cell, ...]]:
    """Return pack, output, low, typical and high of what numbers could be; nothing where a number leads."""
    if assessment.headline_pack is not None:
        return []
    return [
        (found.pack.id, each.name, each.low, each.typical, each.high)
        for found in assessment.ranges
        for each in found.outputs
    ]


def ranges_of_content(sha256: str, content: bytes) -> list[tuple[Cell, ...]]:
    """Return :func:`ranges_of` a stored assessment; nothing of one that is damaged, as :func:`head_of_content`."""
    try:
        return ranges_of(decode(sha256, content))
    except StoreError:
        return []


def parse_missing(text: str) -> dict[str, tuple[str, ...]]:
    """Return pack -> the fields it lacked, from the column ``missing``."""
    pairs = (part.partition(":") for part in text.split())
    return {pack: tuple(fields.split(",")) for pack, _, fields in pairs}


def _main_output(assessment: Assessment, lead: RiskResult) -> str | None:
    """Return the output that was explained: the pack's main one, which need not be its first; else its first."""
    explained = (one.output for one in assessment.explanations if one.pack_id == lead.pack.id)
    return next(explained, lead.outputs[0].name if lead.outputs else None)


def _missing(assessment: Assessment) -> str | None:
    found = []
    for result in assessment.results:
        fields = [note.subject for note in result.notes if note.code is Code.MISSING]
        if fields:
            found.append(f"{result.pack.id}:{','.join(fields)}")
    return " ".join(found) or None
