"""What is in a file that is no table, in words: its kind, its readings, its entries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from desktop.i18n import Texts
from desktop.intake.words import shown_unit
from engine.fields import load_dictionary
from engine.fields.canonical import write_number
from engine.workflows.import_outcome import FileOutcome
from engine.workflows.import_readings import DeviceOutcome, ShownReading

_PAIR = ("sbp_mmhg", "dbp_mmhg")


def kind_words(kind: str | None, texts: Texts) -> str:
    """Return what kind of file it is."""
    key = f"bring.kind.{kind}"
    return texts(key) if key in texts else kind or ""


def resource_words(kind: str, texts: Texts) -> str:
    """Return what a kind of entry is called; a name of the format where we have no word for it."""
    key = f"bring.resource.{kind}"
    return f"{texts(key)} ({kind})" if key in texts else kind


def moment_words(moment: str, texts: Texts) -> str:
    """Return the wall clock of a reading, with its offset where one is known."""
    when = datetime.fromisoformat(moment)
    offset = "" if when.tzinfo is None else when.strftime(" %z")
    return f"{texts.date(when.date())} {when:%H:%M}{offset}"


def fact_line(outcome: FileOutcome, texts: Texts) -> str:
    """Return what the head of the page says of a file."""
    parts = [kind_words(outcome.format, texts)]
    device, record = outcome.device, outcome.record
    if device is not None:
        labels = [_label(one.field, texts) for one in device.fields]
        parts += [texts("bring.readings", count=texts.number(device.read)), texts("import.and").join(labels)]
        if device.first_time is not None and device.last_time is not None:
            first, last = (moment_words(each, texts) for each in (device.first_time, device.last_time))
            parts.append(texts("bring.between", first=first, last=last))
        if len(device.date_orders) == 1:
            parts.append(texts(f"import.order.{device.date_orders[0]}"))
    if record is not None:
        parts.append(texts("bring.people", count=record.people))
        parts.append(texts("bring.entries", count=texts.number(outcome.counts.rows_read)))
        if record.encoding is not None:
            parts.append(texts("import.encoding", encoding=record.encoding.upper()))
    return " · ".join(part for part in parts if part)


def reading_rows(device: DeviceOutcome, texts: Texts) -> tuple[list[str], list[list[str]]]:
    """Return the first readings of a device file as a table: heads and rows."""
    optional = {
        "person": any(one.person for one in device.first),
        "device": any(one.device for one in device.first),
        "arm": any(one.arm for one in device.first),
    }
    heads = [texts(f"bring.head.{name}") for name in ("when", "stored", "written")]
    heads += [texts(f"bring.head.{name}") for name, there in optional.items() if there]
    rows = []
    for one in device.first:
        more = {"person": one.person or "", "device": one.device or "", "arm": _arm(one, texts)}
        cells = [moment_words(one.time, texts), _values(one, texts), " · ".join(dict.fromkeys(one.written.values()))]
        rows.append([*cells, *(more[name] for name, there in optional.items() if there), str(one.row)])
    return [*heads, texts("import.head.row")], rows


def _values(one: ShownReading, texts: Texts) -> str:
    parts: list[str] = []
    for name, value in one.values.items():
        sign = one.qualifiers.get(name, "")
        unit = shown_unit(load_dictionary()[name].unit)
        text = f"{sign}{' ' if sign else ''}{write_number(value)} {unit}".strip()
        if name == _PAIR[1] and _PAIR[0] in one.values:
            continue
        if name == _PAIR[0] and _PAIR[1] in one.values:
            text = f"{write_number(value)}/{write_number(one.values[_PAIR[1]])} {unit}"
            parts.append(f"{texts('import.pressure')} {text}")
        else:
            parts.append(f"{_label(name, texts)} {text}")
    return texts("import.and").join(parts)


def _arm(one: ShownReading, texts: Texts) -> str:
    key = f"bring.arm.{one.arm}"
    return texts(key) if one.arm and key in texts else one.arm or ""


def resource_rows(outcome: FileOutcome, texts: Texts) -> tuple[list[str], list[list[str]]]:
    """Return what a file of records holds as a table: kind, read, stored, without a place, refused."""
    heads = [texts(f"bring.head.{name}") for name in ("kind", "read", "kept", "unmapped", "refused")]
    kinds = outcome.record.resources if outcome.record is not None else {}
    rows = [
        [resource_words(kind, texts), *map(texts.number, (one.read, one.stored, one.unmapped, one.refused))]
        for kind, one in sorted(kinds.items(), key=lambda each: -each[1].read)
    ]
    return heads, rows


def _label(name: str, texts: Texts) -> str:
    return load_dictionary()[name].label(texts.language)


def all_rows(outcome: FileOutcome, texts: Texts) -> tuple[Sequence[str], list[list[str]]]:
    """Return what is looked at of a file before its questions are answered."""
    if outcome.device is not None:
        return reading_rows(outcome.device, texts)
    return resource_rows(outcome, texts)
