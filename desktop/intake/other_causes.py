"""What of a file that is no table is not simply stored, grouped by cause, each with its lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from desktop.i18n import Texts
from desktop.intake.causes import Cause, Line, Lines, cause_title, causes_of
from desktop.intake.other_words import resource_words
from engine.domain.kept import KeptItem, KeptState
from engine.domain.problems import Reason
from engine.workflows.import_outcome import FileOutcome, RecordContent
from engine.workflows.import_readings import DeviceOutcome, SetAside

_ENDS = (". ", "。")
_ORDER = (KeptState.REFUSED, KeptState.UNMAPPED)
_TONES = {KeptState.REFUSED: ("warn", "warning"), KeptState.UNMAPPED: ("info", "minus")}


def every_cause(outcome: FileOutcome, texts: Texts) -> tuple[Cause, ...]:
    """Return the causes of a file of any kind."""
    if outcome.device is not None:
        return (*_set_aside(outcome.device, texts), *_left_out(outcome.device, texts))
    return tuple(_kept(outcome.record, texts)) if outcome.record is not None else causes_of(outcome, texts)


def _set_aside(device: DeviceOutcome, texts: Texts) -> Iterator[Cause]:
    grouped: dict[tuple[Reason, tuple[str, ...]], list[SetAside]] = {}
    for one in device.set_aside:
        fields = tuple("visit_date" if name == "time" else name for name in one.fields)
        grouped.setdefault((one.reason, fields), []).append(one)
    order = tuple(Reason)
    for (reason, fields), rows in sorted(grouped.items(), key=lambda each: (order.index(each[0][0]), -len(each[1]))):
        again = reason is Reason.DUPLICATE_READING
        yield Cause(
            code=":".join((reason.value, *fields)),
            icon="check" if again else "warning",
            title=cause_title(reason, fields, texts),
            count=len(rows),
            tone="info" if again else "warn",
            state=texts("bring.state.again" if again else "import.state.parked"),
            advice=texts(f"import.advice.{reason.value}"),
            lines=_lines(rows, reason, texts),
        )


def _lines(rows: Sequence[SetAside], reason: Reason, texts: Texts) -> Sequence[Line]:
    def line(at: int) -> Line:
        one = rows[at]
        written = " · ".join(text for _, text in one.cells if text)
        why = texts(f"import.why.{reason.value}")
        if one.same_as_row is not None:
            why = texts("bring.same_as", row=one.same_as_row)
        return Line(one.row, one.member or "", written, why, one.cells)

    return Lines(len(rows), line)


def _left_out(device: DeviceOutcome, texts: Texts) -> Iterator[Cause]:
    """Tell of what was there before, and of lines that hold no reading."""
    if device.known:
        yield _plain("known", device.known, "ok", "check", texts)
    if device.not_readings:
        yield _plain("not_readings", sum(device.not_readings.values()), "info", "minus", texts)
    if device.warnings:
        yield _plain("warnings", len(device.warnings), "info", "info", texts)
    if device.unknown_zones:
        yield _plain("zones", len(device.unknown_zones), "info", "clock", texts)


def _plain(code: str, count: int, tone: str, icon: str, texts: Texts) -> Cause:
    title, advice, state = (texts(f"bring.{code}.{part}") for part in ("title", "advice", "state"))
    return Cause(code, icon, title, count, tone, state, advice)


def _kept(record: RecordContent, texts: Texts) -> Iterator[Cause]:
    grouped: dict[tuple[KeptState, str], list[KeptItem]] = {}
    for item in record.kept:
        grouped.setdefault((item.state, item.why or ""), []).append(item)
    ordered = sorted(grouped.items(), key=lambda each: (_ORDER.index(each[0][0]), -_count(each[1])))
    for (state, why), items in ordered:
        title, advice = _parted(texts.wording.say(f"intake.record_reason.{why}"))
        tone, icon = _TONES[state]
        yield Cause(
            code=f"{state.value}:{why}",
            icon=icon,
            title=title,
            count=_count(items),
            tone=tone,
            state=texts(f"bring.state.{state.value}"),
            advice=advice,
            lines=_items(items, texts),
        )


def _count(items: Sequence[KeptItem]) -> int:
    return sum(len(item.lines) for item in items)


def _parted(sentence: str) -> tuple[str, str]:
    """Part a reason into what it is and what becomes of it."""
    for end in _ENDS:
        first, found, rest = sentence.partition(end)
        if found and rest:
            return first, rest
    return sentence.rstrip(".。"), ""


def _items(items: Sequence[KeptItem], texts: Texts) -> Sequence[Line]:
    places = [(item, at) for item in items for at in range(len(item.lines))]

    def line(at: int) -> Line:
        item, position = places[at]
        said = item.lines[position]
        code = " ".join(part for part in (item.system, item.code) if part)
        value = " ".join(part for part in (said.value, said.unit) if part)
        named = " · ".join(part for part in (item.display, value, said.day) if part)
        kind = resource_words(item.kind, texts)
        parts = {"kind": kind, "name": item.display, "code": code, "value": value, "day": said.day or ""}
        cells = tuple((texts(f"bring.part.{name}"), text) for name, text in parts.items() if text)
        return Line(said.place, kind, named or item.kind, code, cells)

    return Lines(len(places), line)
