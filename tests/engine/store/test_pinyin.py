"""Chinese names are found by pinyin and by initials, however a character may be read."""

from __future__ import annotations

import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.store.identity import fold, search_text, sorting_name
from engine.store.name_readings import COMMON, COMPOUND_SURNAMES, SURNAMES
from engine.store.pinyin import MOST_SPELLINGS, has_chinese, spell

CHINESE = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5)
# Readings of names that the dictionary does not list for these characters.
_ONLY_IN_NAMES = {"黑": {"he"}, "谌": {"shen"}, "諶": {"shen"}, "费": {"bi"}, "會": {"gui"}, "会": {"gui"}}
_ONLY_IN_NAMES |= {"鐔": {"tan", "chan"}, "贠": {"yun"}, "貟": {"yun"}, "說": {"yue"}}


@pytest.mark.parametrize(
    ("name", "spelling", "initials"),
    [
        ("张秀兰", "zhangxiulan", "zxl"),
        ("張秀蘭", "zhangxiulan", "zxl"),
        ("单雄信", "shanxiongxin", "sxx"),
        ("曾国藩", "zengguofan", "zgf"),
        ("解缙", "xiejin", "xj"),
        ("仇英", "qiuying", "qy"),
        ("查良镛", "zhaliangyong", "zly"),
        ("区寄", "ouji", "oj"),
        ("朴槿惠", "piaojinhui", "pjh"),
        ("盖叫天", "gejiaotian", "gjt"),
        ("任盈盈", "renyingying", "ryy"),
        ("华罗庚", "hualuogeng", "hlg"),
        ("繁钦", "poqin", "pq"),
        ("员半千", "yunbanqian", "ybq"),
        ("缪昌期", "miaochangqi", "mcq"),
        ("翟让", "zhairang", "zr"),
        ("覃海洋", "qinhaiyang", "qhy"),
        ("乐嘉", "yuejia", "yj"),
        ("尉迟敬德", "yuchijingde", "ycjd"),
        ("万俟卨", "moqixie", "mqx"),
        ("单于明", "chanyuming", "cym"),
        ("澹台灭明", "tantaimieming", "ttmm"),
        ("长孙无忌", "zhangsunwuji", "zswj"),
        ("令狐冲", "linghuchong", "lhc"),
        ("吕布", "lvbu", "lb"),
        ("王 小明", "wangxiaoming", "wxm"),
        ("买买提·艾力", "maimaitiaili", "mmtal"),
        ("王建国a", "wangjianguoa", "wjga"),
        ("〇一", "lingyi", "ly"),
    ],
)
def test_the_likeliest_reading_comes_first(name: str, spelling: str, initials: str) -> None:
    spellings, firsts = spell(name)
    assert (spellings[0], firsts[0]) == (spelling, initials)


@pytest.mark.parametrize(
    ("name", "also"),
    [
        ("单雄信", "danxiongxin"),  # who does not know the surname
        ("翟让", "dirang"),
        ("王乐", "wangyue"),
        ("王长生", "wangzhangsheng"),
        ("李盛", "licheng"),
        ("吕布", "lubu"),
        ("王绿", "wanglu"),
        ("单于明", "shanyuming"),
        ("尉迟敬德", "weichijingde"),
        ("沈略", "shenlue"),
    ],
)
def test_other_readings_are_tried_too(name: str, also: str) -> None:
    assert also in spell(name)[0]


@pytest.mark.parametrize("name", ["", "Ann Nova", "zofie", "이명박", "たなか", "123", "·"])
def test_what_is_not_chinese_has_no_spelling(name: str) -> None:
    assert not has_chinese(name)
    assert spell(name) == ((), ())


def test_folding_leaves_every_chinese_character_as_it_is() -> None:
    for sign in map(chr, range(0x4E00, 0xA000)):
        assert unicodedata.normalize("NFKC", sign).casefold() == sign == fold(sign)


@given(st.text(CHINESE, min_size=1, max_size=12))
def test_spellings_are_few_different_and_plain(name: str) -> None:
    spellings, initials = spell(fold(name))
    assert 1 <= len(initials) <= len(spellings) <= MOST_SPELLINGS
    assert len(set(spellings)) == len(spellings)
    assert len(set(initials)) == len(initials)
    assert all(len(one) == len(name) for one in initials)
    assert all("\n" not in line for line in (*spellings, *initials))


@given(st.text(st.sampled_from(sorted({*SURNAMES, *COMMON})), min_size=1, max_size=30))
def test_a_name_of_ambiguous_characters_stays_short(name: str) -> None:
    assert len(spell(name)[0]) <= MOST_SPELLINGS


def test_every_reading_of_the_tables_is_one() -> None:
    from pypinyin import Style, pinyin

    for signs, readings in [*SURNAMES.items(), *COMMON.items()]:
        known = set(pinyin(signs, style=Style.NORMAL, heteronym=True)[0]) | _ONLY_IN_NAMES.get(signs, set())
        assert set(readings) <= known, signs
    assert all(len(signs) == len(syllables) for signs, syllables in COMPOUND_SURNAMES.items())


@given(st.text(CHINESE, min_size=1, max_size=4), st.sampled_from(["", "138-0013", "13800138"]))
def test_a_chinese_name_is_sorted_by_its_spelling(name: str, phone: str) -> None:
    search = search_text({"name": name, "phone": phone, "patient_id": "P1"})
    assert sorting_name(search) == spell(fold(name))[0][0]


@pytest.mark.parametrize(("name", "sorted_by"), [("Žofie N", "zofie n"), (None, ""), ("이명박", fold("이명박"))])
def test_other_names_are_sorted_as_they_are_folded(name: str | None, sorted_by: str) -> None:
    assert sorting_name(search_text({"name": name, "phone": "1-2"})) == sorted_by


def test_the_dictionary_is_loaded_for_chinese_names_alone() -> None:
    code = (
        "import sys\nfrom engine.store.identity import search_text\nsearch_text({'name': 'Žofie'})\n"
        "assert 'pypinyin' not in sys.modules\nsearch_text({'name': '李'})\nassert 'pypinyin' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
