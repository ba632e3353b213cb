"""Saved numbers whose tool was withdrawn, in words: one line in the head, each in the history."""

from __future__ import annotations

from collections.abc import Sequence

from desktop.i18n import Texts
from engine.workflows.withdrawn_lines import WithdrawnLine


def head_line(lines: Sequence[WithdrawnLine], texts: Texts) -> str:
    """Return the one sentence of the head; nothing where nothing was withdrawn."""
    if not lines:
        return ""
    names = dict.fromkeys(each.titles[texts.language] for each in lines)
    tools = texts("record.choice.comma").join(names)
    return texts("record.withdrawn.head", count=len(lines), tools=tools)


def history_lines(lines: Sequence[WithdrawnLine], texts: Texts) -> str:
    """Return a line for each such number."""
    return "\n".join(_line(each, texts) for each in lines)


def _line(line: WithdrawnLine, texts: Texts) -> str:
    words = texts(
        "record.withdrawn.line",
        tool=line.titles[texts.language],
        version=line.version,
        day=texts.date(line.visit_date),
        reason=line.reason,
    )
    if not line.printed:
        return words
    days = texts("record.choice.comma").join(texts.date(day) for day in line.printed)
    return texts("record.withdrawn.printed", line=words, days=days)
