"""Reader of HL7 v2 in a file: one message, several, or a batch (FHS, BHS)."""

from __future__ import annotations

import hashlib

from engine.intake.readers.plugin import Answer, Format, Look
from engine.intake.records.hl7_items import collect
from engine.intake.records.hl7_text import decode, segments, starts_as_hl7
from engine.intake.records.items import RecordFile, records_message
from engine.intake.tables import RejectedFile, RejectReason
from engine.workers.kinds import Report
from engine.workers.messages import Message

FORMAT = Format("hl7", Answer.RECORDS)


def recognises(look: Look) -> bool:
    """Text that begins with the header of a message or a batch, wrapped for a line or not."""
    return any(starts_as_hl7(text) for _, text in look.texts) or starts_as_hl7(look.head[:64].decode("latin-1"))


def read(look: Look, report: Report) -> Message:
    """Read an HL7 v2 file; see ``read_hl7``."""
    return records_message(read_hl7(look, report))


def read_hl7(look: Look, report: Report) -> RecordFile:
    """Read an HL7 v2 file.

    Raises:
        RejectedFile: no encoding fits, or no message is in it.
    """
    data = look.contents.read()
    text, codec = decode(data)
    found = collect(segments(text))
    report(1, 1)
    if not any(item.kind == "MSH" for item in found.items):
        raise RejectedFile(RejectReason.NO_ROWS, "no_resources")
    return RecordFile(
        "hl7", hashlib.sha256(data).hexdigest(), tuple(found.people), tuple(found.items), codec, found.day
    )
