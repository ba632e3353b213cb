"""Good files of the formats that clinics are brought, besides plain tables, and files of them made to do harm.

Loaded only by processes that need it: the libraries that make such files are large.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache

from tests.engine.intake.readers import made_files
from tests.engine.intake.readers.made_xls import Tab
from tests.engine.intake.readers.made_xls import workbook as xls_of
from tests.reliability.mutations import zipped as archive_of

_SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "text", "table")
)
_HEAD = ("Patient ID", "Name", "Date of birth", "Visit date", "SBP (mmHg)", "HbA1c (%)")
_ROWS = tuple((f"Q{n:03}", f"Person {n} 王", date(1950 + n, 1, 2), date(2024, 5, 6), 120 + n, 5.6) for n in range(8))
_ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
) + "]>"  # fmt: skip


def zipped(parts: Mapping[str, bytes]) -> bytes:
    """Return an archive with these parts."""
    return archive_of(list(parts.items()))


@cache
def xls() -> bytes:
    """Return an old binary workbook."""
    return xls_of(Tab([_HEAD, *_ROWS]))


@cache
def ods() -> dict[str, bytes]:
    """Return the members of an OpenDocument workbook."""
    rows = "".join(
        "<table:table-row>"
        + "".join(f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'
                  for cell in row)
        + "</table:table-row>"
        for row in (_HEAD, *_ROWS)
    )  # fmt: skip
    content = (
        f'<?xml version="1.0"?><office:document-content {_SPACES}><office:body><office:spreadsheet>'
        f'<table:table table:name="Visits">{rows}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    return {"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": content.encode()}


@cache
def ods_bombs() -> tuple[bytes, ...]:
    """Return OpenDocument workbooks made to do harm."""
    good = ods()["content.xml"].decode()
    wide = good.replace("<table:table-cell", '<table:table-cell table:number-columns-repeated="16384"')
    tall = good.replace("<table:table-row", '<table:table-row table:number-rows-repeated="1048576"')
    entities = good.replace('<?xml version="1.0"?>', '<?xml version="1.0"?>' + _ENTITIES).replace("Person 1", "&j;")
    deep = good.replace("<text:p>", "<text:p>" + "<text:span>" * 20_000, 1)
    bodies = (wide, tall, entities, deep, good.replace("Person 1", "x" * 5_000_000))
    return tuple(zipped({**ods(), "content.xml": body.encode()}) for body in bodies)


@cache
def page() -> bytes:
    """Return a web page with a table, as "save as Excel" of many programs writes it."""
    rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in (_HEAD, *_ROWS))
    return f"<html><head><meta charset=utf-8></head><body><table>{rows}</table></body></html>".encode()


@cache
def page_bombs() -> tuple[bytes, ...]:
    """Return web pages made to do harm."""
    good = page().decode()
    bodies = (
        good.replace("<td>", "<td colspan=99999999 rowspan=99999999>", 1),
        good.replace("<td>", "<td><table><tr>" * 5_000, 1),
        good.replace("<td>", "<td " + "a=1 " * 200_000 + ">", 1),
        good.replace("Person 1", "&amp;" * 1_000_000),
        good.replace("</table>", "<tr>" * 500_000),
        "<!--" * 500_000 + good,
    )
    return tuple(body.encode() for body in bodies)


@cache
def packed() -> dict[str, bytes]:
    """Return the member of an archive that somebody packed."""
    text = "\r\n".join(",".join(map(str, row)) for row in (_HEAD, *_ROWS))
    return {"visits.csv": text.encode()}


@cache
def packed_bombs() -> tuple[bytes, ...]:
    """Return archives made to do harm."""
    zeros = io.BytesIO()
    with zipfile.ZipFile(zeros, "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(40):
            archive.writestr(f"part{n}.csv", b"0" * (16 << 20))
    one = io.BytesIO()
    with zipfile.ZipFile(one, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("visits.csv", b"Patient ID,Name\n" + b"1,A\n" * (64 << 20))
    text = packed()["visits.csv"]
    nested = text
    for n in range(30):
        nested = zipped({f"{n}.zip": nested})
    outside = zipped({"../../visits.csv": text})
    return (
        zeros.getvalue(),
        one.getvalue(),
        nested,
        outside,
        zipped({"/etc/visits.csv": text}),
        zipped({"visits.csv/": text}),
    )


@cache
def bundle() -> bytes:
    """Return a FHIR bundle."""
    loinc = "http://loinc.org"
    patient = {
        "resourceType": "Patient", "id": "p", "identifier": [{"type": {"coding": [{"code": "MR"}]}, "value": "F1"}],
        "name": [{"family": "Lee", "given": ["Ann"]}], "gender": "female", "birthDate": "1950-03-01",
    }  # fmt: skip
    seen = [
        {
            "resourceType": "Observation", "id": f"o{n}", "status": "final", "subject": {"reference": "Patient/p"},
            "code": {"coding": [{"system": loinc, "code": code}]}, "effectiveDateTime": f"2024-03-0{n + 1}",
            "valueQuantity": {"value": value, "unit": unit, "code": unit},
        }
        for n, (code, value, unit) in enumerate((("2093-3", 193.3, "mg/dL"), ("4548-4", 6.1, "%"), ("0-0", 1, "{x}")))
    ]  # fmt: skip
    entries = [{"fullUrl": f"urn:uuid:{n}", "resource": one} for n, one in enumerate([patient, *seen])]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode()


@cache
def lines() -> bytes:
    """Return the resources of the bundle, one a line."""
    return b"\n".join(json.dumps(each["resource"]).encode() for each in json.loads(bundle())["entry"])


@cache
def bundle_bombs() -> tuple[bytes, ...]:
    """Return bundles made to do harm."""
    whole = json.loads(bundle())
    own = [{"reference": "Observation/o0"}]
    loop = dict(whole["entry"][1]["resource"], hasMember=own, derivedFrom=own)
    many = [{"resource": dict(whole["entry"][1]["resource"], id=f"o{n}")} for n in range(20_000)]
    return (
        b'{"resourceType":"Bundle","entry":' + b"[" * 200_000,
        b'{"resourceType":"Bundle","a":' * 50_000,
        b'{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","id":'
        + b"9" * 2_000_000 + b"}}]}",
        json.dumps({**whole, "entry": [*whole["entry"], {"resource": loop}]}).encode(),
        json.dumps({**whole, "entry": [whole["entry"][0], *many]}).encode(),
        bundle().replace(b"193.3", b"1e400"),
        bundle().replace(b"193.3", b"NaN"),
        bundle().replace(b"Lee", b"x" * 5_000_000),
    )  # fmt: skip


@cache
def message() -> bytes:
    """Return an HL7 v2 message with results."""
    return b"\r".join(
        (
            b"MSH|^~\\&|LAB|X|Y|Z|20240305081500||ORU^R01^ORU_R01|1|P|2.5.1||||||UNICODE UTF-8",
            "PID|1||H7^^^X^MR||王^Ann||19500301|F|||1 Elm St^^Town||555-1".encode(),
            b"OBR|1|||24323-8^Panel^LN|||20240304",
            b"OBX|1|NM|2093-3^Chol^LN||193|mg/dL|||||F|||20240304",
            b"OBX|2|SN|4548-4^HbA1c^LN||<^5|%|||||F|||20240304",
            b"",
        )
    )


@cache
def message_bombs() -> tuple[bytes, ...]:
    """Return messages made to do harm."""
    head, person, *rest = message().split(b"\r")
    return (
        head + b"\r" + person + b"\r" + b"OBX|1|NM|2093-3||1|mg/dL|||||F|||20240304\r" * 50_000,
        head + b"\r" + person.replace(b"Ann", b"\\X41\\" * 500_000),
        head + b"\r" + person + b"\rOBX|1|TX|x||" + b"~" * 1_000_000 + b"\r",
        (message() + b"\r") * 3_000,
        b"MSH|" * 500_000,
        head.replace(b"UNICODE UTF-8", b"idna") + b"\r" + person,
        b"\r".join([head, person, *rest]).replace(b"193", b"9" * 1_000_000),
    )


@cache
def document() -> bytes:
    """Return a C-CDA document."""
    return b"""<?xml version="1.0"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<effectiveTime value="20240305"/><recordTarget><patientRole><id extension="C7" root="1.2.3"/><telecom value="tel:1"/>
<patient><name><given>Ann</given><family>Lee</family></name><administrativeGenderCode code="F"/>
<birthTime value="19500301"/></patient></patientRole></recordTarget><component><structuredBody><component><section>
<code code="30954-2"/><title>Results</title><text/><entry><organizer><component><observation>
<code code="2093-3" codeSystem="2.16.840.1.113883.6.1"/><effectiveTime value="20240304"/>
<value xsi:type="PQ" value="193" unit="mg/dL"/></observation></component></organizer></entry></section></component>
</structuredBody></component></ClinicalDocument>"""


@cache
def document_bombs() -> tuple[bytes, ...]:
    """Return documents made to do harm."""
    good = document().decode()
    head = '<?xml version="1.0"?>'
    away = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    bodies = (
        good.replace(head, head + _ENTITIES).replace("Ann", "&j;"),
        good.replace(head, head + away).replace("Ann", "&a;"),
        good.replace("<text/>", "<text>" + "<list><item>" * 50_000),
        good.replace("<section>", "<section>" + "<entry/>" * 200_000),
        good.replace("Ann", "x" * 5_000_000),
        good.replace("<observation>", "<observation " + " ".join(f'a{n}="1"' for n in range(50_000)) + ">"),
    )
    return tuple(body.encode() for body in bodies)


@cache
def cuff() -> bytes:
    """Return the file of a pressure monitor."""
    head = "Date,Time,Systolic (mmHg),Diastolic (mmHg),Pulse (bpm),Symptoms,Consumed,TruRead,Notes"
    rows = (f"Jan {n // 2 + 1:02} 2025,08:0{n % 10},{120 + n},{70 + n},6{n % 10},-,-,-,-" for n in range(20))
    return "\r\n".join((head, *rows)).encode()


@cache
def cuff_bombs() -> tuple[bytes, ...]:
    """Return files of a pressure monitor made to do harm."""
    head, *rows = cuff().split(b"\r\n")
    return (
        head + b"\r\n" + rows[0] * 100_000,
        head + b"\r\n" + (rows[0] + b"\r\n") * 100_000,
        head + b"\r\n" + rows[0].replace(b"120", b"1" * 1_000_000),
        head + b"\r\nJan 01 9999999999,08:00,1,1,1",
        head + b"\r\n" + rows[0].replace(b"-,-,-,-", b"=cmd|' /C calc'!A0," + b"," * 500_000),
    )


@cache
def health() -> dict[str, bytes]:
    """Return the member of an export of Apple Health."""
    record = (
        '<Record type="HKQuantityTypeIdentifierBodyMass" sourceName="Scale" unit="kg" value="{value}"'
        ' startDate="2025-01-{day:02} 08:00:00 +0000" endDate="2025-01-{day:02} 08:00:00 +0000"/>'
    )
    inside = "".join(record.format(value=70 + n / 10, day=n + 1) for n in range(20))
    return {
        "apple_health_export/export.xml": (
            f'<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE HealthData [<!ELEMENT HealthData (Record*)>]>'
            f'<HealthData locale="en_GB">{inside}</HealthData>'
        ).encode()
    }


@cache
def health_bombs() -> tuple[bytes, ...]:
    """Return exports of Apple Health made to do harm."""
    ((name, good),) = health().items()
    swollen = good.replace(b"</HealthData>", good[good.index(b"<Record") : good.index(b"</HealthData>")] * 20_000)
    entities = good.replace(b"<!ELEMENT HealthData (Record*)>", _ENTITIES[len("<!DOCTYPE x [") : -2].encode())
    return (
        zipped({name: entities.replace(b"Scale", b"&j;")}),
        zipped({name: swollen}),
        zipped({name: good.replace(b"<Record", b"<a>" * 100_000 + b"<Record", 1)}),
        zipped({f"../{name}": good}),
        zipped({name: good[:-200]}),
    )


def _harmful(*words: str) -> Callable[[], tuple[bytes, ...]]:
    def made() -> tuple[bytes, ...]:
        wanted = made_files.HARMFUL.items()
        return tuple(make() for name, (make, _) in wanted if any(word in name for word in words))

    return made


pdf, photograph, scan = cache(made_files.pdf), cache(made_files.photograph), cache(made_files.scan)
dicom, vcf, consumer_text = cache(made_files.dicom), cache(made_files.vcf), cache(made_files.consumer_text)
pdf_bombs = cache(_harmful("PDF"))
picture_bombs = cache(_harmful("PNG", "JPEG", "picture"))
dicom_bombs = cache(_harmful("DICOM"))
vcf_bombs = cache(_harmful("VCF"))
