"""Folding of written text: the same word in every spelling becomes the same key."""

from __future__ import annotations

import re
import unicodedata

_INVISIBLE = dict.fromkeys([0, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF])
_SPACES = re.compile(r"\s+")
_RUNS = re.compile(r"[ \t]+")
_LINE_ENDS = re.compile(r"\r\n?")
_SIGNS = re.compile(r"[\W_]+")
# Traditional characters of column and answer words, in the simplified form; names are never changed.
_SIMPLIFIED = str.maketrans(
    "壓膽體圍聯絡電話檢驗項結單編號診隨訪藥無陰陽顫動腎絲過濾總數據備註說狀況別齡歲歷門質濃飯後時間測達標飲採樣參範異報戶鄉鎮縣區導醫護員機構類療腦臟臨問題錄對應關係親屬經現來個極國華碼"
    "證產師處連續獨稱漢優確認實際節點組級檔舊婦兒齒蓋層計靜脈內術斷癥養輕壽盧葉鹼鈉鉀鈣",
    "压胆体围联络电话检验项结单编号诊随访药无阴阳颤动肾丝过滤总数据备注说状况别龄岁历门质浓饭后时间测达标饮采样参范异报户乡镇县区导医护员机构类疗脑脏临问题录对应关系亲属经现来个极国华码"
    "证产师处连续独称汉优确认实际节点组级档旧妇儿齿盖层计静脉内术断症养轻寿卢叶碱钠钾钙",
)
_PROTECTED = re.compile(r'^=\s*"(.*)"$', re.DOTALL)


def fold(text: str) -> str:
    """Fold width and compatibility forms, drop invisible signs, trim; case and accents stay.

    Both micro signs become the Greek letter, as NFKC makes them.
    """
    if text.isascii():
        return text.strip()
    return unicodedata.normalize("NFKC", text.translate(_INVISIBLE)).strip()


def without_accents(text: str) -> str:
    """Drop accents from letters; letters of other scripts keep their form."""
    if text.isascii():
        return text
    plain = "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign))
    return unicodedata.normalize("NFC", plain).replace("đ", "d").replace("Đ", "D").replace("ø", "o")


def word_key(text: str) -> str:
    """Return the key under which a value word is looked up: no case, no accents, single spaces, no outer signs."""
    folded = _simplified(without_accents(fold(text).casefold()))
    return _SPACES.sub(" ", folded.replace("-", " ").replace("_", " ").strip(" .:;,"))


def header_key(text: str) -> str:
    """Return the key under which a column word is looked up: letters and digits only, no case, no accents."""
    return _SIGNS.sub("", _simplified(without_accents(fold(text).casefold())))


def _simplified(text: str) -> str:
    return text if text.isascii() else text.translate(_SIMPLIFIED)


def clean_line(text: str) -> str:
    """Return text as it is kept: composed (NFC), trimmed, runs of spaces as one; otherwise as written.

    Joiners stay: Persian names and emoji are made with them.
    """
    plain = text.replace("\0", "").strip("\ufeff").strip()
    return _RUNS.sub(" ", plain if plain.isascii() else unicodedata.normalize("NFC", plain))


def clean_lines(text: str) -> str:
    """Return text of several lines as it is kept; every line end is a line feed."""
    return clean_line(_LINE_ENDS.sub("\n", text))


def identity_key(text: str) -> str:
    """Return the form in which names are compared: composed, any run of spaces as one, case kept apart."""
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text.translate(_INVISIBLE))).strip()


def unprotect(text: str) -> str:
    """Strip what people put around long numbers to keep a spreadsheet from changing them.

    Known: a leading quote mark, ``="..."``, trailing tabs, full-width digits.
    """
    folded = fold(text)
    if match := _PROTECTED.match(folded):
        folded = match.group(1).strip()
    return folded.removeprefix("'").strip()


def has_cjk(text: str) -> bool:
    """Whether the text holds a Chinese character or kana."""
    return not text.isascii() and any("\u3040" <= sign <= "\u30ff" or "\u3400" <= sign <= "\u9fff" for sign in text)
