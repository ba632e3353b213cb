"""XML of strangers as a small tree: no entities, no external parts, bounded in depth and size.

Namespace prefixes are cut off by hand instead of resolved: snippets of documents leave prefixes undeclared, and are
read all the same. A plain document type without declarations is harmless and passes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

from engine.intake.tables import RejectedFile, RejectReason

DEEPEST = 200
MOST_ELEMENTS = 2_000_000
LONGEST = 200 << 20  # bytes


@dataclass(slots=True)
class Element:
    """An element: its name without prefix, attributes without prefixes, children and the text within."""

    name: str
    attributes: Mapping[str, str]
    children: list[Element] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    foreign: bool = False  # of an extension (``sdtc:``), not of the format itself

    def get(self, name: str) -> str | None:
        """Return an attribute that holds anything."""
        return self.attributes.get(name, "").strip() or None

    def all(self, name: str) -> list[Element]:
        """Return the children of a name."""
        return [child for child in self.children if child.name == name and not child.foreign]

    def find(self, *path: str) -> Element | None:
        """Return the first element down a path of names; None where there is none."""
        here: Element | None = self
        for name in path:
            if here is None:
                return None
            here = next((child for child in here.children if child.name == name and not child.foreign), None)
        return here

    def walk(self) -> Iterator[Element]:
        """Yield this element and all below it, in document order."""
        waiting = [self]
        while waiting:
            here = waiting.pop()
            yield here
            waiting.extend(reversed(here.children))

    def text(self) -> str:
        """Return all text within, on one line."""
        return " ".join(" ".join("".join(each.texts) for each in self.walk()).split())


class _Builder:
    """Builds the tree, and stops at what is made to harm."""

    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[Element] = []
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) >= DEEPEST or self._count > MOST_ELEMENTS:
            raise RejectedFile(RejectReason.UNSAFE_XML)
        prefix, _, local = name.rpartition(":")
        plain = {key.rpartition(":")[2]: value for key, value in attributes.items() if not key.startswith("xmlns")}
        made = Element(local, plain, foreign=prefix == "sdtc")
        if self._open:
            self._open[-1].children.append(made)
        elif self.root is None:
            self.root = made
        self._open.append(made)

    def end(self, name: str) -> None:
        self._open.pop()

    def data(self, text: str) -> None:
        if self._open:
            self._open[-1].texts.append(text)


def _unsafe(*declaration: object) -> NoReturn:
    raise RejectedFile(RejectReason.UNSAFE_XML)


def _document_type(name: str, system: str | None, public: str | None, internal: int) -> None:
    if system is not None or public is not None:
        _unsafe()


_DECLARATION = re.compile(rb"^\s*(?:\xef\xbb\xbf)?\s*<\?xml[^>]*\?>")
_SEVERAL = "junk after document element"


def parse_xml(data: bytes, *, several: bool = False) -> Element:
    """Read a document; with ``several`` also elements that stand beside each other, below one that is made up.

    Raises:
        RejectedFile: ``unsafe_xml`` for entities, external parts, depth or size beyond bounds; ``damaged_file``.
    """
    if len(data) > LONGEST:
        raise RejectedFile(RejectReason.UNSAFE_XML)
    builder = _Builder()
    parser = expat.ParserCreate()
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = _document_type
    parser.EntityDeclHandler = _unsafe
    parser.UnparsedEntityDeclHandler = _unsafe
    parser.ExternalEntityRefHandler = _unsafe
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        if several and expat.ErrorString(error.code) == _SEVERAL:
            return parse_xml(b"<component>" + _DECLARATION.sub(b"", data) + b"</component>")
        raise RejectedFile(RejectReason.DAMAGED_FILE, "xml_damaged") from error
    if builder.root is None:
        raise RejectedFile(RejectReason.DAMAGED_FILE, "xml_damaged")
    return builder.root
