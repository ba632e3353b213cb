"""A locked PDF: opened by other people's readers with the passphrase alone, and the same inside as before."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime

import pikepdf
import pypdfium2  # type: ignore[import-untyped]  # ships no types
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.document import Attachment, Choice, Document, Part, Table
from engine.domain.report import Paper, Run
from engine.errors import BugError, UsageError
from engine.report import document_images, lock_pdf, typeset_document
from engine.report.pdf_lock import prepared

PASSPHRASE = "a key for one person only"


def sentence(text: str) -> tuple[Run, ...]:
    return (Run(text),)


def document(name: str = "王建国 (Žofie) \\ O'Brien") -> Document:
    return Document(
        language="en",
        paper=Paper.A4,
        made_at=datetime(2026, 1, 2, tzinfo=UTC),
        document_title="All that is held (of one person)",
        practice=None,
        clinic_name="Maple Lane",
        title="Your record",
        facts=(name,),
        parts=(
            Part("First", sentences=(sentence("One."),), points=(sentence("Two."),)),
            Part("Boxes", choices=(Choice(sentence("May we?"), ("Yes", "No"), 0),), lines=("Signature",)),
            Part("Values", table=Table(("When", "What"), tuple((f"Day {n}", "x" * 50) for n in range(120)), (1, 2))),
        ),
        foot="Foot",
    )


HELD = Attachment("record.json", "application/json", "The same for machines", json.dumps({"name": "王", "n": [1, 2]}))


def tags(element: pikepdf.Object) -> list[object]:
    """What a tree of tags says, in its order, however its objects are numbered."""
    found = element.get("/K", pikepdf.Array())
    kids: list[pikepdf.Object] = list(found) if isinstance(found, pikepdf.Array) else [found]
    return [
        str(element.get("/S", "")),
        [tags(kid) if isinstance(kid, pikepdf.Dictionary) and "/S" in kid else str(type(kid)) for kid in kids],
    ]


@pytest.fixture(scope="module")
def plain() -> bytes:
    return typeset_document(document(), HELD)


@pytest.fixture(scope="module")
def locked(plain: bytes) -> bytes:
    return lock_pdf(plain, PASSPHRASE)


def test_it_opens_with_the_passphrase_and_nothing_else(locked: bytes) -> None:
    for wrong in ("", "a key for one person onlY"):
        with pytest.raises(pikepdf.PasswordError):
            pikepdf.open(io.BytesIO(locked), password=wrong)
        with pytest.raises(pypdfium2.PdfiumError):
            pypdfium2.PdfDocument(locked, password=wrong)
    with pikepdf.open(io.BytesIO(locked), password=PASSPHRASE) as opened:
        assert (opened.encryption.V, opened.encryption.R, opened.encryption.bits) == (5, 6, 256)
        assert str(opened.encryption.stream_method).endswith("aesv3")
        assert str(opened.encryption.string_method).endswith("aesv3")
        assert opened.check_pdf_syntax() == []


def test_the_pages_and_the_attached_file_are_the_same(plain: bytes, locked: bytes) -> None:
    with (
        pikepdf.open(io.BytesIO(plain)) as before,
        pikepdf.open(io.BytesIO(locked), password=PASSPHRASE) as after,
    ):
        assert after.attachments["record.json"].get_file().read_bytes().decode() == HELD.content
        assert after.docinfo == before.docinfo
        assert bytes(after.Root.Metadata.read_bytes()) == bytes(before.Root.Metadata.read_bytes())
        assert after.Root.Lang == before.Root.Lang
        assert bool(after.Root.MarkInfo.Marked)
        assert tags(after.Root.StructTreeRoot) == tags(before.Root.StructTreeRoot)
        for one, other in zip(before.pages, after.pages, strict=True):
            assert one.Contents.read_bytes() == other.Contents.read_bytes()
    texts = [
        [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(content, password=word)]
        for content, word in ((plain, None), (locked, PASSPHRASE))
    ]
    assert texts[0] == texts[1]
    assert "王建国" in texts[1][0]
    assert len(texts[1]) > 1


def test_nothing_in_it_is_readable_without(locked: bytes, plain: bytes) -> None:
    assert b"All that is held" in plain or b"A\0l\0l" in plain or "All".encode("utf-16-be") in plain
    for word in (
        b"Maple",
        b"All that is held",
        "All that".encode("utf-16-be"),
        b"record.json",
        b"x:xmpmeta",
        b"Lantern",
    ):
        assert word not in locked


def test_twice_locked_is_never_the_same(plain: bytes, locked: bytes) -> None:
    assert lock_pdf(plain, PASSPHRASE) != locked


@settings(max_examples=15, deadline=None)
@given(word=st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), min_size=1, max_size=30))
def test_any_passphrase_that_can_be_typed_opens_it(word: str) -> None:
    small = typeset_document(document("x"))
    try:
        secret = prepared(word)
    except UsageError:
        return
    content = lock_pdf(small, word)
    with pikepdf.open(io.BytesIO(content), password=secret.decode()) as opened:
        assert len(opened.pages) > 1


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("a" * 128, "export_passphrase_long"),
        ("王" * 43, "export_passphrase_long"),
        ("a\x07b", "export_passphrase_signs"),
        ("\u00ad", "export_passphrase_signs"),
    ],
)
def test_a_passphrase_that_the_format_would_cut_or_alter_is_refused(plain: bytes, word: str, code: str) -> None:
    with pytest.raises(UsageError) as caught:
        lock_pdf(plain, word)
    assert caught.value.code == code


def test_what_is_written_in_another_width_is_the_same_word() -> None:
    assert prepared("ｐａｓｓ　ｗｏｒｄ") == prepared("pass\u00a0word") == b"pass word"


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7\n", b"xref\n0 1\n"])
def test_other_bytes_are_our_fault(content: bytes) -> None:
    with pytest.raises(BugError, match="report_not_set"):
        lock_pdf(content, PASSPHRASE)


def test_a_document_is_tagged_and_can_be_seen(plain: bytes) -> None:
    with pikepdf.open(io.BytesIO(plain)) as opened:
        assert opened.Root.MarkInfo.Marked
    pages = document_images(document(), 40)
    assert len(pages) > 1
    assert all(page.startswith(b"\x89PNG") for page in pages)
