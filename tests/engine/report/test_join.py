"""Joining files of the typesetter: what is no such file is refused."""

from __future__ import annotations

import io
from collections.abc import Callable

import pikepdf
import pytest

from engine.errors import BugError
from engine.report import PdfJoiner

MakePdf = Callable[..., bytes]


def joined(*parts: bytes, title: str = "Reports") -> bytes:
    file = io.BytesIO()
    joiner = PdfJoiner(file, title)
    for part in parts:
        joiner.add(part)
    joiner.finish()
    return file.getvalue()


def tags(node: pikepdf.Object) -> list[str]:
    """Every kind of tag in reading order."""
    found = [str(node.S)] if "/S" in node else []
    below = node.get("/K")
    for child in below if isinstance(below, pikepdf.Array) else [below]:
        if isinstance(child, pikepdf.Dictionary):
            found += tags(child)
    return found


def test_every_part_keeps_its_pages_tags_and_fonts(pdf: MakePdf) -> None:
    parts = [pdf("many_medicines", "zh"), pdf("typical", "zh"), pdf("small", "zh")]
    content = joined(*parts, title="A < B 多")
    whole = pikepdf.open(io.BytesIO(content))
    assert whole.check_pdf_syntax() == []
    assert len(whole.pages) == 8  # three sides and a blank one, then two by two
    alone = [pikepdf.open(io.BytesIO(part)) for part in parts]
    assert tags(whole.Root.StructTreeRoot) == [kind for each in alone for kind in tags(each.Root.StructTreeRoot)]
    expected = [page.Contents.read_bytes() for each in alone for page in each.pages]
    assert [page.Contents.read_bytes() for page in whole.pages if "/Contents" in page] == expected
    assert str(whole.docinfo["/Title"]) == "A < B 多"
    assert "A &lt; B 多" in whole.Root.Metadata.read_bytes().decode("utf-8")
    assert str(whole.Root.Lang).startswith("zh")


def test_each_page_finds_its_own_tags(pdf: MakePdf) -> None:
    part = pdf("typical")
    whole = pikepdf.open(io.BytesIO(joined(part, part)))
    numbers = whole.Root.StructTreeRoot.ParentTree.Nums
    by_number = {int(numbers[n]): numbers[n + 1] for n in range(0, len(numbers), 2)}
    for page in whole.pages:
        first = by_number[int(page.StructParents)][0]
        while "/Pg" not in first and "/P" in first:
            first = first.P
        assert first.get("/Pg", page.obj).objgen == page.obj.objgen


def test_the_same_parts_give_the_same_bytes(pdf: MakePdf) -> None:
    assert joined(pdf("typical"), pdf("small")) == joined(pdf("typical"), pdf("small"))


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.7\n", b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\nstartxref\n9\n%%EOF", b"text"]
)
def test_another_file_is_refused(content: bytes) -> None:
    with pytest.raises(BugError, match="report_not_joined"):
        joined(content)


def test_a_cut_file_and_no_file_at_all_are_refused(pdf: MakePdf) -> None:
    for parts in ((pdf("typical")[:-40],), ()):
        with pytest.raises(BugError, match="report_not_joined"):
            joined(*parts)
