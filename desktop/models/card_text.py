"""The card of a tool, which is Markdown from a file, as blocks of plain text: nothing in it is read as markup twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

_CHINESE = "中文"
_MOST_BLOCKS = 400  # more than any card of ours; one of another maker must not freeze the window
_HEADING = re.compile(r"(#{1,6})\s+(.*)")
_BULLET = re.compile(r"\s*[-*+]\s+(.*)")
_RULE = re.compile(r"[|\s:-]*-[|\s:-]*")
_MARKS = re.compile(r"(\*\*|__|`)")


class Kind(StrEnum):
    """What a block is."""

    HEADING = "heading"
    TEXT = "text"
    BULLET = "bullet"
    ROW = "row"  # of a table: its first cell, and the others under their heads


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a card. ``more`` is of a table row: its other cells with their heads."""

    kind: Kind
    text: str
    more: str = ""


def card_blocks(card: str, language: str) -> tuple[Block, ...]:
    """Return the blocks of a card in a language; a card that has one language only is shown as it is.

    The title of the card is left out: it stands above. So are lines beyond what a page can hold.
    """
    found: list[Block] = []
    for block in _blocks(_part(card.splitlines(), language)):
        found.append(block)
        if len(found) == _MOST_BLOCKS:
            break
    return tuple(found)


def _part(lines: list[str], language: str) -> list[str]:
    """Return the lines in a language: the Chinese ones begin at their own heading, to the next of the same depth."""
    starts = [at for at, line in enumerate(lines) if re.fullmatch(rf"#+\s+{_CHINESE}\s*", line)]
    if not starts:
        return lines
    if language != "zh":
        return lines[: starts[0]]
    rest = lines[starts[0] + 1 :]
    depth = len(lines[starts[0]]) - len(lines[starts[0]].lstrip("#"))
    end = next((at for at, line in enumerate(rest) if re.match(rf"#{{1,{depth}}}\s", line)), len(rest))
    return rest[:end]


def _blocks(lines: list[str]) -> Iterator[Block]:
    head: list[str] = []
    words: list[str] = []
    for line in [*lines, ""]:
        special = not line.strip() or line.startswith("|") or _HEADING.match(line) or _BULLET.match(line)
        if special and words:
            yield Block(Kind.TEXT, " ".join(words))
            words = []
        if line.startswith("|"):
            if not head:
                head = _cells(line)
            elif not _RULE.fullmatch(line):
                yield _row(head, _cells(line))
            continue
        head = []
        if special:
            yield from _single(line)
        else:
            words.append(_plain(line.strip()))


def _single(line: str) -> Iterator[Block]:
    """Yield the block of a line that stands for itself; none of an empty one."""
    if heading := _HEADING.match(line):
        if len(heading[1]) > 1:
            yield Block(Kind.HEADING, _plain(heading[2]))
    elif bullet := _BULLET.match(line):
        yield Block(Kind.BULLET, _plain(bullet[1]))


def _cells(line: str) -> list[str]:
    return [_plain(cell.strip()) for cell in line.strip().strip("|").split("|")]


def _row(head: list[str], cells: list[str]) -> Block:
    named = [f"{name}: {cell}" for name, cell in zip(head[1:], cells[1:], strict=False) if cell not in ("", "-")]
    return Block(Kind.ROW, cells[0], " · ".join(named))


def _plain(text: str) -> str:
    """Return a text without the signs that make it bold or a formula."""
    return _MARKS.sub("", text)
