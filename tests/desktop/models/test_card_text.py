"""The card of a tool is laid out as plain text, whatever stands in it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from desktop.models.card_text import Block, Kind, card_blocks
from engine.packs import PackLibrary

CARD = """# A title / 标题

## Facts

Two lines
of one **paragraph**.

- a point
| Field | Unit | Needed |
| --- | --- | --- |
| Age (`age`) | a | yes |
| Sex | - | no |

## 中文

一段话。

## The model it was made from / 来源模型

### Facts
"""


def test_each_language_has_its_own_part_and_tables_read_line_by_line() -> None:
    assert card_blocks(CARD, "en") == (
        Block(Kind.HEADING, "Facts"),
        Block(Kind.TEXT, "Two lines of one paragraph."),
        Block(Kind.BULLET, "a point"),
        Block(Kind.ROW, "Age (age)", "Unit: a · Needed: yes"),
        Block(Kind.ROW, "Sex", "Needed: no"),
    )
    assert card_blocks(CARD, "zh") == (Block(Kind.TEXT, "一段话。"),)


def test_a_card_in_one_language_is_shown_as_it_is() -> None:
    assert card_blocks("## Only\n<b>this</b>", "zh") == card_blocks("## Only\n<b>this</b>", "en")
    assert card_blocks("<b>this</b>", "en")[0].text == "<b>this</b>"


def test_every_card_that_ships_says_something_in_both_languages() -> None:
    for pack in PackLibrary.shipped().all():
        english, chinese = (card_blocks(pack.read_card(), language) for language in ("en", "zh"))
        assert len(english) > 10, pack.manifest.id
        assert len(chinese) > 10, pack.manifest.id
        assert any("\u4e00" <= sign <= "\u9fff" for block in chinese for sign in block.text), pack.manifest.id
        assert not any(block.text.startswith(("|", "#")) for block in (*english, *chinese)), pack.manifest.id


@given(st.text(alphabet=st.sampled_from("#-*|`: \nab中文")))
def test_any_text_is_laid_out_and_no_word_of_it_is_lost(text: str) -> None:
    blocks = card_blocks(f"x\n{text}", "en")
    assert blocks[0].kind in (Kind.TEXT, Kind.HEADING, Kind.BULLET)
    assert blocks[0].text.startswith("x")


def test_an_endless_card_is_cut() -> None:
    assert len(card_blocks("- line\n" * 100_000, "en")) == 400
