"""The recovery sheet as set: one page, the key as it must be typed, nothing that the program cannot do."""

from __future__ import annotations

import io
from datetime import date

import numpy as np
import pikepdf
import pypdfium2  # type: ignore[import-untyped]  # ships no types
import pytest

from engine.domain.recovery import RecoverySheet
from engine.domain.report import Paper
from engine.report import page_count, recovery_images, recovery_sheet, typeset_recovery

ROWS = (("K7QX", "2M4T", "W6"), ("WPJ8", "RYG6", "3N"), ("4HTM", "C9XK", "J8"), ("6RBN", "8ZFE", "T4"))
LONG = "Saint Bartholomew and Saint Elizabeth Community Health Centre and Maternity Clinic of the Upper Valley Villages"


def sheet(
    language: str = "en", paper: Paper = Paper.A4, name: str = "Maple Lane Clinic", *, practice: bool = False
) -> RecoverySheet:
    return recovery_sheet(
        name,
        ROWS,
        made_on=date(2026, 11, 23),
        language=language,
        paper=paper,
        program_version="0.1.0",
        practice=practice,
    )


def words(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    text = str(document[0].get_textpage().get_text_bounded())
    document.close()
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("paper", list(Paper))
@pytest.mark.parametrize("name", ["Maple Lane Clinic", LONG, "云溪镇卫生院" * 20, "#set page(fill: red) $x$ \u202e𠮷"])
def test_it_is_one_page_inside_the_live_area(language: str, paper: Paper, name: str) -> None:
    made = typeset_recovery(sheet(language, paper, name, practice=True))
    assert page_count(made) == 1
    document = pypdfium2.PdfDocument(typeset_recovery(sheet(language, paper, name)))
    grey = document[0].render(scale=100 / 72, grayscale=True).to_numpy()
    document.close()
    ink = np.argwhere(grey.reshape(grey.shape[0], grey.shape[1]) < 128) * 25.4 / 100
    height, side, top = (297, 15, 11) if paper is Paper.A4 else (279.4, 15, 9)
    inside = ink[ink[:, 1] > 12]  # the fold mark lies in the margin
    assert inside[:, 0].min() >= top - 1
    assert inside[:, 0].max() <= height - top + 0.5
    assert inside[:, 1].min() >= side - 1
    assert inside[:, 1].max() <= (210 if paper is Paper.A4 else 215.9) - side + 1


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_key_stands_there_row_by_row(language: str) -> None:
    said = words(typeset_recovery(sheet(language)))
    positions = [" ".join(said.split()).find(" ".join(row)) for row in ROWS]
    assert -1 not in positions
    assert positions == sorted(positions)
    assert ("23 November 2026" if language == "en" else "2026 年 11 月 23 日") in said


def test_the_key_is_set_in_the_face_that_tells_signs_apart() -> None:
    document = pikepdf.open(io.BytesIO(typeset_recovery(sheet())))
    fonts = {
        str(each.BaseFont) for each in document.objects if isinstance(each, pikepdf.Dictionary) and "/BaseFont" in each
    }
    assert any("NotoSansMono-Bold" in font for font in fonts)


def test_a_date_follows_the_country() -> None:
    american = recovery_sheet(
        "Oak Street",
        ROWS,
        made_on=date(2026, 11, 23),
        language="en",
        paper=Paper.LETTER,
        program_version="1",
        country="USA",
    )
    assert american.printed == "Printed November 23, 2026"


def test_a_practice_clinic_says_so_and_the_same_sheet_gives_the_same_bytes() -> None:
    assert "PRACTICE" in words(typeset_recovery(sheet(practice=True)))
    assert typeset_recovery(sheet()) == typeset_recovery(sheet())


def test_the_file_names_no_clinic_and_no_key() -> None:
    document = pikepdf.open(io.BytesIO(typeset_recovery(sheet())))
    metadata = document.Root.Metadata.read_bytes().decode("utf-8")
    assert "Lantern recovery sheet" in metadata
    assert "Maple" not in metadata
    assert "K7QX" not in metadata


def test_images_are_that_page() -> None:
    (image,) = recovery_images(sheet(), 40)
    assert image.startswith(b"\x89PNG")
