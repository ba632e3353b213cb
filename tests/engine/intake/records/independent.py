"""Counts what is in files of records by other means than the readers: for holding their counts against."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

from lxml import etree  # type: ignore[import-untyped]  # it ships no types

STATEMENTS = {"observation", "act", "substanceAdministration", "organizer", "procedure", "encounter", "supply"}


def count_fhir(path: Path) -> Counter[str]:
    """Count resources by type: entries of bundles, or one resource a line."""
    text = path.read_text(encoding="utf-8-sig")
    try:
        documents = [json.loads(text)]
    except json.JSONDecodeError:
        documents = [json.loads(line) for line in text.splitlines() if line.strip()]
    counts: Counter[str] = Counter()
    for document in documents:
        inside = document["entry"] if document["resourceType"] == "Bundle" else [{"resource": document}]
        counts.update(entry["resource"]["resourceType"] for entry in inside)
    return counts


def count_hl7(path: Path) -> Counter[str]:
    """Count segments by name: the three letters before the first field sign of a line."""
    data = re.sub(rb"[\x0b\x1c]", b"", path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    return Counter(match.decode() for match in re.findall(rb"(?:\A|[\r\n])([A-Z][A-Z0-9]{2})\|", data))


def count_ccda(path: Path) -> Counter[str]:
    """Count clinical statements: those of organizers and concerns one by one, and sections without any as one."""
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True)
    root = etree.fromstring(path.read_bytes(), parser)
    for element in root.iter():
        if isinstance(element.tag, str) and "sdtc" not in element.tag:
            element.tag = etree.QName(element).localname
    counts: Counter[str] = Counter(patient=len(root.findall("recordTarget")))
    sections = [root] if root.tag == "section" else root.findall(".//section")
    for section in sections:
        entries = section.findall("entry")
        counts["statements"] += sum(_statements(entry) for entry in entries) if entries else 1
    counts["statements"] += len(root.findall("component/nonXMLBody"))
    if not sections:
        whole = etree.Element("entry")
        whole.append(root)
        outside = " and ".join(f"not(ancestor-or-self::{name})" for name in sorted(STATEMENTS))
        counts["statements"] += _statements(whole) + sum(map(_statements, whole.xpath(f".//*[{outside}]")))
    return counts


def _statements(entry: Any) -> int:
    total = 0
    for child in entry:
        if child.tag == "organizer":
            inside = [_statements(component) for component in child.findall("component")]
            total += sum(inside) or 1
        elif child.tag == "act":
            subjects = child.findall("entryRelationship[@typeCode='SUBJ']")
            total += sum(len(subject.findall("observation")) for subject in subjects) or 1
        elif child.tag in STATEMENTS:
            total += 1
    return total
