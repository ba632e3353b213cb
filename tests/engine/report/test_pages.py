"""The pages as set: how many, what is on them, how they are made. Everything here is read from the finished file."""

from __future__ import annotations

import io
import json
import re
import traceback
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pikepdf
import pypdfium2  # type: ignore[import-untyped]  # ships no types
import pytest
import typst
from numpy.typing import NDArray

from engine.domain.assessment import Assessment
from engine.domain.report import Paper, Report
from engine.errors import BugError
from engine.packs import Manifest
from engine.report import ReportOptions, compose, page_images, typeset, typeset_each, typeset_many
from engine.report.seal import as_json
from engine.resources import resources_folder

MakeReport = Callable[..., Report]
MakePdf = Callable[..., bytes]
Packs = Mapping[str, Manifest]
Image = NDArray[np.uint8]

SCENES = (
    *("typical", "small", "tiny", "huge", "good", "excluded", "missing", "too_old", "extreme", "many_medicines"),
    *("range", "range_wide", "range_small", "office", "lowered"),
)
EVERY = [(scene, language, paper) for scene in SCENES for language in ("en", "zh") for paper in Paper]


def pixels(pdf: bytes, page: int, dpi: int) -> Image:
    """A page in grey, one byte a pixel."""
    document = pypdfium2.PdfDocument(pdf)
    image = document[page].render(scale=dpi / 72, grayscale=True).to_numpy()
    document.close()
    return np.ascontiguousarray(image.reshape(image.shape[0], image.shape[1]))


def words(pdf: bytes, page: int) -> str:
    """The text of a page as a reader copies it."""
    document = pypdfium2.PdfDocument(pdf)
    text = document[page].get_textpage().get_text_bounded()
    document.close()
    return str(text).replace("\u00a0", " ").replace("\r\n", "\n")


def page_count(pdf: bytes) -> int:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return len(document.pages)


@pytest.mark.parametrize(("scene", "language", "paper"), EVERY)
def test_the_patient_has_exactly_one_side_inside_the_live_area(
    pdf: MakePdf, scene: str, language: str, paper: Paper
) -> None:
    made = pdf(scene, language, paper)
    assert page_count(made) in {"many_medicines": (3,), "extreme": (2, 3)}.get(scene, (2,))
    first, second = words(made, 0), words(made, 1)
    assert ("Seal." if language == "en" else "编号。") in first
    assert ("for the clinician" if language == "en" else "供医生使用") in second
    width, height = (210, 297) if paper is Paper.A4 else (215.9, 279.4)
    side, top = 15, 11 if paper is Paper.A4 else 9
    for number in range(page_count(made)):
        image = pixels(made, number, 100)
        ink = np.argwhere(image < 128) * 25.4 / 100
        (upper, left), (lower, right) = ink.min(axis=0), ink.max(axis=0)
        assert image.shape == pytest.approx((height / 25.4 * 100, width / 25.4 * 100), abs=2)
        assert upper >= top - 1
        assert left >= side - 1
        assert lower <= height - top + 0.5
        assert right <= width - side + 1


@pytest.mark.parametrize(("scene", "language", "paper"), EVERY)
def test_gaps_and_type_never_fall_below_their_least(
    composed: MakeReport, scene: str, language: str, paper: Paper
) -> None:
    """The template tells how it made the side fit: gaps of 2.5 to 8 mm, body of 11.5 pt or more."""
    folder = resources_folder() / "report"
    data = {"title": "t", "reports": [as_json(composed(scene, language, paper))]}
    fonts = typst.Fonts(False, False, [str(resources_folder() / "fonts")])
    told = typst.query(
        str(folder / "main.typ"),
        "<fit>",
        field="value",
        one=True,
        root=str(folder),
        font_paths=fonts,
        sys_inputs={"data": json.dumps(data)},
    )
    fit = json.loads(told)
    assert 2.5 - 1e-9 <= fit["gap"] <= 8 + 1e-9
    assert fit["body"] >= 11.5
    if scene in ("typical", "excluded", "missing"):
        assert (fit["body"], fit["strips"], fit["own-words"]) == (12, True, True)


def _overlapping(pdf: bytes, page: int) -> float:
    """The share of the cores of letter boxes of a page that two letters claim."""
    document = pypdfium2.PdfDocument(pdf)
    text = document[page].get_textpage()
    claimed: NDArray[np.int16] = np.zeros((1200 * 2, 900 * 2), dtype=np.int16)
    letters = (n for n in range(text.count_chars()) if text.get_text_range(n, 1).strip())
    # The letters of a ligature share one box.
    for box in {text.get_charbox(n) for n in letters}:
        left, bottom, right, top = (value * 2 for value in box)
        aside, above = 0.2 * (right - left), 0.2 * (top - bottom)  # neighbours that are kerned may touch
        claimed[round(bottom + above) : round(top - above), round(left + aside) : round(right - aside)] += 1
    document.close()
    return float(np.count_nonzero(claimed > 1) / np.count_nonzero(claimed))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("scene", SCENES)
def test_no_text_lies_on_other_text(pdf: MakePdf, scene: str, language: str) -> None:
    made = pdf(scene, language)
    for number in range(page_count(made)):
        assert _overlapping(made, number) < 0.003


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("scene", ["typical", "small", "excluded", "extreme", "range", "range_small", "lowered"])
def test_only_pure_black_and_white_is_drawn(pdf: MakePdf, scene: str, language: str) -> None:
    document = pikepdf.open(io.BytesIO(pdf(scene, language, Paper.A4, True)))
    colours: set[tuple[str, ...]] = set()
    for holder in [*document.pages, *(o for o in document.objects if isinstance(o, pikepdf.Stream))]:
        if isinstance(holder, pikepdf.Stream) and holder.get("/Subtype") != "/Form":
            continue
        for instruction in pikepdf.parse_content_stream(holder):
            operands, operator = instruction.operands, instruction.operator
            if str(operator) in ("g", "G", "rg", "RG", "sc", "SC", "scn", "SCN", "k", "K"):
                colours.add(tuple(str(operand) for operand in operands))
    assert colours <= {("0",), ("1",), ("0", "0", "0"), ("1", "1", "1")}
    assert colours


def _parts(image: NDArray[np.bool_]) -> list[NDArray[np.int64]]:
    """Connected parts of a picture, each as (row, column) of its points: runs of a row joined to those above."""
    runs: list[tuple[int, int, int]] = []
    leader: list[int] = []

    def find(run: int) -> int:
        while leader[run] != run:
            run = leader[run]
        return run

    above: list[int] = []
    for row, line in enumerate(image):
        edges = np.flatnonzero(np.diff(np.concatenate(([0], line.astype(np.int8), [0]))))
        here = []
        for start, stop in edges.reshape(-1, 2).tolist():
            run = len(runs)
            runs.append((row, start, stop))
            leader.append(run)
            for other in above:
                if runs[other][1] < stop and start < runs[other][2]:
                    leader[find(other)] = find(run)
            here.append(run)
        above = here
    points: dict[int, list[tuple[int, int]]] = {}
    for run, (row, start, stop) in enumerate(runs):
        points.setdefault(find(run), []).extend((row, column) for column in range(start, stop))
    return [np.array(part) for part in points.values()]


def _people(pdf: bytes, left_mm: float, width_mm: float, dpi: int) -> list[str]:
    """What every body in an array of 100 is, read from the 1-bit picture: black, striped or empty, in reading order."""
    scale = dpi / 25.4
    image = pixels(pdf, 0, dpi) < 128
    part = image[int(55 * scale) : int(140 * scale), int(left_mm * scale) : int((left_mm + width_mm) * scale)]
    found: list[tuple[int, int, str]] = []
    for where in _parts(part):
        (top, left), (bottom, right) = where.min(axis=0), where.max(axis=0)
        height, width = (bottom - top + 1) / scale, (right - left + 1) / scale
        if not (3.1 <= width <= 3.7 and (2.0 <= height <= 2.75 or 4.0 <= height <= 4.5)):
            continue  # a head, a letter
        top = bottom - int(2.2 * scale)  # where a coarse printer joins head and shoulders
        inner = part[top : bottom + 1, left : right + 1]
        changes = int(np.count_nonzero(np.diff(inner[:, inner.shape[1] // 2].astype(np.int8))))
        across = inner[int(0.6 * inner.shape[0])]
        upright = int(np.count_nonzero(np.diff(across.astype(np.int8)))) >= 6 and changes < 6
        kind = "black" if inner.mean() > 0.85 else "striped" if changes >= 6 else "upright" if upright else "empty"
        found.append((int(top), int(left), kind))
    rows: dict[int, list[tuple[int, str]]] = {}
    for top, left, kind in found:
        near = next((row for row in rows if abs(row - top) < scale), top)
        rows.setdefault(near, []).append((left, kind))
    # A row of the picture has ten people; the legend and a letter of the same size do not.
    return [kind for row in sorted(rows) if len(rows[row]) == 10 for _, kind in sorted(rows[row])]


@pytest.mark.parametrize("dpi", [300, 203])
@pytest.mark.parametrize(("scene", "language"), [("typical", "en"), ("typical", "zh"), ("extreme", "en")])
def test_counted_people_equal_the_number(
    pdf: MakePdf, composed: MakeReport, scene: str, language: str, dpi: int
) -> None:
    picture = composed(scene, language).patient.picture
    assert picture is not None
    today, good = picture.arrays
    made = pdf(scene, language)
    first = _people(made, 14, 52, dpi)
    assert first == ["black"] * today.black + ["empty"] * (100 - today.black)
    second = _people(made, 72, 54, dpi)
    assert second == ["black"] * good.black + ["striped"] * good.striped + ["empty"] * (100 - today.black)


@pytest.mark.parametrize("dpi", [300, 203])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_counted_people_of_a_range_equal_its_ends(pdf: MakePdf, composed: MakeReport, language: str, dpi: int) -> None:
    picture = composed("range", language).patient.picture
    assert picture is not None
    (array,) = picture.arrays
    assert (array.black, array.unsure) == (13, 5)
    found = _people(pdf("range", language), 14, 52, dpi)
    assert found == ["black"] * 13 + ["upright"] * 5 + ["empty"] * 82


def test_counted_marks_of_a_thousand_equal_the_number(pdf: MakePdf) -> None:
    image = pixels(pdf("small", "en", Paper.LETTER), 0, 300) < 128
    scale = 300 / 25.4
    parts = _parts(image[int(62 * scale) : int(136 * scale), int(14 * scale) : int(121 * scale)])
    boxes = [(part, *((np.ptp(part, axis=0) + 1) / scale)) for part in parts]
    solid = [(height, width) for part, height, width in boxes if len(part) > 0.95 * height * width * scale**2]
    squares = sum(1.9 < height < 2.3 and 1.9 < width < 2.3 for height, width in solid)
    dots = sum(0.5 < height < 0.8 and 0.5 < width < 0.8 for _, height, width in boxes)
    assert (squares, dots) == (8, 992)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_fonts_are_embedded_subsets_of_the_shipped_ones(pdf: MakePdf, language: str) -> None:
    document = pikepdf.open(io.BytesIO(pdf("extreme", language)))
    names = set()
    for font in (o for o in document.objects if isinstance(o, pikepdf.Dictionary) and o.get("/Type") == "/Font"):
        name = str(font.BaseFont).lstrip("/")
        names.add(re.sub(r"-Identity-H$", "", name.split("+")[1]))
        assert re.match("[A-Z]{6}\\+", name), "not a subset"
    descriptors = [
        o for o in document.objects if isinstance(o, pikepdf.Dictionary) and o.get("/Type") == "/FontDescriptor"
    ]
    assert descriptors
    assert all("/FontFile2" in each or "/FontFile3" in each for each in descriptors)
    assert names <= {"NotoSansSC-Regular", "NotoSansSC-Bold", "NotoSans-Regular", "NotoSans-Bold"}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_file_is_tagged_and_says_so(pdf: MakePdf, composed: MakeReport, language: str) -> None:
    document = pikepdf.open(io.BytesIO(pdf("typical", language)))
    root = document.Root
    assert bool(root.MarkInfo.Marked)
    assert str(root.Lang).startswith(language)
    assert bool(root.ViewerPreferences.DisplayDocTitle)
    metadata = root.Metadata.read_bytes().decode("utf-8")
    assert re.search(r"pdfuaid:part>1<", metadata)
    assert re.search(r"pdfaid:part>2<", metadata)
    assert re.search(r"pdfaid:conformance>A<", metadata)
    assert composed("typical", language).document_title in metadata
    assert "Tan Weiming" not in metadata
    assert str(document.docinfo["/CreationDate"]).startswith("D:20261123093000"), "the moment of the assessment"
    kinds, alts = _structure(root.StructTreeRoot)
    assert kinds.count("H1") == 2
    assert {"H2", "Table", "TH", "TD", "Figure"} <= set(kinds)
    assert not {"H3", "H4"} & set(kinds)
    picture = composed("typical", language).patient.picture
    assert picture is not None
    assert {array.alt for array in picture.arrays} <= set(alts)


def _structure(node: pikepdf.Object) -> tuple[list[str], list[str]]:
    """Return the kinds of all elements in reading order, and their alternative texts."""
    kinds, alts = [], []
    if "/S" in node:
        kinds.append(str(node.S).lstrip("/"))
        if "/Alt" in node:
            alts.append(str(node.Alt))
    below = node.get("/K")
    children = below if isinstance(below, pikepdf.Array) else [below]
    for child in children:
        if isinstance(child, pikepdf.Dictionary):
            below_kinds, below_alts = _structure(child)
            kinds += below_kinds
            alts += below_alts
    return kinds, alts


def test_copied_text_follows_the_reading_order(pdf: MakePdf) -> None:
    said = words(pdf("typical"), 0)
    order = [
        "Maple Lane Clinic", "Your heart and stroke check", "Tan Weiming", "Out of 100 people like you, 15 will",
        "You today: 15", "With good values: 5", "If one thing were different", "will happen", "Why your number is 15",
        "Smoking", "Your numbers and goals", "148/92", "My plan", "Next visit:", "Get help at once if", "Call 120.",
        "In my own words", "For whom.", "Sources.", "Seal.",
    ]  # fmt: skip
    positions = [said.find(part) for part in order]
    assert -1 not in positions
    assert positions == sorted(positions)


def test_chinese_and_ids_survive_copying(pdf: MakePdf, composed: MakeReport) -> None:
    report = composed("typical", "zh")
    said = words(pdf("typical", "zh"), 0)
    assert "与您情况相近的 100 人中，今后 10 年内" in said
    assert "15 人会发生心梗或中风，85 人不会" in said
    assert report.id in said
    assert re.sub("(....)(?=.)", r"\1 ", report.checksum) in said
    assert "ML-0427" in said


def test_the_same_report_gives_the_same_bytes(composed: MakeReport, pdf: MakePdf) -> None:
    assert typeset(composed("typical", "zh", Paper.LETTER)) == pdf("typical", "zh", Paper.LETTER)


TRICKY = (
    '#set page(fill: red) *b* _i_ $x^2$ `raw` <label> @ref // = "q" [c] {d} ~ --- ... https://x.y',
    "Robert'); DROP TABLE patients;-- O’Brien “Bob” & <b>co</b> {name} {{x}}",
    "A" * 180,
    "李" * 180,
    "Wang\nLi\tZhang\u2028Zhao\x00\x07",
    "\u202egnaW\u202c \u2066x\u2069 \u200b\u200d\ufeff\u00ad",
    "😀👨‍👩‍👧 𠮷田 x\u0302 e\u0301 \ud800 ﷽",
    "Zoë Łukasz Çağrı Đặng Ōta Ærøskøbing ẞ ŉ ǅ",
    "   ",
)


def copied(text: str) -> str:
    """Text without white space, marks on letters, and the sign that a reader puts where a line was broken."""
    return "".join(
        s
        for s in unicodedata.normalize("NFD", text)
        if not s.isspace() and s.isprintable() and not unicodedata.combining(s)
    )


@pytest.mark.parametrize("name", TRICKY)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_any_name_prints_on_one_side_and_never_as_markup(
    typical: Assessment, packs: Packs, name: str, language: str
) -> None:
    patient = replace(typical.patient, name=name, patient_id=name[:20])
    report = compose(replace(typical, patient=patient), packs, ReportOptions(language))
    made = typeset(report)
    assert page_count(made) == 2
    for number in range(2):
        assert _overlapping(made, number) < 0.003
        assert copied(report.patient.person_name) in copied(words(made, number))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_names_too_long_for_one_side_take_two_and_nothing_is_cut(
    typical: Assessment, packs: Packs, language: str
) -> None:
    patient = replace(typical.patient, name="李" * 300)
    clinic = replace(typical.clinic, name="馆" * 300)
    made = typeset(compose(replace(typical, patient=patient, clinic=clinic), packs, ReportOptions(language)))
    assert copied(words(made, 0)).count("李") == copied(words(made, 0)).count("馆") == 300
    assert ("Seal." if language == "en" else "编号。") in words(made, 1)
    assert copied(words(made, 2)).count("李") == 300


def test_practice_pages_are_over_printed_and_stay_readable(pdf: MakePdf) -> None:
    for language, mark in (("en", "PRACTICE - FICTIONAL PERSON"), ("zh", "练习 - 虚构人物")):
        practice, real = pdf("typical", language, Paper.A4, True), pdf("typical", language)
        for number in range(2):
            assert words(practice, number).count(mark) >= 2
            assert mark not in words(real, number)
            marked, plain = ((pixels(made, number, 100) < 128).mean() for made in (practice, real))
            assert 0 < marked - plain < 0.02


def test_page_images_are_those_pages(composed: MakeReport) -> None:
    assert [image[:4] for image in page_images(composed("typical"), 100)] == [b"\x89PNG"] * 2


def test_several_people_come_as_one_file_each_on_a_fresh_sheet(composed: MakeReport) -> None:
    reports = [composed("many_medicines"), composed("typical"), composed("small")]
    made = typeset_many(reports, "Practice reports")
    assert page_count(made) == 8  # three sides and a blank one, then two by two
    assert "page 3 of 3" in words(made, 2)
    assert words(made, 3).strip() == ""
    assert "Tan Weiming" in words(made, 4)
    assert "page 2 of 2" in words(made, 5)
    assert "Dana Whitlock-Reyes" in words(made, 6)


def test_side_by_side_gives_the_same_files_in_order(composed: MakeReport, pdf: MakePdf) -> None:
    scenes = ("typical", "small", "excluded", "tiny", "good")
    assert list(typeset_each(composed(scene) for scene in scenes)) == [pdf(scene) for scene in scenes]


def test_templates_ask_for_nothing_from_outside() -> None:
    for file in (resources_folder() / "report").glob("*.typ"):
        text = file.read_text(encoding="utf-8")
        assert "@preview" not in text
        assert "eval(" not in text
        imported = re.findall(r'#import "([^"]+)"', text)
        assert all((file.parent / name).is_file() for name in imported)


def test_a_refusal_of_the_typesetter_is_our_fault_and_quotes_no_one(composed: MakeReport) -> None:
    """Only a text that never went through ``compose`` can hold a sign without a glyph."""
    report = composed("typical")
    unchecked = replace(report, patient=replace(report.patient, person_name="สมชาย"))
    with pytest.raises(BugError) as caught:
        typeset(unchecked)
    assert caught.value.code == "report_not_set"
    assert "สมชาย" not in "".join(traceback.format_exception(caught.value))
