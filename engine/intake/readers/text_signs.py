"""What the first signs of a text tell: markup, or no text at all."""

from __future__ import annotations

import codecs

MOST_CONTROL_SHARE = 0.01
_TEXT_CONTROLS = frozenset(b"\t\n\r\f\x1a\0")
_LOOKED_AT = 1 << 10
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_MARKUP = ("<!doctype", "<html", "<table", "<?xml", "<meta", "<style", "<head", "<body", "<div", "<!--", "<tr", "<td")


def looks_binary(text: str) -> bool:
    """Whether decoded text is full of signs that no table has."""
    if not text:
        return False
    controls = sum(1 for sign in text if sign < " " and ord(sign) not in _TEXT_CONTROLS)
    return controls / len(text) > MOST_CONTROL_SHARE


def looks_like_markup(head: bytes) -> bool:
    """Whether a file begins as HTML or XML does."""
    start = head[:_LOOKED_AT].decode("latin-1")
    for mark, codec in _MARKS:
        if head.startswith(mark):
            start = head[len(mark) : _LOOKED_AT].decode(codec, "ignore")
    return start.strip().lower().startswith(_MARKUP)
