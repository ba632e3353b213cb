"""Many PDF files of the typesetter as one, written while they are made: no more than one is held at a time.

The typesetter can set many people in one go, but its memory and time grow with them: 300 people took 4 GB. So each is
set alone and the finished files are joined here. Only files of our own typesetter are read, whose form is known:
PDF 1.7 with a plain table of objects, strings without bare parentheses, one flat list of pages, and a tree of tags.

A joined file stays tagged: the tags of each part hang side by side below one root, the numbers by which pages find
theirs are counted on, and the names of table cells are made different. Source: ISO 32000-1, 7.5 (file structure), 7.7
(document structure), 14.7 (logical structure).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from typing import BinaryIO

from engine.errors import BugError

# Strings are passed over, so that nothing a person typed is taken for a reference.
_TOKEN = re.compile(
    rb"\(U(?P<cell>\d+x\d+y\d+)\)|\((?:\\.|[^\\()])*\)|<[0-9A-Fa-f]*>"
    rb"|(?P<reference>\d+) 0 R\b|/StructParent(?P<plural>s?) (?P<tags>\d+)",
    re.DOTALL,
)
_TABLE = re.compile(rb"startxref\n(\d+)\n%%EOF\s*$")
_ROW = re.compile(rb"(\d{10}) 00000 n\r\n")
_TAGS_ROOT = re.compile(
    rb"/K\[(?P<top>[^\]]*)\]/ParentTree<</Nums\[(?P<numbers>[^\]]*)\]>>(?:/IDTree<</Names\[(?P<names>[^\]]*)\]>>)?"
    rb"/ParentTreeNextKey (?P<next>\d+)"
)
_PAIR = re.compile(rb"(\d+) (\d+ 0 R)")
_NAMED = re.compile(rb"(\([^)]*\))(\d+ 0 R)")
_STREAM = b">>\nstream\n"
_PAGES, _TAGS, _CATALOG = 1, 2, 3  # numbers of the objects that the parts share
_FIRST_FREE = 4


class _Part:
    """The objects of one file: number -> body, and the numbers of those with a place of their own."""

    def __init__(self, pdf: bytes) -> None:
        found = _TABLE.search(pdf)
        start = int(found[1]) if found else -1
        offsets = [int(row) for row in _ROW.findall(pdf, start)] if pdf.startswith(b"%PDF-1.7") and found else []
        trailer = pdf[start:] if found else b""
        self.bodies = {
            number: _body(pdf[begin:end], number)
            for number, (begin, end) in enumerate(zip(offsets, [*offsets[1:], start], strict=False), 1)
        }
        self.catalog = self.named(rb"/Root (\d+) 0 R", trailer)
        self.info = self.named(rb"/Info (\d+) 0 R", trailer)
        catalog = self.bodies[self.catalog]
        self.pages = self.named(rb"/Pages (\d+) 0 R", catalog)
        self.tags = self.named(rb"/StructTreeRoot (\d+) 0 R", catalog)
        self.metadata = self.named(rb"/Metadata (\d+) 0 R", catalog)
        self.page_count = self.named(rb"/Count (\d+)/Kids", self.bodies[self.pages])
        identity = re.search(rb"/ID\[[^\]]*\]", trailer)
        self.identity = identity[0] if identity else b""

    @staticmethod
    def named(pattern: bytes, within: bytes) -> int:
        """Return the number that a pattern finds; BugError when there is none: not a file of ours."""
        found = re.search(pattern, within)
        if found is None:
            raise BugError("report_not_joined")
        return int(found[1])


def _body(written: bytes, number: int) -> bytes:
    head, tail = b"%d 0 obj\n" % number, b"\nendobj\n"
    if not (written.startswith(head) and written.rstrip().endswith(b"endobj")):
        raise BugError("report_not_joined")
    return written[len(head) : written.rindex(tail)]


class PdfJoiner:
    """Writes one PDF from many. ``add`` each, then ``finish``."""

    def __init__(self, file: BinaryIO, title: str) -> None:
        """``file`` is empty and only written to; ``title`` stands in its properties and never names a person."""
        self._file = file
        self._title = title
        self._offsets: dict[int, int] = {}
        self._position = 0
        self._next = _FIRST_FREE
        self._parts = 0
        self._kids: list[bytes] = []
        self._page_count = 0
        self._tag_tops: list[bytes] = []
        self._tag_numbers: list[bytes] = []
        self._tag_names: list[tuple[bytes, bytes]] = []
        self._tag_next = 0
        self._last: dict[str, bytes] = {}  # what the whole file takes from its first part
        self._write(b"%PDF-1.7\n%\x80\x80\x80\x80\n\n")

    @property
    def pages(self) -> int:
        """How many pages there are so far, blank backs included."""
        return self._page_count

    def add(self, pdf: bytes) -> None:
        """Add a file of the typesetter, beginning on the front of a sheet.

        Raises:
            BugError: ``report_not_joined`` when it has another form.
        """
        part = _Part(pdf)
        moved = self._places(part)
        if not self._parts:
            self._keep(part, moved)
        self._join_tags(part, moved)
        shared = {part.catalog, part.info, part.metadata, part.tags, part.pages}
        for number, body in part.bodies.items():
            if number not in shared:
                self._put(moved[number], self._renumbered(body, moved))
        self._put_pages(part, moved)
        self._tag_next += part.named(rb"/ParentTreeNextKey (\d+)", part.bodies[part.tags])
        self._parts += 1

    def finish(self) -> None:
        """Write what belongs to the whole file.

        Raises:
            BugError: ``report_not_joined`` when nothing was added.
        """
        if not self._parts:
            raise BugError("report_not_joined")
        self._put(_PAGES, b"<</Type/Pages/Count %d/Kids[%s]>>" % (self._page_count, b" ".join(self._kids)))
        names = b"".join(name + target for name, target in sorted(self._tag_names))
        self._put(
            _TAGS,
            b"%s/K[%s]/ParentTree<</Nums[%s]>>%s/ParentTreeNextKey %d>>"
            % (
                self._last["tags"],
                b" ".join(self._tag_tops),
                b" ".join(self._tag_numbers),
                b"/IDTree<</Names[%s]>>" % names if names else b"",
                self._tag_next,
            ),
        )
        info, metadata = self._next, self._next + 1
        self._put(info, _titled_info(self._last["info"], self._title))
        self._put(metadata, _titled_metadata(self._last["metadata"], self._title, self._page_count))
        self._put(_CATALOG, re.sub(rb"/Metadata \d+ 0 R", b"/Metadata %d 0 R" % metadata, self._last["catalog"]))
        self._table(info, metadata + 1)

    def _places(self, part: _Part) -> Mapping[int, int]:
        """Return the new number of every object of a part."""
        moved = {number: self._next + number - 1 for number in part.bodies}
        self._next += len(part.bodies)
        return moved | {part.tags: _TAGS, part.catalog: _CATALOG}

    def _keep(self, part: _Part, moved: Mapping[int, int]) -> None:
        tags = part.bodies[part.tags]
        self._last = {
            "catalog": re.sub(
                rb"/Pages \d+ 0 R", b"/Pages %d 0 R" % _PAGES, self._renumbered(part.bodies[part.catalog], moved)
            ),
            "info": part.bodies[part.info],
            "metadata": part.bodies[part.metadata],
            "tags": tags[: tags.index(b"/K[")],
            "identity": part.identity,
        }

    def _join_tags(self, part: _Part, moved: Mapping[int, int]) -> None:
        found = _TAGS_ROOT.search(part.bodies[part.tags])
        if found is None:
            raise BugError("report_not_joined")
        self._tag_tops.append(self._renumbered(found["top"], moved))
        for number, target in _PAIR.findall(found["numbers"]):
            self._tag_numbers.append(b"%d %s" % (self._tag_next + int(number), self._renumbered(target, moved)))
        names = self._renumbered(found["names"] or b"", moved)
        self._tag_names += _NAMED.findall(names)

    def _put_pages(self, part: _Part, moved: Mapping[int, int]) -> None:
        """Write the part's list of pages below the whole one, with a blank back where its last sheet has none."""
        body = self._renumbered(part.bodies[part.pages], moved)
        place, count = moved[part.pages], part.page_count
        if count % 2:
            blank, count = self._next, count + 1
            self._next += 1
            size = next(found[0] for found in map(_media_box, part.bodies.values()) if found)
            self._put(blank, b"<</Type/Page/Resources<<>>%s/Tabs/S/Parent %d 0 R>>" % (size, place))
            body = re.sub(rb"/Count \d+/Kids\[([^\]]*)\]", rb"/Count %d/Kids[\1 %d 0 R]" % (count, blank), body)
        self._put(place, body.replace(b"<</Type/Pages", b"<</Type/Pages/Parent %d 0 R" % _PAGES, 1))
        self._kids.append(b"%d 0 R" % place)
        self._page_count += count

    def _renumbered(self, body: bytes, moved: Mapping[int, int]) -> bytes:
        """Return an object as it reads among the others; the inside of a stream refers to nothing."""
        end = body.find(_STREAM)
        head, stream = (body, b"") if end < 0 else (body[:end], body[end:])

        def token(found: re.Match[bytes]) -> bytes:
            if found["reference"]:
                return b"%d 0 R" % moved[int(found["reference"])]
            if found["tags"]:
                return b"/StructParent%s %d" % (found["plural"], self._tag_next + int(found["tags"]))
            return b"(P%06dU%s)" % (self._parts, found["cell"]) if found["cell"] else found[0]

        return _TOKEN.sub(token, head) + stream

    def _put(self, number: int, body: bytes) -> None:
        self._offsets[number] = self._position
        self._write(b"%d 0 obj\n%s\nendobj\n" % (number, body))

    def _write(self, content: bytes) -> None:
        self._file.write(content)
        self._position += len(content)

    def _table(self, info: int, size: int) -> None:
        start = self._position
        self._write(b"xref\n0 %d\n0000000000 65535 f\r\n" % size)
        for number in range(1, size):
            offset = self._offsets.get(number)
            # A number of the shared objects of a part is not used again.
            self._write(b"0000000000 65535 f\r\n" if offset is None else b"%010d 00000 n\r\n" % offset)
        trailer = b"/Size %d/Root %d 0 R/Info %d 0 R%s" % (size, _CATALOG, info, self._last["identity"])
        self._write(b"trailer\n<<%s>>\nstartxref\n%d\n%%%%EOF" % (trailer, start))


def _media_box(body: bytes) -> re.Match[bytes] | None:
    return re.search(rb"/MediaBox\[[^\]]*\]", body) if body.startswith(b"<</Type/Page/") else None


def _titled_info(info: bytes, title: str) -> bytes:
    written = b"/Title<FEFF%s>" % title.encode("utf-16-be").hex().upper().encode("ascii")
    return re.sub(rb"/Title(?:<[0-9A-Fa-f]*>|\((?:\\.|[^\\()])*\))", written, info, count=1)


def _titled_metadata(metadata: bytes, title: str, pages: int) -> bytes:
    text = metadata[metadata.index(_STREAM) + len(_STREAM) : metadata.rindex(b"\nendstream")].decode("utf-8")
    title_entry = re.compile(r'(<dc:title><rdf:Alt><rdf:li xml:lang="x-default">).*?(</rdf:li>)', re.DOTALL)
    text = title_entry.sub(lambda found: found[1] + escape(title, quote=False) + found[2], text, count=1)
    text = re.sub(r"(<xmpTPg:NPages>)\d+", lambda found: f"{found[1]}{pages}", text)
    content = text.encode("utf-8")
    return b"<</Length %d/Type/Metadata/Subtype/XML>>\nstream\n%s\nendstream" % (len(content), content)
