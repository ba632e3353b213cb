"""Pressures of Omron connect: a time zone beside every day, headers in the phone's language.

The headers are known from files; how the rows below them look only from descriptions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.intake.devices.raw import Role, readings_message
from engine.intake.readers.device_rows import (
    DEVICE,
    LOWER,
    PULSE,
    TIME,
    UPPER,
    ZONE,
    Known,
    Layout,
    Plan,
    find_place,
    plan_columns,
    read_text,
)
from engine.intake.readers.plugin import Answer, Format, Look
from engine.intake.text import header_key
from engine.workers.kinds import Report
from engine.workers.messages import Message

FORMAT = Format("omron_connect_csv", Answer.READINGS)
_WORDS: dict[str, Known] = {}
for _known, _words in (
    (TIME, ("measurementdate", "测量日期", "测量时间", "測量日期", "測定日", "測定日時")),
    (ZONE, ("timezone", "时区", "時區", "タイムゾーン")),
    (UPPER, ("sys", "systolic", "高压", "收缩压", "收縮壓", "最高血圧")),
    (LOWER, ("dia", "diastolic", "低压", "舒张压", "舒張壓", "最低血圧")),
    (PULSE, ("pulse", "脉搏", "脈搏", "脈拍")),
    (DEVICE, ("devicemodelname", "device", "机型", "設備型號", "型号", "型號", "機種")),
):
    _WORDS.update(dict.fromkeys(map(header_key, _words), _known))


def _plan(header: Sequence[str]) -> Plan | None:
    """Return the columns where each of those that count is there, in whatever language."""
    plan = plan_columns(_BY_WORD, header) or ()
    roles, fields = {one.known.role for one in plan}, {one.known.field for one in plan}
    whole = {Role.TIME, Role.ZONE} <= roles and {"sbp_mmhg", "dbp_mmhg"} <= fields
    return plan if whole else None


_BY_WORD = Layout(_WORDS, frozenset())
LAYOUT = replace(_BY_WORD, plan=_plan)


def recognises(look: Look) -> bool:
    """Whether there are columns of moment, zone and both pressures."""
    return find_place(look, LAYOUT) is not None


def read(look: Look, report: Report) -> Message:
    """Read the file."""
    raw, _ = read_text(look, LAYOUT, FORMAT.kind, report)
    return readings_message(replace(raw, described=True))
