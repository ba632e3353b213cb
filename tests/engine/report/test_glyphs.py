"""What can be printed, and what is printed instead."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BugError
from engine.report.glyphs import UNKNOWN, make_printable, printable, read_coverage, text_coverages
from engine.resources import resources_folder
from engine.wording import load_wording

FONTS = resources_folder() / "fonts"


@pytest.mark.parametrize(
    ("text", "shown", "unknown"),
    [
        ("Tan Weiming", "Tan Weiming", ()),
        ("李雷", "李雷", ()),
        ("䶮𬭚𰻝", "䶮𬭚𰻝", ()),  # rare signs that the shipped face has
        ("𠮷田", "□田", (0x20BB7,)),
        ("Łódź Şahin Nguyễn", "Łódź Şahin Nguyễn", ()),
        ("A\u0301lvaro", "Álvaro", ()),  # composed
        ("x\u0302", "x\u0302", ()),  # no composed form, yet one font has both
        ("李\u0302", "李□", (0x302,)),  # no font has both
        ("a\u202eb\u2066c", "a□b□c", (0x202E, 0x2066)),
        ("a\u200bb\u00adc", "a□b□c", (0x200B, 0xAD)),
        ("a\nb\tc\u3000d\u2009e", "a b c d e", ()),
        ("a\x00b\x1bc\x85d", "a□b□c d", (0x0, 0x1B)),
        ("😀", "□", (0x1F600,)),
        ("葛\U000e0100", "葛", ()),  # a selector of a variant: the sign itself prints
        ("\ud800", "□", (0xD800,)),
        ("محمد", "□□□□", (0x645, 0x62D, 0x62F)),
        ("ก", "□", (0xE01,)),
    ],
)
def test_unknown_signs_become_boxes_and_are_named(text: str, shown: str, unknown: tuple[int, ...]) -> None:
    result = printable(text)
    assert (result.text, result.unknown) == (shown, unknown)


@given(st.text(st.characters(), max_size=40))
def test_any_text_comes_out_with_glyphs_for_every_sign(text: str) -> None:
    shown = printable(text).text
    assert all(sign == "\u00a0" or any(ord(sign) in font for font in text_coverages()) for sign in shown)
    assert not any(unicodedata.category(sign).startswith("C") for sign in shown)
    assert printable(shown).text == shown


@given(st.text(st.sampled_from("中文，。é李 \u00a0\u3000\u0302\u200b𠮷😀\nab 12"), max_size=12))
def test_the_quick_look_at_plain_texts_gives_what_the_full_one_gives(text: str) -> None:
    assert printable(text) == printable(text, text_coverages())


def test_every_text_inside_a_page_is_looked_at() -> None:
    @dataclass(frozen=True)
    class Inner:
        text: str
        number: int

    @dataclass(frozen=True)
    class Outer:
        parts: tuple[Inner, ...]
        title: str

    cleaned, unknown = make_printable(Outer((Inner("𠮷", 1), Inner("ok", 2)), "😀 𠮷"))
    assert cleaned == Outer((Inner(UNKNOWN, 1), Inner("ok", 2)), f"{UNKNOWN} {UNKNOWN}")
    assert unknown == (0x20BB7, 0x1F600)


def test_both_weights_of_a_family_print_the_same_signs() -> None:
    for regular, bold in (("NotoSansSC-Regular", "NotoSansSC-Bold"), ("NotoSans-Regular", "NotoSans-Bold")):
        assert read_coverage(FONTS / f"{regular}.ttf") == read_coverage(FONTS / f"{bold}.ttf")


def test_the_box_itself_can_be_printed() -> None:
    assert ord(UNKNOWN) in text_coverages()[0]


@pytest.mark.parametrize("content", [b"", b"no font at all", b"\x00\x01\x00\x00\x00\x01" + b"\x00" * 40])
def test_a_damaged_font_is_told(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "font.ttf"
    file.write_bytes(content)
    with pytest.raises(BugError, match="font_unreadable"):
        read_coverage(file)


def test_a_missing_font_is_told(tmp_path: Path) -> None:
    with pytest.raises(BugError, match="font_unreadable"):
        read_coverage(tmp_path / "none.ttf")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_sentence_of_the_pages_can_be_printed(language: str) -> None:
    wording = load_wording(language)
    keys = [key for key in sorted(wording.keys()) if key.startswith("report.")]
    assert len(keys) > 200
    for key in keys:
        sentence = wording.say(key, **dict.fromkeys(wording.placeholders(key), 1))
        assert printable(sentence.replace("\n", " ")).unknown == (), key
