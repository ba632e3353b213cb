"""Reader of FHIR R4 in JSON: a Bundle, one resource, or one of either on each line (NDJSON)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any, NoReturn

from engine.intake.readers.plugin import Answer, Format, Look
from engine.intake.records.fhir_items import items_of, source_person
from engine.intake.records.fhir_places import Places, contained_people
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
    resources = [(place, *each) for place, each in enumerate(_resources(documents), 1)]
    if not resources:
        raise RejectedFile(RejectReason.NO_ROWS, "no_resources")
    versions = {place: version_of(resource) for place, _, resource in resources}
    _check_version([version for version in versions.values() if version is not None])
    places = Places(resources)
    items: list[Item] = []
    for place, _, resource in resources:
        if versions[place] in _REFUSED:
            items.append(Item(place, str(resource["resourceType"]), Form.OTHER, why="other_version"))
        else:
            items += items_of(resource, place, places)
        if place % _REPORT_EACH == 0:
            report(place, len(resources))
    people = tuple(
        source_person(resource, place)
        for place, _, resource in resources
        if resource["resourceType"] == "Patient" and versions[place] not in _REFUSED
    )
    people += tuple(
        source_person(patient, place, key)
        for place, _, resource in resources
        if "contained" in resource and versions[place] not in _REFUSED
        for key, patient in contained_people(resource, place)
    )
    return RecordFile("fhir", hashlib.sha256(data).hexdigest(), people, tuple(items), "utf-8", _written_on(documents))


def _documents(data: bytes) -> list[Any]:
    """Return the JSON documents of a file: one, or one on each line."""
    try:
        whole = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RejectedFile(RejectReason.DAMAGED_FILE, "fhir_not_utf8") from error
    try:
        return [_parse(whole)]
    except ValueError:
        lines = [line for line in whole.splitlines() if line.strip()]
        if len(lines) < 2:
            raise RejectedFile(RejectReason.DAMAGED_FILE, "fhir_not_json") from None
    try:
        return [_parse(line) for line in lines]
    except ValueError as error:
        raise RejectedFile(RejectReason.DAMAGED_FILE, "fhir_not_json") from error


def _parse(document: str) -> Any:
    try:
        # Numbers stay as they are written: what is kept of an original must not be rounded.
        return json.loads(document, parse_float=str, parse_int=str, parse_constant=_no_number)
    except RecursionError as error:
        raise RejectedFile(RejectReason.DAMAGED_FILE, "fhir_not_json") from error


def _no_number(word: str) -> NoReturn:
    raise ValueError(word)


def _resources(documents: list[Any]) -> Iterator[tuple[str | None, Resource]]:
    """Yield every resource with its ``fullUrl``; those of Bundles within a Bundle too."""
    waiting: list[tuple[str | None, Any]] = [(None, document) for document in reversed(documents)]
    count = 0
    while waiting:
        url, resource = waiting.pop()
        if not isinstance(resource, dict):
            continue
        if not isinstance(resource.get("resourceType"), str):
            if len(documents) == 1 and resource is documents[0]:
                continue  # no FHIR at all
            resource = {**resource, "resourceType": "?"}  # counted and listed: it was there
        if resource["resourceType"] in {"Bundle", "Parameters"}:
            inside = several(resource.get("entry")) or several(resource.get("parameter"))
            waiting += [(text(mapping(one).get("fullUrl")), mapping(one).get("resource")) for one in reversed(inside)]
            continue
        count += 1
        if count > MOST_RESOURCES:
            raise RejectedFile(RejectReason.DAMAGED_FILE, "worker_out_of_memory")
        yield url, {**resource, "resourceType": short(resource["resourceType"]) or "?"}


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
