"""Reader of C-CDA documents, and of single sections or entries of one."""

from __future__ import annotations

import hashlib
import re

from engine.intake.readers.plugin import Answer, Format, Look
from engine.intake.records.ccda_items import STATEMENTS, Document
from engine.intake.records.items import RecordFile, records_message
from engine.intake.records.safe_xml import parse_xml
from engine.intake.tables import RejectedFile, RejectReason
from engine.workers.kinds import Report
from engine.workers.messages import Message

FORMAT = Format("ccda", Answer.RECORDS)
_FIRST_ELEMENT = re.compile(r"<(?:\w+:)?([A-Za-z]\w*)[\s/>]")
_PARTS = frozenset({"section", "component", "entry", "entryRelationship", "structuredBody", *STATEMENTS})
_MARK = re.compile(r"urn:hl7-org:v3|<templateId[^>]*\"2\.16\.840\.1\.113883\.10\.20")


def recognises(look: Look) -> bool:
    """A ClinicalDocument, or a part of one that names a template of C-CDA."""
    for _, beginning in look.texts[:1]:
        found = _FIRST_ELEMENT.search(re.sub(r"<!--.*?-->", "", beginning, flags=re.DOTALL))
        if found is None:
            return False
        return found[1] == "ClinicalDocument" or (found[1] in _PARTS and bool(_MARK.search(beginning)))
    return False


def read(look: Look, report: Report) -> Message:
    """Read a C-CDA document; see ``read_ccda``."""
    return records_message(read_ccda(look, report))


def read_ccda(look: Look, report: Report) -> RecordFile:
    """Read a C-CDA document.

    Raises:
        RejectedFile: it is unsafe or damaged, or says nothing.
    """
    data = look.contents.read()
    document = Document(parse_xml(data, several=True))
    items = tuple(document.items())
    report(1, 1)
    if not items:
        raise RejectedFile(RejectReason.NO_ROWS, "no_resources")
    digest = hashlib.sha256(data).hexdigest()
    return RecordFile("ccda", digest, tuple(document.people), items, None, document.written_on)
