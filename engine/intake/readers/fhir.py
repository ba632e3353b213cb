"""Reader of FHIR R4 in JSON: a Bundle, one resource, or one of either on each line (NDJSON)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from engine.intake.readers.plugin import Answer, Format, Look
from engine.intake.records.fhir_items import items_of, source_person
from engine.intake.records.fhir_places import Entry, Places, contained_people, outdated
from engine.intake.records.fhir_values import Resource, mapping, moment, several, text
from engine.intake.records.fhir_versions import Version, version_of
from engine.intake.records.items import Form, Item, RecordFile, records_message, short
from engine.intake.tables import RejectedFile, RejectReason
from engine.workers.kinds import Report
from engine.workers.messages import Message

FORMAT = Format("fhir", Answer.RECORDS)
MOST_RESOURCES = 1_000_000
_REPORT_EACH = 500
_REFUSED = {Version.DSTU2: "fhir_dstu2", Version.STU3: "fhir_stu3", Version.R5: "fhir_r5"}
BROKEN: Resource = {"resourceType": "?"}  # in the place of what cannot be read
_XML = ("<Bundle", "http://hl7.org/fhir")


def recognises(look: Look) -> bool:
    """A JSON object that says which resource it is, or FHIR as XML, which is told apart to say what to do."""
    for _, beginning in look.texts[:1]:
        start = beginning.lstrip("\ufeff \t\r\n")
        if start.startswith("{"):
            return '"resourceType"' in beginning or "'resourceType'" in beginning
        return start.startswith("<") and _XML[1] in beginning[:2000] and "urn:hl7-org:v3" not in beginning[:2000]
    return False


def read(look: Look, report: Report) -> Message:
    """Read a FHIR file; see ``read_fhir``."""
    return records_message(read_fhir(look, report))


def read_fhir(look: Look, report: Report) -> RecordFile:
    """Read a FHIR file.

    Raises:
        RejectedFile: it is no JSON, of another version of FHIR, written as XML, or holds no resource.
    """
    data = look.contents.read()
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        raise RejectedFile(RejectReason.NOT_A_TABLE, "fhir_xml")
    documents = _documents(data)
    entries, deleted = _entries(documents)
    if not entries:
        raise RejectedFile(RejectReason.NO_ROWS, "no_resources")
    versions = {entry.place: version_of(entry.resource) for entry in entries}
    _check_version([version for version in versions.values() if version is not None])
    read = [entry for entry in entries if versions[entry.place] not in _REFUSED]
    late = outdated(read, deleted)
    items = tuple(_items(entries, read, late, report))
    whole = [entry for entry in read if entry.place not in late]
    people = tuple(
        source_person(entry.resource, entry.place) for entry in whole if entry.resource["resourceType"] == "Patient"
    )
    people += tuple(
        source_person(patient, entry.place, key)
        for entry in whole
        if "contained" in entry.resource
        for key, patient in contained_people(entry.resource, entry.place)
    )
    return RecordFile("fhir", hashlib.sha256(data).hexdigest(), people, items, "utf-8", _written_on(documents))


def _items(entries: Sequence[Entry], read: Sequence[Entry], late: Mapping[int, str], report: Report) -> Iterator[Item]:
    """Yield what every resource says; of older versions too, with why they do not count."""
    places = Places([entry for entry in read if entry.place not in late])
    known = {entry.place for entry in read}
    errors = _withdrawn(read, places)
    for done, entry in enumerate(entries, 1):
        kind = str(entry.resource["resourceType"])
        why = late.get(entry.place) or errors.get(entry.place)
        if entry.resource is BROKEN:
            yield Item(entry.place, kind, Form.OTHER, why="unreadable_entry")
        elif entry.place not in known:
            yield Item(entry.place, kind, Form.OTHER, why="other_version")
        else:
            for item in items_of(entry.resource, entry.place, places):
                yield replace(item, why=item.why or why) if why and item.form is not Form.OTHER else item
        if done % _REPORT_EACH == 0:
            report(done, len(entries))


def _withdrawn(entries: Sequence[Entry], places: Places) -> dict[int, str]:
    """Return place -> why of the results of reports that were made by mistake."""
    return {
        place: "entered_in_error"
        for entry in entries
        if entry.resource["resourceType"] == "DiagnosticReport" and entry.resource.get("status") == "entered-in-error"
        for place in places.members(entry.resource.get("result"), entry.place)
    }


def _documents(data: bytes) -> list[Any]:
    """Return the JSON documents of a file: one, or one on each line."""
    try:
        whole = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RejectedFile(RejectReason.DAMAGED_FILE, "fhir_not_utf8") from error
    try:
        return [_parse(whole)]
    except ValueError:
        found = [
            _line(line) for line in whole.split("\n") if line.strip()
        ]  # signs that end lines elsewhere may stand in texts
    good = sum(isinstance(each, dict) and each is not BROKEN and "resourceType" in each for each in found)
    if len(found) < 2 or good * 2 < len(found):  # one document that is broken, not one on each line
        raise RejectedFile(RejectReason.DAMAGED_FILE, "fhir_not_json")
    return found


def _line(line: str) -> Any:
    """Return the document of a line; what cannot be read of a download that was cut off is one resource of no kind."""
    try:
        found = _parse(line)
    except ValueError:
        return BROKEN
    return found if isinstance(found, dict) else BROKEN


def _parse(document: str) -> Any:
    try:
        # Numbers stay as they are written: what is kept of an original must not be rounded.
        return json.loads(document, parse_float=str, parse_int=str, parse_constant=_no_number)
    except RecursionError as error:
        raise RejectedFile(RejectReason.DAMAGED_FILE, "fhir_not_json") from error


def _no_number(word: str) -> NoReturn:
    raise ValueError(word)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """Something of a file that is yet to be looked at."""

    url: str | None
    resource: Any
    scope: int
    history: bool = False
    deleted: str | None = None  # kind and id of what is said to be gone


def _entries(documents: list[Any]) -> tuple[list[Entry], list[tuple[int, str, int]]]:
    """Return every resource, those of Bundles within a Bundle too, and what a history says was deleted."""
    found: list[Entry] = []
    deleted: list[tuple[int, str, int]] = []
    waiting = [_Waiting(None, document, 0) for document in reversed(documents)]
    scopes = 0
    while waiting:
        here = waiting.pop()
        resource = here.resource
        place = len(found) + 1
        rank = -place if here.history else place  # a history begins with what is newest
        if here.deleted is not None:
            deleted.append((here.scope, here.deleted, rank))
        if not isinstance(resource, dict):
            continue
        if not isinstance(resource.get("resourceType"), str):
            if len(documents) == 1 and resource is documents[0]:
                continue  # no FHIR at all
            resource = {**resource, "resourceType": "?"}  # counted and listed: it was there
        if resource["resourceType"] in {"Bundle", "Parameters"}:
            scopes += 1
            waiting += reversed(list(_inside(resource, scopes)))
        elif place > MOST_RESOURCES:
            raise RejectedFile(RejectReason.DAMAGED_FILE, "worker_out_of_memory")
        else:
            kind = short(resource["resourceType"]) or "?"
            named = resource if kind == resource["resourceType"] else {**resource, "resourceType": kind}
            found.append(Entry(place, here.scope, here.url, named, rank))
    return found, deleted


def _inside(holder: Resource, scope: int) -> Iterator[_Waiting]:
    """Yield what a Bundle or Parameters holds."""
    history = text(holder.get("type")) == "history"
    for one in map(mapping, (*several(holder.get("entry")), *several(holder.get("parameter")))):
        request = mapping(one.get("request"))
        gone = text(request.get("url")) if history and text(request.get("method")) == "DELETE" else None
        if "part" in one:
            yield _Waiting(None, {"resourceType": "Parameters", "parameter": one["part"]}, scope, history)
        yield _Waiting(text(one.get("fullUrl")), one.get("resource"), scope, history, gone)


def _check_version(versions: list[Version]) -> None:
    """Refuse a file whose resources are all of a version that is not read."""
    old = [version for version in versions if version in _REFUSED]
    if old and Version.R4 not in versions:
        # The elements of DSTU2 are in no other version, some of STU3 are in DSTU2 too.
        raise RejectedFile(RejectReason.NOT_A_TABLE, _REFUSED[min(old, key=list(_REFUSED).index)])


def _written_on(documents: list[Any]) -> str | None:
    """Return the day a Bundle says it was made."""
    for document in map(mapping, documents):
        day, _ = moment(document.get("timestamp") or mapping(document.get("meta")).get("lastUpdated"))
        if day:
            return day
    return None
